"""Judge what a decode measured: picture and sound against the campaign's limits."""

from collections.abc import Iterator, Sequence

from models.media import MediaInfo
from models.profile import CampaignProfile
from models.report import Finding, MasterFacts, Severity
from tasks.media.catalogue import MOST_SPANS, describe, others_told
from tasks.media.complaints import Complaints
from tasks.media.detection import Problem, Verdict
from tasks.media.loudness import is_on_target
from tasks.media.measurements import (
    PictureMeasurements,
    SoundMeasurements,
)
from tasks.media.notes import Span, merge_spans
from tasks.media.scanning import Scan

LIT_LUMA = 28
"""Frames darker than this on average say nothing about black borders."""
LIT_FRAMES = 3
BAR_PX = 4
"""cropdetect rounds to two pixels on each side."""
COMPLETE_SHARE = 0.95
AV_GAP_TOLD_S, AV_GAP_WARN_S = 0.2, 2.0
"""Recorders stop picture and sound a few frames apart; more than that is told."""


def judge_picture(measured: PictureMeasurements, profile: CampaignProfile) -> tuple[Finding, ...]:
    """Return the findings on the picture; one a problem and span, with the times."""
    found = [
        _letterbox(measured, profile),
        _scan(measured, profile),
    ]
    return tuple(f for f in found if f)


def judge_sound(measured: SoundMeasurements, profile: CampaignProfile) -> tuple[Finding, ...]:
    """Return the findings on the sound."""
    if measured.is_silent:
        silent = describe("audio.silent", profile)
        return (silent,) if silent else ()
    found = [
        *judge_verdict(measured.verdict, profile),
        *_silences(measured, profile),
        _loudness(measured, profile),
        _true_peak(measured, profile),
    ]
    return tuple(f for f in found if f)


def judge_verdict(verdict: Verdict, profile: CampaignProfile) -> tuple[Finding, ...]:
    """Return the findings on what detectors saw, and on those that broke."""
    places: dict[str, list[tuple[Problem, Span | None]]] = {}
    for problem in verdict.problems:
        places.setdefault(problem.check, []).extend((problem, s) for s in problem.spans or [None])
    found = []
    for check, spans in places.items():
        spans.sort(key=lambda place: place[1] or (0.0, 0.0))
        for number, (problem, span) in enumerate(spans[:MOST_SPANS], 1):
            told = problem.measured + others_told(number, len(spans))
            said = describe(
                check,
                profile,
                severity=problem.severity,
                measured=told,
                limit=problem.limit,
                span=span,
            )
            found.append(said and said.model_copy(update={"box": problem.box}))
    for check, reason in verdict.failed:
        area = check.partition(".")[0]
        found.append(describe(f"{area}.not_run", profile, measured=check, limit=reason))
    return tuple(f for f in found if f)


def judge_decoding(
    errors: int, where: Sequence[Complaints], profile: CampaignProfile
) -> tuple[Finding, ...]:
    """Return the findings on errors while picture and sound were decoded.

    The first places are told, or all errors at once if no place is known.
    """
    if not errors:
        return ()
    places: list[tuple[Span | None, int]] = [(c.span, c.count) for c in where[:MOST_SPANS]]
    found = []
    for number, (span, count) in enumerate(places or [(None, errors)], 1):
        told = f"{count} 次{others_told(number, len(where))}"
        found.append(describe("container.decode_errors", profile, measured=told, span=span))
    return tuple(f for f in found if f)


def judge_master(
    facts: MasterFacts, heard: SoundMeasurements, profile: CampaignProfile
) -> tuple[Finding, ...]:
    """Return the findings on the master itself: where it fell short, or cost something."""
    found: list[Finding | None] = []
    if facts.ssim is not None and facts.ssim < profile.master.ssim_floor:
        floor = f"{profile.master.ssim_floor:g}"
        found.append(describe("video.quality", profile, measured=f"{facts.ssim:.3f}", limit=floor))
    level, target = heard.integrated_lufs, profile.loudness
    is_levelled = facts.sound_passed_through or bool(facts.gain_db)
    if is_levelled and level is not None and not is_on_target(heard, target):
        told = f"{level:.1f} LUFS，真峰值 {heard.true_peak_dbtp or -99:.1f} dBTP"
        limit = f"{target.integrated_lufs:g} LUFS，≤ {target.true_peak_dbtp:g} dBTP"
        found.append(describe("audio.master_loudness", profile, measured=told, limit=limit))
    if facts.is_limited:
        found.append(describe("audio.limited", profile, measured=f"{facts.gain_db:+.1f} dB"))
    return tuple(f for f in found if f)


def judge_unheard(info: MediaInfo, profile: CampaignProfile) -> tuple[Finding, ...]:
    """Return the finding on a sound that stands in the file but gave nothing when decoded."""
    if info.sound is None:
        return ()
    found = describe("audio.undecodable", profile, measured=info.sound.codec or "?")
    return (found,) if found else ()


