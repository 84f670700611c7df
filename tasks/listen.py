"""Decode the sound once: for the master, the meters and the captions."""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from models.errors import CommandFailed, CommandTimedOut
from models.profile import CampaignProfile
from models.settings import Settings
from tasks.adapters.ffmpeg import run_ffmpeg
from tasks.examine import Examined
from tasks.media.budgets import time_budget_s
from tasks.media.graph import SOUND, SOUND_NOTES, build_sound_pass
from tasks.media.measurements import SoundMeasurements, read_sound
from tasks.media.progress import fraction_done
from tasks.progress import progress_of

BYTES_PER_S = 48_000 * 2 * 4


@task(name="listen", cache_policy=NO_CACHE)
def listen(
    examined: Examined, folder: Path, profile: CampaignProfile, settings: Settings
) -> SoundMeasurements | None:
    """Measure the sound and write it for master and captions; None when there is none to decode.

    A sound that can't be decoded costs the sound, not the work.
    """
    sound = examined.info.sound
    if sound is None:
        return None
    length = examined.length_s or examined.info.duration_s
    arguments = build_sound_pass(sound, profile.limits, settings.ffmpeg, examined.demuxers)
    with progress_of("声音 sound") as advance:
        try:
            run_ffmpeg(
                arguments,
                settings=settings.ffmpeg,
                folder=folder,
                timeout_s=time_budget_s(settings.ffmpeg, length),
                on_progress=lambda p: advance(fraction_done(p, length) or 0.0),
            )
        except (CommandFailed, CommandTimedOut):
            return None
    duration_s = (folder / SOUND).stat().st_size / BYTES_PER_S
    with (folder / SOUND_NOTES).open(encoding="utf-8", errors="replace") as notes:
        return read_sound(notes, duration_s) if duration_s > 0.05 else None
