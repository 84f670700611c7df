"""Turn ffprobe's JSON into typed facts; what it doesn't say is None."""

import math
import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

from models.media import AudioStream, MediaInfo, OtherStream, PrivateKind, VideoStream

LEAST_ASPECT = Fraction(1, 10)
"""Pixels narrower than this, or wider than its inverse, are a header's mistake."""
RIGHT_ANGLE_SHARE = 0.01
BESIDE_THE_PROGRAMME = ("comment", "visual_impaired", "descriptions")
"""Dispositions of sounds that aren't the programme's own."""
PACKET_ENTRIES = "packet=pts_time,dts_time,duration_time,size,flags"
PAUSE_S = 0.25
"""No picture that moves is slower than four frames a second."""
MOST_PAUSES = 1000
HARMLESS_TAGS = ("major_brand", "minor_version", "compatible_brands", "encoder")
PRIVATE_TAGS: tuple[tuple[PrivateKind, str], ...] = (
    ("location", r"location|gps|©xyz"),
    ("device", r"\b(make|model|manufacturer)\b|com\.(apple|android|samsung)\b.*(software|version)"),
    ("person", r"\b(artist|album_artist|author|composer|owner|director|producer|performer)\b"),
)
"""Names of tags as ffprobe gives them, such as `com.apple.quicktime.location.ISO6709`."""
TIMED_METADATA = ("mebx", "rtmd", "gpmd", "camm", "djmd")
"""Sample entries of Apple, Sony, GoPro, Google and DJI tracks that note place and device."""


def parse_probe(raw: Mapping[str, Any], size_bytes: int) -> MediaInfo:
    """Return the facts in ffprobe's `-show_format -show_streams` JSON."""
    container = raw.get("format", {})
    streams = raw.get("streams", [])
    return MediaInfo(
        container=container.get("format_name", "unknown"),
        size_bytes=size_bytes,
        duration_s=parse_number(container.get("duration")),
        start_s=parse_number(container.get("start_time")),
        bit_rate_bps=parse_whole(container.get("bit_rate")),
        video=tuple(_video(s) for s in streams if s.get("codec_type") == "video"),
        audio=tuple(_audio(s) for s in streams if s.get("codec_type") == "audio"),
        others=tuple(_other(s) for s in streams if s.get("codec_type") not in ("video", "audio")),
        tags={k: str(v) for k, v in container.get("tags", {}).items() if k in HARMLESS_TAGS},
        private_metadata=private_kinds(raw),
    )


def private_kinds(raw: Mapping[str, Any]) -> tuple[PrivateKind, ...]:
    """Return which kinds of private notes ffprobe found in the file or one of its streams."""
    parts = [raw.get("format", {}), *raw.get("streams", [])]
    names = {
        str(name).lower() for part in parts for name, value in part.get("tags", {}).items() if value
    }
    kinds = [k for k, pattern in PRIVATE_TAGS if any(re.search(pattern, n) for n in names)]
    is_timed = any(part.get("codec_tag_string") in TIMED_METADATA for part in parts)
    return (*kinds, "timed") if is_timed else tuple(kinds)


