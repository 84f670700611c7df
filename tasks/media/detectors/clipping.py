"""Clipping: tops that were cut off, at full scale or below it, and tops that a player will cut."""

from dataclasses import dataclass, field

import numpy as np

from tasks.media.detection import SOUND_RATE_HZ, Array, Problem, SoundBlock, Verdict
from tasks.media.detectors.levels import Frames, Series, decibels
from tasks.media.detectors.runs import runs
from tasks.media.detectors.tops import LOWEST_TOP, tops_of
from tasks.media.notes import merge_spans

STEP_S, STEPS = 0.1, 5
STEP = round(STEP_S * SOUND_RATE_HZ)
FRAME = STEPS * STEP
"""Samples that share a ceiling: half a second. A top that lies across its edge is left out."""
STRETCH = 10
"""Steps that are judged together: a second."""
GAP_S = 2.0

FLAT_SHARE, FLAT_COUNT_SHARE = 0.35, 0.12
"""Of the time above the line, and of the tops. Limited speech has 0.1 and 0.05, music limited by
20 dB one of both where its bass is strong; cut by 6 dB speech has 0.5 and 0.4, music 0.15."""
LEAST_A_STRETCH, LEAST = 5, 12

OVER = 1.15
"""1.2 dB over full scale: no file of whole numbers holds it, and players cut it. Between 1.12, at
which a master that was limited by 20 dB and coded with Opus still told, and 1.19, at which 6 dB too
much went untold in 5 of 18 cases."""
LEAST_OVER_A_STRETCH, LEAST_OVER = 3, 6

CEILING = round(0.002 * FRAME)
"""So many samples of a frame reach its ceiling: sound that was cut lies there for longer."""
QUIETEST = 0.01
"""A ceiling below -40 dBFS is not looked for."""
SOFT = 0.6
"""Of the highest ceiling: frames below can't have been cut at the same height."""
LOW_SHARE, LOW_COUNT_SHARE = 0.4, 0.2
LEAST_LOW_A_STRETCH, LEAST_LOW = 8, 20
"""Below full scale. Measured in clips of 20 s: clean and limited speech and music have no such
step; cut by 6 dB, lowered and coded once more they have 20 to 2000 flat tops in them."""
LEVEL_DB, HIGHER_DB = 1.5, 2.5
"""How far ceilings of cut sound stray, and what may lie above them: nothing is louder."""

NO_TOPS = np.zeros((5, STEPS))


@dataclass
class Clipping:
    """Looks at the tops of every half second, against full scale and against its own ceiling."""

    checks: tuple[str, ...] = ("audio.clipping",)
    _start_s: float | None = None
    _frames: Frames = field(default_factory=lambda: Frames(FRAME, FRAME))
    _full: Series = field(default_factory=lambda: Series(5))
    _low: Series = field(default_factory=lambda: Series(5))
    """Of each step: flat tops, all tops, their lengths above the line, tops over full scale."""
    _ceilings: Series = field(default_factory=lambda: Series(1))
    _highest: float = 0.0
    """Ceiling so far."""

    def see(self, seen: SoundBlock) -> None:
        """Count the tops of the frames that this block completes."""
        if self._start_s is None:
            self._start_s = seen.time_s
        frames = self._frames.push(seen.samples)
        for frame in () if frames is None else frames:
            self._count(frame.T.copy())

    def verdict(self) -> Verdict:
        """Report the stretches in which tops are flat, or over full scale."""
        flat, _, _, _, over = self._full.columns()
        if not len(flat):
            return Verdict()
        is_over = self._is_over()
        is_cut = _is_dense(self._full.columns(), FLAT_SHARE, FLAT_COUNT_SHARE, LEAST_A_STRETCH)
        if flat[is_cut].sum() >= LEAST:
            return self._found(is_cut | is_over, np.maximum(flat, over))
        if is_over.any():
            return self._found(is_over, over, "超过满刻度，播放时会被削平")
        is_low = self._is_low()
        return self._found(is_low, self._low.columns()[0]) if is_low.any() else Verdict()

    def _count(self, sides: Array) -> None:
        """Count the tops of a frame (2, FRAME)."""
        if np.array_equal(sides[0], sides[1]):
            sides = sides[:1]
        sizes = np.abs(sides).max(axis=0)
        highest = float(sizes.max())
        if highest < max(QUIETEST, SOFT * self._highest):
            full = low = NO_TOPS
            ceiling = 0.0
        else:
            ceiling = float(np.partition(sizes, -CEILING)[-CEILING])
            full = _counts(sides, 1.0) if highest >= LOWEST_TOP else NO_TOPS
            is_low = SOFT * self._highest <= ceiling < LOWEST_TOP
            low = _counts(sides, ceiling) if is_low else NO_TOPS
        self._highest = max(self._highest, ceiling)
        self._full.add(*full)
        self._low.add(*low)
        self._ceilings.add(np.full(STEPS, ceiling))

    def _is_over(self) -> Array:
        over = self._full.columns()[4]
        is_over = (_around(over) >= LEAST_OVER_A_STRETCH) & (over > 0)
        return is_over & (over[is_over].sum() >= LEAST_OVER)

    def _is_low(self) -> Array:
        """Tell at which steps sound was cut below full scale: always at the same height."""
        level = 2 * decibels(self._ceilings.columns()[0])
        is_dense = _is_dense(self._low.columns(), LOW_SHARE, LOW_COUNT_SHARE, LEAST_LOW_A_STRETCH)
        if not is_dense.any():
            return is_dense
        height = float(np.median(level[is_dense]))
        is_dense &= np.abs(level - height) <= LEVEL_DB
        is_cut = self._low.columns()[0][is_dense].sum() >= LEAST_LOW
        return is_dense & (is_cut and level.max() <= height + HIGHER_DB)

    def _found(self, is_bad: Array, counts: Array, how: str = "被削平") -> Verdict:
        origin = self._start_s or 0.0
        spans = merge_spans([(a * STEP_S, b * STEP_S) for a, b in runs(is_bad)], GAP_S)
        problem = Problem(
            "audio.clipping",
            measured=f"{counts[is_bad].sum():.0f} 个波峰{how}",
            spans=tuple((round(origin + a, 3), round(origin + b, 3)) for a, b in spans),
        )
        return Verdict((problem,))


def _counts(sides: Array, scale: float) -> Array:
    """Return what `_full` and `_low` hold of a frame (sides, FRAME), (5, STEPS).

    `scale` counts as full scale.
    """
    upright = sides / np.float32(scale)
    waves = np.concatenate([upright, -upright])
    waves[:, 0] = 0  # one wave does not go on in the next
    tops = tops_of(waves.ravel())
    if not len(tops.first):
        return NO_TOPS
    step = tops.first % FRAME // STEP
    values = (tops.is_flat, None, tops.is_flat * tops.length, tops.length, tops.height >= OVER)
    return np.stack([np.bincount(step, value, STEPS) for value in values])


def _around(values: Array) -> Array:
    """Return the sum over a stretch around each step."""
    return np.convolve(values, np.ones(STRETCH))[STRETCH // 2 :][: len(values)]


def _is_dense(counted: Array, share: float, count_share: float, least: int) -> Array:
    """Tell at which steps flat tops make up so much of what is around them."""
    flat, tops, flat_length, length = (_around(values) for values in counted[:4])
    is_dense = (flat >= least) & (flat >= count_share * tops) & (flat_length >= share * length)
    return is_dense & (counted[0] > 0)
