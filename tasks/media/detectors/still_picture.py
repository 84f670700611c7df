"""Find a camera's picture that stands still: a stuck recording or export, not a slide or a title.

A frozen picture repeats to the last grey level but for what the encoder does to it, while what a
camera sees never does. Slides, screens, titles and photographs repeat as well. So the picture must
have been alive next to the stretch, in the same scene, up to the very moment at which it stops or
from that at which it goes on.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from models.profile import Limits
from tasks.media.detection import Array, Problem, SmallFrame, Verdict
from tasks.media.detectors.motion import Motion, flat_share

CHECK = "video.freeze"
STILL = 0.12
"""Mean difference between the frames of a frozen picture, in grey levels. Measured on frozen
stretches encoded anew with x264 and MPEG-4 Part 2 of many qualities: 0.00 to 0.02 in the median,
0.11 in nine frames of ten; live pictures that move have 0.5 to 8."""
POP, POP_FRAMES, POP_APART_S = 4.5, 2, 0.3
"""A key frame shows the same picture a little differently: once, between still frames. Measured
up to 4 at x264's CRF 38."""
MEDIAN, MOST = 0.03, 0.12
"""What half and nine tenths of the differences in a frozen stretch stay below."""
ALIVE_S, LIVE_S, PAUSE_S = 1.0, 3.0, 0.3
"""Live pictures next to a frozen one: so long at least, looked at for so long; one that repeats
frames for less than this time (a low rate) is alive."""
LIVE, LIVE_MOVED, CONTRAST = 0.25, 0.015, 12.0
"""Of live pictures, in the median: their change, the share of pixels that moved, and how often
they change more than the frozen ones do."""
SETTLING, SETTLING_S = 0.15, 0.6
"""A hasty encoder takes some frames to get a picture right that has stopped: they change by up to
this share of the live ones, and belong to the stretch."""
LIVELY_END = 0.25
"""The last live frames change by this share of the median at least: who comes to rest is slower."""
CUT, CUT_CONTRAST = 8.0, 4.0
"""A change so large, and so much larger than the live ones beside it, begins another scene."""
DRAWN = 0.6
"""Share of flat pixels from which a picture is drawn: slides, titles and screens at 90 lines have
0.47 to 1, what cameras see 0.02 to 0.5."""
HALF_DRAWN, HALF_DRAWN_MOVED = 0.4, 0.15
"""In between, much of it must have moved."""
NEAR, FAR = 2, 5
"""Frames before or after the stretch in which a dissolve is looked for."""
BLEND_LIKENESS, BLEND_BREADTH, BLEND_LEAST = 0.6, 0.75, 1.0
"""Likeness of the differences to the held picture, the share of them that stands in whole tiles,
and their least size: dissolves of half a second and a second have a breadth of 0.82 to 0.98,
moving cameras 0.23 to 0.69."""


@dataclass(frozen=True)
class _Stretch:
    first: int
    """The first frame that repeats the one before."""
    end: int
    """The first frame that doesn't any more."""


