"""Find marks that stay put while the picture moves: 角标, 台标, watermarks, burned-in dates.

At an overlay's edges light rises in the same direction in every still, whatever lies beneath, also
where the overlay lets it through. A poster on a wall does that too as long as the camera rests: a
mark is told only where nearly all other edges of the picture do not stay.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.report import Box
from tasks.media.detection import Array, Problem, Still, Verdict
from tasks.media.detectors.patches import Patch, halve, patches_of, without_lines

CHECK = "video.corner_mark"

KEPT_STILLS = 60
"""More are thinned out evenly: a mark that stays needs no more, and they take 3.5 MB."""
LEAST_STILLS = 8
STEP = 5
"""Levels that an edge rises over two pixels of the halved still. A white mark of 30 % on a light
grey sky has 8; what JPEG leaves of noise has 2."""
STAYS, STAYS_MORE = 0.65, 1.4
"""An edge must be in this share of the stills and these more: in all of four, in 15 of 20. It is
lost where the picture beneath is as bright as the mark, and on title cards without it."""
CELL = 4
"""Pixels of the halved still; a stroke of a watermark's writing leaves its edges in one cell."""
EDGES_IN_CELL = 3
LEAST_EDGES = 24
MOST_HEIGHT, MOST_WIDTH, MOST_AREA = 0.3, 0.6, 0.08
"""Shares of the picture; larger ones are frames and backdrops."""
LEAST_SIGN = 0.08
"""Share of each of the four directions among the edges: marks are closed shapes, horizons not."""
LEAST_DENSITY = 0.25
"""Share of the edges inside the box that stay: of opaque marks 0.6 to 1, of thin writing that lets
a busy street through 0.34; of chance finds 0.1, measured on 18 moving clips."""
LINE_DENSITY = 0.5
"""The same where subtitles stand: lines of the same length share up to 0.39 of their edges."""
MOST_RESTING = 0.06
"""Share of the other edges that may stay: where the camera moves or scenes change it is 0.03 at
most, where it rests 0.08 to 0.8, measured on the same clips."""
LEAST_OTHERS = 200
"""Edges of an average still beside the mark, so that there is something that could stay."""
CHANGED, CHANGED_SHARE = 8, 0.35
"""Another view: the means of this share of the cells differ by more than these levels, the whole
picture's own change aside."""
LEAST_VIEWS = 4
"""Fewer views are no better evidence than all stills."""
PAGE_LEVELS, PAGE_SHARE = 1.0, 0.6
"""Slides: this share of the stills differ from the one before by less than these levels."""


@dataclass(frozen=True)
class _Edges:
    """The edges of some stills."""

    stays: Array
    """(4, h, w) bool: where light rises right, left, down and up in nearly all of them."""
    shares: Array
    """(h, w): share of the stills that have an edge of whatever kind there."""

    @property
    def is_any(self) -> Array:
        """(h, w) bool: where one of the four stays."""
        return self.stays.any(axis=0)


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
        """Say which mark stays, or that too little moves to tell."""
        if len(self._stills) < LEAST_STILLS or _are_pages(self._stills):
            return Verdict(unsure=(CHECK,))
        is_told = False
        for stills in self._samples():
            edges = _edges(stills)
            marks = _candidates(edges)
            if _rests(edges, marks):
                continue
            if marks:
                return Verdict((_problem(marks, self._stills[0].shape),))
            is_told = True
        return Verdict() if is_told else Verdict(unsure=(CHECK,))

    def _samples(self) -> list[list[Array]]:
        """Return one still of each view, and all.

        A shot that rests for most of a work counts once among the views.
        """
        views = _views(self._stills)
        return ([views] if len(views) >= LEAST_VIEWS else []) + [self._stills]


def _are_pages(stills: list[Array]) -> bool:
    changes = [float(np.abs(np.subtract(a, b, dtype=np.int16)).mean()) for a, b in pairwise(stills)]
    return sum(change < PAGE_LEVELS for change in changes) >= PAGE_SHARE * len(changes)


