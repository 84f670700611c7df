"""Turn what ffmpeg's filters wrote into spans and numbers."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tasks.media.probing import PacketFacts, parse_number

FRAME_LINE = re.compile(r"frame:(\d+)\s+pts:(-?\w+)\s+pts_time:(\S+)")
FLOOR_LUFS = -70.0
"""BS.1770 measures nothing below this: it means silence, not a level."""
PEAK_STEP = 0.001
"""ebur128 writes peaks as a linear value with three decimals: take the upper edge."""
HARMLESS = re.compile(
    r"deprecated|Application provided invalid|non monotonically increasing dts|"
    r"Packet corrupt|DTS .* out of order|changing video frame properties|"
    r"Could not find ref with POC|co located POCs unavailable"
)

Span = tuple[float, float]
"""Start and end in seconds of the source's presentation clock."""


@dataclass(frozen=True)
class FrameNotes:
    """What `metadata=print` wrote about one frame."""

    index: int
    time_s: float
    values: dict[str, str]

    def number(self, name: str) -> float | None:
        """Return a value as a finite number, or None."""
        return parse_number(self.values.get(name))


def parse_notes(lines: Iterable[str]) -> Iterator[FrameNotes]:
    """Read the file of `metadata=print` or `ametadata=print`."""
    head: tuple[int, float] | None = None
    values: dict[str, str] = {}
    for line in lines:
        match = FRAME_LINE.match(line)
        if not match:
            name, equals, value = line.strip().partition("=")
            if equals:
                values[name] = value
            continue
        if head:
            yield FrameNotes(*head, values)
        time_s = parse_number(match[3])
        head, values = ((int(match[1]), time_s) if time_s is not None else None), {}
    if head:
        yield FrameNotes(*head, values)


def spans_of(notes: Iterable[FrameNotes], start: str, end: str, ends_s: float) -> list[Span]:
    """Pair a filter's start and end marks; one left open lasts until `ends_s`."""
    spans: list[Span] = []
    opened: float | None = None
    for note in notes:
        # A frame may carry both marks, in either order: a short silence begins and ends in one.
        marks = ((note.number(mark), mark) for mark in (end, start))
        for at, mark in sorted((at, mark) for at, mark in marks if at is not None):
            if mark == start:
                opened = at
            elif opened is not None:
                spans.append((opened, at))
                opened = None
    if opened is not None and ends_s > opened:
        spans.append((opened, ends_s))
    return [(max(0.0, a), b) for a, b in spans if b > a]


def merge_spans(spans: Iterable[Span], gap_s: float = 0.25) -> list[Span]:
    """Join spans that overlap or stand less than `gap_s` apart."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start - merged[-1][1] <= gap_s:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


@dataclass(frozen=True)
class PictureSample:
    """One frame of the sampled, reduced picture."""

    time_s: float
    luma_min: float
    luma_mean: float
    luma_max: float
    box: tuple[int, int, int, int] | None
    """Left, top, width, height of what is not black, in pixels of the reduced picture."""


@dataclass(frozen=True)
class PictureMeasurements:
    """What the picture's decode showed."""

    duration_s: float
    frames: int
    decode_errors: int
    black: tuple[Span, ...] = ()
    frozen: tuple[Span, ...] = ()
    samples: tuple[PictureSample, ...] = ()
    sample_rate_hz: float = 2.0
    sample_size: tuple[int, int] | None = None


@dataclass(frozen=True)
class SoundMeasurements:
    """What the sound's decode showed; levels are None where there was only silence."""

    duration_s: float
    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_dbtp: float | None = None
    channel_rms_db: tuple[float | None, ...] = ()
    """Of the stereo mix: left, right."""
    flat_factor: float | None = None
    silences: tuple[Span, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Tell whether nothing was ever heard."""
        return self.integrated_lufs is None


def read_picture_samples(lines: Iterable[str]) -> tuple[PictureSample, ...]:
    """Read the notes of signalstats and cropdetect on the sampled picture."""
    samples = []
    for note in parse_notes(lines):
        low, mean, high = (
            note.number(f"lavfi.signalstats.{name}") for name in ("YMIN", "YAVG", "YMAX")
        )
        if low is None or mean is None or high is None:
            continue
        sides = [note.number(f"lavfi.cropdetect.{name}") for name in ("x", "y", "w", "h")]
        box = tuple(int(s) for s in sides if s is not None)
        samples.append(PictureSample(note.time_s, low, mean, high, box if len(box) == 4 else None))
    return tuple(samples)


def watched_length_s(
    samples: Sequence[PictureSample], stills_per_s: float, packets: PacketFacts | None
) -> float:
    """Return how much picture was decoded, when no master counts its frames.

    The packets tell it exactly, unless the stills stop short of them.
    """
    reached = samples[-1].time_s + 1 / stills_per_s if samples else 0.0
    length = packets.end_s - packets.first_s if packets else None
    if length is None or reached < length - 2 / stills_per_s:
        return reached
    return length


def read_sound(lines: Iterable[str], duration_s: float) -> SoundMeasurements:
    """Read the notes of ebur128, astats and silencedetect."""
    notes = list(parse_notes(lines))
    if not notes:
        return SoundMeasurements(duration_s=duration_s)
    last = {name: value for note in notes for name, value in note.values.items()}
    final = FrameNotes(notes[-1].index, notes[-1].time_s, last)
    integrated = _above_floor(final.number("lavfi.r128.I"))
    peaks = [final.number(f"lavfi.r128.true_peaks_ch{n}") for n in (0, 1)]
    highest = max((p for p in peaks if p), default=None)
    silences = spans_of(notes, "lavfi.silence_start", "lavfi.silence_end", duration_s)
    return SoundMeasurements(
        duration_s=duration_s,
        integrated_lufs=integrated,
        range_lu=final.number("lavfi.r128.LRA") if integrated is not None else None,
        true_peak_dbtp=20 * math.log10(highest + PEAK_STEP / 2) if highest else None,
        channel_rms_db=tuple(final.number(f"lavfi.astats.{n}.RMS_level") for n in (1, 2)),
        flat_factor=final.number("lavfi.astats.Overall.Flat_factor"),
        silences=tuple(silences),
    )


def count_decode_errors(lines: Sequence[str], total: int) -> int:
    """Count the errors among ffmpeg's log lines; `total` also counts lines no longer kept."""
    harmless = sum(bool(HARMLESS.search(line)) or "[error]" not in line for line in lines)
    return max(0, total - harmless)


def _above_floor(level: float | None) -> float | None:
    return level if level is not None and level > FLOOR_LUFS + 0.05 else None
