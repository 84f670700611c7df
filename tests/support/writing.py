"""Strokes like those of Chinese letters, for pictures that tests make themselves."""

from functools import cache

import numpy as np


@cache
def signs(letters, size, seed=3):
    """Return a line of strokes: (size, letters * size) of 0 and 1; `size` is a multiple of 8."""
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(letters):
        sign = np.zeros((8, 8))
        for _ in range(3):
            sign[rng.integers(1, 7), rng.integers(0, 3) : rng.integers(5, 8)] = 1
            sign[rng.integers(0, 3) : rng.integers(5, 8), rng.integers(1, 7)] = 1
        sign[:, -1] = 0
        drawn.append(np.kron(sign, np.ones((size // 8, size // 8))))
    return np.concatenate(drawn, axis=1)


def write(picture, at, letters, size, seed=3, level=235, alpha=1.0):
    """Write a line with its upper left corner at (x, y) into a picture of floats."""
    strokes = signs(letters, size, seed)
    height, width = strokes.shape
    part = picture[at[1] : at[1] + height, at[0] : at[0] + width]
    part += alpha * strokes[:, : part.shape[1]] * (level - part)
