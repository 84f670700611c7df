"""Speech that turns much louder or softer and stays so: 忽大忽小."""

from dataclasses import dataclass

import numpy as np

from models.profile import Limits
from tasks.media.detection import Array, Problem, SoundBlock, Verdict
from tasks.media.detectors.runs import runs
from tasks.media.detectors.speech import EMPTY_DB, VOICED, is_gliding, smoothed_db
from tasks.media.detectors.voices import HOP_S, VoiceTrack
from tasks.media.notes import Span

FAINTEST_DB = -68.0
"""Speech that sank far below what is asked for still counts."""
PASSAGE_S = 3.0
PASSAGE = round(PASSAGE_S / HOP_S)
STEP = 10
"""Frames between two moments that are judged: a fifth of a second."""
LOUD_PART = 75
"""The level of a passage is that of its loud voiced frames: it does not ask how much was said."""
LEAST_VOICED = 25
LEAST_GLIDING = 0.3
"""Of a passage's voiced frames; notes stand still."""
LIVELY_DB = 10.0
"""Speech has dips; a chord has none."""
ONSETS = 3
"""Speech begins anew with every phrase; a note rings."""
DRIFT_DB = 8.0
"""What may lie between the halves of a passage: a chord that dies away drifts, a setting stays."""
LEAD, REACH = PASSAGE // 4, round(2 / HOP_S)
AROUND, FULL_DB = 10, 8.0
"""Frames around one that show how loud the syllable is."""
SYLLABLE_DB = 9.0
"""How far words lie below the loud part of the softer passage; softer is a room, or an end."""
TURN_DB, WORD_DB = 6.0, 25.0
EDGE, PAUSE, ONSET = 5, 8, 10
"""Frames: where a word begins or ends, a pause that is long enough to look into, and what may be a
word that grows out of it."""
ROOM_PART, NEAR, LEAST_ROOM = 5, round(6 / HOP_S), round(2 / HOP_S)
"""The room alone is as loud as so many of 100 frames, within so many before or after a pause."""
FIRST_HALF, SECOND_HALF = slice(PASSAGE // 2), slice(PASSAGE // 2, None)
LEAST_HALF = 10


RARER = 0.75
"""Of the time of the other side: a side that lasts no longer is the odd one."""
LOUD_OVER_LUFS = 4.0
"""How far a passage's level, of loud frames, lies over its loudness (measured on read speech)."""


@dataclass(frozen=True)
class Jump:
    """A moment, in seconds from the first frame, and the levels of speech on both sides."""

    at_s: float
    before_db: float
    after_db: float


@dataclass
class LevelJumps:
    """Compares the passages before and after every moment, of what the track has collected."""

    limits: Limits
    target_lufs: float
    track: VoiceTrack
    checks: tuple[str, ...] = ("audio.level_jumps",)

    def see(self, seen: SoundBlock) -> None:
        """Leave it to the track."""

    def verdict(self) -> Verdict:
        """Report the stretches whose level departs from what stands before and after."""
        jumps = self._jumps()
        if not jumps:
            return Verdict()
        strongest = max(abs(jump.after_db - jump.before_db) for jump in jumps)
        limit = self.limits.level_jump_lu
        return Verdict(
            (
                Problem(
                    "audio.level_jumps",
                    measured=f"{strongest:.0f} LU",
                    limit=f"{limit:g} LU",
                    spans=self._odd_spans(jumps),
                ),
            )
        )

    def _jumps(self) -> list[Jump]:
        """Return where the level jumps."""
        if len(self.track.level_db) < 2 * PASSAGE:
            return []
        level = smoothed_db(self.track.level_db)
        is_voiced = (self.track.voicing >= VOICED) & (level > FAINTEST_DB)
        gliding = is_gliding(self.track.pitch_hz, is_voiced)
        starts = np.arange(0, len(level) - PASSAGE + 1, STEP)
        passages = np.array(
            [_passage(level, is_voiced, gliding, int(s), int(s) + PASSAGE) for s in starts]
        )
        apart = PASSAGE // STEP
        if len(passages) <= apart:
            return []
        change = passages[apart:] - passages[:-apart]
        is_jump = np.abs(np.nan_to_num(change)) > self.limits.level_jump_lu
        found = []
        for first, end in _joined(list(runs(is_jump)), change, apart):
            most = first + int(np.nanargmax(np.abs(change[first:end])))
            step = change[most]
            # A passage is loud as soon as a quarter of it is, before the jump or after it.
            moment = PASSAGE + int(starts[end - 1] - LEAD if step > 0 else starts[first] + LEAD)
            before, after = float(passages[most]), float(passages[most + apart])
            is_word = is_voiced & (level >= min(before, after) - SYLLABLE_DB)
            found.append(Jump(_refined(level, is_word, moment) * HOP_S, before, after))
        return found

    def _odd_spans(self, jumps: list[Jump]) -> tuple[Span, ...]:
        """Return, of the stretches between jumps, those that lie on the odd side.

        It is the rarer one. Where both last about as long, it is the one that is farther from the
        loudness that is asked for.
        """
        end_s = len(self.track.level_db) * HOP_S
        edges = [0.0, *(jump.at_s for jump in jumps), end_s]
        is_loud = [jumps[0].after_db < jumps[0].before_db]
        is_loud += [jump.after_db > jump.before_db for jump in jumps]
        stretches = list(zip(edges, edges[1:], is_loud, strict=False))
        lasts_s = [sum(b - a for a, b, loud in stretches if loud is side) for side in (False, True)]
        if min(lasts_s) <= RARER * max(lasts_s):
            odd = lasts_s[True] < lasts_s[False]
        else:
            levels = [sorted((jump.before_db, jump.after_db)) for jump in jumps]
            asked_db = self.target_lufs + LOUD_OVER_LUFS
            soft_off, loud_off = (
                np.median([pair[n] for pair in levels]) - asked_db for n in (0, 1)
            )
            odd = bool(abs(loud_off) > abs(soft_off))
        origin = self.track.origin_s
        return tuple(
            (round(origin + a, 3), round(origin + b, 3)) for a, b, loud in stretches if loud is odd
        )


def _joined(found: list[tuple[int, int]], change: Array, gap: int) -> list[tuple[int, int]]:
    """Join stretches of moments that speak of one jump, with passages between that can't tell."""
    joined: list[tuple[int, int]] = []
    for first, end in found:
        if joined and first - joined[-1][1] <= gap and change[first] * change[joined[-1][0]] > 0:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return joined


def _passage(level: Array, is_voiced: Array, gliding: Array, first: int, end: int) -> float:
    """Return a passage's level, or NaN where it is not steady speech."""
    own = level[first:end]
    voiced = own[is_voiced[first:end]]
    if len(voiced) < LEAST_VOICED or gliding[first:end].sum() < LEAST_GLIDING * len(voiced):
        return float("nan")
    loud = _loud(voiced)
    halves = [own[part][is_voiced[first:end][part]] for part in (FIRST_HALF, SECOND_HALF)]
    onsets = np.count_nonzero(np.diff(is_voiced[first:end].astype(np.int8)) == 1)
    if loud - own.min() < LIVELY_DB or onsets < ONSETS:
        return float("nan")
    if min(map(len, halves)) >= LEAST_HALF and abs(_loud(halves[0]) - _loud(halves[1])) > DRIFT_DB:
        return float("nan")
    return loud


def _loud(levels: Array) -> float:
    return float(np.percentile(levels, LOUD_PART))


def _refined(level: Array, is_word: Array, moment: int) -> int:
    """Return the frame near `moment` that best parts the frames of words into two levels."""
    origin = max(0, moment - REACH)
    highest = np.lib.stride_tricks.sliding_window_view(
        np.pad(level[origin : moment + REACH], AROUND, mode="edge"), 2 * AROUND + 1
    ).max(axis=1)
    # The ends of words say nothing of a level.
    is_full = level[origin : moment + REACH] >= highest - FULL_DB
    at = np.flatnonzero(is_word[origin : moment + REACH] & is_full) + origin
    if len(at) <= 2 * LEAST_HALF + 1:
        return moment
    best = LEAST_HALF + _split(level[at][LEAST_HALF:-LEAST_HALF])
    first, end = int(at[best - 1]) + EDGE, int(at[best]) - EDGE
    quiet = np.flatnonzero(level[first:end] <= level[first:end].min(initial=0.0) + WORD_DB)
    if len(quiet):
        first, end = first + int(quiet[0]), first + int(quiet[-1]) + 1
    if end - first < PAUSE:
        return (first + end) // 2
    return _within_pause(level, first, end)


def _within_pause(level: Array, first: int, end: int) -> int:
    """Return where in a pause the room itself turns louder or softer, or its edge or middle."""
    pause = level[first:end]
    turn = _split(pause)
    is_turn = min(turn, len(pause) - turn) >= ONSET
    if is_turn and abs(float(np.median(pause[:turn]) - np.median(pause[turn:]))) >= TURN_DB:
        return first + turn
    rooms = (level[max(0, first - NEAR) : first], level[end : end + NEAR])
    if min(map(len, rooms)) >= LEAST_ROOM:
        before, after = (float(np.percentile(room, ROOM_PART)) for room in rooms)
        own = float(np.median(pause))
        if min(before, after, own) >= EMPTY_DB and abs(before - after) >= TURN_DB:
            return end if abs(own - before) < abs(own - after) else first
    return (first + end) // 2


def _split(levels: Array) -> int:
    """Return where `levels` fall best into two parts that are each alike."""
    count = len(levels)
    if count < 2:
        return 0
    sums, squares = np.cumsum(levels, dtype=float), np.cumsum(np.square(levels, dtype=float))
    n = np.arange(1, count)
    before = squares[:-1] - sums[:-1] ** 2 / n
    after = squares[-1] - squares[:-1] - (sums[-1] - sums[:-1]) ** 2 / (count - n)
    return 1 + int(np.argmin(before + after))
