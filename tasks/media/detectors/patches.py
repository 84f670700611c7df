"""Group pixels that belong together into patches."""

from dataclasses import dataclass

import numpy as np

from tasks.media.detection import Array

LONG_SHARE = 0.12
"""Of the picture's width or height: a straight edge of this length frames something, no mark."""
MARGIN = 0.12
"""Share of the height, or half of it of the width, within which a mark begins."""
MOST_HEIGHT, MOST_WIDTH, MOST_AREA = 0.3, 0.6, 0.08
"""Shares of the picture; marks are no larger: what is, are frames and backdrops."""
REACH = (1, 2)
"""Cells up and down, left and right, over which neighbouring strokes are one patch: writing runs
along a line."""


@dataclass(frozen=True)
class Patch:
    """A box in pixels; bottom and right stand outside."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def rows(self) -> slice:
        """Its rows."""
        return slice(self.top, self.bottom)

    @property
    def columns(self) -> slice:
        """Its columns."""
        return slice(self.left, self.right)


def halve(gray: Array) -> Array:
    """Return a picture (height, width) uint8 at half its size, four pixels averaged to one."""
    height, width = gray.shape[0] & ~1, gray.shape[1] & ~1
    upper, lower = gray[0:height:2, :width], gray[1:height:2, :width]
    rows = np.add(upper, lower, dtype=np.uint16)
    total = rows[:, ::2] + rows[:, 1::2]
    return ((total + 2) >> 2).astype(np.uint8)


def is_at_margin(patch: Patch, height: int, width: int) -> bool:
    """Tell whether a patch begins near an edge of the picture, where marks are put."""
    return (
        min(patch.top, height - patch.bottom) <= MARGIN * height
        or min(patch.left, width - patch.right) <= MARGIN / 2 * width
    )


def is_small(patch: Patch, height: int, width: int) -> bool:
    """Tell whether a patch is no larger than marks are."""
    return (
        patch.height <= MOST_HEIGHT * height
        and patch.width <= MOST_WIDTH * width
        and patch.height * patch.width <= MOST_AREA * height * width
    )


def stands_where_subtitles_do(patch: Patch, height: int, width: int) -> bool:
    """Tell whether the middle of a patch lies amid the lower part of the picture."""
    down, across = (patch.top + patch.bottom) / 2 / height, (patch.left + patch.right) / 2 / width
    return down > 0.7 and 0.35 < across < 0.65


def patches_of(mask: Array, cell: int, least: int) -> list[Patch]:
    """Return the patches of a mask (height, width) bool.

    They are made of cells of `cell` pixels that hold `least` pixels or more.
    """
    height, width = mask.shape
    rows, columns = -(-height // cell), -(-width // cell)
    padded = np.zeros((rows * cell, columns * cell), dtype=np.uint8)
    padded[:height, :width] = mask
    counts = padded.reshape(rows, cell, columns, cell).sum(axis=(1, 3))
    found = []
    for cells in _groups(counts >= least):
        top, left = (min(c[axis] for c in cells) * cell for axis in (0, 1))
        bottom, right = ((max(c[axis] for c in cells) + 1) * cell for axis in (0, 1))
        found.append(Patch(top, left, min(bottom, height), min(right, width)))
    return found


def without_lines(edges: Array) -> Array:
    """Take long straight edges away: `edges` (4, h, w) bool, rising right, left, down and up."""
    _, height, width = edges.shape
    upright = _long_runs(edges[:2].swapaxes(1, 2), round(height * LONG_SHARE)).swapaxes(1, 2)
    level = _long_runs(edges[2:], round(width * LONG_SHARE))
    kept = edges.copy()
    kept[:2] &= ~upright
    kept[2:] &= ~level
    return kept


def _long_runs(mask: Array, least: int) -> Array:
    """Return what lies in runs of `least` or more along the last axis."""
    if mask.shape[-1] <= least:
        return np.zeros_like(mask)
    sums = np.cumsum(np.pad(mask, ((0, 0), (0, 0), (1, 0))), axis=-1, dtype=np.int32)
    begins = sums[..., least:] - sums[..., :-least] == least
    spread = np.zeros(mask.shape, dtype=bool)
    marks = np.zeros((*mask.shape[:-1], mask.shape[-1] + 1), dtype=np.int32)
    marks[..., : begins.shape[-1]] += begins
    marks[..., least : least + begins.shape[-1]] -= begins
    spread |= np.cumsum(marks, axis=-1)[..., :-1] > 0
    return spread


def _groups(occupied: Array) -> list[list[tuple[int, int]]]:
    """Return the cells of each connected group, in reading order of their first cells."""
    left = {(int(r), int(c)) for r, c in np.argwhere(occupied)}
    steps = [(r, c) for r in range(-REACH[0], REACH[0] + 1) for c in range(-REACH[1], REACH[1] + 1)]
    groups = []
    for first in sorted(left):
        if first not in left:
            continue
        left.discard(first)
        group, waiting = [first], [first]
        while waiting:
            row, column = waiting.pop()
            near = [n for n in ((row + r, column + c) for r, c in steps) if n in left]
            left.difference_update(near)
            group.extend(near)
            waiting.extend(near)
        groups.append(group)
    return groups
