"""Read the sound before the picture: how loud it is, and what the captions hear."""

from dataclasses import replace
from pathlib import Path

from models.errors import CommandFailed, CommandTimedOut
from models.profile import CampaignProfile
from models.settings import Settings
from tasks.adapters.containers import read_lines
from tasks.adapters.ffmpeg import CommandResult, run_ffmpeg
from tasks.adapters.taps import Tap
from tasks.examine import Examined
from tasks.media.arrays import BLOCK_BYTES, BlockReader
from tasks.media.budgets import upload_budget_s
from tasks.media.complaints import count_decode_errors
from tasks.media.graph import (
    SOUND_NOTES,
    build_sound_choice,
    build_sound_pass,
    choice_notes,
)
from tasks.media.measurements import MONO_GAIN, SoundMeasurements, read_sound
from tasks.media.panels import hearing
from tasks.media.progress import fraction_done
from tasks.media.sound_choice import choose_sound, tell_choice
from tasks.policies import step
from tasks.progress import progress_of


@step("choose-sound")
def choose_among_sounds(
    examined: Examined, folder: Path, profile: CampaignProfile, settings: Settings
) -> Examined:
    """Decide which of several sounds is the programme's; a file with one stays as it is."""
    sounds = examined.info.sounds
    if len(sounds) < 2:
        return examined
    arguments = build_sound_choice(sounds, profile.limits, settings.ffmpeg, examined.demuxers)
    _run(arguments, examined, folder, settings, "选择声音 sounds")
    measured = {s: read_sound(read_lines(folder / choice_notes(s.index)), 0.0) for s in sounds}
    chosen, reason = choose_sound(measured, profile.captions.language)
    return examined.with_sound(chosen, tell_choice(examined.info, chosen, reason, profile))


@step("listen")
def listen(
    examined: Examined, folder: Path, profile: CampaignProfile, settings: Settings
) -> SoundMeasurements | None:
    """Measure the sound and write it for the captions; None when there is none to decode.

    A sound that can't be decoded costs the sound, not the work.
    """
    sound = examined.info.sound
    if sound is None:
        return None
    arguments = build_sound_pass(sound, profile.limits, settings.ffmpeg, examined.demuxers)
    heard = hearing(profile)
    is_mono = sound.channels == 1
    blocks = BlockReader(heard.panel.see, MONO_GAIN if is_mono else 1.0)
    tap = Tap(BLOCK_BYTES, blocks.take)
    result = _run(arguments, examined, folder, settings, "声音 sound", tap)
    if result is None or not blocks.duration_s:
        return None
    measured = read_sound(
        read_lines(folder / SOUND_NOTES),
        blocks.duration_s,
        decode_errors=count_decode_errors(result.stderr_lines, result.stderr_count),
    )
    return replace(measured, is_mono=is_mono, verdict=heard.panel.verdict(), levels=heard.levels)


def _run(
    arguments: list[str],
    examined: Examined,
    folder: Path,
    settings: Settings,
    step: str,
    tap: Tap | None = None,
) -> CommandResult | None:
    """Read sound; None when none of it could be decoded."""
    length = examined.length_s or examined.info.duration_s
    with progress_of(step) as advance:
        try:
            return run_ffmpeg(
                arguments,
                settings=settings.ffmpeg,
                folder=folder,
                timeout_s=upload_budget_s(settings.ffmpeg, length),
                on_progress=lambda p: advance(fraction_done(p, length) or 0.0),
                tap=tap,
            )
        except (CommandFailed, CommandTimedOut):
            return None
