"""Make the master: one decode of the picture, then proof that what came out is right."""

from dataclasses import dataclass, replace
from pathlib import Path

from models.errors import CommandFailed, CommandTimedOut, OutputRejected, SourceRefused
from models.media import MediaInfo
from models.profile import CampaignProfile
from models.report import MasterFacts
from models.settings import Settings
from tasks.adapters.containers import read_lines, sha256_of
from tasks.adapters.ffmpeg import probe, read_packets, run_ffmpeg
from tasks.decode import begin_watching, decode, watched
from tasks.examine import Examined
from tasks.media.budgets import time_budget_s, upload_budget_s
from tasks.media.conforming import MasterPlan, finer, plan_master, revised
from tasks.media.graph import (
    CONFORMED,
    LEVELLED,
    MASTER,
    MASTER_NOTES,
    QUALITY_NOTES,
    REFERENCE,
    build_comparison,
    build_levelling,
    build_master_meter,
    build_master_pass,
)
from tasks.media.loudness import corrected, is_on_target
from tasks.media.measurements import PictureMeasurements, SoundMeasurements, read_sound
from tasks.media.probing import parse_probe
from tasks.media.quality import Windows, read_similarity
from tasks.media.refusals import last_words, refusal_of_decode, refusal_of_delay
from tasks.media.verification import compare_master
from tasks.policies import step

MOST_CORRECTIONS = 2


@dataclass(frozen=True)
class Conformed:
    """What the pass over the upload left in the folder: a master not yet verified."""

    plan: MasterPlan
    picture: PictureMeasurements
    ssim: float | None = None


@dataclass(frozen=True)
class Master:
    """A master that was verified."""

    facts: MasterFacts
    sound: SoundMeasurements


@step("conform-picture")
def conform_picture(
    examined: Examined,
    sound: SoundMeasurements | None,
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
) -> Conformed:
    """Decode the picture once: into the master, the detectors, the stills and what proves it.

    A second pass follows only where the first showed that the upload's headers lie, or that the
    encoder lost too much.

    Raises:
        SourceRefused: the picture can't be decoded.
    """
    most_s = settings.ffmpeg.max_duration_s
    plan = plan_master(examined.info, examined.packets, sound, profile, most_s)
    made = _pass(plan, examined, sound, folder, profile, settings)
    again = revised(plan, made.picture.scan, made.picture.decode_errors)
    if again != plan:
        made = _pass(again, examined, sound, folder, profile, settings)
    if made.ssim is not None and made.ssim < profile.master.ssim_floor:
        made = _pass(finer(made.plan), examined, sound, folder, profile, settings)
    (folder / REFERENCE).unlink(missing_ok=True)
    return made


@step("finish-master")
def finish_master(
    conformed: Conformed,
    examined: Examined,
    sound: SoundMeasurements | None,
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
) -> Master:
    """Level the sound until it is right, then probe, compare and measure what came out.

    Raises:
        OutputRejected: what came out is not the profile's master.
        SourceRefused: the upload's sound had to be read again and took too long.
    """
    plan, heard = _levelled(conformed, examined, sound, folder, profile, settings)
    path = folder / CONFORMED
    info = _probed(path, settings)
    packets = (
        read_packets(path, info.video[0].index, settings=settings.ffmpeg) if info.video else None
    )
    mismatches = compare_master(info, packets, profile.master, conformed.picture.frames)
    if mismatches:
        raise OutputRejected(MASTER, mismatches)
    path = path.rename(folder / MASTER)
    gain = None if plan.sound.is_copied else plan.sound.gain
    facts = MasterFacts(
        sha256=sha256_of(path),
        size_bytes=path.stat().st_size,
        duration_s=conformed.picture.duration_s,
        passed_through=plan.copies_picture,
        why_encoded=tuple(why.chinese for why in plan.why_encoded),
        sound_passed_through=plan.sound.is_copied,
        why_sound_encoded=tuple(why.chinese for why in plan.sound.why_encoded),
        ssim=None if conformed.ssim is None else round(conformed.ssim, 4),
        is_finer=plan.is_finer,
        gain_db=round(gain.gain_db, 1) if gain else None,
        is_limited=bool(gain and gain.ceiling_dbtp is not None),
    )
    return Master(facts, heard)


