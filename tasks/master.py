"""Make the master: one decode of the picture, then proof that what came out is right."""

from dataclasses import dataclass, replace
from pathlib import Path

from models.errors import CommandFailed, OutputRejected, SourceRefused
from models.media import MediaInfo
from models.profile import CampaignProfile
from models.report import MasterFacts
from models.settings import Settings
from tasks.adapters.containers import read_lines, sha256_of
from tasks.adapters.ffmpeg import CommandResult, probe, run_ffmpeg
from tasks.adapters.packets import read_packets
from tasks.decode import begin_watching, decode, watched
from tasks.examine import Examined
from tasks.media.budgets import time_budget_s, upload_budget_s
from tasks.media.conforming import MasterPlan, finer, plan_master, revised
from tasks.media.graph import (
    CONFORMED,
    LEVELLED,
    MASTER_NOTES,
    QUALITY_NOTES,
    REFERENCE,
    build_comparison,
    build_copy,
    build_levelling,
    build_master_meter,
    build_master_pass,
)
from tasks.media.keys import MASTER
from tasks.media.loudness import corrected, is_on_target
from tasks.media.measurements import PictureMeasurements, SoundMeasurements, read_sound
from tasks.media.probing import parse_probe
from tasks.media.quality import Windows, read_similarity
from tasks.media.refusals import delay_refused, last_words, refusal_of_decode
from tasks.media.verification import compare_master, reasons_to_encode
from tasks.policies import step

MOST_CORRECTIONS = 2


@dataclass(frozen=True)
class Conformed:
    """What stands in the folder: a master not yet verified, and how it came to be."""

    plan: MasterPlan
    info: MediaInfo
    picture: PictureMeasurements
    ssim: float | None = None


@dataclass(frozen=True)
class Master:
    """A master that was verified."""

    facts: MasterFacts
    sound: SoundMeasurements


def may_be_copied(examined: Examined, profile: CampaignProfile) -> bool:
    """Tell whether an upload's picture, as far as its headers and packets go, is the master's."""
    return not reasons_to_encode(examined.info, examined.packets, profile.master)


@step("conform-picture")
def conform_picture(
    examined: Examined,
    seen: PictureMeasurements | None,
    sound: SoundMeasurements | None,
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
) -> Conformed:
    """Decode the picture once: into the master, the detectors, the stills and what proves it.

    A picture that was `seen` already is copied, unless that showed what speaks against it. A second
    pass follows only where the first showed that the upload's headers lie, or that the encoder lost
    too much.

    Raises:
        SourceRefused: the picture can't be decoded.
    """
    most_s = settings.ffmpeg.max_duration_s
    plan = plan_master(examined.info, examined.packets, sound, profile, most_s)
    if seen:
        plan = revised(plan, seen.scan, seen.decode_errors)
        if plan.copies_picture:
            return _copied(plan, seen, examined, folder, settings)
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
    conformed, heard = _levelled(conformed, examined, sound, folder, profile, settings)
    plan, info, path = conformed.plan, conformed.info, folder / CONFORMED
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
    info, frames = _made(decoded.result, folder, settings)
    errors = sound.decode_errors if sound else 0
    picture = watched(decoded, folder, examined, profile, frames=frames, sound_errors=errors)
    ssim = _similarity(plan.windows.within(frames), folder, profile, settings)
    return Conformed(plan, info, picture, ssim)


def _copied(
    plan: MasterPlan,
    seen: PictureMeasurements,
    examined: Examined,
    folder: Path,
    settings: Settings,
) -> Conformed:
    with delay_refused():
        result = run_ffmpeg(
            build_copy(plan, settings.ffmpeg, examined.demuxers),
            settings=settings.ffmpeg,
            folder=folder,
            timeout_s=upload_budget_s(settings.ffmpeg, examined.length_s),
            check=False,
        )
    info, frames = _made(result, folder, settings)
    duration_s = float(frames / plan.spec.frame_rate)
    return Conformed(plan, info, replace(seen, frames=frames, duration_s=duration_s))


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
) -> tuple[Conformed, SoundMeasurements]:
    """Measure the master's sound, and make it anew while it is too long, too short or off level."""
    plan, picture = conformed.plan, conformed.picture
    if plan.sound.is_copied and sound:
        return conformed, sound  # the very packets that were measured
    if plan.frames != picture.frames:
        conformed = _level(conformed, examined, folder, settings)
    heard = _measured(picture, folder, profile, settings)
    for _ in range(MOST_CORRECTIONS):
        # A limiter takes loudness away, and how much shows only in what came out.
        gain = conformed.plan.sound.gain
        if gain is None or not gain.gain_db or is_on_target(heard, profile.loudness):
            break
        better = corrected(gain, heard, profile.loudness)
        plan = replace(plan, sound=replace(plan.sound, gain=better))
        conformed = _level(replace(conformed, plan=plan), examined, folder, settings)
        heard = _measured(picture, folder, profile, settings)
    return conformed, heard


def _level(conformed: Conformed, examined: Examined, folder: Path, settings: Settings) -> Conformed:
    """Give the master's picture its sound anew, from the upload, as planned.

    Raises:
        SourceRefused: reading the upload's sound again took too long.
    """
    picture, demuxers = conformed.picture, examined.demuxers
    arguments = build_levelling(conformed.plan, picture.frames, settings.ffmpeg, demuxers)
    budget_s = upload_budget_s(settings.ffmpeg, picture.duration_s)
    with delay_refused():
        run_ffmpeg(arguments, settings=settings.ffmpeg, folder=folder, timeout_s=budget_s)
    path = (folder / LEVELLED).replace(folder / CONFORMED)
    return replace(conformed, info=_probed(path, settings))


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


def _made(result: CommandResult, folder: Path, settings: Settings) -> tuple[MediaInfo, int]:
    """Return what a command made, and the frames of its picture.

    Raises:
        SourceRefused: it made nothing that can be used.
    """
    path = folder / CONFORMED
    try:
        info = _probed(path, settings) if path.exists() and path.stat().st_size else None
    except CommandFailed:
        info = None
    frames = info.video[0].frame_count if info and info.video else None
    if info is None or not frames:
        raise SourceRefused(*refusal_of_decode(last_words("\n".join(result.stderr_lines))))
    return info, frames


def _probed(path: Path, settings: Settings) -> MediaInfo:
    return parse_probe(probe(path, settings=settings.ffmpeg), path.stat().st_size)