def judge_lengths(
    info: MediaInfo,
    picture: PictureMeasurements,
    sound: SoundMeasurements | None,
    profile: CampaignProfile,
    *,
    is_cut_off: bool = False,
) -> tuple[Finding, ...]:
    """Return the findings on what was promised and what could be decoded.

    `is_cut_off` says that the file ends before its container does.
    """
    found: list[Finding | None] = []
    promised = info.picture.duration_s if info.picture else None
    promised = promised or info.duration_s
    # A fragmented file's header may promise hours: it is believed where something is amiss.
    is_amiss = is_cut_off or picture.decode_errors > 0 or "mp4" not in info.container
    if is_amiss and promised and picture.duration_s < promised * COMPLETE_SHARE - 0.5:
        told = f"标称 {promised:.1f} 秒，只能解码 {picture.duration_s:.1f} 秒"
        found.append(describe("container.truncated", profile, measured=told))
    elif is_cut_off:
        told = "文件末尾缺失"
        found.append(describe("container.truncated", profile, severity="warn", measured=told))
    elif sound and abs(sound.duration_s - picture.duration_s) > AV_GAP_TOLD_S:
        gap = sound.duration_s - picture.duration_s
        told = f"{abs(gap):.1f} 秒（声音{'长，已截去' if gap > 0 else '短，已补静音'}）"
        severity: Severity = "warn" if abs(gap) > AV_GAP_WARN_S else "info"
        found.append(describe("timing.av_duration", profile, severity=severity, measured=told))
    return tuple(f for f in found if f)


def letterbox_of(measured: PictureMeasurements) -> tuple[int, int, int, int] | None:
    """Return left, top, width and height of the picture inside black bars, in still pixels.

    The largest box of all lit frames counts: dark scenes only ever shrink it. None when too few
    frames are lit to tell.
    """
    seen = zip(measured.samples, measured.stills, strict=False)
    boxes = [sample.box for sample, still in seen if sample.box and still.luma_mean > LIT_LUMA]
    boxes = [b for b in boxes if b[2] > 0 and b[3] > 0]
    if len(boxes) < LIT_FRAMES:
        return None
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
    return left, top, right - left, bottom - top


def _letterbox(measured: PictureMeasurements, profile: CampaignProfile) -> Finding | None:
    box = letterbox_of(measured)
    if box is None:
        return None
    width, height = measured.watch.still_size
    left, top, inner_width, inner_height = box
    across = (left, width - left - inner_width)
    down = (top, height - top - inner_height)
    # Bars come in pairs; one dark edge is a dark room.
    sides = [name for name, pair in (("左右", across), ("上下", down)) if min(pair) > BAR_PX]
    share = 1 - inner_width * inner_height / (width * height)
    limit = profile.limits.letterbox_share
    if share <= limit or not sides:
        return None
    told = f"{'、'.join(sides)}，占画面 {share:.0%}"
    found = describe("video.letterbox", profile, measured=told, limit=f"{limit:.0%}")
    shares = (left / width, top / height, inner_width / width, inner_height / height)
    return found and found.model_copy(update={"box": shares})


def _scan(measured: PictureMeasurements, profile: CampaignProfile) -> Finding | None:
    scan, spans = measured.scan.scan, measured.scan.interlaced
    if scan is Scan.UNKNOWN and measured.scan.is_flagged:
        return describe(
            "video.interlaced", profile, severity="info", measured="有此标记，但画面中看不出"
        )
    if scan is Scan.TELECINE:
        return describe("video.telecine", profile)
    if scan is Scan.INTERLACED:
        return describe("video.interlaced", profile, measured="全片")
    if scan is Scan.MIXED and spans:
        told = f"共 {sum(b - a for a, b in spans):.0f} 秒"
        return describe(
            "video.interlaced", profile, measured=told, span=(spans[0][0], spans[-1][1])
        )
    return None


def _silences(measured: SoundMeasurements, profile: CampaignProfile) -> Iterator[Finding | None]:
    limit = profile.limits.silence_s
    spans = [span for span in merge_spans(measured.silences) if span[1] - span[0] > limit]
    yield from _spans("audio.silence", spans, limit, profile)


def _loudness(measured: SoundMeasurements, profile: CampaignProfile) -> Finding | None:
    target, level = profile.loudness, measured.integrated_lufs
    if level is None or abs(level - target.integrated_lufs) <= target.tolerance_lu:
        return None
    return describe(
        "audio.loudness",
        profile,
        measured=f"{level:.1f} LUFS",
        limit=f"{target.integrated_lufs:g} ±{target.tolerance_lu:g} LUFS",
    )


def _true_peak(measured: SoundMeasurements, profile: CampaignProfile) -> Finding | None:
    peak, limit = measured.upload_peak_dbtp, profile.loudness.true_peak_dbtp
    if peak is None or peak <= limit:
        return None
    return describe(
        "audio.true_peak", profile, measured=f"{peak:.1f} dBTP", limit=f"{limit:g} dBTP"
    )


def _spans(
    check: str, spans: Sequence[Span], limit_s: float, profile: CampaignProfile
) -> Iterator[Finding | None]:
    """Describe the first spans; the last one described counts those left out."""
    for number, span in enumerate(spans[:MOST_SPANS], 1):
        told = f"{span[1] - span[0]:.1f} 秒{others_told(number, len(spans))}"
        yield describe(check, profile, measured=told, limit=f"{limit_s:g} 秒", span=span)