def _views(stills: list[Array]) -> list[Array]:
    """Return the stills that show what none before them showed."""
    cells = np.stack([halve(halve(still)) for still in stills]).astype(np.int16)
    cells -= np.median(cells, axis=(1, 2)).astype(np.int16)[:, None, None]
    views = [0]
    for number in range(1, len(cells)):
        changed = np.abs(cells[views] - cells[number]) > CHANGED
        if changed.mean(axis=(1, 2)).min() >= CHANGED_SHARE:
            views.append(number)
    return [stills[number] for number in views]


def _edges(stills: list[Array]) -> _Edges:
    height, width = stills[0].shape
    counts = np.zeros((5, height - 2, width - 2), dtype=np.uint8)
    for still in stills:
        rises = _rises(still)
        counts[:4] += rises
        counts[4] += rises.any(axis=0)
    stays = counts[:4] >= STAYS * len(stills) + STAYS_MORE
    return _Edges(without_lines(stays), counts[4] / len(stills))


def _rests(edges: _Edges, marks: list[Patch]) -> bool:
    """Tell whether so much stays beside the marks that they may belong to the picture."""
    beside = np.ones(edges.shares.shape, dtype=bool)
    for mark in marks:
        beside[mark.rows, mark.columns] = False
    others = float(edges.shares[beside].sum())
    resting = int(edges.is_any[beside].sum())
    return others < LEAST_OTHERS or resting > MOST_RESTING * others


def _rises(still: Array) -> Array:
    """Return where light rises right, left, down and up: (4, h - 2, w - 2) bool."""
    across = np.subtract(still[1:-1, 2:], still[1:-1, :-2], dtype=np.int16)
    down = np.subtract(still[2:, 1:-1], still[:-2, 1:-1], dtype=np.int16)
    return np.stack((across > STEP, across < -STEP, down > STEP, down < -STEP))


def _candidates(edges: _Edges) -> list[Patch]:
    """Return the patches of edges that stay and look like a mark."""
    is_edge = edges.is_any
    height, width = is_edge.shape
    found = []
    for patch in patches_of(is_edge, CELL, EDGES_IN_CELL):
        inside = edges.stays[:, patch.rows, patch.columns]
        number = int(inside.any(axis=0).sum())
        signs = inside.sum(axis=(1, 2)) / max(1, int(inside.sum()))
        active = int((edges.shares[patch.rows, patch.columns] >= 0.5).sum())
        if (
            number >= LEAST_EDGES
            and patch.height <= MOST_HEIGHT * height
            and patch.width <= MOST_WIDTH * width
            and patch.height * patch.width <= MOST_AREA * height * width
            and signs.min() >= LEAST_SIGN
            and number >= _least_density(patch, is_edge.shape) * active
        ):
            found.append(patch)
    return found


def _least_density(patch: Patch, shape: tuple[int, ...]) -> float:
    height, width = shape[0], shape[1]
    down, across = (patch.top + patch.bottom) / 2 / height, (patch.left + patch.right) / 2 / width
    return LINE_DENSITY if down > 0.7 and 0.35 < across < 0.65 else LEAST_DENSITY


def _problem(marks: list[Patch], shape: tuple[int, ...]) -> Problem:
    largest = max(marks, key=lambda p: (p.height * p.width, -p.top, -p.left))
    box = _share(largest, shape)
    told = place_of(box)
    if len(marks) > 1:
        told += f"等 {len(marks)} 处"
    return Problem(CHECK, told, box=box)


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
    across = box[0] + box[2] / 2
    down = box[1] + box[3] / 2
    side = "左" if across < 0.4 else "右" if across > 0.6 else ""
    level = "上" if down < 0.4 else "下" if down > 0.6 else ""
    if side and level:
        return f"{side}{level}角"
    return f"{side or level}{'侧' if side else '方'}" if side or level else "中央"
