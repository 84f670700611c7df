"""Find lines of writing among what appears or vanishes in the lower part of a still."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from tasks.media.detection import Array

LEAST_PIXELS = 100
"""Of strokes at 360 lines; two letters of 5 % of the height have 120."""
LEAST_ROWS, MOST_ROWS = 0.018, 0.15
"""Share of the height that a line takes, or two."""
SMOOTHED_ROWS, LEAST_FULL = 5, 0.33
INSIDE = 0.35
"""Share of all that appears that must stand in the line: the rest is what moves beneath."""
SPREAD = 0.9
"""Share of the line's strokes by which its width is told."""
FEWEST_BINS, BINS = 5, 8
"""Writing is spread along its line."""
LEAST_FILLED, MOST_FILLED = 0.09, 0.6
"""Share of the line that is strokes: of Chinese writing 0.14 to 0.27; of what moving pictures leave
by chance 0.07 at most, measured on 20 clips."""
SAME_PLACE = 0.5
MOST_DRIFT = 0.025
"""Share of the width by which lines' middles, or their beginnings, may differ (median); those of a
ticker differ by more, since what seems to appear in it moves on."""


@dataclass(frozen=True)
class Change:
    """Writing that appeared in a still, or was last seen in it."""

    number: int
    is_onset: bool
    top: int
    bottom: int
    left: int
    right: int
    strokes: Array
    """(rows of the band, width) bool, packed."""


def find_writing(mask: Array, number: int, is_onset: bool, height: int) -> Change | None:
    """Return the band of rows in which strokes appeared or vanished, if they look like writing."""
    top, bottom = _densest(np.count_nonzero(mask, axis=1))
    if not LEAST_ROWS * height <= bottom - top <= MOST_ROWS * height:
        return None
    across = np.count_nonzero(mask[top:bottom], axis=0)
    number_inside = int(across.sum())
    if number_inside < max(LEAST_PIXELS, INSIDE * np.count_nonzero(mask)):
        return None
    left, right = _tightest(across, SPREAD)
    area = (bottom - top) * (right - left)
    if right - left < max(BINS, bottom - top) or not (
        LEAST_FILLED * area <= SPREAD * number_inside <= MOST_FILLED * area
    ):
        return None
    filled = np.add.reduceat(across, np.linspace(left, right, BINS + 1).astype(int)[:-1])
    if np.count_nonzero(filled) < FEWEST_BINS:
        return None
    strokes = np.packbits(mask[top:bottom], axis=1)
    return Change(number, is_onset, top, bottom, left, right, strokes)


def _densest(counts: Array) -> tuple[int, int]:
    """Return the rows (start, end) around the fullest one that are at least a third as full."""
    smooth = np.convolve(counts, np.ones(SMOOTHED_ROWS) / SMOOTHED_ROWS, mode="same")
    peak = int(np.argmax(smooth))
    full = smooth >= LEAST_FULL * smooth[peak]
    above = np.flatnonzero(~full[:peak])
    below = np.flatnonzero(~full[peak:])
    return (
        int(above[-1]) + 1 if len(above) else 0,
        peak + int(below[0]) if len(below) else len(counts),
    )


def _tightest(counts: Array, share: float) -> tuple[int, int]:
    """Return the shortest stretch (start, end) that holds `share` of what is counted."""
    sums = np.concatenate(([0], np.cumsum(counts)))
    ends = np.searchsorted(sums, sums[:-1] + share * sums[-1])
    lengths = np.where(ends < len(sums), ends - np.arange(len(counts)), len(sums))
    start = int(np.argmin(lengths))
    return start, int(min(ends[start], len(counts)))


def is_same_band(one: Change, other: Change) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared >= SAME_PLACE * min(one.bottom - one.top, other.bottom - other.top)


def are_aligned(group: Sequence[Change], width: int) -> bool:
    """Tell whether lines have the same middle, or begin at the same place."""
    middles, begins = [c.left + c.right for c in group], [2 * c.left for c in group]
    drifts = (median(abs(x - median(xs)) for x in xs) for xs in (middles, begins))
    return min(drifts) <= 2 * MOST_DRIFT * width
