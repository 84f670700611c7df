"""Note where in the picture anything changes at all: a camera's picture never stands still.

What a sensor adds and what an encoder makes of it change a grey level here and there, all over the
picture, all the time. In a slide, a photograph or a title only what is drawn on it changes.
"""

import numpy as np

from tasks.media.detection import Array

STEP_S = 0.2
"""The picture is compared with itself so much earlier."""
TILE_PX = 10
LIVE_S, LEAST_S = 3.0, 2.0
"""How long is looked at, and how long must be there."""
AGAIN = 0.3
"""A tile lives that changes in this share of the steps; a key frame changes all of them once."""
BREADTH, DRAWN_BREADTH = 0.5, 0.8
"""Share of the tiles that live. Measured: scenes on a tripod 0.6 to 1.0 at x264's CRF 28 and
finer, slides, titles and slides with a speaker in the corner 0 to 0.3, animations up to 0.54."""
SHOWS, STEADY = 0.1, 0.8
"""Share of the tiles that change in a step which shows life, and of the steps that must: a
transition of slides is over sooner."""
IN_PLACE = 3
"""Tiles that change in nearly all steps: a speaker in a corner. A pointer, or what is typed, goes
on to other tiles."""


class Liveliness:
    """Sees the luma of small frames, (height, width) uint8, `rate` a second."""

    def __init__(self, rate: float) -> None:
        self._step = max(1, round(STEP_S * rate))
        self._most, self._least = round(LIVE_S / STEP_S), round(LEAST_S / STEP_S)
        self._frames = 0
        self._last: Array | None = None
        self._changed: list[Array] = []

    def see(self, luma: Array) -> None:
        """Take the next frame."""
        if self._frames % self._step == 0:
            if self._last is not None:
                self._changed.append(_tiles(luma, self._last))
            self._last = luma.copy()
        self._frames += 1

    def before(self, frame: int, earliest: int) -> Array:
        """Return what changed in the steps up to a frame: (steps, tiles) bool, or none at all.

        Nothing before the frame `earliest` is looked at.
        """
        end = frame // self._step
        return self._part(max(end - self._most, -(-earliest // self._step)), end)

    def after(self, frame: int, latest: int) -> Array:
        """Return what changed in the steps from a frame on, and before the frame `latest`."""
        first = -(-frame // self._step)
        return self._part(first, min(first + self._most, latest // self._step))

    def _part(self, first: int, end: int) -> Array:
        steps = self._changed[max(0, first) : max(0, end)]
        if len(steps) < self._least or len({step.shape for step in steps}) > 1:
            return np.zeros((0, 0), dtype=bool)
        return np.stack(steps)


def breathes(changed: Array, breadth: float) -> bool:
    """Tell whether (steps, tiles) of changes are those of a camera."""
    if not changed.size:
        return False
    is_alive = changed.mean(axis=0) >= AGAIN
    is_shown = changed.mean(axis=1) >= SHOWS
    return bool(is_alive.mean() >= breadth and is_shown.mean() >= STEADY)


def lives_in_place(before: Array, after: Array) -> bool:
    """Tell whether the same tiles changed all the time before and all the time after."""
    if not before.size or not after.size or before.shape[1] != after.shape[1]:
        return False
    steady = (before.mean(axis=0) >= STEADY) & (after.mean(axis=0) >= STEADY)
    return int(np.count_nonzero(steady)) >= IN_PLACE


def _tiles(luma: Array, last: Array) -> Array:
    if luma.shape != last.shape:
        return np.zeros(0, dtype=bool)
    height, width = (side // TILE_PX for side in luma.shape)
    differs = (luma != last)[: height * TILE_PX, : width * TILE_PX]
    tiles: Array = differs.reshape(height, TILE_PX, width, TILE_PX).any(axis=(1, 3)).ravel()
    return tiles
