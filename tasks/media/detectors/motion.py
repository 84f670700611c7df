"""Measure how much of the picture moves from one small frame to the next.

A few floats a frame are kept, whatever the work's length: 12 bytes, 5 MB in four hours at 30 fps.
"""

from array import array

import numpy as np

from tasks.media.detection import Array

MOVED_STEPS = 2
"""Grey levels by which a pixel of a small frame differs before it counts as moved: rounding and
the noise of a daylight camera stay within one."""


class Motion:
    """What moves, frame by frame: index 0 is the first frame, which has nothing before it."""

    def __init__(self) -> None:
        self.change = array("f")
        """Mean absolute difference of luma to the frame before, in grey levels."""
        self.moved = array("f")
        """Share of the pixels that moved, 0 to 1."""
        self.kept_on = array("f")
        """Share of the moved pixels that go on the way they went in the frame before: near 1 in
        fades and dissolves, a half or less in what a camera sees."""
        self._last: Array | None = None
        self._trend: Array | None = None

    def __len__(self) -> int:
        """Return how many frames were seen."""
        return len(self.change)

    def see(self, luma: Array) -> float:
        """Take the next frame's luma, (height, width) uint8; return its `change`."""
        if self._last is None or self._last.shape != luma.shape:
            self._note(0.0, 0.0, 0.0)
            self._trend = None
        else:
            step = np.subtract(luma, self._last, dtype=np.int16)
            distance = np.abs(step)
            is_moved = distance >= MOVED_STEPS
            count = int(np.count_nonzero(is_moved))
            on = 0
            if count and self._trend is not None:
                on = int(np.count_nonzero((step * self._trend > 0) & is_moved))
            self._note(
                float(distance.sum(dtype=np.int64)) / luma.size,
                count / luma.size,
                on / count if count else 0.0,
            )
            self._trend = step
        self._last = luma.copy()
        return self.change[-1]

    def per_second(self, rate: float) -> Array:
        """Return the mean `change` of each second at `rate` frames a second, float64."""
        change = np.asarray(self.change, dtype=np.float64)
        starts = np.arange(0, len(change), rate).astype(int)
        sums = np.add.reduceat(change, starts) if len(change) else change
        return sums / np.diff([*starts, len(change)])

    def _note(self, change: float, moved: float, kept_on: float) -> None:
        self.change.append(change)
        self.moved.append(moved)
        self.kept_on.append(kept_on)


def flat_share(luma: Array) -> float:
    """Return the share of pixels that equal the ones beside and below them.

    Graphics, slides and screens are drawn of flat areas; what a camera sees is not.
    """
    inner = luma[:-1, :-1]
    is_flat = (inner == luma[:-1, 1:]) & (inner == luma[1:, :-1])
    return float(np.count_nonzero(is_flat) / is_flat.size)
