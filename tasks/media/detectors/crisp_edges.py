"""Find what is drawn over the picture by its edges, which a camera's or an enlarged picture lacks.

Light rises within one pixel where a computer draws; a lens, a sensor's filter and scaling spread
it over three and more. So marks are told also where a camera rests and all edges stay.
"""

from dataclasses import dataclass

import numpy as np

from tasks.media.detection import NOTHING_FOUND, Array, Detail, Verdict
from tasks.media.detectors.patches import halve

LARGEST_LINES = 1200
"""Larger pictures are halved, which leaves what is drawn as crisp."""
LEAST_STEP = 10
"""Levels from one pixel to the next, of the mean of all details."""
AROUND = 3
"""Pixels on both sides over which the whole rise is sought."""
CRISP = 0.55
"""Share of the rise that one step must be: of drawn letters 0.7 (median), of cameras' pictures 0.2
to 0.4; 80 % of the former and 9 % of the latter are crisp, measured on 12 clips."""
MOST_STEPS = 0.2
"""Share of all pixels that may be steps; of more nothing is told."""


@dataclass(frozen=True)
class CrispEdges:
    """Where crisp edges are, on a coarser grid."""

    places: Array
    """(4, height, width) bool: light rises right, left, down, up."""
    number: int
    """How many steps there are."""


class MeanDetail:
    """Sees details and keeps their sum."""

    checks: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._sum: Array = None
        self.number = 0

    def see(self, seen: Detail) -> None:
        """Add it, unless its size is another."""
        luma = halve(seen.luma) if min(seen.luma.shape) > LARGEST_LINES else seen.luma
        if self._sum is None:
            self._sum = luma.astype(np.uint16)
        elif luma.shape == self._sum.shape:
            self._sum += luma
        else:
            return
        self.number += 1

    def verdict(self) -> Verdict:
        """Say nothing: it serves others."""
        return NOTHING_FOUND

    def crisp_edges(self, shape: tuple[int, ...]) -> CrispEdges | None:
        """Return the crisp edges of the mean on a grid (height, width); None: there are too many.

        At most 257 details.
        """
        if self._sum is None:
            return None
        mean = (self._sum // self.number).astype(np.uint8)
        across, down = _steps(mean), _steps(np.ascontiguousarray(mean.T))
        number = len(across[0]) + len(down[0])
        places = np.zeros((4, *shape), dtype=bool)
        if number > MOST_STEPS * mean.size:
            return None
        for first, (lines, columns, rises) in ((0, across), (2, (down[1], down[0], down[2]))):
            rows = lines * shape[0] // mean.shape[0]
            along = columns * shape[1] // mean.shape[1]
            places[first, rows[rises], along[rises]] = True
            places[first + 1, rows[~rises], along[~rises]] = True
        return CrispEdges(places, number)


def _steps(mean: Array) -> tuple[Array, Array, Array]:
    """Return the crisp steps along the rows: row, column, and whether light rises."""
    steps = np.subtract(mean[:, 1:], mean[:, :-1], dtype=np.int16)
    inner = steps[:, AROUND:-AROUND]
    rows, columns = np.nonzero(np.abs(inner) >= LEAST_STEP)
    sizes = inner[rows, columns]
    flat = mean.ravel()
    starts = rows * mean.shape[1] + columns
    least = most = flat[starts]
    for place in range(1, 2 * AROUND + 2):
        values = flat[starts + place]
        least, most = np.minimum(least, values), np.maximum(most, values)
    is_crisp = np.abs(sizes) >= CRISP * (most.astype(np.int16) - least)
    return rows[is_crisp], columns[is_crisp] + AROUND, sizes[is_crisp] > 0
