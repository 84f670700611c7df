"""Is anybody speaking, and how far does the speech stand out of what is heard between the words?"""

from dataclasses import dataclass

import numpy as np

from models.profile import Limits
from tasks.media.detection import Array, Problem, SoundBlock, Verdict
from tasks.media.detectors.levels import decibels
from tasks.media.detectors.runs import runs
from tasks.media.detectors.voices import HOP_S, VoiceTrack

LEAST_S = 5.0
"""Shorter works hold too little to judge."""
VOICED = 0.6
SMOOTHED = 5
"""Frames: a tenth of a second."""
QUIETEST_DB = -55.0
"""Sound below this is not judged: it is a room, or silence."""
NO_VOICE_S, SOME_VOICE_S = 0.05, 0.25
"""Share of seconds that are like speech below which nobody speaks, or might."""
SECOND = round(1 / HOP_S)
SECOND_VOICED, SECOND_GLIDING, SECOND_LIVELY_DB = 0.15, 0.35, 8.0
"""In a second of speech so many frames are voiced, so many of those change their pitch a little,
and levels move so much. Measured: 0.4, 0.5 and 20 where the room is quiet; noise as loud as the
speech leaves 8 dB, applause and machines have 5 and no pitch."""
STILL, GLIDING = 0.005, 0.1
"""Octaves between two frames: less is a note, more a guess."""

FLOOR_SHARE = 8
"""Of 100 frames so many are as soft as the background, where the speaker breathes at all."""
FLOOR_DB = 4.0
PLATEAU = 10
"""Frames: background is what stays at its level for 200 ms; a room's echo falls 12 dB meanwhile."""
STEADY_DB, SLOPE_DB = 2.5, 3.0
LEAST_PLATEAU_S, LEAST_PLATEAUS = 0.8, 2
NOISE_FLATNESS_DB = -10.0
"""Measured: white noise -2.5, pink -3.9, brown -8; what is less flat between the words may be music
(measured -10.1 and less where it has plateaus at all), or a hum."""
SURELY_NOISE_DB = -5.0
"""Nothing but noise is so flat, whatever is heard in it besides."""
NOISE_VOICED, NOISE_FLATNESS_SPREAD_DB = 0.62, 1.6
"""How many of the background's frames seem voiced, and how its flatness varies: noise of any colour
stays below both (brown 0.6 and 1.57, pink 0.08 and 0.8), music above both (0.67 and 1.7)."""
HUM_SHARE = 0.8
"""Of the background's power below 150 Hz; brown noise has 0.6."""
ABOVE_FLOOR_DB, CLEARLY_DB = 6.0, 22.0
"""Speech is so far above the background at least; so far, nobody asks what the background is."""
SPEECH_VOICED, SPEECH_GLIDING = 0.5, 0.3
"""Of the frames above the background are voiced, and of those move their pitch, in speech (measured
0.68 and 0.35 at least, under noise and in a room with an echo of 0.8 s)."""
UNSURE_DB = 3.0
NEAR, QUIET_SHARE, DIP_DB = 30, 2, 2.5
"""Steady noise is never softer between the words than its mean less this; so the softest frames, 2
in 100 of those within 0.6 s of a voice, bound it from above."""
EMPTY_DB = -90.0
"""Below is digital silence, which says nothing of a room."""


def is_gliding(pitch_hz: Array, is_voiced: Array) -> Array:
    """Tell at which frames a voice goes on and moves its pitch a little, as no instrument does."""
    moved = np.abs(np.diff(np.log2(np.maximum(pitch_hz, 1.0)), prepend=np.nan))
    went_on = is_voiced & np.concatenate([[False], is_voiced[:-1]])
    return went_on & (moved >= STILL) & (moved < GLIDING)


def smoothed_db(level_db: Array) -> Array:
    """Return levels averaged over a tenth of a second."""
    power = np.convolve(10 ** (level_db / 10), np.ones(SMOOTHED) / SMOOTHED, "same")
    return decibels(power)


def speech_seconds(track: VoiceTrack) -> Array:
    """Tell of each whole second whether it is like speech."""
    count = len(track.level_db) // SECOND
    shape = (count, SECOND)
    is_voiced = (track.voicing >= VOICED) & (track.level_db > QUIETEST_DB)
    gliding = is_gliding(track.pitch_hz, is_voiced)[: count * SECOND].reshape(shape).sum(axis=1)
    level = smoothed_db(track.level_db)[: count * SECOND].reshape(shape)
    voiced = is_voiced[: count * SECOND].reshape(shape).sum(axis=1)
    lively = level.max(axis=1) - level.min(axis=1) >= SECOND_LIVELY_DB
    is_speech = (voiced >= SECOND_VOICED * SECOND) & (gliding >= SECOND_GLIDING * voiced)
    return is_speech & lively