def parse_frame_rate(text: object) -> Fraction | None:
    """Read `30000/1001`, `25` or `24.5`; zero, infinite and `0/0` are unknown.

    >>> parse_frame_rate("30000/1001")
    Fraction(30000, 1001)
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(?:[/:](\d+))?", str(text or ""))
    if not match:
        return None
    above, below = Fraction(match[1]), int(match[2] or 1)
    return above / below if above and below else None


def parse_number(text: object) -> float | None:
    """Read a finite number; anything else, such as `N/A`, is unknown."""
    try:
        number = float(str(text))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def parse_whole(text: object) -> int | None:
    """Read a whole number, or None."""
    number = parse_number(text)
    return None if number is None else int(number)


def orientation_of(stream: Mapping[str, Any]) -> tuple[int, bool]:
    """Return how a player turns the coded picture: degrees clockwise, and whether it mirrors first.

    The display matrix takes a point (x, y) to (a·x + c·y, b·x + d·y) (ISO/IEC 14496-12, 6.2.2). A
    matrix that does anything else than turn by right angles and mirror counts as none.
    """
    for side in stream.get("side_data_list", []):
        rows = str(side.get("displaymatrix", "")).splitlines()
        numbers = [int(n) for row in rows for n in row.partition(":")[2].split()]
        if len(numbers) != 9:
            continue
        a, b, _, c, d, *_ = numbers
        is_mirrored = a * d - b * c < 0
        turned = (-a, -b) if is_mirrored else (a, b)
        angle = math.degrees(math.atan2(turned[1], turned[0]))
        is_right = abs(angle / 90 - round(angle / 90)) < RIGHT_ANGLE_SHARE
        if is_right and (a or b) and (c or d):
            return round(angle / 90) * 90 % 360, is_mirrored
    return 0, False


@dataclass(frozen=True)
class PacketFacts:
    """What the packets of a video stream say, without decoding any."""

    count: int
    first_s: float
    end_s: float
    """Where the last frame ends."""
    bytes_total: int
    median_interval_s: float | None
    uneven_share: float
    """Share of intervals that are over 1.5 times the median."""
    longest_interval_s: float | None
    key_interval_max_s: float | None
    """Longest way from a key frame to the next or to the end."""
    starts_with_key: bool = False
    has_open_gops: bool = False
    """A frame that is shown before a key frame stands after it, and so may lean on both sides."""
    discarded: int = 0
    """Packets before an edit list's start, which a player decodes but doesn't show."""
    pauses: tuple[tuple[float, float], ...] = ()
    """From frame to frame where that takes longer than `PAUSE_S`; the first thousand."""

    @property
    def bit_rate_bps(self) -> float | None:
        """Mean bit rate of the stream."""
        length = self.end_s - self.first_s
        return self.bytes_total * 8 / length if length > 0 else None

    @property
    def frame_rate(self) -> float | None:
        """Mean frame rate."""
        return self.frame_rate_beside(())

    def frame_rate_beside(self, gaps: Sequence[tuple[float, float]]) -> float | None:
        """Return the mean frame rate outside `gaps`, each of which is from frame to frame."""
        length = self.end_s - self.first_s - sum(b - a for a, b in gaps)
        return (self.count - len(gaps)) / length if length > 0 else None


class PacketReader:
    """Sum up ffprobe's packets, a line each, keeping only their times."""

    def __init__(self) -> None:
        self._starts, self._lengths, self._keys = array("d"), array("d"), array("d")
        self._bytes = self._count = self._discarded = 0
        self._starts_with_key = self._has_open_gops = False

    def read(self, line: str) -> None:
        """Take one line of `-of compact=p=0`, such as `pts_time=0.04|size=812|flags=K_`."""
        packet = dict(part.partition("=")[::2] for part in line.strip().split("|"))
        flags = packet.get("flags", "")
        if not flags:
            return
        if "D" in flags:
            self._discarded += 1
            return
        self._count += 1
        self._bytes += parse_whole(packet.get("size")) or 0
        at = parse_number(packet.get("pts_time"))
        at = parse_number(packet.get("dts_time")) if at is None else at
        if at is None:
            return
        self._starts.append(at)
        self._lengths.append(parse_number(packet.get("duration_time")) or 0.0)
        if flags.startswith("K"):
            self._starts_with_key = self._starts_with_key or self._count == 1
            self._keys.append(at)
        elif self._keys and at < self._keys[-1]:
            self._has_open_gops = True

    def facts(self) -> PacketFacts | None:
        """Return what was read; None when no packet carried a time stamp."""
        if not self._starts:
            return None
        starts = sorted(self._starts)
        intervals = [b - a for a, b in pairwise(starts) if b > a]
        typical = median(intervals) if intervals else None
        uneven = sum(i > 1.5 * typical for i in intervals) if typical else 0
        last = max(range(len(self._starts)), key=self._starts.__getitem__)
        end_s = starts[-1] + (self._lengths[last] or typical or 0.0)
        keys = [*sorted(self._keys), end_s]
        return PacketFacts(
            count=self._count,
            first_s=starts[0],
            end_s=end_s,
            bytes_total=self._bytes,
            median_interval_s=typical,
            uneven_share=uneven / len(intervals) if intervals else 0.0,
            longest_interval_s=max(intervals, default=None),
            key_interval_max_s=max((b - a for a, b in pairwise(keys)), default=None),
            starts_with_key=self._starts_with_key,
            has_open_gops=self._has_open_gops,
            discarded=self._discarded,
            pauses=tuple(p for p in pairwise(starts) if p[1] - p[0] > PAUSE_S)[:MOST_PAUSES],
        )


