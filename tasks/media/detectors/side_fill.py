"""Find a picture that stands inside a blurred, enlarged copy of itself.

Editing programs for telephones fill 16:9 so around upright video. Black bars are found elsewhere.
The seams tell: straight, from edge to edge, as far from one side as from the other, at the same
place for the whole work; outside of them nothing is sharp, and what is there resembles the middle.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from models.profile import Limits
from tasks.media.detection import Array, Problem, Still, Verdict

CHECK = "video.letterbox"
NARROWEST, WIDEST = 0.03, 0.42
"""Share of the picture beside each seam; upright video in 16:9 leaves 0.34."""
SEAM_STEP = 4.0
"""Grey levels by which the picture changes across a seam, on average along it."""
SEAM_CONTRAST = 3.0
"""How much more it changes there than beside it on the blurred side."""
BLURRED, LIVELY = 1.6, 2.0
"""Mean difference of neighbours outside the seams (JPEG's grain alone makes 0.5), and how many
times as much there must be between them."""
LEAST_SPREAD = 6.0
"""Standard deviation, in grey levels, of the fill: a plain frame or a drawn background is none."""
LEAST_LIKENESS = 0.35
MAGNIFICATIONS = (1.33, 1.6, 2.0, 2.5, 3.2, 4.0)
CELL_ROWS, CELL_COLUMNS = 30, 64
MOST = 0.4
"""Of the lit stills that must show the same seams."""
LEAST_STILLS = 3
LINE_STEP = 6
"""Seams go through all lines, so few of them will do."""
LEAST_PX = 64
"""A smaller still has no room for sides and a middle."""
LIT = 30
SAME_PX = 2


@dataclass(frozen=True)
class _Fill:
    is_beside: bool
    edge_px: int
    share: float


class SideFillDetector:
    """Find blurred fill beside, or above and below, the picture in stills."""

    checks = (CHECK,)

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.letterbox_share
        self._lit = 0
        self._fills: list[_Fill] = []

    def see(self, still: Still) -> None:
        """Look for seams in one still."""
        gray = still.gray
        if min(gray.shape) < LEAST_PX or gray[::8, ::8].mean() < LIT:
            return
        self._lit += 1
        height, width = gray.shape
        if edge := seam_px(gray):
            self._fills.append(_Fill(True, edge, 2 * edge / width))
        elif edge := seam_px(gray.T):
            self._fills.append(_Fill(False, edge, 2 * edge / height))

    def verdict(self) -> Verdict:
        """Return the fill that most of the work has."""
        kinds = Counter((f.is_beside, f.edge_px) for f in self._fills)
        if not kinds:
            return Verdict()
        (is_beside, edge_px), _ = max(kinds.items(), key=lambda kind: (kind[1], kind[0]))
        same = [
            f
            for f in self._fills
            if f.is_beside == is_beside and abs(f.edge_px - edge_px) <= SAME_PX
        ]
        if len(same) < max(min(LEAST_STILLS, self._lit), MOST * self._lit):
            return Verdict()
        share = float(np.median([f.share for f in same]))
        if share <= self._limit:
            return Verdict()
        told = f"{'左右' if is_beside else '上下'}为虚化填充，占画面 {share:.0%}"
        return Verdict((Problem(CHECK, told, f"{self._limit:.0%}"),))


def seam_px(gray: Array) -> int | None:
    """Return how far the seams stand from the left and right edge; None when there are none.

    `gray` is (height, width) uint8.
    """
    lines = gray[1::LINE_STEP].astype(np.int16)
    width = lines.shape[1]
    steps = np.abs(np.diff(lines, axis=1)).mean(axis=0)
    near, far = round(NARROWEST * width), round(WIDEST * width)
    half = steps[: width // 2], steps[::-1][: width // 2]
    both = np.minimum(*(_widest(side) for side in half))
    edge = near + int(np.argmax(both[near:far])) if far > near else 0
    if far <= near or both[edge] < SEAM_STEP:
        return None
    outside = [side[2 : max(3, edge - 3)].mean() for side in half]
    beside = [side[max(0, edge - 12) : max(1, edge - 3)].mean() for side in half]
    inside = steps[edge + 4 : width - edge - 5].mean()
    calm = max(outside)
    if calm > BLURRED or inside < LIVELY * calm or both[edge] < SEAM_CONTRAST * max(beside):
        return None
    if not _runs_through(lines, edge):
        return None
    fill = edge - 2
    sides = np.concatenate([lines[:, :fill], lines[:, width - fill :]], axis=1)
    if sides.std() < LEAST_SPREAD or _likeness(lines, fill + 4) < LEAST_LIKENESS:
        return None
    return edge + 1


def _widest(steps: Array) -> Array:
    """Return for each place the largest step there or one beside: seams may differ by a pixel."""
    padded = np.pad(steps, 1)
    widest: Array = np.maximum(np.maximum(padded[:-2], padded[2:]), steps)
    return widest


def _runs_through(lines: Array, edge: int) -> bool:
    """Tell whether the steps at both seams go from the top to the bottom of the picture."""
    width = lines.shape[1]
    for place in (edge, width - 2 - edge):
        near = np.abs(lines[:, max(0, place - 2)] - lines[:, min(width - 1, place + 3)])
        thirds = [part.mean() for part in np.array_split(near, 6)]
        if sum(mean >= SEAM_STEP for mean in thirds) < 4:
            return False
    return True


def _likeness(lines: Array, margin: int) -> float:
    """Return the best correlation of the fill with an enlarged middle, -1 to 1."""
    cells = _cells(lines)
    height, width = cells.shape
    scale = width / lines.shape[1]
    edge = margin * scale
    rows, columns = np.arange(height), np.arange(width)
    columns = columns[(columns + 1 < edge) | (columns > width - edge)]
    best = -1.0
    for times in (width / (width - 2 * edge), *MAGNIFICATIONS):
        at = np.round((width - 1) / 2 + (columns - (width - 1) / 2) / times).astype(int)
        is_inside = (at >= edge) & (at + 1 <= width - edge)
        if is_inside.sum() * 2 < max(2, len(columns)):
            continue
        from_rows = np.round((height - 1) / 2 + (rows - (height - 1) / 2) / times).astype(int)
        fill, seen = cells[:, columns[is_inside]], cells[np.ix_(from_rows, at[is_inside])]
        best = max(best, _correlation(fill, seen))
    return best


def _cells(lines: Array) -> Array:
    """Return means of cells, about 64 by 30 of them in 16:9."""
    size = max(1, lines.shape[0] // CELL_ROWS), max(1, lines.shape[1] // CELL_COLUMNS)
    height, width = (have // one for have, one in zip(lines.shape, size, strict=True))
    left = (lines.shape[1] - width * size[1]) // 2
    used = lines[: height * size[0], left : left + width * size[1]]
    means: Array = used.reshape(height, size[0], width, size[1]).mean(axis=(1, 3))
    return means


def _correlation(one: Array, other: Array) -> float:
    one, other = one - one.mean(), other - other.mean()
    power = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / power if power > 0 else 0.0
