"""Marks by the stills that have them, and what their coming and going says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tasks.media.detection import Array
from tasks.media.detectors.patches import Patch
from tasks.media.detectors.runs import in_a_row
from tasks.media.notes import Span

LEAST_RUN = 4
"""Stills in a row that have it."""
SAME_SIZE = 2.0
"""Factor between the sides of a mark's patches in two places, which differ by what lies beneath."""


@dataclass(frozen=True)
class Mark:
    """A mark in one place."""

    patch: Patch
    there: Array
    """(stills,) bool: which have it."""

    @property
    def runs(self) -> tuple[tuple[int, int], ...]:
        """First and last of the stills in a row that have it, one that is missing aside."""
        parts = in_a_row(np.flatnonzero(self.there), 2)
        return tuple((int(r[0]), int(r[-1])) for r in parts if len(r) >= LEAST_RUN)

    @property
    def stills(self) -> set[int]:
        """The numbers of those in its runs."""
        return {n for first, last in self.runs for n in range(first, last + 1)}

    def spans(self, times: Sequence[float]) -> Iterator[Span]:
        """Yield when it is there, to half the distance of two stills, which were at `times`."""
        half = float(np.median(np.diff(times))) / 2
        for first, last in self.runs:
            start = times[first] - (half if first else 0)
            end = times[last] + (half if last < len(times) - 1 else 2 * half)
            yield (start, end)


def taking_turns(marks: Sequence[Mark]) -> list[Mark]:
    """Return the places of a mark that moves: two of its size that never have it at once."""
    for one, other in combinations(marks, 2):
        if (
            one.stills
            and other.stills
            and _is_same_size(one.patch, other.patch)
            and not (one.stills & other.stills or overlap(one.patch, other.patch))
        ):
            return [one, other]
    return []


def _is_same_size(one: Patch, other: Patch) -> bool:
    sides = ((one.width, other.width), (one.height, other.height))
    return all(max(pair) <= SAME_SIZE * min(pair) for pair in sides)


def overlap(one: Patch, other: Patch) -> bool:
    """Tell whether two patches share a pixel."""
    return min(one.right, other.right) > max(one.left, other.left) and min(
        one.bottom, other.bottom
    ) > max(one.top, other.top)
