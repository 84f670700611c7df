"""Find pictures that a hand shakes: the fast part of the camera's way.

`video.shake` looks at small frames. Steps, pans, tilts and zooms are slower; a picture in which
most of what can be followed goes its own way can't be told.
"""

import math
from array import array

import numpy as np

from models.profile import Limits
from tasks.media.detection import Array, Problem, SmallFrame, Verdict
from tasks.media.detectors.global_motion import GlobalMotion
from tasks.media.detectors.runs import in_a_row
from tasks.media.notes import merge_spans

SLOW_HZ, FAST_HZ = 2.3, 3.1
"""Walking swings at 1.6-2.2 Hz; a hand trembles at 3 Hz and more."""
WINDOW_S = 1.0
LEAST_S = 2.0
GAP_S = 1.0
OUTSET = 0.5
"""Shaking begins where a frame is off by this part of the worst second's mean."""
LONGEST_UNKNOWN_S = 0.15
"""A flash or a cut hides the motion of a frame or two."""
ONE_WAY = 0.7
"""A shaken picture turns back all the time; one that is scrolled in steps, or panned while frames
are left out, goes on: this share of its way, or more, is gained."""
JUDDER, SECOND_AXIS = 0.6, 0.25
"""A hand that pans shakes both ways, and by more than the steps of a pan that loses one frame in
five: pixels for each pixel that the pan goes on in a frame (calculated)."""
MOST_REPEATS = 3
"""Frames in a row that repeat one picture of an animation, or of a camera with a low rate: what is
between two pictures is no step."""
KNOWN_SHARE = 0.5
LEAST_RATE_HZ = 9.0


class ShakeDetector:
    """Sees small frames at `rate_hz`; `limits.shake_share` is how far they may shake."""

    checks = ("video.shake",)

    def __init__(self, limits: Limits, rate_hz: float) -> None:
        self._limit = limits.shake_share
        self._rate_hz = rate_hz
        self._motion = GlobalMotion()
        self._times = array("d")
        self._side_px = 0

    def see(self, seen: SmallFrame) -> None:
        """Take the next frame."""
        self._times.append(seen.time_s)
        self._side_px = max(seen.luma.shape)
        self._motion.see(seen.luma)

    def verdict(self) -> Verdict:
        """Say where the picture shakes, and how far."""
        moves = self._motion.moves()
        if len(moves) < LEAST_S * self._rate_hz:
            return Verdict()
        if self._rate_hz < LEAST_RATE_HZ:
            return Verdict(unsure=self.checks)
        means, moments = self._shares(moves)
        spans = self._spans(means, moments)
        if spans:
            worst = max(float(np.nanmax(means[slice(*span)])) for span in spans)
            times = tuple((self._times[a], self._times[b]) for a, b in spans)
            told = f"幅度 {worst:.1%}，共 {sum(b - a for a, b in times):.0f} 秒"
            limit = f"画面长边的 {self._limit:.1%}"
            return Verdict((Problem("video.shake", told, limit, times),))
        is_known = ~np.isnan(moves[:, 0])
        return Verdict(unsure=() if is_known.mean() >= KNOWN_SHARE else self.checks)

    def _shares(self, moves: Array) -> tuple[Array, Array]:
        """Return how far each frame shakes, as shares of the longer side; NaN where unknown.

        The quadratic mean of a second around it, and its own distance from the slow way.
        """
        means, moments = np.full((2, len(moves)), np.nan)
        gaps = _gaps(moves)
        ends = np.flatnonzero(gaps)
        is_known = np.repeat(~np.isnan(moves[ends, 0]), gaps[ends])
        for first, last in _stretches(is_known, round(LONGEST_UNKNOWN_S * self._rate_hz)):
            if last - first < LEAST_S * self._rate_hz:
                continue
            steps = _filled(moves[first:last], gaps[first:last])
            fast = _fast_part(np.cumsum(steps, axis=0), self._rate_hz)
            size = max(1, round(WINDOW_S * self._rate_hz))
            shaken = np.sqrt(_smoothed(fast**2, size))
            gained, gone = _smoothed(steps, size), _smoothed(np.abs(steps), size)
            is_shaken = _is_shaken(shaken, gained, gone, self._limit * self._side_px)
            means[first:last] = np.where(is_shaken, np.hypot(*shaken.T), 0.0) / self._side_px
            moments[first:last] = np.hypot(*fast.T) / self._side_px
        return means, moments

    def _spans(self, means: Array, moments: Array) -> list[tuple[int, int]]:
        """Return first and last frame of what shakes."""
        over = np.flatnonzero(np.nan_to_num(means) > self._limit)
        gap = GAP_S * self._rate_hz
        spans = []
        for first, last in merge_spans([(n, n + 1) for n in over.tolist()], gap):
            part = slice(int(first), int(last))
            # The means reach half a second too far on both sides.
            least = max(self._limit, OUTSET * float(np.nanmax(means[part])))
            moved = np.flatnonzero(np.nan_to_num(moments[part]) >= least)
            if len(moved) and moved[-1] - moved[0] >= LEAST_S * self._rate_hz - 1:
                spans.append((int(first + moved[0]), int(first + moved[-1]) + 1))
        return spans


