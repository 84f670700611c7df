"""Judge the clocks of picture and sound by their packets: starts, gaps and drift."""

from collections.abc import Iterator, Sequence

from models.media import MediaInfo
from models.profile import CampaignProfile
from models.report import Finding, Severity
from tasks.media.catalogue import MOST_SPANS, describe, others_told
from tasks.media.notes import Span
from tasks.media.probing import PacketFacts
from tasks.media.sound_packets import SoundPackets

CUT_CONTAINERS = ("mpegts", "mpeg")
"""Broadcasts may be cut anywhere; their picture starts with the next key frame."""
CUT_S = 1.0
"""Key frames of broadcasts stand at most about a second apart (measured: 0.3-0.7 s)."""
GAP_INTERVALS = 3.0
"""A gap is longer than this many usual frames: slides at one frame a second have none."""
SPARSE_GAPS, SPARSE_SHARE = 4, 0.5
"""Recorders that leave out frames while nothing moves do so often, for most of the time."""


def judge_timing(
    info: MediaInfo,
    picture: PacketFacts | None,
    sound: SoundPackets | None,
    profile: CampaignProfile,
) -> tuple[Finding, ...]:
    """Return the findings on the clocks; times count from the container's start."""
    origin_s = info.start_s or 0.0
    found: list[Finding | None] = []
    if picture and sound:
        found += _start(info, picture, sound, profile)
    if sound:
        found += _drift(sound, profile)
    limit_s = profile.limits.gap_s
    if limit_s is not None:
        pauses = gaps_of(picture, limit_s) if picture else []
        silent = [(a, b) for a, b in sound.gaps if b - a > limit_s] if sound else []
        shared = [span for span in pauses if _meets(span, silent)]
        for what, spans in (
            ("画面和声音", shared),
            ("画面", [span for span in pauses if span not in shared]),
            ("声音", [span for span in silent if not _meets(span, shared)]),
        ):
            found += _gaps(what, spans, origin_s, limit_s, profile)
    return tuple(f for f in found if f)


def _start(
    info: MediaInfo, picture: PacketFacts, sound: SoundPackets, profile: CampaignProfile
) -> Iterator[Finding | None]:
    limit_s = profile.limits.av_offset_s
    late_s = sound.first_s - picture.first_s
    if limit_s is None or abs(late_s) <= limit_s:
        return
    is_cut = (
        any(kind in CUT_CONTAINERS for kind in info.container.split(",")) and -CUT_S <= late_s < 0
    )
    severity: Severity | None = "info" if is_cut else None
    told = f"声音比画面{'晚' if late_s > 0 else '早'} {abs(late_s):.2f} 秒开始"
    yield describe(
        "timing.av_start", profile, severity=severity, measured=told, limit=f"{limit_s:g} 秒"
    )


def _drift(sound: SoundPackets, profile: CampaignProfile) -> Iterator[Finding | None]:
    limit_s = profile.limits.av_offset_s
    if limit_s is None or sound.drift_s is None or abs(sound.drift_s) <= limit_s:
        return
    told = f"到片尾相差 {abs(sound.drift_s):.2f} 秒"
    yield describe("timing.av_drift", profile, measured=told, limit=f"{limit_s:g} 秒")


def gaps_of(picture: PacketFacts, limit_s: float) -> list[Span]:
    """Return where a picture leaves out more than the limit, and its own rate does not say why."""
    usual_s = picture.median_interval_s or 0.0
    spans = [
        (a, b) for a, b in picture.pauses if b - a > limit_s and b - a > GAP_INTERVALS * usual_s
    ]
    length_s = picture.end_s - picture.first_s
    is_sparse = sum(b - a for a, b in spans) > SPARSE_SHARE * length_s
    return [] if is_sparse and len(spans) >= SPARSE_GAPS else spans


def _meets(span: Span, others: Sequence[Span]) -> bool:
    """Tell whether one of `others` overlaps: a recorder that stalls loses both at once."""
    return any(a < span[1] and span[0] < b for a, b in others)


def _gaps(
    what: str, spans: Sequence[Span], origin_s: float, limit_s: float, profile: CampaignProfile
) -> Iterator[Finding | None]:
    """Describe the first gaps; the last one described counts those left out."""
    for number, (start_s, end_s) in enumerate(spans[:MOST_SPANS], 1):
        told = f"{what}中断 {end_s - start_s:.1f} 秒{others_told(number, len(spans))}"
        yield describe(
            "timing.gaps",
            profile,
            measured=told,
            limit=f"{limit_s:g} 秒",
            span=(max(0.0, start_s - origin_s), end_s - origin_s),
        )
