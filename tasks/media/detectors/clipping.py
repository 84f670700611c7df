"""Clipping: tops that were cut off at full scale, also where a lossy codec has rounded them since.

A top that was not cut is a parabola near its highest point: it stays above a line for four times
its height over that line, divided by the slope at which it crossed it. A top that was cut stays
longer, whatever its frequency; a limiter, which turns the sound down as a whole, keeps the shape.
"""

from dataclasses import dataclass, field

import numpy as np

from tasks.media.detection import SOUND_RATE_HZ, Array, Problem, SoundBlock, Verdict
from tasks.media.detectors.levels import runs
from tasks.media.notes import Span, merge_spans

LINE = 0.85
LOWEST_TOP, HIGHEST_TOP = 0.93, 2.0
"""Full scale, as AAC at 128 kbit/s and resampling leave it (measured: 0.95 to 1.6)."""
SHORTEST = 4
"""Samples above the line that show a shape."""
FLAT = 2.2
"""Measured after AAC: tops of limited speech and music 0.6 to 2.1 (5 and 95 in 100), cut by 6 dB
up to 5, by 12 dB up to 12."""
EQUAL = 3
"""So many equal samples in a row at full scale were cut and never coded."""
FLAT_SHARE, FLAT_COUNT_SHARE = 0.35, 0.12
"""Of the time above the line, and of the tops. Limited speech has 0.1 and 0.05, music limited by
20 dB one of both where its bass is strong; cut by 6 dB speech has 0.5 and 0.4, music 0.15."""
STEP_S = 0.1
STRETCH = 10
"""Steps that are judged together: a second."""
LEAST_A_STRETCH, LEAST = 5, 12
GAP_S = 2.0
LONGEST = SOUND_RATE_HZ // 20
"""A longer stay above the line is an offset, not a top."""


@dataclass
class Clipping:
    """Looks at every top that reaches full scale; costs next to nothing where none does."""

    checks: tuple[str, ...] = ("audio.clipping",)
    _rest: Array = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    _seen: int = 0
    """Samples before the rest."""
    _start_s: float | None = None
    _flat: Array = field(default_factory=lambda: np.zeros(0))
    """Flat tops in each step, then all; and how long both stay above the line, in samples."""
    _tops: Array = field(default_factory=lambda: np.zeros(0))
    _flat_length: Array = field(default_factory=lambda: np.zeros(0))
    _length: Array = field(default_factory=lambda: np.zeros(0))

    def see(self, seen: SoundBlock) -> None:
        """Judge the tops that end in this block; one that goes on waits for the next."""
        if self._start_s is None:
            self._start_s = seen.time_s
        samples = np.concatenate([self._rest, seen.samples]) if len(self._rest) else seen.samples
        is_above = np.maximum(np.abs(samples[:, 0]), np.abs(samples[:, 1])) >= LINE
        below = np.flatnonzero(~is_above[-LONGEST:])
        # The last sample below the line stays: the slope into the next top is measured from it.
        keep = min(len(samples), LONGEST) - int(below[-1]) if len(below) else 1
        whole = len(samples) - keep + 1
        if is_above[:whole].any():
            self._judge(samples[:whole])
        self._rest = samples[whole - 1 :].copy()
        self._seen += whole - 1

    def verdict(self) -> Verdict:
        """Report the stretches in which tops are flat."""
        kernel = np.ones(STRETCH)
        if not len(self._flat):
            return Verdict()
        flat, tops, flat_length, length = (
            np.convolve(values, kernel)[STRETCH // 2 :][: len(values)]
            for values in (self._flat, self._tops, self._flat_length, self._length)
        )
        is_dense = (flat >= LEAST_A_STRETCH) & (flat >= FLAT_COUNT_SHARE * tops)
        is_dense &= flat_length >= FLAT_SHARE * length
        is_dense &= self._flat > 0
        count = int(self._flat[is_dense].sum())
        if count < LEAST:
            return Verdict()
        origin = self._start_s or 0.0
        spans: tuple[Span, ...] = tuple(
            (round(origin + a, 3), round(origin + b, 3))
            for a, b in merge_spans([(a * STEP_S, b * STEP_S) for a, b in runs(is_dense)], GAP_S)
        )
        measured = f"{count} 个波峰被削平"
        return Verdict((Problem("audio.clipping", measured=measured, spans=spans),))

    def _judge(self, samples: Array) -> None:
        left, right = samples[:, 0], samples[:, 1]
        for side in (left,) if np.array_equal(left, right) else (left, right):
            for sign in (1, -1):
                wave = sign * side
                if wave.max() < LOWEST_TOP:
                    continue
                first, length, is_flat = _tops(wave)
                if not len(first):
                    continue
                steps = ((first + self._seen) / (STEP_S * SOUND_RATE_HZ)).astype(np.int64)
                flat = is_flat.astype(float)
                self._flat = _added(self._flat, steps, flat)
                self._tops = _added(self._tops, steps, np.ones(len(first)))
                self._flat_length = _added(self._flat_length, steps, flat * length)
                self._length = _added(self._length, steps, length)


def _added(totals: Array, steps: Array, values: Array) -> Array:
    """Return `totals` with `values` added at `steps`, longer where needed."""
    first, end = int(steps.min()), int(steps.max()) + 1
    if end > len(totals):
        grown = np.zeros(max(end, 2 * len(totals)))
        grown[: len(totals)] = totals
        totals = grown
    totals[first:end] += np.bincount(steps - first, values, end - first)
    return totals


def _tops(wave: Array) -> tuple[Array, Array, Array]:
    """Return where tops at full scale begin, their length above the line, whether they are flat."""
    above = np.flatnonzero(wave >= LINE)
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
    is_top = (highest >= LOWEST_TOP) & (highest <= HIGHEST_TOP) & (length <= LONGEST)
    is_top &= is_whole
    return begins[is_top], length[is_top], is_flat[is_top]
