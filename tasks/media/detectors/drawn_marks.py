"""Find marks among crisp edges: drawn at the margin, while the rest comes from a camera."""

from collections.abc import Iterator, Sequence

import numpy as np

from tasks.media.detection import Array
from tasks.media.detectors.crisp_edges import CrispEdges
from tasks.media.detectors.mark_edges import rarest_share, rises_of
from tasks.media.detectors.mark_runs import Mark, overlap
from tasks.media.detectors.patches import (
    Patch,
    is_at_margin,
    is_small,
    patches_of,
    stands_where_subtitles_do,
    without_lines,
)

CELL, EDGES_IN_CELL = 4, 4
"""Pixels of the small still, and crisp edges in them, as for marks that are told from stills."""
DIRECTIONS = 3
"""Of the four in which light rises."""
LEAST_EDGES = 40
"""A word of three letters of 3 % of the height has 60."""
LEAST_SIGN, LEAST_DENSITY = 0.15, 0.25
"""Share of each of the four directions, and of the box: of marks 0.17 and 0.24 at least, of what
a camera's picture has 0.2 and 0.16 at most in the same patch, measured on 12 clips."""
DENSITIES = (0.25, 0.4)
"""Shares of two cells by two that have edges, where writing stands alone, and amid clutter."""
WRITING_BELOW = 0.7
"""Share of the height under which subtitles and titles may stand as well."""
LEAST_CRISP = 0.1
"""Share of the steps of light of what is drawn that are crisp: of marks 0.3 to 0.7, of a blurred
one 0.17, amid clutter 0.12; of a poster that a camera saw 0.09, of a sign behind trees 0.04."""
MOST_WRITING = 0.6
"""Edges of what is drawn elsewhere, over those of the marks: a page, a screen, a board."""
MOST_OTHERS = 0.13
"""Share of the small still with crisp edges beside the marks: of most camera pictures 0.05 at most,
of a sharp animation 0.1, of leaves that a computer drew 0.15 and more."""
STEP = 3
"""Levels that an edge rises over two pixels of the small still."""
FULL, STEADY = 0.9, 0.85
"""Stills that have this share of what the fullest have, and the share of them that has an edge."""
LEAST_STEADY, LEAST_STEADY_LINE = 0.25, 0.45
"""Share of a full still's edges that must be steady, and where subtitles stand: lines that follow
each other share 0.35 at most, marks have 0.56 and more, pale ones over grass 0.33."""
THERE = 0.75
"""Share of a mark's edges that a still must have."""


def find_drawn(edges: CrispEdges, stills: Sequence[Array]) -> list[Mark] | None:
    """Return what was drawn at the margin; None: more is drawn than that, or nothing to be told.

    `edges` lie on the grid of the `stills` (height, width) uint8.
    """
    places = without_lines(edges.places)
    drawn: list[Patch] = []
    for density in DENSITIES:
        drawn += [p for p in _drawn(places, density) if not any(overlap(p, o) for o in drawn)]
    drawn = [patch for patch in drawn if _crisp_share(edges, patch) >= LEAST_CRISP]
    height, width = places.shape[1:]
    marks = [p for p in drawn if is_at_margin(p, height, width) and is_small(p, height, width)]
    elsewhere = [p for p in drawn if p not in marks and p.top < WRITING_BELOW * height]
    is_edge = places.any(axis=0)
    of_marks, of_writing = (
        sum(int(is_edge[p.rows, p.columns].sum()) for p in group) for group in (marks, elsewhere)
    )
    others = int(edges.places.any(axis=0).sum()) - of_marks
    if of_writing > MOST_WRITING * of_marks or others > MOST_OTHERS * is_edge.size:
        return None
    return [Mark(patch, _there(places, patch, stills)) for patch in marks]


def _drawn(places: Array, density: float) -> Iterator[Patch]:
    """Yield the patches of what is drawn, as far as it is as dense."""
    kept = _like_writing(places, density)
    for patch in patches_of(kept.any(axis=0), CELL, EDGES_IN_CELL):
        if _is_drawn(kept[:, patch.rows, patch.columns]):
            yield patch


def _like_writing(places: Array, density: float) -> Array:
    """Take away edges (4, height, width) bool where they are sparse or rise in two directions only.

    Bands of a coarse gradient and a window's frame do the latter; writing rises all ways.
    """
    _, height, width = places.shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    padded = np.zeros((4, rows * CELL, columns * CELL), dtype=bool)
    padded[:, :height, :width] = places
    border = ((0, 0), (1, 1), (0, 0), (1, 1), (0, 0))
    cells = np.pad(padded.reshape(4, rows, CELL, columns, CELL), border)
    around = _around(cells.any(axis=(2, 4)))
    counts = cells.any(axis=0).sum(axis=(1, 3))
    fours = counts[:-1, :-1] + counts[1:, :-1] + counts[:-1, 1:] + counts[1:, 1:]
    fullest = np.maximum(
        np.maximum(fours[:-1, :-1], fours[1:, :-1]), np.maximum(fours[:-1, 1:], fours[1:, 1:])
    )
    is_kept = (around.sum(axis=0) >= DIRECTIONS) & (fullest >= density * 4 * CELL**2)
    whole = np.repeat(np.repeat(is_kept, CELL, axis=0), CELL, axis=1)
    return places & whole[:height, :width]


def _around(cells: Array) -> Array:
    """Return whether a cell (n, rows, columns) or one beside it is true; borders are left out."""
    tall = cells[:, :-2] | cells[:, 1:-1] | cells[:, 2:]
    return np.asarray(tall[:, :, :-2] | tall[:, :, 1:-1] | tall[:, :, 2:])


def _is_drawn(inside: Array) -> bool:
    """Tell whether edges (4, height, width) bool are as dense and varied as those of writing."""
    number = int(inside.any(axis=0).sum())
    return bool(
        number >= LEAST_EDGES
        and rarest_share(inside) >= LEAST_SIGN
        and number >= LEAST_DENSITY * inside.shape[1] * inside.shape[2]
    )


def _crisp_share(edges: CrispEdges, patch: Patch) -> float:
    """Return how many of a patch's steps of light are crisp."""
    steps, crisp = (int(c[patch.rows, patch.columns].sum()) for c in (edges.steps, edges.crisp))
    return crisp / max(1, steps)


def _there(places: Array, patch: Patch, stills: Sequence[Array]) -> Array:
    """Return which stills have the patch's edges: (stills,) bool.

    Edges that lie closer than the small stills show are left out: those that even the stills with
    most of them have not.
    """
    height, width = places.shape[1:]
    top, bottom = max(1, patch.top), min(height - 1, patch.bottom)
    left, right = max(1, patch.left), min(width - 1, patch.right)
    wanted = places[:, top:bottom, left:right]
    part = np.stack([still[top - 1 : bottom + 1, left - 1 : right + 1] for still in stills])
    rises = rises_of(part, STEP) & wanted
    counts = rises.sum(axis=(1, 2, 3))
    fullest = counts >= FULL * np.percentile(counts, 95)
    steady = rises[fullest].mean(axis=0) >= STEADY
    number = int(steady.sum())
    least = LEAST_STEADY_LINE if stands_where_subtitles_do(patch, height, width) else LEAST_STEADY
    if number < least * float(counts[fullest].mean()):
        return np.zeros(len(stills), dtype=bool)
    return np.asarray((rises & steady).sum(axis=(1, 2, 3)) >= THERE * number)