def _stretches(is_known: Array, longest: int) -> list[tuple[int, int]]:
    """Return first and last of stretches in which no more than `longest` in a row are unknown."""
    stretches = in_a_row(np.flatnonzero(is_known), longest + 1)
    return [(int(known[0]), int(known[-1]) + 1) for known in stretches if len(known)]


def _gaps(moves: Array) -> Array:
    """Return how many frames each step took, counting those that repeat the picture before it.

    Repeats themselves took 0; in a longer rest each frame is a step of its own.
    """
    gaps = np.ones(len(moves), dtype=int)
    moved = np.flatnonzero((moves != 0).any(axis=1))
    for end, gap in zip(moved[1:], np.diff(moved), strict=True):
        if gap <= MOST_REPEATS + 1:
            gaps[end - gap + 1 : end], gaps[end] = 0, gap
    return gaps


def _filled(moves: Array, gaps: Array) -> Array:
    """Put between known steps what lies between them, and share them out among their frames."""
    ends = np.flatnonzero(gaps)
    steps, known = moves[ends], ~np.isnan(moves[ends, 0])
    order = np.arange(len(ends))
    filled = [np.interp(order, order[known], steps[known, axis]) for axis in (0, 1)]
    shared = np.stack(filled, axis=1) / gaps[ends, None]
    return np.repeat(shared, gaps[ends], axis=0)


def _fast_part(way: Array, rate_hz: float) -> Array:
    """Return the part of a way, (frames, 2), that is faster than a step."""
    pad = len(way) - 1
    longer = np.pad(way, ((pad, pad), (0, 0)), mode="reflect", reflect_type="odd")
    spectrum = np.fft.rfft(longer - longer.mean(axis=0), axis=0)
    rates = np.fft.rfftfreq(len(longer), 1 / rate_hz)
    rise = np.clip((rates - SLOW_HZ) / (FAST_HZ - SLOW_HZ), 0, 1)
    kept = np.sin(rise * math.pi / 2) ** 2
    fast = np.fft.irfft(spectrum * kept[:, None], n=len(longer), axis=0)
    return fast[pad : pad + len(way)]


def _is_shaken(shaken: Array, gained: Array, gone: Array, limit_px: float) -> Array:
    """Tell where a fast motion is a hand's; all are (frames, 2), in pixels a frame.

    What a fast pan or scrolling hides along its way, the other axis may show.
    """
    frames = np.arange(len(shaken))
    main = shaken.argmax(axis=1)
    turns_back = np.abs(gained[frames, main]) <= ONE_WAY * gone[frames, main]
    is_both_ways = shaken.min(axis=1) >= SECOND_AXIS * shaken.max(axis=1)
    is_more_than_judder = np.hypot(*shaken.T) >= JUDDER * np.hypot(*gained.T)
    other = np.abs(gained).argmin(axis=1)
    beyond = shaken[frames, other] - JUDDER * np.abs(gained[frames, other])
    return turns_back | (is_both_ways & is_more_than_judder) | (beyond >= limit_px)


def _smoothed(values: Array, size: int) -> Array:
    """Return the mean of `size` values around each along the first axis; fewer at the ends."""
    before, after = (size - 1) // 2, size // 2
    sums = np.cumsum(np.pad(values, ((before + 1, after), (0, 0))), axis=0)
    counts = np.cumsum(np.pad(np.ones(len(values)), (before + 1, after)))
    return (sums[size:] - sums[:-size]) / (counts[size:] - counts[:-size])[:, None]
