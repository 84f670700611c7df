"""Make the master: one decode of the picture, then its sound, then proof that it is right."""

from dataclasses import dataclass
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from models.errors import CommandFailed, CommandTimedOut, OutputRejected, SourceRefused
from models.media import MediaInfo
from models.profile import CampaignProfile
from models.report import MasterFacts
from models.settings import Settings
from tasks.adapters.containers import sha256_of
from tasks.adapters.ffmpeg import CommandResult, probe, read_packets, run_ffmpeg
from tasks.examine import Examined
from tasks.media.budgets import time_budget_s
from tasks.media.geometry import PicturePlan, plan_picture
from tasks.media.graph import (
    EVENT_NOTES,
    MASTER,
    MASTER_NOTES,
    PICTURE,
    SAMPLE_NOTES,
    STILLS,
    build_check_pass,
    build_join,
    build_master_meter,
    build_picture_pass,
    reduced_size,
    still_rate,
)
from tasks.media.loudness import GainPlan, corrected, is_on_target, plan_gain
from tasks.media.measurements import (
    PictureMeasurements,
    PictureSample,
    SoundMeasurements,
    count_decode_errors,
    parse_notes,
    read_picture_samples,
    read_sound,
    spans_of,
    watched_length_s,
)
from tasks.media.probing import parse_probe
from tasks.media.progress import fraction_done
from tasks.media.refusals import last_words, refusal_of_decode
from tasks.media.verification import compare_master, reasons_to_encode
from tasks.progress import progress_of

MOST_CORRECTIONS = 2


@dataclass(frozen=True)
class Master:
    """A master that was verified."""

    facts: MasterFacts
    sound: SoundMeasurements


@task(name="encode-picture", cache_policy=NO_CACHE)
def encode_picture(
    examined: Examined, folder: Path, profile: CampaignProfile, settings: Settings
) -> PictureMeasurements:
    """Decode the picture once: into the master's picture, the detectors and the stills.

    Raises:
        SourceRefused: the picture can't be decoded.
    """
    plan, rate = _planned(examined, profile)
    arguments = build_picture_pass(plan, profile.master, settings.ffmpeg, examined.demuxers, rate)
    result = _decoded(arguments, examined, folder, settings)
    frames = _frames_of(folder / PICTURE, settings)
    if not frames:
        raise SourceRefused(*refusal_of_decode(last_words("\n".join(result.stderr_lines))))
    samples = read_picture_samples(_lines(folder / SAMPLE_NOTES))
    return _measured(result, folder, plan, samples, rate, frames, profile)


@task(name="watch-picture", cache_policy=NO_CACHE)
def watch_picture(
    examined: Examined, folder: Path, profile: CampaignProfile, settings: Settings
) -> PictureMeasurements:
    """Decode the picture once for the detectors alone, as `heji check` does.

    Raises:
        SourceRefused: the picture can't be decoded.
    """
    plan, rate = _planned(examined, profile)
    arguments = build_check_pass(plan, settings.ffmpeg, examined.demuxers, rate)
    result = _decoded(arguments, examined, folder, settings)
    samples = read_picture_samples(_lines(folder / SAMPLE_NOTES))
    if not samples:
        raise SourceRefused(*refusal_of_decode(last_words("\n".join(result.stderr_lines))))
    seen_s = watched_length_s(samples, rate, examined.packets)
    frames = round(seen_s * profile.master.frame_rate)
    return _measured(result, folder, plan, samples, rate, frames, profile)


def _planned(examined: Examined, profile: CampaignProfile) -> tuple[PicturePlan, float]:
    stream = examined.info.picture
    if stream is None:
        raise SourceRefused("container.no_video", "没有画面")
    return plan_picture(stream, profile.master), still_rate(examined.length_s)


def _decoded(
    arguments: list[str], examined: Examined, folder: Path, settings: Settings
) -> CommandResult:
    """Run the pass; what it made is judged by its caller, since exit codes say little."""
    length = examined.length_s
    budget_s = time_budget_s(settings.ffmpeg, length)
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
            raise SourceRefused("container.undecodable", f"{budget_s:.0f} 秒内未能解码") from error


def _measured(
    result: CommandResult,
    folder: Path,
    plan: PicturePlan,
    samples: tuple[PictureSample, ...],
    stills_per_s: float,
    frames: int,
    profile: CampaignProfile,
) -> PictureMeasurements:
    """Read what the detectors wrote during the pass."""
    duration_s = float(frames / profile.master.frame_rate)
    events = list(parse_notes(_lines(folder / EVENT_NOTES)))
    frozen = ("lavfi.freezedetect.freeze_start", "lavfi.freezedetect.freeze_end")
    return PictureMeasurements(
        duration_s=duration_s,
        frames=frames,
        decode_errors=count_decode_errors(result.stderr_lines, result.stderr_count),
        black=tuple(spans_of(events, "lavfi.black_start", "lavfi.black_end", duration_s)),
        frozen=tuple(spans_of(events, *frozen, duration_s)),
        samples=samples,
        sample_rate_hz=stills_per_s,
        sample_size=reduced_size(plan),
    )


@task(name="finish-master", cache_policy=NO_CACHE)
def finish_master(
    source: MediaInfo,
    picture: PictureMeasurements,
    sound: SoundMeasurements | None,
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
) -> Master:
    """Join picture and levelled sound, then probe, compare and measure what came out.

    Raises:
        OutputRejected: what came out is not the profile's master.
    """
    gain = plan_gain(sound, profile.loudness, profile.limits) if sound else None
    heard = _joined(picture, gain, folder, profile, settings)
    for _ in range(MOST_CORRECTIONS):
        # A limiter takes loudness away, and how much shows only in what came out.
        if gain is None or not gain.gain_db or is_on_target(heard, profile.loudness):
            break
        gain = corrected(gain, heard, profile.loudness)
        heard = _joined(picture, gain, folder, profile, settings)
    path = folder / MASTER
    info = _probed(path, settings)
    packets = (
        read_packets(path, info.video[0].index, settings=settings.ffmpeg) if info.video else None
    )
    mismatches = compare_master(info, packets, profile.master, picture.frames)
    if mismatches:
        raise OutputRejected(MASTER, mismatches)
    facts = MasterFacts(
        sha256=sha256_of(path),
        size_bytes=path.stat().st_size,
        duration_s=picture.duration_s,
        why_encoded=reasons_to_encode(source, profile.master),
    )
    return Master(facts, heard)


def _joined(
    picture: PictureMeasurements,
    gain: GainPlan | None,
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
) -> SoundMeasurements:
    """Write the master and return what its sound measures."""
    budget_s = time_budget_s(settings.ffmpeg, picture.duration_s)
    for arguments in (
        build_join(profile.master, picture.frames, gain),
        build_master_meter(profile.limits),
    ):
        run_ffmpeg(arguments, settings=settings.ffmpeg, folder=folder, timeout_s=budget_s)
    return read_sound(_lines(folder / MASTER_NOTES), picture.duration_s)


def _frames_of(path: Path, settings: Settings) -> int:
    """Return the frames of the encoded picture; 0 when there is no usable file."""
    if not path.exists() or path.stat().st_size == 0:
        return 0
    try:
        info = _probed(path, settings)
    except CommandFailed:
        return 0
    return (info.video[0].frame_count or 0) if info.video else 0


def _probed(path: Path, settings: Settings) -> MediaInfo:
    return parse_probe(probe(path, settings=settings.ffmpeg), path.stat().st_size)


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    return path.read_text("utf-8", "replace").splitlines()
