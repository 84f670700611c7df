"""Find a camera's picture that stands still: a stuck recording or export, not a slide or a title.

A frozen picture repeats to the last grey level but for what the encoder does to it, while what a
camera sees never does. Slides, screens, titles and photographs repeat as well. So the picture must
have been alive next to the stretch, in the same scene, up to the very moment at which it stops or
from that at which it goes on.
"""

from dataclasses import dataclass

import numpy as np

from models.profile import Limits
from tasks.media.detection import Array, Problem, SmallFrame, Verdict
from tasks.media.detectors.dissolves import Dissolves
from tasks.media.detectors.even_moves import EvenMoves
from tasks.media.detectors.liveliness import (
    BREADTH,
    DRAWN_BREADTH,
    Liveliness,
    breathes,
    lives_in_place,
)
from tasks.media.detectors.motion import Motion, flat_share
from tasks.media.detectors.runs import runs

CHECK = "video.freeze"
STILL = 0.12
"""Mean difference between the frames of a frozen picture, in grey levels. Measured on frozen
stretches encoded anew with x264 and MPEG-4 Part 2 of many qualities: 0.00 to 0.02 in the median,
0.11 in nine frames of ten; live pictures that move have 0.5 to 8."""
EXACT = 0.02
"""The same where nothing is coded any more: nine frames of ten. Live pictures from a tripod stay
below for 0.7 s at most, however coarse their encode is."""
POP, POP_FRAMES, POP_APART_S = 4.5, 2, 0.3
"""A key frame shows the same picture a little differently: once, between still frames. Measured
up to 4 at x264's CRF 38."""
MEDIAN, MOST = 0.04, 0.12
"""What half and nine tenths of the differences in a frozen stretch stay below."""
POPPING_MEDIAN, POPPING_MOST = 0.005, 0.25
"""The same where nothing is coded between key frames that come twice a second (MPEG-4 Part 2)."""
ALIVE_S, LIVE_S, PAUSE_S = 0.8, 3.0, 0.3
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
CUT, CUT_CONTRAST, CUT_FRAMES = 8.0, 1.8, 3
"""A change so large, and so much larger than those of so many frames on both sides, begins another
scene; a fast camera comes up to it step by step."""
DRAWN = 0.6
"""Share of flat pixels from which a picture is drawn: slides, titles and screens at 90 lines have
0.47 to 1, what cameras see 0.02 to 0.5."""
HALF_DRAWN, HALF_DRAWN_MOVED = 0.4, 0.15
"""In between, much of it must have moved."""
SETTLED = 5
"""Frames by which a stretch may begin or end apart from where a dissolve does."""


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
        self._liveliness = Liveliness(rate)
        self._moves = EvenMoves(rate, rest_frames=max(3, self._frames(POP_APART_S)))
        self._dissolves = Dissolves(rate)
        self._still = 0
        self._flat: dict[int, float] = {}

    def see(self, frame: SmallFrame) -> None:
        """Note what moved and, where a stretch begins or ends, what it looks like."""
        change, now = self._motion.change[-1], len(self._motion) - 1
        self._liveliness.see(frame.luma)
        is_still = bool(now) and change <= STILL
        self._moves.see(frame.luma, is_still=is_still)
        self._dissolves.see(frame.luma, is_still=is_still)
        self._still = self._still + 1 if is_still else 0
        if self._still == max(3, self._frames(POP_APART_S)):
            self._flat[now - self._still + 1] = flat_share(frame.luma)

    def verdict(self) -> Verdict:
        """Say where a camera's picture stands still."""
        change = np.asarray(self._motion.change)
        found: list[_Stretch] = []
        is_unsure = False
        for most in (EXACT, STILL):
            for stretch in self._stretches(change, most):
                if any(f.first < stretch.end and stretch.first < f.end for f in found):
                    continue
                told = self._is_frozen(stretch, change, is_exact=most == EXACT)
                if told:
                    found.append(stretch)
                is_unsure = is_unsure or told is None
        return Verdict(
            tuple(self._problem(f) for f in sorted(found, key=lambda f: f.first)),
            (CHECK,) if is_unsure and not found else (),
        )

    def _problem(self, stretch: _Stretch) -> Problem:
        start, end = (stretch.first - 1) / self._rate, stretch.end / self._rate
        return Problem(CHECK, f"{end - start:.1f} 秒", f"{self._limit_s:g} 秒", ((start, end),))

    def _stretches(self, change: Array, most: float) -> list[_Stretch]:
        """Return the stretches longer than the limit in which frames change by up to `most`."""
        still = change <= most
        still[:1] = False
        for first, end in runs(~still & (change <= POP)):
            apart = round(POP_APART_S * self._rate)
            around = (still[max(1, first - apart) : first], still[end : end + apart])
            if end - first <= POP_FRAMES and all(len(s) == apart and s.all() for s in around):
                still[first:end] = True
        rests = [(self._settled_from(first, change), end) for first, end in runs(still)]
        long = [_Stretch(a, b) for a, b in rests if b - a + 1 > self._limit_s * self._rate]
        return [s for s in long if _repeats(change[s.first : s.end])]

    def _settled_from(self, first: int, change: Array) -> int:
        """Return the first frame of a stretch with those in which its picture settled."""
        earliest = max(1, first - self._frames(SETTLING_S))
        live = change[max(1, earliest - self._frames(LIVE_S)) : earliest]
        quiet = SETTLING * float(np.median(live)) if len(live) else 0.0
        while first > earliest and change[first - 1] <= quiet:
            first -= 1
        return first

    def _is_frozen(self, stretch: _Stretch, change: Array, *, is_exact: bool) -> bool | None:
        """Tell whether a stretch is a camera's picture; None: can't tell."""
        seen = [flat for at, flat in self._flat.items() if stretch.first <= at < stretch.end]
        flat = min(seen, default=1.0)
        if is_exact and self._is_lively(stretch, change, flat):
            return True
        if flat >= DRAWN:
            return False
        least_moved = HALF_DRAWN_MOVED if flat >= HALF_DRAWN else LIVE_MOVED
        moved = np.asarray(self._motion.moved)
        reach, frozen = self._frames(LIVE_S), change[stretch.first : stretch.end]
        before = slice(max(1, stretch.first - reach), stretch.first)
        after = slice(stretch.end, stretch.end + reach)
        stops = not self._is_led_in(stretch) and self._is_alive(
            change[before][::-1], moved[before][::-1], frozen, least_moved
        )
        goes_on = not self._is_led_out(stretch) and self._is_alive(
            change[after], moved[after], frozen, least_moved
        )
        return True if stops or goes_on else None

    def _is_lively(self, stretch: _Stretch, change: Array, flat: float) -> bool:
        """Tell whether the same scene is a camera's right before the stretch, or right after it."""
        reach = self._frames(LIVE_S)
        live = change[max(1, stretch.first - reach) : stretch.first][::-1]
        before = self._liveliness.before(stretch.first - 1, stretch.first - _uncut(live))
        live = change[stretch.end : stretch.end + reach]
        after = self._liveliness.after(stretch.end, stretch.end + _uncut(live))
        if self._is_led_in(stretch):
            before = before[:0]
        if self._is_led_out(stretch):
            after = after[:0]
        breadth = DRAWN_BREADTH if flat >= DRAWN else BREADTH
        is_camera = breathes(before, breadth) or breathes(after, breadth)
        return is_camera or lives_in_place(before, after)

    def _is_led_in(self, stretch: _Stretch) -> bool:
        """Tell whether a dissolve, or a photograph that was moved, ends with the stretch."""
        near = range(stretch.first, stretch.first + SETTLED)
        around = range(stretch.first - self._frames(SETTLING_S), stretch.first + SETTLED)
        return any(at in near for at in self._dissolves.stops) or any(
            at in around for at in self._moves.stops
        )

    def _is_led_out(self, stretch: _Stretch) -> bool:
        around = range(stretch.end - SETTLED, stretch.end + self._frames(SETTLING_S))
        is_dissolved = stretch.end in self._dissolves.starts
        return is_dissolved or any(at in around for at in self._moves.starts)

    def _is_alive(self, live: Array, moved: Array, frozen: Array, least_moved: float) -> bool:
        """Tell whether pictures, the one nearest to the stretch first, are alive and belong to it.

        Only those of the same scene count.
        """
        uncut = _uncut(live)
        live, moved = live[:uncut], moved[:uncut]
        if len(live) < self._frames(ALIVE_S):
            return False
        typical = float(np.median(live))
        pause = max((end - first for first, end in runs(live <= STILL)), default=0)
        return (
            typical >= max(LIVE, CONTRAST * float(np.median(frozen)))
            and float(np.median(moved)) >= least_moved
            and float(live[: self._frames(PAUSE_S)].max()) >= LIVELY_END * typical
            and pause <= self._frames(PAUSE_S)
        )

    def _frames(self, seconds: float) -> int:
        return max(1, round(seconds * self._rate))


def _uncut(live: Array) -> int:
    """Return how many changes there are before the one that begins another scene."""
    for at in np.flatnonzero(live > CUT).tolist():
        beside = (*live[max(0, at - CUT_FRAMES) : at], *live[at + 1 : at + 1 + CUT_FRAMES])
        if live[at] > CUT_CONTRAST * max(beside, default=0.0):
            return at
    return len(live)


def _repeats(change: Array) -> bool:
    median, most = np.median(change), np.percentile(change, 90)
    is_popping = median <= POPPING_MEDIAN and most <= POPPING_MOST
    return bool(is_popping or (median <= MEDIAN and most <= MOST))
