"""Find the strokes of writing: thin, and much brighter than what lies on both sides of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tasks.media.detection import Array

WIDEST = 7
"""Pixels of a still of 360 lines: bold letters of a tenth of the picture's height have strokes of
five."""
REACH = WIDEST - 1
Ufunc = Callable[[Array, Array], Any]


def rise_of_strokes(gray: Array) -> Array:
    """Return how many levels each pixel stands above the ground of its stroke; 0 where none is.

    The morphological top-hat of `gray` (height, width) uint8 with a line of `WIDEST` pixels across
    and one down, the larger of both.
    """
    return np.asarray(gray - np.minimum(_opened(gray, 0), _opened(gray, 1)))


def _opened(gray: Array, axis: int) -> Array:
    """Take away what is bright over fewer than `WIDEST` pixels along `axis`."""
    if gray.shape[axis] < WIDEST:
        return np.zeros_like(gray)
    least = _over_seven(gray, np.minimum, axis)
    shape = list(gray.shape)
    shape[axis] += REACH
    padded = np.zeros(shape, dtype=np.uint8)
    if axis == 0:
        padded[REACH:-REACH] = least
    else:
        padded[:, REACH:-REACH] = least
    return _over_seven(padded, np.maximum, axis)


def _over_seven(values: Array, of_two: Ufunc, axis: int) -> Array:
    """Return `of_two` over each window of seven along `axis`, by doubling."""

    def shifted(part: Array, by: int) -> Array:
        if axis == 0:
            return of_two(part[:-by], part[by:])
        return of_two(part[:, :-by], part[:, by:])

    return shifted(shifted(shifted(values, 1), 2), 3)
