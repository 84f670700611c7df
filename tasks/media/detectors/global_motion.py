"""Measure how the whole picture moves from one small frame to the next.

The picture is cut into tiles. How far each moved is found by comparing the sums of its columns and
rows with those of the frame before; what most tiles agree on is the camera's motion, and whoever
walks through the picture moves a few of them only.
"""

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import as_strided

from tasks.media.detection import Array

BATCH = 96
"""Frames that are compared at once: numpy's calls cost more than their work."""
TILES = 4, 3
"""Along the longer and the shorter side."""
REACH = 16
"""A tile is sought as far as this part of the picture's longer side, in each frame."""
TEXTURE_STEPS = 1.5
"""Standard deviation of a tile's sums, in grey levels, below which nothing can be followed."""
LIKENESS = 0.85
"""Correlation of a tile with where it came from."""
DISTINCT, DISTINCT_PX = 0.02, 3
"""A peak stands so much above what lies a few pixels off, or it is none."""
AGREEMENT_PX, AGREEMENT = 0.6, 0.15
"""Zooming and turning move tiles by a little more or less than others, or by this share."""
LEAST_TILES, LEAST_AGREEING = 4, 0.5
STILL_STEPS = 0.25
"""Mean change of the sums of frames that are the same but for an encoder's noise."""


class GlobalMotion:
    """Takes small frames' luma, (height, width) uint8, all of one size."""

    def __init__(self) -> None:
        self._columns: list[Array] = []
        self._rows: list[Array] = []
        self._moves: list[Array] = []
        self._reach = 0
        self._tiles = (0, 0)

    def see(self, luma: Array) -> None:
        """Take the next frame."""
        height, width = luma.shape
        across, down = TILES if width >= height else TILES[::-1]
        self._reach, self._tiles = max(height, width) // REACH, (across, down)
        pixels = luma.astype(np.float32)
        self._columns.append(_means(pixels, down))
        self._rows.append(_means(pixels.T, across))
        if len(self._columns) > BATCH:
            self._measure()

    def moves(self) -> Array:
        """Return how far the picture moved from each frame to the next, in pixels, across and down.

        (frames - 1, 2) float64; NaN where it can't be told.
        """
        if len(self._columns) > 1:
            self._measure()
        return np.concatenate(self._moves) if self._moves else np.zeros((0, 2))

    def _measure(self) -> None:
        columns, rows = np.stack(self._columns), np.stack(self._rows)
        across, down = self._tiles
        moved = [
            _agreed(_tile_moves(columns, across, self._reach)),
            _agreed(_tile_moves(rows, down, self._reach)),
        ]
        moves = np.stack(moved, axis=1)
        change = np.abs(np.diff(columns, axis=0)).mean(axis=(1, 2))
        moves[change < STILL_STEPS] = 0.0
        moves[np.isnan(moves).any(axis=1)] = np.nan
        self._moves.append(moves)
        self._columns, self._rows = self._columns[-1:], self._rows[-1:]


def _means(pixels: Array, bands: int) -> Array:
    """Return the means of bands of rows, (bands, columns); sums of so few pixels are exact."""
    tall = len(pixels) // bands
    return _in_bands(bands, tall) @ pixels[: bands * tall] / np.float32(tall)


@cache
def _in_bands(bands: int, tall: int) -> Array:
    return np.kron(np.eye(bands, dtype=np.float32), np.ones(tall, dtype=np.float32))


def _tile_moves(sums: Array, tiles: int, reach: int) -> Array:
    """Return how far each tile moved along the last axis of `sums`, (frames, lines, pixels).

    (frames - 1, lines * tiles); NaN where a tile can't be followed.
    """
    frames, lines, pixels = sums.shape
    size = (pixels - 2 * reach) // tiles
    starts = reach + size * np.arange(tiles)
    now = sums[1:, :, reach : reach + tiles * size].reshape(frames - 1, lines, tiles, size)
    at = starts[:, None] + np.arange(-reach, reach + 1)
    step = sums.strides
    windows = as_strided(  # without a copy: tile t was sought from pixel `t * size` on
        sums[:-1],
        (frames - 1, lines, tiles, 2 * reach + 1, size),
        (*step[:2], size * step[2], step[2], step[2]),
        writeable=False,
    )
    now = now - now.mean(axis=3, keepdims=True)
    power = (now**2).sum(axis=3)
    total, squares = (_window_sums(s, size)[:, :, at] for s in (sums, sums**2))
    spread = squares - total**2 / size
    product = np.einsum("flts,fltgs->fltg", now, windows)
    likeness = product / np.sqrt(np.maximum(power[..., None] * spread, 1e-6))
    best = likeness[..., DISTINCT_PX:-DISTINCT_PX].argmax(axis=3) + DISTINCT_PX
    around = [
        np.take_along_axis(likeness, best[..., None] + n, axis=3)[..., 0]
        for n in (-DISTINCT_PX, -1, 0, 1, DISTINCT_PX)
    ]
    far_left, left, peak, right, far_right = around
    curve = left - 2 * peak + right
    is_peak = (peak >= left) & (peak >= right) & (curve < 0) & (peak >= LIKENESS)
    is_peak &= peak - np.maximum(far_left, far_right) >= DISTINCT
    is_peak &= power >= size * TEXTURE_STEPS**2
    shift = best - reach + 0.5 * (left - right) / np.where(curve < 0, curve, -1)
    return np.where(is_peak, shift, np.nan).reshape(frames - 1, lines * tiles)


def _window_sums(values: Array, size: int) -> Array:
    """Return the sum of `size` values from each place on, of all lines but the last frame's."""
    ends = np.cumsum(values[:-1], axis=2, dtype=np.float64)
    ends = np.pad(ends, ((0, 0), (0, 0), (1, 0)))
    return ends[:, :, size:] - ends[:, :, :-size]


def _agreed(moves: Array) -> Array:
    """Return what most tiles agree on, (frames,); NaN where they don't, or are too few."""
    is_known = ~np.isnan(moves)
    count = is_known.sum(axis=1)
    ordered = np.sort(moves, axis=1)  # NaN last
    frames = np.arange(len(moves))
    middle = (
        ordered[frames, np.maximum(count - 1, 0) // 2]
        + ordered[frames, count // 2 % moves.shape[1]]
    ) / 2
    apart = np.abs(moves - middle[:, None])
    agrees = apart <= AGREEMENT_PX + AGREEMENT * np.abs(middle[:, None])
    agreeing = agrees.sum(axis=1)
    mean = np.where(agrees, moves, 0.0).sum(axis=1) / np.maximum(agreeing, 1)
    is_told = (count >= LEAST_TILES) & (agreeing >= LEAST_AGREEING * count)
    return np.where(is_told, mean, np.nan)