@dataclass
class Speech:
    """Judges at the end what the track has collected."""

    limits: Limits
    track: VoiceTrack
    checks: tuple[str, ...] = ("audio.no_speech", "audio.noisy")

    def see(self, seen: SoundBlock) -> None:
        """Leave it to the track."""

    def verdict(self) -> Verdict:
        """Say whether there is speech; if so, how far it stands above the background."""
        level = self.track.level_db
        if len(level) * HOP_S < LEAST_S or np.percentile(level, 95) < QUIETEST_DB:
            return Verdict(unsure=self.checks)
        share = float(speech_seconds(self.track).mean())
        if share < NO_VOICE_S:
            measured = f"像讲话的声音占 {share:.0%}"
            return Verdict((Problem("audio.no_speech", measured=measured),))
        noisy = self._noisy()
        if share < SOME_VOICE_S:
            return noisy.also(Verdict(unsure=("audio.no_speech",)))
        return noisy

    def _noisy(self) -> Verdict:
        limit = self.limits.speech_noise_db
        if stands_out_db(self.track) >= limit:
            return Verdict()
        ratio = speech_to_noise_db(self.track)
        if ratio is None or limit <= ratio < limit + UNSURE_DB:
            return Verdict(unsure=("audio.noisy",))
        if ratio >= limit:
            return Verdict()
        return Verdict(
            (Problem("audio.noisy", measured=f"信噪比 {ratio:.0f} dB", limit=f"{limit:g} dB"),)
        )


def stands_out_db(track: VoiceTrack) -> float:
    """Return how far speech stands above steady noise at least; 0 where nobody speaks."""
    level = smoothed_db(track.level_db)
    is_voiced = (track.voicing >= VOICED) & (level > QUIETEST_DB)
    near = np.convolve(is_voiced, np.ones(2 * NEAR + 1), "same") > 0
    quiet = level[near & (level > EMPTY_DB)]
    if is_voiced.sum() * HOP_S < 1.0 or not len(quiet):
        return 0.0
    noise = float(np.percentile(quiet, QUIET_SHARE)) + DIP_DB
    is_above = level >= noise + ABOVE_FLOOR_DB
    if not is_above.any():
        return 0.0
    return float(decibels(np.mean(10 ** (level[is_above] / 10)))) - noise


def speech_to_noise_db(track: VoiceTrack) -> float | None:
    """Return how far speech stands above steady noise; None without either or with doubts."""
    level = smoothed_db(track.level_db)
    floor = float(np.percentile(level, FLOOR_SHARE))
    is_above = level >= floor + ABOVE_FLOOR_DB
    is_voiced = (track.voicing >= VOICED) & is_above
    if is_voiced.sum() * HOP_S < 1.0:
        return None
    loud = float(decibels(np.mean(10 ** (level[is_above] / 10))))
    if loud - floor >= CLEARLY_DB:
        return loud - floor
    plateaus = _plateaus(track.level_db, level <= floor + FLOOR_DB)
    lasting_s = sum(end - first for first, end in plateaus) * HOP_S
    if lasting_s < LEAST_PLATEAU_S or len(plateaus) < LEAST_PLATEAUS:
        return None
    inside = np.concatenate([np.arange(first, end) for first, end in plateaus])
    noise_power = float(np.mean(10 ** (track.level_db[inside] / 10)))
    ratio = float(decibels(np.maximum(10 ** (loud / 10) - noise_power, 1e-12))) - float(
        decibels(np.array(noise_power))
    )
    gliding = is_gliding(track.pitch_hz, is_voiced).sum() / is_voiced.sum()
    is_speech = is_voiced.sum() >= SPEECH_VOICED * is_above.sum() and gliding >= SPEECH_GLIDING
    return ratio if is_speech and _is_noise(track, inside, noise_power) else None


def _is_noise(track: VoiceTrack, inside: Array, noise_power: float) -> bool:
    """Tell whether the background's frames are noise, and neither music nor hum nor voices."""
    flatness = track.flatness_db[inside]
    low = float(np.mean(10 ** (track.low_db[inside] / 10)))
    if np.median(flatness) >= SURELY_NOISE_DB:
        return True
    return bool(
        np.median(flatness) >= NOISE_FLATNESS_DB
        and flatness.std() <= NOISE_FLATNESS_SPREAD_DB
        and (track.voicing[inside] >= 0.5).mean() <= NOISE_VOICED
        and low <= HUM_SHARE * noise_power
    )


def _plateaus(level_db: Array, is_floor: Array) -> list[tuple[int, int]]:
    """Return stretches at the floor whose level neither moves much nor falls like an echo."""
    found = []
    for first, end in runs(is_floor):
        own = level_db[first:end]
        if len(own) < PLATEAU or own.std() > STEADY_DB:
            continue
        third = len(own) // 3
        if abs(float(own[:third].mean() - own[-third:].mean())) <= SLOPE_DB:
            found.append((first, end))
    return found
