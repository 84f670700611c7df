"""Judge the facts of a file against the campaign's limits: what needs no decode."""

from collections.abc import Iterator

from models.media import AudioStream, MediaInfo, VideoStream
from models.profile import CampaignProfile
from models.report import Finding, Severity
from tasks.media.catalogue import describe
from tasks.media.probing import PacketFacts, display_size
from tasks.media.timing import gaps_of

FULL_HD_PIXELS = 1920 * 1080
UNEVEN_SHARE = 0.01
"""More uneven frame intervals than this make a variable frame rate; ticks that round don't."""
RATE_TOLERANCE = 0.01
BIT_RATE_SLACK = 0.9
"""Encoders that are told a rate of sound stay so far below it."""


def judge_facts(
    info: MediaInfo,
    packets: PacketFacts | None,
    profile: CampaignProfile,
    measured_duration_s: float | None = None,
    silent_share: float = 0.0,
) -> tuple[Finding, ...]:
    """Return what the limits say of a file; a fact that is unknown breaks no limit.

    `silent_share` is how much of the sound is silence, which costs an encoder next to nothing.
    """
    duration = measured_duration_s or (packets.end_s - packets.first_s if packets else None)
    duration = duration or info.duration_s
    found: list[Finding | None] = [
        *_duration(duration, profile),
        *_size(info.size_bytes, profile),
    ]
    picture = info.picture
    if picture:
        found += _resolution(picture, profile)
        found += _shape(picture, profile)
        found += _frame_rate(picture, packets, profile)
        found += _bit_rate(info, picture, packets, duration, profile)
    found.append(_codecs(info, picture, info.sound, profile, silent_share))
    if picture and info.sound is None:
        found.append(describe("audio.missing", profile))
    extra = _other_streams(info)
    if extra:
        found.append(describe("container.extra_streams", profile, measured="、".join(extra)[:120]))
    return tuple(f for f in found if f)


def _duration(duration_s: float | None, profile: CampaignProfile) -> Iterator[Finding | None]:
    if duration_s is None:
        return
    limits = profile.limits
    steps: tuple[tuple[Severity, float | None, float | None], ...] = (
        ("block", limits.duration_min_block_s, limits.duration_max_block_s),
        ("warn", limits.duration_min_warn_s, limits.duration_max_warn_s),
    )
    for severity, least, most in steps:
        if most is not None and duration_s > most:
            limit = f"不超过 {clock(most)}"
        elif least is not None and duration_s < least:
            limit = f"不少于 {clock(least)}"
        else:
            continue
        yield describe(
            "policy.duration", profile, severity=severity, measured=clock(duration_s), limit=limit
        )
        return


def _size(size_bytes: int, profile: CampaignProfile) -> Iterator[Finding | None]:
    steps: tuple[tuple[Severity, int | None], ...] = (
        ("block", profile.limits.size_block_bytes),
        ("warn", profile.limits.size_warn_bytes),
    )
    for severity, most in steps:
        if most is not None and size_bytes > most:
            yield describe(
                "policy.file_size",
                profile,
                severity=severity,
                measured=f"{size_bytes / 1e6:.0f} MB",
                limit=f"不超过 {most / 1e6:.0f} MB",
            )
            return


def _resolution(picture: VideoStream, profile: CampaignProfile) -> Iterator[Finding | None]:
    size = display_size(picture)
    if size is None:
        return
    limits = profile.limits
    short, long = min(size), max(size)
    measured = f"{size[0]}×{size[1]}"
    if limits.short_side_block_px and short < limits.short_side_block_px:
        yield describe(
            "policy.resolution",
            profile,
            severity="block",
            measured=measured,
            limit=f"短边不低于 {limits.short_side_block_px}",
        )
    elif (limits.short_side_warn_px and short < limits.short_side_warn_px) or (
        limits.long_side_warn_px and long < limits.long_side_warn_px
    ):
        limit = f"不低于 {limits.long_side_warn_px}×{limits.short_side_warn_px}"
        yield describe("policy.resolution", profile, measured=measured, limit=limit)


def _shape(picture: VideoStream, profile: CampaignProfile) -> Iterator[Finding | None]:
    size = display_size(picture)
    asked = profile.limits.aspect
    if size is None or asked is None:
        return
    width, height = size
    measured = f"{width}×{height}"
    if height > width and asked > 1:
        yield describe("policy.portrait", profile, measured=measured)
    elif abs(width / height / float(asked) - 1) > profile.limits.aspect_tolerance:
        limit = f"{asked.numerator}:{asked.denominator}"
        yield describe(
            "policy.aspect", profile, measured=f"{measured}（{width / height:.2f}:1）", limit=limit
        )


