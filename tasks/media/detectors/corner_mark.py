"""Find marks that stay put while the picture moves: 角标, 台标, watermarks, burned-in dates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import median

import numpy as np

from models.report import Box
from tasks.media.detection import Array, Problem, Still, Verdict
from tasks.media.detectors.mark_edges import Marks, count_rises, find_marks
from tasks.media.detectors.patches import Patch, halve
from tasks.media.notes import Span, merge_spans

CHECK = "video.corner_mark"

KEPT_STILLS = 60
"""More are thinned out evenly: a mark that stays needs no more. Halved they take 3.5 MB."""
LEAST_STILLS = 8
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
PAGE_LEVELS, PAGE_SHARE = 1.0, 0.6
"""Slides: this share of the stills differ from the one before by less than these levels."""
WINDOW, WINDOW_STEP = 6, 2
"""Stills that are looked at together for a mark that comes and goes: 抖音 moves its own every few
seconds."""
THERE = 0.75
"""Share of a passing mark's edges that a still must have; others have about 0.3 by chance."""
LEAST_RUN = 4
"""Stills in a row that have it."""
LEAST_STAY_S = 8.0
"""A mark in one place stays longer than a name title."""
TITLES_BELOW = 0.6
"""Share of the height under which what comes and goes in one place is taken for a name title."""


@dataclass(frozen=True)
class _Passing:
    """A mark that is there for some of the stills: first and last of each run of them."""

    patch: Patch
    runs: tuple[tuple[int, int], ...]

    @property
    def stills(self) -> set[int]:
        """The numbers of those that have it."""
        return {n for first, last in self.runs for n in range(first, last + 1)}


class CornerMarks:
    """Sees stills."""

    checks = (CHECK,)

    def __init__(self) -> None:
        self._stills: list[Array] = []
        self._times: list[float] = []
        self._seen = 0
        self._stride = 1

    def see(self, seen: Still) -> None:
        """Keep a halved copy of it, or not."""
        number, self._seen = self._seen, self._seen + 1
        if number % self._stride:
            return
        small = halve(seen.gray)
        if self._stills and small.shape != self._stills[0].shape:
            return
        self._stills.append(small)
        self._times.append(seen.time_s)
        if len(self._stills) > KEPT_STILLS:
            self._stills, self._times = self._stills[::2], self._times[::2]
            self._stride *= 2

    def verdict(self) -> Verdict:
        """Say which mark stays, or comes and goes, or that too little moves to tell."""
        if len(self._stills) < LEAST_STILLS or _are_pages(self._stills):
            return Verdict(unsure=(CHECK,))
        cells, sums = _cells(self._stills), count_rises(self._stills)
        is_told = False
        for marks in self._samples(cells, sums):
            if marks.patches:
                return Verdict((self._problem(marks.patches),))
            is_told |= marks.is_told
        if not is_told:
            return Verdict(unsure=(CHECK,))
        return Verdict(tuple(self._passing(cells, sums)))

    def _samples(self, cells: Array, sums: Array) -> Iterator[Marks]:
        """Yield the marks in one still of each view, and in all stills.

        A shot that rests for most of a work counts once among the views.
        """
        views = _views(cells)
        if len(views) >= LEAST_VIEWS and _moves(cells[views]):
            counts = sum((sums[n + 1] - sums[n] for n in views[1:]), sums[1] - sums[0])
            yield find_marks(counts, len(views), STAYS_IN_VIEWS * len(views) + MORE_VIEWS)
        number = len(self._stills)
        if _moves(cells):
            yield find_marks(sums[-1], number, STAYS * number)

    def _passing(self, cells: Array, sums: Array) -> Iterator[Problem]:
        """Yield the problem of a mark that moves, or stays for a part of the work."""
        passing: list[_Passing] = []
        for start in range(0, len(self._stills) - WINDOW + 1, WINDOW_STEP):
            if any({start, start + WINDOW - 1} <= mark.stills for mark in passing):
                continue
            if _moves(cells[start : start + WINDOW]):
                passing += _passing(sums, start)
        moving = _taking_turns(passing)
        if moving:
            spans = merge_spans((s for mark in moving for s in self._spans(mark)), LEAST_STAY_S)
            yield self._problem([m.patch for m in moving], tuple(spans), is_moving=True)
            return
        for mark in passing:
            long = tuple(s for s in self._spans(mark) if s[1] - s[0] >= LEAST_STAY_S)
            if long and mark.patch.top < TITLES_BELOW * self._stills[0].shape[0]:
                yield self._problem([mark.patch], long)

    def _spans(self, mark: _Passing) -> Iterator[Span]:
        """Yield when it is there, to half the distance of two stills."""
        half = median(b - a for a, b in pairwise(self._times)) / 2
        for first, last in mark.runs:
            start = self._times[first] - (half if first else 0)
            end = self._times[last] + (half if last < len(self._times) - 1 else 2 * half)
            yield (start, end)

    def _problem(
        self, patches: Sequence[Patch], spans: tuple[Span, ...] = (), *, is_moving: bool = False
    ) -> Problem:
        largest = max(patches, key=lambda p: (p.height * p.width, -p.top, -p.left))
        boxes = [_share(patch, self._stills[0].shape) for patch in patches]
        box = _share(largest, self._stills[0].shape)
        if is_moving:
            told = "、".join(dict.fromkeys(place_of(b) for b in boxes)) + "交替出现"
        else:
            told = place_of(box) + (f"等 {len(patches)} 处" if len(patches) > 1 else "")
        rounded = tuple((round(a, 3), round(b, 3)) for a, b in spans)
        return Problem(CHECK, told, spans=rounded, box=box)


