"""Marks by the stills that have them, and what their coming and going says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tasks.media.detection import Array
from tasks.media.detectors.patches import Patch
from tasks.media.notes import Span

LEAST_RUN = 4
"""Stills in a row that have it."""


@dataclass(frozen=True)
class Mark:
    """A mark in one place."""

    patch: Patch
    there: Array
    """(stills,) bool: which have it."""

    @property
    def runs(self) -> tuple[tuple[int, int], ...]:
        """First and last of the stills in a row that have it, one that is missing aside."""
        numbers = np.flatnonzero(self.there)
        parts = np.split(numbers, np.flatnonzero(np.diff(numbers) > 2) + 1)
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
    """Return the places of a mark that moves: two that never have it at once."""
    for one, other in combinations(marks, 2):
        if (
            one.stills
            and other.stills
            and not (one.stills & other.stills or overlap(one.patch, other.patch))
        ):
            return [one, other]
    return []


def overlap(one: Patch, other: Patch) -> bool:
    """Tell whether two patches share a pixel."""
    return min(one.right, other.right) > max(one.left, other.left) and min(
        one.bottom, other.bottom
    ) > max(one.top, other.top)
