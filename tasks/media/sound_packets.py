"""Sum up a sound's packets: where it starts and ends, its gaps, and whether its clock is true."""

from array import array
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from tasks.media.notes import Span
from tasks.media.probing import parse_number

GAP_S = 0.1
"""Beyond a packet's own length; encoders and rounded time stamps stay below."""
MOST_GAPS = 1000
FRAME_SAMPLES: dict[str, tuple[int, ...]] = {
    "aac": (1024, 2048),
    "mp3": (1152, 576),
    "mp2": (1152,),
    "ac3": (1536,),
    "eac3": (1536,),
}
"""Samples in every packet, by codec: AAC and HE-AAC (ISO/IEC 14496-3), MPEG-1 and -2 (11172-3,
13818-3), ATSC A/52. Other codecs choose it anew, or carry what a time stamp says."""
FRAME_TOLERANCE = 0.1
"""A clock that is wrong by more than this is another frame size."""
PAUSING = ("opus", "amr_nb", "amr_wb", "evs", "speex", "nellymoser")
"""Codecs that send nothing while nobody speaks."""


@dataclass(frozen=True)
class SoundPackets:
    """What the packets of a sound say, without decoding any; edit lists are applied."""

    count: int
    first_s: float
    end_s: float
    gaps: tuple[Span, ...] = ()
    """Where time stamps leave more than `GAP_S` out; the first thousand."""
    drift_s: float | None = None
    """How much more time the clock counts than the samples take, gaps left out; None: unknown."""


class SoundReader:
    """Read ffprobe's packets of one sound, a line each, keeping only their times."""

    def __init__(self, codec: str | None, rate_hz: int | None) -> None:
        self._codec, self._rate_hz = codec or "", rate_hz
        self._starts = array("d")
        self._last_length = 0.0

    def read(self, line: str) -> None:
        """Take one line of `-of compact=p=0`, with `pts_time`, `duration_time` and `flags`."""
        packet = dict(part.partition("=")[::2] for part in line.strip().split("|"))
        at = parse_number(packet.get("pts_time"))
        at = parse_number(packet.get("dts_time")) if at is None else at
        if at is None or "D" in packet.get("flags", "D"):
            return
        self._starts.append(at)
        self._last_length = parse_number(packet.get("duration_time")) or 0.0

    def facts(self) -> SoundPackets | None:
        """Return what was read; None when no packet carried a time stamp."""
        if not self._starts:
            return None
        steps = list(pairwise(sorted(self._starts)))
        typical = median(b - a for a, b in steps) if steps else self._last_length
        gaps = [(a + typical, b) for a, b in steps if b - a > typical + GAP_S]
        even = [b - a for a, b in steps if b - a <= typical + GAP_S]
        return SoundPackets(
            count=len(self._starts),
            first_s=min(self._starts),
            end_s=max(self._starts) + (self._last_length or typical),
            gaps=() if self._codec in PAUSING else tuple(gaps[:MOST_GAPS]),
            drift_s=self._drift(even),
        )

    def _drift(self, steps: list[float]) -> float | None:
        if not steps or not self._rate_hz:
            return None
        lengths = [samples / self._rate_hz for samples in FRAME_SAMPLES.get(self._codec, ())]
        mean = sum(steps) / len(steps)
        fitting = [length for length in lengths if abs(mean / length - 1) < FRAME_TOLERANCE]
        return sum(steps) - len(steps) * fitting[0] if fitting else None
