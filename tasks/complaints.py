"""Find out when the decoders complained: a second decode, only of files that are damaged."""

from contextlib import suppress
from pathlib import Path

from models.errors import CommandTimedOut
from models.settings import Settings
from tasks.adapters.ffmpeg import run_ffmpeg
from tasks.examine import Examined
from tasks.media.budgets import upload_budget_s
from tasks.media.complaints import ComplaintReader, Complaints, complaints_at
from tasks.media.graph import build_complaints
from tasks.policies import step

USUAL_FRAME_S = 0.04


@step("locate-errors")
def locate_errors(examined: Examined, folder: Path, settings: Settings) -> tuple[Complaints, ...]:
    """Return where picture and sound could not be decoded cleanly, on the source's clock.

    The pass over the picture hears all complaints, but its decoders run ahead of what they show.
    Where the second decode takes too long, those until then.
    """
    info, reader = examined.info, ComplaintReader()
    streams = [stream.index for stream in (info.picture, info.sound) if stream]
    with suppress(CommandTimedOut):
        run_ffmpeg(
            build_complaints(streams, settings.ffmpeg, examined.demuxers),
            settings=settings.ffmpeg,
            folder=folder,
            timeout_s=upload_budget_s(settings.ffmpeg, examined.length_s),
            on_log=reader.read,
            check=False,
        )
    rate = info.picture.frame_rate if info.picture else None
    return complaints_at(reader.times, float(1 / rate) if rate else USUAL_FRAME_S)
