"""Read what ffmpeg's filters write about frames: `metadata=print` and `ametadata=print`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tasks.media.probing import parse_number

FRAME_LINE = re.compile(r"frame:(\d+)\s+pts:(-?\w+)\s+pts_time:(\S+)")

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
