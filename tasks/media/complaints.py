"""What a decoder complains of: how often, and at which moments."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.media.notes import Span
from tasks.media.probing import parse_number

HARMLESS = re.compile(
    r"deprecated|Application provided invalid|non monotonically increasing dts|"
    r"Packet corrupt|DTS .* out of order|changing video frame properties|"
    r"Could not find ref with POC|co located POCs unavailable"
)
PACKET = re.compile(r"demuxer\+ffmpeg -> .* pkt_pts_time:(\S+) .* ?pkt_dts_time:(\S+)")
NEIGHBOURS_S = 1.0
"""One blow to a file is seen until the next key frame or so."""


@dataclass(frozen=True)
class Complaints:
    """Complaints that belong together."""

    span: Span
    count: int


def count_decode_errors(lines: Sequence[str], total: int) -> int:
    """Count the errors among ffmpeg's log lines; `total` also counts lines no longer kept."""
    harmless = sum(bool(HARMLESS.search(line)) or "[error]" not in line for line in lines)
    return max(0, total - harmless)


class ComplaintReader:
    """Reads the log of ffmpeg's `-debug_ts`: packets, and what decoders say when they get them."""

    def __init__(self) -> None:
        self._time_s = 0.0
        self._times: list[float] = []

    def read(self, line: str) -> None:
        """Take the next line."""
        if packet := PACKET.search(line):
            times = [t for t in map(parse_number, packet.groups()) if t is not None]
            self._time_s = times[0] if times else self._time_s
        elif "[error]" in line and not HARMLESS.search(line):
            self._times.append(self._time_s)

    @property
    def times(self) -> tuple[float, ...]:
        """Moments of all complaints so far, in seconds of the source's clock."""
        return tuple(self._times)


def complaints_at(times: Sequence[float], frame_s: float) -> tuple[Complaints, ...]:
    """Join the moments of complaints that stand close together; a frame lasts `frame_s`."""
    joined: list[Complaints] = []
    for time_s in sorted(max(0.0, t) for t in times):
        last = joined[-1] if joined else None
        if last and time_s - last.span[1] <= NEIGHBOURS_S:
            joined[-1] = Complaints((last.span[0], time_s + frame_s), last.count + 1)
        else:
            joined.append(Complaints((time_s, time_s + frame_s), 1))
    return tuple(joined)