def _pass(
    plan: MasterPlan,
    examined: Examined,
    sound: SoundMeasurements | None,
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
) -> Conformed:
    watching = begin_watching(plan.picture, examined, profile)
    arguments = build_master_pass(plan, settings.ffmpeg, examined.demuxers, watching.plan)
    decoded = decode(arguments, plan.picture, watching, examined, folder, settings)
    frames = _frames_of(folder / CONFORMED, settings)
    if not frames:
        raise SourceRefused(*refusal_of_decode(last_words("\n".join(decoded.result.stderr_lines))))
    errors = sound.decode_errors if sound and not plan.sound.is_copied else 0
    picture = watched(decoded, folder, examined, profile, frames=frames, sound_errors=errors)
    ssim = _similarity(plan.windows.within(frames), folder, profile, settings)
    return Conformed(plan, picture, ssim)


def _similarity(
    windows: Windows, folder: Path, profile: CampaignProfile, settings: Settings
) -> float | None:
    """Compare the master with what its encoder was given; None when there is nothing to compare."""
    if not windows.count:
        return None
    run_ffmpeg(
        build_comparison(windows, profile.master),
        settings=settings.ffmpeg,
        folder=folder,
        timeout_s=time_budget_s(settings.ffmpeg, windows.count * float(profile.master.gop_s)),
    )
    return read_similarity(read_lines(folder / QUALITY_NOTES))


def _levelled(
    conformed: Conformed,
    examined: Examined,
    sound: SoundMeasurements | None,
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
) -> tuple[MasterPlan, SoundMeasurements]:
    """Measure the master's sound, and make it anew while it is too long, too short or off level."""
    plan, picture = conformed.plan, conformed.picture
    if plan.sound.is_copied and sound:
        return plan, sound  # the very packets that were measured
    if plan.frames != picture.frames:
        _level(plan, picture, examined, folder, settings)
    heard = _measured(picture, folder, profile, settings)
    for _ in range(MOST_CORRECTIONS):
        # A limiter takes loudness away, and how much shows only in what came out.
        gain = plan.sound.gain
        if gain is None or not gain.gain_db or is_on_target(heard, profile.loudness):
            break
        better = corrected(gain, heard, profile.loudness)
        plan = replace(plan, sound=replace(plan.sound, gain=better))
        _level(plan, picture, examined, folder, settings)
        heard = _measured(picture, folder, profile, settings)
    return plan, heard


def _level(
    plan: MasterPlan,
    picture: PictureMeasurements,
    examined: Examined,
    folder: Path,
    settings: Settings,
) -> None:
    """Give the master's picture its sound anew, from the upload.

    Raises:
        SourceRefused: reading the upload's sound again took too long.
    """
    arguments = build_levelling(plan, picture.frames, settings.ffmpeg, examined.demuxers)
    budget_s = upload_budget_s(settings.ffmpeg, picture.duration_s)
    try:
        run_ffmpeg(arguments, settings=settings.ffmpeg, folder=folder, timeout_s=budget_s)
    except CommandTimedOut as error:
        raise SourceRefused(*refusal_of_delay(error.limit_s, error.reached_s)) from error
    (folder / LEVELLED).replace(folder / CONFORMED)


def _measured(
    picture: PictureMeasurements, folder: Path, profile: CampaignProfile, settings: Settings
) -> SoundMeasurements:
    run_ffmpeg(
        build_master_meter(profile.limits),
        settings=settings.ffmpeg,
        folder=folder,
        timeout_s=time_budget_s(settings.ffmpeg, picture.duration_s),
    )
    return read_sound(read_lines(folder / MASTER_NOTES), picture.duration_s)


def _frames_of(path: Path, settings: Settings) -> int:
    """Return the frames of the master's picture; 0 when there is no usable file."""
    if not path.exists() or path.stat().st_size == 0:
        return 0
    try:
        info = _probed(path, settings)
    except CommandFailed:
        return 0
    return (info.video[0].frame_count or 0) if info.video else 0


def _probed(path: Path, settings: Settings) -> MediaInfo:
    return parse_probe(probe(path, settings=settings.ffmpeg), path.stat().st_size)
