"""The order in which a work's version is made: the same with Prefect and without."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic

from models.errors import SourceRefused
from models.profile import CampaignProfile
from models.report import Finding, Report
from models.settings import Settings
from models.work import Source
from tasks.caption import caption_work
from tasks.complaints import locate_errors
from tasks.decode import watch_picture
from tasks.evidence import take_evidence
from tasks.examine import Examined, examine_source
from tasks.listen import choose_among_sounds, listen
from tasks.master import conform_picture, finish_master, may_be_copied
from tasks.media.caption_findings import caption_findings
from tasks.media.catalogue import describe
from tasks.media.checking import (
    judge_decoding,
    judge_lengths,
    judge_master,
    judge_picture,
    judge_sound,
    judge_unheard,
    judge_verdict,
)
from tasks.media.complaints import Complaints
from tasks.media.measurements import (
    PictureMeasurements,
    SoundMeasurements,
    decode_errors_of,
)
from tasks.media.rules import judge_facts
from tasks.picture import take_pictures
from tasks.report import Outcome, compose_report, write_report
from tasks.running import Runner


def make_version(
    run: Runner,
    source: Source,
    told: tuple[Finding, ...],
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
    *,
    has_captions: bool = True,
) -> Report:
    """Make everything of a version in `folder` and return its report.

    `told` are findings that are known already. A file that can't be used is no failure: its
    report says why.

    Raises:
        OutputRejected: what was made is not what the profile asks for.
        Unavailable: the scratch disk is full.
    """
    timings: dict[str, float] = {}
    outcome = Outcome(findings=told)
    try:
        examined = _examined(run, source, folder, profile, settings, timings)
        outcome = outcome.also(examined.findings, info=examined.info)
        watching = (  # what needs no encode need not wait for the sound
            run.start(watch_picture, examined, folder, profile, settings)
            if may_be_copied(examined, profile)
            else None
        )
        captions = None
        try:
            with _timed(timings, "listen"):
                sound = run.call(listen, examined, folder, profile, settings)
            if sound and has_captions:
                captions = run.start(caption_work, source.sha256, sound, folder, profile, settings)
            with _timed(timings, "picture"):
                seen = watching.result() if watching else None
                made = run.call(conform_picture, examined, seen, sound, folder, profile, settings)
            with _timed(timings, "master"):
                master = run.call(finish_master, made, examined, sound, folder, profile, settings)
        finally:
            captioned = captions.result() if captions else None
            if watching:
                with suppress(Exception):  # it uses the folder until it ends
                    watching.result()
        picture = made.picture
        damage = _located(run, examined, picture, sound, folder, settings)
        judged = (
            *judge(examined, picture, sound, damage, profile),
            *judge_master(master.facts, master.sound, profile),
            *(caption_findings(captioned, profile) if captioned else ()),
        )
        outcome = outcome.also(judged, picture=picture, sound=sound, master=master)
        with _timed(timings, "pictures"):
            run.call(take_pictures, picture, folder, profile, settings)
            shown = run.call(take_evidence, outcome.findings, picture, sound, folder, profile)
        outcome = outcome.with_findings(shown)
    except SourceRefused as refused:
        outcome = outcome.also(_refusal(refused, profile))
    return run.call(write_report, source, outcome, folder, profile, settings, timings)


def check_version(
    run: Runner,
    source: Source,
    told: tuple[Finding, ...],
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
) -> Report:
    """Judge a file and make nothing of it.

    Raises:
        Unavailable: the scratch disk is full.
    """
    timings: dict[str, float] = {}
    outcome = Outcome(findings=told)
    try:
        examined = _examined(run, source, folder, profile, settings, timings)
        outcome = outcome.also(examined.findings, info=examined.info)
        listening = run.start(listen, examined, folder, profile, settings)
        try:
            with _timed(timings, "picture"):
                picture = run.call(watch_picture, examined, folder, profile, settings)
        finally:
            sound = listening.result()
        damage = _located(run, examined, picture, sound, folder, settings)
        judged = judge(examined, picture, sound, damage, profile)
        outcome = outcome.also(judged, picture=picture, sound=sound)
    except SourceRefused as refused:
        outcome = outcome.also(_refusal(refused, profile))
    return compose_report(source, outcome, profile, settings, timings)


def judge(
    examined: Examined,
    picture: PictureMeasurements,
    sound: SoundMeasurements | None,
    damage: tuple[Complaints, ...],
    profile: CampaignProfile,
) -> tuple[Finding, ...]:
    """Return all findings on what was examined and decoded."""
    info = examined.info
    return (
        *judge_facts(
            info,
            examined.packets,
            profile,
            picture.duration_s,
            sound.silent_share if sound else 0.0,
        ),
        *judge_lengths(info, picture, sound, profile, is_cut_off=examined.is_cut_off),
        *judge_decoding(decode_errors_of(picture, sound), damage, profile),
        *judge_picture(picture, profile),
        *judge_verdict(picture.verdict, profile),
        *(judge_sound(sound, profile) if sound else judge_unheard(info, profile)),
    )


def _examined(
    run: Runner,
    source: Source,
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
    timings: dict[str, float],
) -> Examined:
    """Take the steps before any is decoded whole: they are the same whatever is made of it."""
    with _timed(timings, "examine"):
        examined = run.call(examine_source, source, folder, profile, settings)
        return run.call(choose_among_sounds, examined, folder, profile, settings)


def _located(
    run: Runner,
    examined: Examined,
    picture: PictureMeasurements,
    sound: SoundMeasurements | None,
    folder: Path,
    settings: Settings,
) -> tuple[Complaints, ...]:
    """Find out where decoders complained, if they did."""
    if not decode_errors_of(picture, sound):
        return ()
    return run.call(locate_errors, examined, folder, settings)


def _refusal(refused: SourceRefused, profile: CampaignProfile) -> tuple[Finding, ...]:
    found = describe(refused.check, profile, severity="block", measured=refused.reason)
    return (found,) if found else ()


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    started = monotonic()
    try:
        yield
    finally:
        timings[step] = monotonic() - started
