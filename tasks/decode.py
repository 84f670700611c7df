"""Decode an upload's picture, once, and read what the detectors saw meanwhile."""

from dataclasses import dataclass
from pathlib import Path

from models.errors import SourceRefused
from models.profile import CampaignProfile
from models.settings import Settings
from tasks.adapters.containers import read_lines
from tasks.adapters.ffmpeg import CommandResult, run_ffmpeg
from tasks.adapters.taps import Tap
from tasks.examine import Examined
from tasks.media.arrays import FrameReader
from tasks.media.budgets import picture_budget_s
from tasks.media.complaints import count_decode_errors
from tasks.media.detection import Detail, Panel, SmallFrame, Still, Verdict
from tasks.media.geometry import INTERLACED_ORDERS, PicturePlan, plan_picture
from tasks.media.graph import build_check_pass
from tasks.media.measurements import (
    PictureMeasurements,
    read_picture_samples,
    watched_length_s,
)
from tasks.media.panels import frame_panel, still_panels
from tasks.media.progress import fraction_done
from tasks.media.refusals import delay_refused, last_words, refusal_of_decode
from tasks.media.scanning import read_scan
from tasks.media.watching import (
    REPEAT_NOTES,
    SAMPLE_NOTES,
    SCAN_NOTES,
    WatchPlan,
    plan_watch,
)
from tasks.policies import step
from tasks.progress import progress_of
from tasks.study import Studied, studying


@dataclass(frozen=True)
class Watching:
    """How a picture is watched, and by whom."""

    plan: WatchPlan
    frames: Panel[SmallFrame]
    stills: Panel[Still]
    details: Panel[Detail]
    complaints: list[int]
    """How many errors the decoder told of, once it has ended."""


@dataclass(frozen=True)
class Decoded:
    """How a pass ended, and what was seen meanwhile."""

    result: CommandResult
    errors: int
    watch: WatchPlan
    studied: Studied
    verdict: Verdict


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
    plan = plan_picture(examined.info.picture, profile.master)
    watching = begin_watching(plan, examined, profile)
    arguments = build_check_pass(plan, settings.ffmpeg, examined.demuxers, watching.plan)
    decoded = decode(arguments, plan, watching, examined, folder, settings)
    picture = watched(decoded, folder, examined, profile)
    if not picture.samples:
        raise SourceRefused(*refusal_of_decode(last_words("\n".join(decoded.result.stderr_lines))))
    return picture


def begin_watching(plan: PicturePlan, examined: Examined, profile: CampaignProfile) -> Watching:
    """Call the detectors together for one pass over an upload, which must have a picture."""
    from tasks.adapters.codes import read_codes

    stream = examined.info.picture
    assert stream is not None  # noqa: S101 - a picture was planned
    watch = plan_watch(plan, stream, examined.packets, examined.length_s)
    complaints: list[int] = []
    stills, details = still_panels(profile, plan.height_px, read_codes)
    return Watching(
        plan=watch,
        frames=frame_panel(profile, watch, lambda: any(complaints)),
        stills=stills,
        details=details,
        complaints=complaints,
    )


def decode(
    arguments: list[str],
    plan: PicturePlan,
    watching: Watching,
    examined: Examined,
    folder: Path,
    settings: Settings,
) -> Decoded:
    """Run a pass over the picture; what it made is judged by its caller.

    Exit codes say little: half a picture may be all that a broken upload holds.

    Raises:
        SourceRefused: it took longer than a picture of this size and length may take.
    """
    length, watch = examined.length_s, watching.plan
    frames = FrameReader(watch.small_size, watch.small_rate, watching.frames.see)
    with (
        progress_of("画面 picture") as advance,
        studying(folder, watch, watching.stills, watching.details) as studied,
        delay_refused(),
    ):
        result = run_ffmpeg(
            arguments,
            settings=settings.ffmpeg,
            folder=folder,
            timeout_s=picture_budget_s(settings.ffmpeg, plan, length),
            on_progress=lambda p: advance(fraction_done(p, length) or 0.0),
            tap=Tap(watch.small_bytes, frames.take),
            check=False,
        )
    errors = count_decode_errors(result.stderr_lines, result.stderr_count)
    watching.complaints.append(errors)
    return Decoded(result, errors, watch, studied(), watching.frames.verdict())


def watched(
    decoded: Decoded,
    folder: Path,
    examined: Examined,
    profile: CampaignProfile,
    *,
    frames: int | None = None,
    sound_errors: int = 0,
) -> PictureMeasurements:
    """Read what was seen during a pass; `frames` are those of the master, None where none is made.

    `sound_errors` are those that the pass repeats when it decodes the sound as well.
    """
    samples = read_picture_samples(read_lines(folder / SAMPLE_NOTES))
    watch, master_rate = decoded.watch, profile.master.frame_rate
    if frames is None:
        starts_s = examined.info.start_s
        seen_s = watched_length_s(samples, watch.stills_per_s, examined.packets, starts_s)
        frames = round(seen_s * master_rate)
    stream = examined.info.picture
    rate = stream.frame_rate if stream else None
    return PictureMeasurements(
        duration_s=float(frames / master_rate),
        frames=frames,
        decode_errors=max(0, decoded.errors - sound_errors),
        watch=watch,
        verdict=decoded.verdict.also(decoded.studied.verdict),
        samples=samples,
        stills=decoded.studied.stills,
        scan=read_scan(
            read_lines(folder / SCAN_NOTES),
            read_lines(folder / REPEAT_NOTES),
            None if rate is None else float(rate),
            is_flagged=stream is not None and stream.field_order in INTERLACED_ORDERS,
        ),
    )