class FreezeDetector:
    """Sees small frames, `rate` a second, after `motion` has."""

    checks = (CHECK,)

    def __init__(self, limits: Limits, rate: float, motion: Motion) -> None:
        self._limit_s = limits.freeze_s
        self._rate = rate
        self._motion = motion
        self._latest: deque[Array] = deque(maxlen=FAR + 4)
        self._still = 0
        self._flat: dict[int, float] = {}
        self._blends: set[int] = set()
        self._left: tuple[int, Array] | None = None

    def see(self, frame: SmallFrame) -> None:
        """Note what moved and, where a stretch begins or ends, what it looks like."""
        change, now = self._motion.change[-1], len(self._motion) - 1
        if now and change <= STILL:
            self._still += 1
        else:
            if self._still >= self._rate / 2:
                self._left = (now, self._latest[-1])
            self._still = 0
        self._latest.append(frame.luma.copy())
        if self._still == 3 and len(self._latest) == self._latest.maxlen:
            held = self._latest[-4]
            if _is_blend(held, self._latest[-4 - NEAR], self._latest[-4 - FAR]):
                self._blends.add(now - 2)
        if self._still == max(3, round(self._rate)):
            self._flat[now - self._still + 1] = flat_share(frame.luma)
        if self._left and now == self._left[0] + FAR - 1:
            end, held = self._left
            if _is_blend(held, self._latest[-1 - FAR + NEAR], frame.luma):
                self._blends.add(end)
            self._left = None

    def verdict(self) -> Verdict:
        """Say where a camera's picture stands still."""
        change = np.asarray(self._motion.change)
        problems, is_unsure = [], False
        for stretch in self._stretches(change):
            told = self._is_frozen(stretch, change)
            if told:
                start, end = (stretch.first - 1) / self._rate, stretch.end / self._rate
                limit = f"{self._limit_s:g} 秒"
                problems.append(Problem(CHECK, f"{end - start:.1f} 秒", limit, ((start, end),)))
            is_unsure = is_unsure or told is None
        return Verdict(tuple(problems), (CHECK,) if is_unsure and not problems else ())

    def _stretches(self, change: Array) -> list[_Stretch]:
        """Return the stretches longer than the limit in which hardly anything changes."""
        still = change <= STILL
        still[:1] = False
        for first, end in _runs(~still & (change <= POP)):
            apart = round(POP_APART_S * self._rate)
            around = (still[max(1, first - apart) : first], still[end : end + apart])
            if end - first <= POP_FRAMES and all(len(s) == apart and s.all() for s in around):
                still[first:end] = True
        runs = [(self._settled_from(first, change), end) for first, end in _runs(still)]
        long = [_Stretch(a, b) for a, b in runs if b - a + 1 > self._limit_s * self._rate]
        return [s for s in long if _repeats(change[s.first : s.end])]

    def _settled_from(self, first: int, change: Array) -> int:
        """Return the first frame of a stretch with those in which its picture settled."""
        earliest = max(1, first - self._frames(SETTLING_S))
        live = change[max(1, earliest - self._frames(LIVE_S)) : earliest]
        quiet = SETTLING * float(np.median(live)) if len(live) else 0.0
        while first > earliest and change[first - 1] <= quiet:
            first -= 1
        return first

    def _is_frozen(self, stretch: _Stretch, change: Array) -> bool | None:
        """Tell whether a stretch is a camera's picture; None: can't tell."""
        seen = [flat for at, flat in self._flat.items() if stretch.first <= at < stretch.end]
        flat = min(seen, default=1.0)
        if flat >= DRAWN:
            return False
        least_moved = HALF_DRAWN_MOVED if flat >= HALF_DRAWN else LIVE_MOVED
        moved = np.asarray(self._motion.moved)
        reach, frozen = self._frames(LIVE_S), change[stretch.first : stretch.end]
        before = slice(max(1, stretch.first - reach), stretch.first)
        after = slice(stretch.end, stretch.end + reach)
        is_led_in = any(stretch.first <= at < stretch.first + FAR for at in self._blends)
        stops = not is_led_in and self._is_alive(
            change[before][::-1], moved[before][::-1], frozen, least_moved
        )
        goes_on = stretch.end not in self._blends and self._is_alive(
            change[after], moved[after], frozen, least_moved
        )
        return True if stops or goes_on else None

    def _is_alive(self, live: Array, moved: Array, frozen: Array, least_moved: float) -> bool:
        """Tell whether pictures, the one nearest to the stretch first, are alive and belong to it.

        Only those of the same scene count.
        """
        typical = float(np.median(live)) if len(live) else 0.0
        cuts = np.flatnonzero(live > max(CUT, CUT_CONTRAST * typical))
        if len(cuts):
            live, moved = live[: cuts[0]], moved[: cuts[0]]
        if len(live) < self._frames(ALIVE_S):
            return False
        typical = float(np.median(live))
        pause = max((end - first for first, end in _runs(live <= STILL)), default=0)
        return (
            typical >= max(LIVE, CONTRAST * float(np.median(frozen)))
            and float(np.median(moved)) >= least_moved
            and float(live[: self._frames(PAUSE_S)].max()) >= LIVELY_END * typical
            and pause <= self._frames(PAUSE_S)
        )

    def _frames(self, seconds: float) -> int:
        return max(1, round(seconds * self._rate))


def _repeats(change: Array) -> bool:
    return bool(np.median(change) <= MEDIAN and np.percentile(change, 90) <= MOST)


def _runs(flags: Array) -> list[tuple[int, int]]:
    """Return first index and end of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _is_blend(held: Array, near: Array, far: Array) -> bool:
    """Tell whether another picture dissolves into the held one, or out of it.

    Then each pixel goes straight from the one to the other, in broad areas alike.
    """
    if held.shape != near.shape or held.shape != far.shape:
        return False
    close, wide = (_broad(np.subtract(other, held, dtype=np.int16)) for other in (near, far))
    if wide[1] < BLEND_LEAST or wide[0].std() == 0 or close[0].std() == 0:
        return False
    breadth = float(np.abs(wide[0]).mean()) / wide[1]
    likeness = float(np.corrcoef(close[0].ravel(), wide[0].ravel())[0, 1])
    return likeness >= BLEND_LIKENESS and breadth >= BLEND_BREADTH


def _broad(step: Array) -> tuple[Array, float]:
    """Return the mean of each ten by ten pixels, and the mean size of all."""
    height, width = (side // 10 * 10 for side in step.shape)
    tiles = step[:height, :width].reshape(height // 10, 10, width // 10, 10).mean(axis=(1, 3))
    return tiles, float(np.abs(step).mean())
