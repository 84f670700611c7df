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

from models.media import AudioStream, MediaInfo, OtherStream, VideoStream

LEAST_ASPECT = Fraction(1, 10)
"""Pixels narrower than this, or wider than its inverse, are a header's mistake."""
PACKET_ENTRIES = "packet=pts_time,dts_time,duration_time,size,flags"


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
        tags={str(k): str(v) for k, v in container.get("tags", {}).items()},
    )


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


def rotation_of(stream: Mapping[str, Any]) -> int:
    """Return the clockwise turn a player applies: 0, 90, 180 or 270.

    ffprobe gives the display matrix's angle counter-clockwise; odd angles count as none.
    """
    for side in stream.get("side_data_list", []):
        angle = parse_number(side.get("rotation"))
        if angle is not None and abs(angle) <= 360:
            turn = round(-angle) % 360
            return turn if turn in (90, 180, 270) else 0
    return 0


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

    @property
    def bit_rate_bps(self) -> float | None:
        """Mean bit rate of the stream."""
        length = self.end_s - self.first_s
        return self.bytes_total * 8 / length if length > 0 else None

    @property
    def frame_rate(self) -> float | None:
        """Mean frame rate."""
        length = self.end_s - self.first_s
        return self.count / length if length > 0 else None


class PacketReader:
    """Sum up ffprobe's packets, a line each, keeping only their times."""

    def __init__(self) -> None:
        self._starts, self._lengths, self._keys = array("d"), array("d"), array("d")
        self._bytes = self._count = 0

    def read(self, line: str) -> None:
        """Take one line of `-of compact=p=0`, such as `pts_time=0.04|size=812|flags=K_`."""
        packet = dict(part.partition("=")[::2] for part in line.strip().split("|"))
        flags = packet.get("flags", "")
        if "D" in flags or not flags:  # to be discarded: it stands before an edit list's start
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
            self._keys.append(at)

    def facts(self) -> PacketFacts | None:
        """Return what was read; None when no packet carried a time stamp."""
        if not self._starts:
            return None
        starts = sorted(self._starts)
        intervals = [b - a for a, b in pairwise(starts) if b > a]
        typical = median(intervals) if intervals else None
        uneven = sum(i > 1.5 * typical for i in intervals) if typical else 0
        last = max(range(len(self._starts)), key=self._starts.__getitem__)
        return PacketFacts(
            count=self._count,
            first_s=starts[0],
            end_s=starts[-1] + (self._lengths[last] or typical or 0.0),
            bytes_total=self._bytes,
            median_interval_s=typical,
            uneven_share=uneven / len(intervals) if intervals else 0.0,
            longest_interval_s=max(intervals, default=None),
            key_interval_max_s=max((b - a for a, b in pairwise(sorted(self._keys))), default=None),
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
        rotation_deg=rotation_of(stream),
        is_cover_art=bool(disposition.get("attached_pic") or disposition.get("still_image")),
        is_default=bool(disposition.get("default")),
    )


def _audio(stream: Mapping[str, Any]) -> AudioStream:
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
        is_default=bool(stream.get("disposition", {}).get("default")),
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
