"""Find patterns that repeat along a picture at a fixed pitch, as scalers and encoders leave them.

How much neighbours differ is averaged over the whole height (or width) for each column (or row):
what the picture shows evens out, what repeats with the pixels adds up. Its spectrum has a line at
the pitch's frequency.
"""

import numpy as np

from tasks.media.detection import Array

LINE_STEP = 4
"""One line in four is enough: the picture, not noise, is what limits."""
TREND = 31
"""Columns over which the picture's own rise and fall is evened out."""
SIDE_BAND, NEAR_BINS = 0.06, 4


def differences(lines: Array, cap: int) -> tuple[Array, Array]:
    """Return the mean sizes of second and of third differences along lines, for each column.

    `lines` is (lines, pixels) int16. A difference counts as `cap` at most: edges don't outweigh.
    """
    seconds = np.diff(lines, n=2, axis=1)
    return _mean_sizes(seconds, cap), _mean_sizes(np.diff(seconds, axis=1), cap)


def _mean_sizes(steps: Array, cap: int) -> Array:
    sizes = np.minimum(np.abs(steps), cap).sum(axis=0, dtype=np.int32)
    means: Array = sizes / len(steps)
    return means


def some_lines(luma: Array) -> tuple[Array, Array]:
    """Return a quarter of the rows and a quarter of the columns, each as lines, int16."""
    columns = np.ascontiguousarray(luma[:, 1::LINE_STEP].T)
    return luma[1::LINE_STEP].astype(np.int16), columns.astype(np.int16)


class Comb:
    """The spectrum of a profile along the picture: lines of what repeats at a fixed pitch."""

    def __init__(self, profile: Array) -> None:
        """Take means for each column or row, as `differences` gives them."""
        count = len(profile)
        kernel = np.ones(TREND) / TREND
        trend = np.convolve(np.pad(profile, TREND // 2, mode="reflect"), kernel, "valid")
        relative = profile / (trend + 0.05) - 1
        window = np.hanning(count)
        self._sizes = np.abs(np.fft.rfft((relative - relative.mean()) * window)) * 2 / count
        self._frequencies = np.arange(len(self._sizes)) / count

    def size(self, frequency: float) -> float:
        """Return how strong the line at `frequency` is, relative to the profile itself."""
        distance = np.abs(self._frequencies - folded(frequency))
        near = distance <= 1.5 * self._frequencies[1]
        return float(self._sizes[near].max(initial=0.0))

    def contrast(self, frequency: float) -> float:
        """Return how many times the line at `frequency` stands above what is around it."""
        distance = np.abs(self._frequencies - folded(frequency))
        around = (distance < SIDE_BAND) & (distance > NEAR_BINS * self._frequencies[1])
        if not around.any():
            return 0.0
        return self.size(frequency) / (float(np.median(self._sizes[around])) + 1e-6)


def folded(frequency: float) -> float:
    """Return where a frequency stands in a spectrum, 0 to 0.5 cycles a pixel."""
    return abs(frequency - round(frequency))
