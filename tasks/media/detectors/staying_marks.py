"""Find marks that stay put while the picture moves, in small stills."""

from collections.abc import Iterator, Sequence

import numpy as np

from tasks.media.detection import Array
from tasks.media.detectors.mark_edges import Marks, count_rises, find_marks
from tasks.media.detectors.mark_runs import Mark
from tasks.media.detectors.patches import halve

KEPT_STILLS = 60
"""More are thinned out evenly: a mark that stays needs no more. Halved they take 3.5 MB."""
STAYS = 0.85
"""Share of all stills in which an edge of a mark must be there: it is lost where the picture
beneath is as bright as the mark, and on title cards without it."""
STAYS_IN_VIEWS, MORE_VIEWS = 0.65, 1.4
"""Views differ from one another, so that less is by chance: this share of them and these more."""
CHANGED, CHANGED_SHARE = 8, 0.35
"""Another view: the means of this share of the cells differ by more than these levels, the whole
picture's own change aside."""
LEAST_VIEWS = 4
"""Fewer views are no better evidence than all stills."""
MOVED_SHARE = 0.6
"""Share of the cells that must change in some stills to tell marks by them: where the camera rests
and people walk or write it is 0.46 at most, where it moves or scenes change 0.7 and more, measured
on 20 clips."""
WINDOW, WINDOW_STEP = 6, 2
"""Stills that are looked at together for a mark that comes and goes: 抖音 moves its own every few
seconds."""
THERE = 0.75
"""Share of a passing mark's edges that a still must have; others have about 0.3 by chance."""


class StayingMarks:
    """Looks at stills (height, width) uint8, at most `KEPT_STILLS`."""

    def __init__(self, stills: Sequence[Array]) -> None:
        self._number = len(stills)
        self._cells, self._sums = _cells(stills), count_rises(stills)

    def throughout(self) -> Iterator[Marks]:
        """Yield the marks in one still of each view, and in all stills.

        A shot that rests for most of a work counts once among the views.
        """
        cells, sums = self._cells, self._sums
        views = _views(cells)
        if len(views) >= LEAST_VIEWS and _moves(cells[views]):
            counts = sum((sums[n + 1] - sums[n] for n in views[1:]), sums[1] - sums[0])
            yield find_marks(counts, len(views), STAYS_IN_VIEWS * len(views) + MORE_VIEWS)
        if _moves(cells):
            yield find_marks(sums[-1], self._number, STAYS * self._number)

    def passing(self) -> list[Mark]:
        """Return marks that are there for a part of the work."""
        found: list[Mark] = []
        for start in range(0, self._number - WINDOW + 1, WINDOW_STEP):
            if any({start, start + WINDOW - 1} <= mark.stills for mark in found):
                continue
            if _moves(self._cells[start : start + WINDOW]):
                found += _passing(self._sums, start)
        return found


def _cells(stills: Sequence[Array]) -> Array:
    """Return the means of 4 × 4 pixels of each still, less the median of its picture."""
    cells = np.stack([halve(halve(still)) for still in stills]).astype(np.int16)
    cells -= np.median(cells, axis=(1, 2)).astype(np.int16)[:, None, None]
    return cells


def _moves(cells: Array) -> bool:
    """Tell whether most of the picture changes."""
    ordered = np.sort(cells, axis=0)
    spare = len(cells) // 10
    spread = ordered[len(cells) - 1 - spare] - ordered[spare]
    return bool((spread > CHANGED).mean() >= MOVED_SHARE)


def _views(cells: Array) -> list[int]:
    """Return the numbers of the stills that show what none before them showed."""
    views = [0]
    for number in range(1, len(cells)):
        changed = np.abs(cells[views] - cells[number]) > CHANGED
        if changed.mean(axis=(1, 2)).min() >= CHANGED_SHARE:
            views.append(number)
    return views


def _passing(sums: Array, start: int) -> Iterator[Mark]:
    """Yield the marks in a window of stills, with all the stills that have them."""
    counts = sums[start + WINDOW] - sums[start]
    for patch in find_marks(counts, WINDOW, STAYS * WINDOW).patches:
        part = sums[:, :4, patch.rows, patch.columns]
        stays = counts[:4, patch.rows, patch.columns] >= STAYS * WINDOW
        rises = part[1:] - part[:-1]
        mark = Mark(patch, (rises * stays).sum(axis=(1, 2, 3)) >= THERE * stays.sum())
        if mark.runs:
            yield mark
