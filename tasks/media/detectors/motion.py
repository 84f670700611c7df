"""Measure how much of the picture moves from one small frame to the next.

A few floats a frame are kept, whatever the work's length: 12 bytes, 5 MB in four hours at 30 fps.
"""

from array import array

import numpy as np

from tasks.media.detection import NOTHING_FOUND, Array, SmallFrame, Verdict

MOVED_STEPS = 2
"""Grey levels by which a pixel of a small frame differs before it counts as moved: rounding and
the noise of a daylight camera stay within one."""


class Motion:
    """What moves, frame by frame: index 0 is the first frame, which has nothing before it.

    Stands in the panel before the detectors that draw on it.
    """

    checks: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.change = array("f")
        """Mean absolute difference of luma to the frame before, in grey levels."""
        self.moved = array("f")
        """Share of the pixels that moved, 0 to 1."""
        self.energy = array("f")
        """Mean square of the difference: what moves far outweighs what an encoder does anew."""
        self._last: Array | None = None

    def __len__(self) -> int:
        """Return how many frames were seen."""
        return len(self.change)

    def see(self, frame: SmallFrame) -> None:
        """Take the next frame."""
        luma = frame.luma
        if self._last is None or self._last.shape != luma.shape:
            self._note(0.0, 0.0, 0.0)
        else:
            distance = np.maximum(luma, self._last) - np.minimum(luma, self._last)
            wide = distance.astype(np.uint16)
            self._note(
                float(wide.sum(dtype=np.uint32)) / luma.size,
                float(np.count_nonzero(distance >= MOVED_STEPS)) / luma.size,
                float((wide * wide).sum(dtype=np.uint32)) / luma.size,
            )
        self._last = luma.copy()

    def verdict(self) -> Verdict:
        """Say nothing: it serves others."""
        return NOTHING_FOUND

    def _note(self, change: float, moved: float, energy: float) -> None:
        self.change.append(change)
        self.moved.append(moved)
        self.energy.append(energy)


def flat_share(luma: Array) -> float:
    """Return the share of pixels that equal the ones beside and below them.

    Graphics, slides and screens are drawn of flat areas; what a camera sees is not.
    """
    inner = luma[:-1, :-1]
    is_flat = (inner == luma[:-1, 1:]) & (inner == luma[1:, :-1])
    return float(np.count_nonzero(is_flat) / is_flat.size)
