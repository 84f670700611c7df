"""Tell the edges of marks laid over a picture from those of the picture itself.

At an overlay's edges light rises in the same direction in every still, whatever lies beneath, also
where the overlay lets it through. A poster on a wall does that too as long as the camera rests: a
mark is told only where nearly all other edges of the picture do not stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.media.detection import Array
from tasks.media.detectors.patches import (
    Patch,
    is_at_margin,
    is_small,
    patches_of,
    stands_where_subtitles_do,
    without_lines,
)

STEP = 5
"""Levels that an edge rises over two pixels of the halved still. A white mark of 30 % on a light
grey sky has 8; what JPEG leaves of noise has 2."""
CELL = 4
"""Pixels of the halved still; a stroke of a watermark's writing leaves its edges in one cell."""
EDGES_IN_CELL = 3
LEAST_EDGES = 24
LEAST_SIGN = 0.08
"""Share of each of the four directions among the edges: marks are closed shapes, horizons not."""
LEAST_DENSITY = 0.25
"""Share of the edges inside the box that stay: of opaque marks 0.6 to 1, of thin writing that lets
a busy street through 0.34; of chance finds 0.1, measured on 18 moving clips."""
TIMES_THE_REST = 8
"""A mark's density is this many times that of all else: 0.26 beside 0.047 was chance."""
LINE_DENSITY = 0.5
"""Where subtitles stand: lines of the same length share up to 0.39 of their edges."""
MOST_RESTING = 0.06
"""Share of the other edges that may stay: where the camera moves or scenes change it is 0.03 at
most, where it rests 0.08 to 0.8, measured on the same clips."""
LEAST_OTHERS = 200
"""Edges of an average still beside the mark, so that there is something that could stay."""


@dataclass(frozen=True)
class Marks:
    """What some stills tell."""

    patches: tuple[Patch, ...] = ()
    is_told: bool = False
    """False: so much of the picture stays that a mark is not to be told from it."""


def rises_of(stills: Array, step: int) -> Array:
    """Return where light rises by more than `step` over two pixels: (…, 4, h - 2, w - 2) bool.

    The four are: right, left, down, up. `stills` is (…, h, w) uint8.
    """
    across = np.subtract(stills[..., 1:-1, 2:], stills[..., 1:-1, :-2], dtype=np.int16)
    down = np.subtract(stills[..., 2:, 1:-1], stills[..., :-2, 1:-1], dtype=np.int16)
    return np.stack((across > step, across < -step, down > step, down < -step), axis=-3)


def rarest_share(edges: Array) -> float:
    """Return the share, among edges (4, h, w) bool, of the direction that is rarest."""
    return float((edges.sum(axis=(1, 2)) / max(1, int(edges.sum()))).min())


def count_rises(stills: Sequence[Array]) -> Array:
    """Return how often light has risen up to each still: (stills + 1, 5, h - 2, w - 2) uint8.

    The five are: right, left, down, up, any of them. At most 255 stills (h, w) uint8.
    """
    height, width = stills[0].shape
    sums = np.zeros((len(stills) + 1, 5, height - 2, width - 2), dtype=np.uint8)
    for number, still in enumerate(stills):
        now = sums[number + 1]
        now[:4] = rises_of(still, STEP)
        now[4] = now[0] | now[1] | now[2] | now[3]
        now += sums[number]
    return sums


def find_marks(counts: Array, number: int, least: float) -> Marks:
    """Return the marks in `number` stills, whose edges are there in `least` of them or more.

    `counts` (5, h, w) is how often light rises in them.
    """
    stays = without_lines(counts[:4] >= least)
    shares = counts[4] / number
    found = _candidates(stays, shares)
    beside = np.ones(shares.shape, dtype=bool)
    for patch, _ in found:
        beside[patch.rows, patch.columns] = False
    others = float(shares[beside].sum())
    resting = int(stays.any(axis=0)[beside].sum())
    if others < LEAST_OTHERS or resting > MOST_RESTING * others:
        return Marks()
    return Marks(tuple(p for p, d in found if d >= TIMES_THE_REST * resting / others), True)


def _candidates(stays: Array, shares: Array) -> list[tuple[Patch, float]]:
    """Return the patches of edges that stay and look like a mark, with their densities."""
    is_edge = stays.any(axis=0)
    is_often = shares >= 0.5
    height, width = is_edge.shape
    found = []
    for patch in patches_of(is_edge, CELL, EDGES_IN_CELL):
        is_line = stands_where_subtitles_do(patch, height, width)
        inside = stays[:, patch.rows, patch.columns]
        number = int(is_edge[patch.rows, patch.columns].sum())
        often = int((is_often | is_edge)[patch.rows, patch.columns].sum())
        density = number / max(1, often)
        if (
            number >= LEAST_EDGES
            and is_at_margin(patch, height, width)
            and is_small(patch, height, width)
            and rarest_share(inside) >= LEAST_SIGN
            and density >= (LINE_DENSITY if is_line else LEAST_DENSITY)
        ):
            found.append((patch, density))
    return found
