"""Decode an upload's picture, once, and read what the detectors wrote meanwhile."""

from pathlib import Path

from models.errors import CommandTimedOut, SourceRefused
from models.profile import CampaignProfile
from models.settings import Settings
from tasks.adapters.containers import read_lines
from tasks.adapters.ffmpeg import CommandResult, run_ffmpeg
from tasks.examine import Examined
from tasks.media.budgets import picture_budget_s
from tasks.media.geometry import INTERLACED_ORDERS, PicturePlan, plan_picture
from tasks.media.graph import (
    EVENT_NOTES,
    REPEAT_NOTES,
    SAMPLE_NOTES,
    SCAN_NOTES,
    STILLS,
    build_check_pass,
    still_rate,
)
from tasks.media.measurements import (
    PictureMeasurements,
    count_decode_errors,
    read_picture_samples,
    watched_length_s,
)
from tasks.media.notes import parse_notes, spans_of
from tasks.media.picture_filters import reduced_size
from tasks.media.progress import fraction_done
from tasks.media.refusals import last_words, refusal_of_decode, refusal_of_delay
from tasks.media.scanning import read_scan
from tasks.policies import step
from tasks.progress import progress_of

FROZEN = ("lavfi.freezedetect.freeze_start", "lavfi.freezedetect.freeze_end")
BLACK = ("lavfi.black_start", "lavfi.black_end")


@step("watch-picture")
def watch_picture(
    examined: Examined, folder: Path, profile: CampaignProfile, settings: Settings
) -> PictureMeasurements:
    """Decode the picture once for the detectors alone, as `heji check` does.

    Raises:
        SourceRefused: the picture can't be decoded.
    """
    if examined.info.picture is None:
        raise SourceRefused("container.no_video", "没有画面")
    plan, rate = plan_picture(examined.info.picture, profile.master), planned_stills(examined)
    arguments = build_check_pass(plan, settings.ffmpeg, examined.demuxers, rate)
    result = decode(arguments, plan, examined, folder, settings)
    samples = read_picture_samples(read_lines(folder / SAMPLE_NOTES))
    if not samples:
        raise SourceRefused(*refusal_of_decode(last_words("\n".join(result.stderr_lines))))
    starts_s = examined.info.start_s or 0.0
    seen_s = watched_length_s(samples, rate, examined.packets, starts_s)
    frames = round(seen_s * profile.master.frame_rate)
    return watched(result, folder, plan, examined, frames, profile)


def planned_stills(examined: Examined) -> float:
    """Return how many stills a second are kept of an upload."""
    return still_rate(examined.length_s)


def decode(
    arguments: list[str],
    plan: PicturePlan,
    examined: Examined,
    folder: Path,
    settings: Settings,
) -> CommandResult:
    """Run a pass over the picture; what it made is judged by its caller.

    Exit codes say little: half a picture may be all that a broken upload holds.

    Raises:
        SourceRefused: it took longer than a picture of this size and length may take.
    """
    length = examined.length_s
    budget_s = picture_budget_s(settings.ffmpeg, plan, length)
    (folder / STILLS).parent.mkdir(exist_ok=True)
    with progress_of("画面 picture") as advance:
        try:
            return run_ffmpeg(
                arguments,
                settings=settings.ffmpeg,
                folder=folder,
                timeout_s=budget_s,
                on_progress=lambda p: advance(fraction_done(p, length) or 0.0),
                check=False,
            )
        except CommandTimedOut as error:
            raise SourceRefused(*refusal_of_delay(error.limit_s, error.reached_s)) from error


def watched(
    result: CommandResult,
    folder: Path,
    plan: PicturePlan,
    examined: Examined,
    frames: int,
    profile: CampaignProfile,
    sound_errors: int = 0,
) -> PictureMeasurements:
    """Read what the detectors wrote during a pass; `frames` are those of the master.

    `sound_errors` are those that the pass repeats when it decodes the sound as well.
    """
    duration_s = float(frames / profile.master.frame_rate)
    events = list(parse_notes(read_lines(folder / EVENT_NOTES)))
    errors = count_decode_errors(result.stderr_lines, result.stderr_count)
    stream = examined.info.picture
    rate = stream.frame_rate if stream else None
    return PictureMeasurements(
        duration_s=duration_s,
        frames=frames,
        decode_errors=max(0, errors - sound_errors),
        black=tuple(spans_of(events, *BLACK, duration_s)),
        frozen=tuple(spans_of(events, *FROZEN, duration_s)),
        samples=read_picture_samples(read_lines(folder / SAMPLE_NOTES)),
        sample_rate_hz=planned_stills(examined),
        sample_size=reduced_size(plan),
        scan=read_scan(
            read_lines(folder / SCAN_NOTES),
            read_lines(folder / REPEAT_NOTES),
            None if rate is None else float(rate),
            is_flagged=stream is not None and stream.field_order in INTERLACED_ORDERS,
        ),
    )
