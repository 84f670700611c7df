"""The shape of tops: was a wave cut where it is highest?

A top that was not cut is a parabola near its highest point: it stays above a line for four times
its height over that line, divided by the slope at which it crossed it. A top that was cut stays
longer, whatever its frequency; a limiter, which turns the sound down as a whole, keeps the shape.
"""

from dataclasses import dataclass

import numpy as np

from tasks.media.detection import SOUND_RATE_HZ, Array

LINE = 0.85
LOWEST_TOP = 0.93
"""Full scale, as AAC at 128 kbit/s and resampling leave it (measured: 0.95 and more)."""
SHORTEST = 4
"""Samples above the line that show a shape."""
FLAT = 2.2
"""Measured after AAC: tops of limited speech and music 0.6 to 2.1 (5 and 95 in 100), cut by 6 dB
up to 5, by 12 dB up to 12."""
EQUAL = 3
"""So many equal samples in a row at full scale were cut and never coded."""
LONGEST = SOUND_RATE_HZ // 20
"""A longer stay above the line is an offset, not a top."""


@dataclass(frozen=True)
class Tops:
    """The tops of one wave that reach full scale, 1; arrays of one length."""

    first: Array
    """Sample at which each crosses the line."""
    length: Array
    """Samples that it stays above the line."""
    height: Array
    is_flat: Array


def tops_of(wave: Array) -> Tops:
    """Find the tops of a wave (count,) that lie wholly in it, on its upper side alone."""
    above = np.flatnonzero(wave >= LINE)
    if not len(above):
        return Tops(above, *(np.zeros(0),) * 2, np.zeros(0, bool))
    breaks = np.flatnonzero(np.diff(above) > 1)
    firsts = np.concatenate([[0], breaks + 1])
    lasts = np.concatenate([breaks, [len(above) - 1]])
    is_whole = (above[firsts] > 0) & (above[lasts] < len(wave) - 1)
    begins, ends = above[firsts], above[lasts]
    heights = wave[above]
    highest = np.maximum.reduceat(heights, firsts)
    is_level = np.concatenate([[0], (np.diff(heights) == 0) & (np.diff(above) == 1)])
    equal = np.add.reduceat(is_level.astype(np.int64), firsts) + 1
    rise = wave[begins] - wave[np.maximum(begins - 1, 0)]
    fall = wave[ends] - wave[np.minimum(ends + 1, len(wave) - 1)]
    rise, fall = np.maximum(rise, 1e-6), np.maximum(fall, 1e-6)
    # Between samples: the time above the line is known better than to a sample.
    early, late = (wave[begins] - LINE) / rise, (wave[ends] - LINE) / fall
    length = (ends - begins + early + late).astype(np.float64)
    flatness = length * (rise + fall) / 2 / (4 * np.maximum(highest - LINE, 1e-6))
    is_flat = (flatness >= FLAT) & (ends - begins + 1 >= SHORTEST)
    is_flat |= (equal >= EQUAL) & (highest >= 0.98)
    is_top = is_whole & (highest >= LOWEST_TOP) & (length <= LONGEST)
    return Tops(begins[is_top], length[is_top], highest[is_top], is_flat[is_top])
