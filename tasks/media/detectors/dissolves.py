"""Tell a still picture that another one dissolves into, or out of: then it was made so.

Editing programs blend slides and photographs, while a recording that is stuck stops at once. One
photograph that follows another without any blend counts as well.
"""

from collections import deque

import numpy as np

from tasks.media.detection import Array

REPEATS = 3
"""Frames that repeat the one before: then the picture before them is held."""
HELD_S = 0.5
"""How long a picture is held at least for which it is asked what it turns into."""
NEAR, FAR = 2, 5
"""Frames before it is held, or after it was, that are compared with it."""
LIKENESS, BREADTH, LEAST = 0.6, 0.75, 1.0
"""Likeness of the differences to the held picture, the share of them that stands in whole tiles,
and their least size: dissolves of half a second and a second have a breadth of 0.82 to 0.98,
moving cameras 0.23 to 0.69."""
TILE_PX = 10


class Dissolves:
    """Sees the luma of small frames, (height, width) uint8, `rate` a second."""

    def __init__(self, rate: float) -> None:
        self._least_held = HELD_S * rate
        self._latest: deque[Array] = deque(maxlen=FAR + REPEATS + 1)
        self._frames = self._repeats = 0
        self._left: tuple[int, Array] | None = None
        self.stops: set[int] = set()
        """First frames that repeat a picture into which another one dissolved."""
        self.starts: set[int] = set()
        """Frames after the last ones of a picture that dissolves into another one."""

    def see(self, luma: Array, *, is_still: bool) -> None:
        """Take the next frame; `is_still`: it repeats the one before."""
        now = self._frames
        self._frames += 1
        if not is_still and self._repeats >= self._least_held:
            self._left = (now, self._latest[-1])
        self._repeats = self._repeats + 1 if is_still else 0
        self._latest.append(luma.copy())
        if self._repeats == REPEATS and len(self._latest) == self._latest.maxlen:
            held = self._latest[-1 - REPEATS]
            if is_blend(held, self._latest[-1 - REPEATS - NEAR], self._latest[0]):
                self.stops.add(now - REPEATS + 1)
        if self._left and now == self._left[0] + FAR - 1:
            end, held = self._left
            if is_blend(held, self._latest[-1 - FAR + NEAR], luma):
                self.starts.add(end)
            self._left = None


def is_blend(held: Array, near: Array, far: Array) -> bool:
    """Tell whether the picture held comes of, or turns into, another one that dissolves.

    Then each pixel goes straight from the one to the other, in broad areas alike. `near` is the
    nearer in time of two frames of the change; all are (height, width) uint8.
    """
    if held.shape != near.shape or held.shape != far.shape:
        return False
    close, wide = (_broad(np.subtract(other, held, dtype=np.int16)) for other in (near, far))
    if wide[1] < LEAST or wide[0].std() == 0 or close[0].std() == 0:
        return False
    breadth = float(np.abs(wide[0]).mean()) / wide[1]
    likeness = float(np.corrcoef(close[0].ravel(), wide[0].ravel())[0, 1])
    return likeness >= LIKENESS and breadth >= BREADTH


def _broad(step: Array) -> tuple[Array, float]:
    """Return the mean of each tile, and the mean size of all."""
    height, width = (side // TILE_PX * TILE_PX for side in step.shape)
    rows, columns = height // TILE_PX, width // TILE_PX
    tiles = step[:height, :width].reshape(rows, TILE_PX, columns, TILE_PX).mean(axis=(1, 3))
    return tiles, float(np.abs(step).mean())