def _are_pages(stills: Sequence[Array]) -> bool:
    changes = [float(np.abs(np.subtract(a, b, dtype=np.int16)).mean()) for a, b in pairwise(stills)]
    return sum(change < PAGE_LEVELS for change in changes) >= PAGE_SHARE * len(changes)


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


def _passing(sums: Array, start: int) -> Iterator[_Passing]:
    """Yield the marks in a window of stills, with all the stills that have them."""
    counts = sums[start + WINDOW] - sums[start]
    for patch in find_marks(counts, WINDOW, STAYS * WINDOW).patches:
        part = sums[:, :4, patch.rows, patch.columns]
        stays = counts[:4, patch.rows, patch.columns] >= STAYS * WINDOW
        rises = part[1:] - part[:-1]
        there = (rises * stays).sum(axis=(1, 2, 3)) >= THERE * stays.sum()
        runs = tuple(_runs(there))
        if runs:
            yield _Passing(patch, runs)


def _runs(there: Array) -> Iterator[tuple[int, int]]:
    """Yield first and last of the stills in a row, one that is missing aside."""
    numbers = np.flatnonzero(there)
    for run in np.split(numbers, np.flatnonzero(np.diff(numbers) > 2) + 1):
        if len(run) >= LEAST_RUN:
            yield int(run[0]), int(run[-1])


def _taking_turns(passing: Sequence[_Passing]) -> list[_Passing]:
    """Return the places of a mark that moves: two that never have it at once."""
    for one, other in combinations(passing, 2):
        if not (one.stills & other.stills or _overlap(one.patch, other.patch)):
            return [one, other]
    return []


def _overlap(one: Patch, other: Patch) -> bool:
    return min(one.right, other.right) > max(one.left, other.left) and min(
        one.bottom, other.bottom
    ) > max(one.top, other.top)


def _share(patch: Patch, shape: tuple[int, ...]) -> Box:
    height, width = shape[0], shape[1]
    left, top = patch.left / width, patch.top / height
    return (
        round(left, 4),
        round(top, 4),
        round(min(1 - left, (patch.width + 2) / width), 4),
        round(min(1 - top, (patch.height + 2) / height), 4),
    )


def place_of(box: Box) -> str:
    """Say in which part of the picture a box stands: 左上角, 右侧, 中央."""
    across, down = box[0] + box[2] / 2, box[1] + box[3] / 2
    side = "左" if across < 0.4 else "右" if across > 0.6 else ""
    level = "上" if down < 0.4 else "下" if down > 0.6 else ""
    if side and level:
        return f"{side}{level}角"
    if side:
        return f"{side}侧"
    return f"{level}方" if level else "中央"