def _frame_rate(
    picture: VideoStream, packets: PacketFacts | None, profile: CampaignProfile
) -> Iterator[Finding | None]:
    limits = profile.limits
    is_variable = packets is not None and packets.uneven_share > UNEVEN_SHARE
    gaps = gaps_of(packets, limits.gap_s) if packets and limits.gap_s else []
    counted = packets.frame_rate_beside(gaps) if packets else None
    rate = counted if is_variable or gaps or not picture.frame_rate else float(picture.frame_rate)
    if is_variable and packets and packets.longest_interval_s:
        longest_ms = packets.longest_interval_s * 1000
        yield describe(
            "timing.variable_frame_rate",
            profile,
            measured=f"平均 {rate:.2f} 帧/秒，最长间隔 {longest_ms:.0f} 毫秒",
        )
    if rate is None:
        return
    measured = f"{rate:.2f} 帧/秒"
    if limits.frame_rate_block and rate < float(limits.frame_rate_block) - 0.05:
        limit = f"不低于 {float(limits.frame_rate_block):g} 帧/秒"
        yield describe(
            "policy.frame_rate", profile, severity="block", measured=measured, limit=limit
        )
    elif limits.frame_rate_warn and abs(rate / float(limits.frame_rate_warn) - 1) > RATE_TOLERANCE:
        limit = f"{float(limits.frame_rate_warn):g} 帧/秒"
        yield describe("policy.frame_rate", profile, measured=measured, limit=limit)


def _bit_rate(
    info: MediaInfo,
    picture: VideoStream,
    packets: PacketFacts | None,
    duration_s: float | None,
    profile: CampaignProfile,
) -> Iterator[Finding | None]:
    size = display_size(picture)
    rate = packets.bit_rate_bps if packets else None
    rate = rate or picture.bit_rate_bps
    if rate is None and duration_s:
        sound = sum(a.bit_rate_bps or 0 for a in info.audio)
        rate = info.size_bytes * 8 / duration_s - sound
    if rate is None or size is None:
        return
    share = min(1.0, size[0] * size[1] / FULL_HD_PIXELS)
    limits = profile.limits
    steps: tuple[tuple[Severity, int | None], ...] = (
        ("block", limits.bit_rate_block_bps),
        ("warn", limits.bit_rate_warn_bps),
    )
    for severity, least in steps:
        if least is not None and rate < least * share:
            yield describe(
                "policy.bit_rate",
                profile,
                severity=severity,
                measured=f"{rate / 1e6:.2f} Mbit/s",
                limit=f"不低于 {least * share / 1e6:.2f} Mbit/s",
            )
            return


def _codecs(
    info: MediaInfo,
    picture: VideoStream | None,
    sound: AudioStream | None,
    profile: CampaignProfile,
    silent_share: float,
) -> Finding | None:
    """Gather everything about formats into one finding: a clerk mends it in one export."""
    limits = profile.limits
    found, asked = [], []
    if limits.containers and not set(info.container.split(",")) & set(limits.containers):
        found.append(f"{info.container.split(',')[0]} 封装")
        asked.append("/".join(limits.containers).upper())
    if picture and limits.video_codecs and picture.codec not in limits.video_codecs:
        found.append(f"视频 {picture.codec}")
        asked.append("/".join(limits.video_codecs).upper())
    if sound and limits.audio_codecs and sound.codec not in limits.audio_codecs:
        found.append(f"音频 {sound.codec}")
        asked.append("/".join(limits.audio_codecs).upper())
    if sound and _is_below(sound.sample_rate_hz, limits.audio_rate_warn_hz):
        found.append(f"采样率 {(sound.sample_rate_hz or 0) / 1000:g} kHz")
        asked.append(f"{(limits.audio_rate_warn_hz or 0) / 1000:g} kHz")
    slack = BIT_RATE_SLACK * (1 - silent_share)
    if sound and _is_below(sound.bit_rate_bps, limits.audio_bit_rate_warn_bps, slack):
        found.append(f"音频码率 {(sound.bit_rate_bps or 0) / 1000:.0f} kbit/s")
        asked.append(f"{(limits.audio_bit_rate_warn_bps or 0) / 1000:.0f} kbit/s")
    if not found:
        return None
    return describe("policy.codec", profile, measured="、".join(found), limit="、".join(asked))


def _other_streams(info: MediaInfo) -> tuple[str, ...]:
    """Name the streams that don't go into the master."""
    kept = {s.index for s in (info.picture, info.sound) if s}
    named = [
        (v.index, f"{'封面图' if v.is_cover_art else '视频'} {v.codec or '?'}") for v in info.video
    ]
    named += [(a.index, f"音频 {a.codec or '?'}") for a in info.audio]
    named += [(o.index, f"{o.kind} {o.codec or '?'}") for o in info.others]
    return tuple(name for index, name in sorted(named) if index not in kept)


def _is_below(value: int | None, least: int | None, slack: float = 1.0) -> bool:
    return value is not None and least is not None and value < least * slack


def clock(seconds: float) -> str:
    """Write a length as people say it: `45.2 秒`, `3:05`."""
    if seconds < 60:
        return f"{seconds:.1f} 秒"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"
