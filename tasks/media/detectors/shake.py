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
from tasks.media.notes import Span, merge_spans

SLOW_HZ, FAST_HZ = 2.3, 3.1
"""Walking swings at 1.6-2.2 Hz; a hand trembles at 3 Hz and more."""
WINDOW_S = 1.0
LEAST_S = 2.0
GAP_S = 1.0
LONGEST_UNKNOWN_S = 0.15
"""A flash or a cut hides the motion of a frame or two."""
JUDDER = 0.6
"""Frames left out of a pan look like shaking of this many pixels for each pixel that it moves in a
frame (calculated: one frame in five)."""
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
        is_known = ~np.isnan(moves[:, 0])
        shares = self.shares(moves)
        spans = self._spans(shares)
        if spans:
            worst = max(float(np.nanmax(shares[self._frames(span)])) for span in spans)
            length = sum(b - a for a, b in spans)
            told = f"幅度 {worst:.1%}，共 {length:.0f} 秒"
            limit = f"画面宽度的 {self._limit:.1%}"
            return Verdict((Problem("video.shake", told, limit, tuple(spans)),))
        return Verdict(unsure=() if is_known.mean() >= KNOWN_SHARE else self.checks)

    def shares(self, moves: Array) -> Array:
        """Return how far each frame shakes, as a share of the longer side; NaN where unknown."""
        shares = np.full(len(moves), np.nan)
        for first, last in _stretches(moves, round(LONGEST_UNKNOWN_S * self._rate_hz)):
            if last - first < LEAST_S * self._rate_hz:
                continue
            steps = _filled(moves[first:last])
            way = np.cumsum(steps, axis=0)
            fast = _fast_part(way, self._rate_hz)
            size = max(1, round(WINDOW_S * self._rate_hz))
            shaken = np.sqrt(_smoothed((fast**2).sum(axis=1), size))
            drift = np.hypot(*(_smoothed(steps[:, n], size) for n in (0, 1)))
            shaken[shaken < JUDDER * drift] = 0.0
            shares[first:last] = shaken / self._side_px
        return shares

    def _spans(self, shares: Array) -> list[Span]:
        frame_s = 1 / self._rate_hz
        # The step n leads from frame n to the next.
        times = [
            self._times[int(n) + 1] for n in np.flatnonzero(np.nan_to_num(shares) > self._limit)
        ]
        merged = merge_spans([(t - frame_s, t) for t in times], GAP_S)
        return [span for span in merged if span[1] - span[0] >= LEAST_S - frame_s]

    def _frames(self, span: Span) -> slice:
        times = np.asarray(self._times)
        first, last = np.searchsorted(times, span)
        return slice(int(first), max(int(first) + 1, int(last)))


def _stretches(moves: Array, longest: int) -> list[tuple[int, int]]:
    """Return first and last of stretches in which no more than `longest` in a row are unknown."""
    known = np.flatnonzero(~np.isnan(moves[:, 0]))
    if not len(known):
        return []
    breaks = np.flatnonzero(np.diff(known) > longest + 1)
    firsts = [known[0], *known[breaks + 1]]
    lasts = [*known[breaks], known[-1]]
    return [(int(a), int(b) + 1) for a, b in zip(firsts, lasts, strict=True)]


def _filled(moves: Array) -> Array:
    """Put between known steps what lies between them."""
    frames = np.arange(len(moves))
    known = ~np.isnan(moves[:, 0])
    return np.stack(
        [np.interp(frames, frames[known], moves[known, axis]) for axis in (0, 1)], axis=1
    )


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


def _smoothed(values: Array, size: int) -> Array:
    """Return the mean of `size` values around each; fewer at the ends."""
    ones = np.ones(size)
    return (
        np.convolve(values, ones, "same")[: len(values)]
        / np.convolve(np.ones(len(values)), ones, "same")[: len(values)]
    )