def display_size(stream: VideoStream) -> tuple[int, int] | None:
    """Return width and height as a viewer sees them, in square pixels, after rotation."""
    if not stream.width_px or not stream.height_px:
        return None
    aspect = stream.sample_aspect or Fraction(1)
    if not LEAST_ASPECT <= aspect <= 1 / LEAST_ASPECT:  # no picture is meant like that
        aspect = Fraction(1)
    width = max(1, round(stream.width_px * aspect))
    size = (width, stream.height_px)
    return (size[1], size[0]) if stream.rotation_deg in (90, 270) else size


def _video(stream: Mapping[str, Any]) -> VideoStream:
    aspect = parse_frame_rate(stream.get("sample_aspect_ratio"))
    disposition = stream.get("disposition", {})
    rotation_deg, is_mirrored = orientation_of(stream)
    return VideoStream(
        index=stream["index"],
        codec=_known(stream.get("codec_name")),
        profile=_known(stream.get("profile")),
        level=parse_whole(stream.get("level")),
        pixel_format=_known(stream.get("pix_fmt")),
        width_px=stream.get("width") or None,
        height_px=stream.get("height") or None,
        sample_aspect=aspect,
        frame_rate=parse_frame_rate(stream.get("avg_frame_rate")),
        frame_count=parse_whole(stream.get("nb_frames")),
        bit_rate_bps=parse_whole(stream.get("bit_rate")),
        start_s=parse_number(stream.get("start_time")),
        duration_s=parse_number(stream.get("duration")),
        field_order=_known(stream.get("field_order")),
        color_range=_known(stream.get("color_range")),
        color_space=_known(stream.get("color_space")),
        color_transfer=_known(stream.get("color_transfer")),
        color_primaries=_known(stream.get("color_primaries")),
        dolby_vision_profile=_dolby_vision_profile(stream),
        rotation_deg=rotation_deg,
        is_mirrored=is_mirrored,
        is_cover_art=bool(disposition.get("attached_pic") or disposition.get("still_image")),
        is_default=bool(disposition.get("default")),
    )


def _dolby_vision_profile(stream: Mapping[str, Any]) -> int | None:
    profiles = (parse_whole(side.get("dv_profile")) for side in stream.get("side_data_list", []))
    return next((profile for profile in profiles if profile is not None), None)


def _audio(stream: Mapping[str, Any]) -> AudioStream:
    disposition = stream.get("disposition", {})
    return AudioStream(
        index=stream["index"],
        codec=_known(stream.get("codec_name")),
        profile=_known(stream.get("profile")),
        sample_rate_hz=parse_whole(stream.get("sample_rate")) or None,
        channels=stream.get("channels") or None,
        channel_layout=_known(stream.get("channel_layout")),
        bit_rate_bps=parse_whole(stream.get("bit_rate")),
        start_s=parse_number(stream.get("start_time")),
        duration_s=parse_number(stream.get("duration")),
        language=_known(stream.get("tags", {}).get("language")),
        is_default=bool(disposition.get("default")),
        is_commentary=any(disposition.get(name) for name in BESIDE_THE_PROGRAMME),
    )


def _other(stream: Mapping[str, Any]) -> OtherStream:
    return OtherStream(
        index=stream["index"],
        kind=str(stream.get("codec_type", "unknown")),
        codec=_known(stream.get("codec_name")),
    )


def _known(value: object) -> str | None:
    unknown: Sequence[str] = ("unknown", "none", "und", "")
    return None if value is None or str(value) in unknown else str(value)
