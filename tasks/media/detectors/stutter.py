"""Find frames that were dropped: where the picture moves, one repeats the one before.

A picture that was lost leaves a hole: what moves jumps on after the repeated frame. A stream that
shows pictures twice throughout, was made of a lower rate or pans by whole pixels repeats as well,
but goes on as it went before.
"""

from array import array
from dataclasses import dataclass

import numpy as np

from models.profile import Limits
from tasks.media.detection import Array, Problem, SmallFrame, Verdict
from tasks.media.detectors.motion import Motion, flat_share
from tasks.media.notes import Span, merge_spans

CHECK, LOW_RATE = "video.dropped_frames", "video.repeated_frames"
MOVES = 1.0
"""Mean square of the difference between frames, in grey levels, from which a picture moves."""
DIP = 0.15
"""A repeated frame has this share of the energy of the steps beside it at most. Measured on films
and telephones' clips encoded anew with x264 and MPEG-4 Part 2: 0.00 to 0.1 at usual qualities, up
to 0.2 at CRF 30; what moves stays above 0.3."""
AGAIN, FAINT = 0.17, 0.01
"""Mean difference of a repeated frame at most, or else its share of the energy: where a picture
that stands still is grainy, these are 0.2 to 0.5, and 0.01 to 0.1."""
USUAL_STEP = 75
"""Percentile of the energies around that stands for a step amid repeats."""
LONGEST_S = 0.6
"""What stands for longer is a still picture."""
JUMP, NEAR_STEPS, LEAST_JUMPS = 1.25, 3, 4
"""Median of the step after repeated frames over the steps near it, in amplitude; how many steps
that takes, and of how many it is the median. Measured: 1.3 to 4 where frames were lost, 0.9 to 1.1
in rates turned into higher ones, up to 1.23 in pans by whole pixels."""
UNEVEN_JUMP = 1.35
"""The same in a stream with an uneven clock, which repeats frames when it is made even."""
LEAP, LEAST_LEAPING = 1.1, 0.55
"""The same after one picture, and of how many repeated frames that must be so in a window."""
WINDOW_S, STEP_S = 4.0, 1.0
LEAST_MOVING, LEAST_REPEATS, LEAST_TOLD = 0.5, 5, 10
"""Share of a window that must move, repeated frames that it must have, and that a stretch must
have: fewer are over before they annoy."""
DRAWN = 0.45
"""Share of flat pixels from which a picture is drawn: screens move by fits and starts."""
NEAR_S = 1.1
"""Stutter repeats frames again within this time."""
APART_S = 4.0
"""Stretches no farther apart are one: where nothing moves, no repeats are seen."""
NEAR_GAPS = 2.5
"""A stretch begins and ends with repeats no farther apart than so many times the usual gap."""
AROUND_S = 0.7
"""Steps are near within this time: what moves goes faster and slower."""
SLOW_S = 0.5
"""Where the picture turns round it leaps nowhere: up to two such steps to a repeat are gone."""
BESIDE_S = 0.35
"""A stretch reaches half a usual gap past its last repeat, and a quarter before its first, but no
farther than this (and half of it)."""
REGULAR, ABOUT, LOW_RATE_S, SAME = 0.7, 1.6, 3.0, 0.12
"""Share of the frames that are shown about as often as is usual, by what factor that may differ
(animation goes on twos and threes), seconds of motion, and mean difference of repeated frames in
the median: they make a low rate."""


@dataclass(frozen=True)
class _Hold:
    """A picture and its repeats, amid motion."""

    first: int
    frames: int

    @property
    def end(self) -> int:
        """The first frame that shows another picture."""
        return self.first + self.frames


class DroppedFramesDetector:
    """Sees small frames, `rate` a second, after `motion` has.

    `is_even` says that the stream's own frames came as regularly.
    """

    checks = (CHECK, LOW_RATE)

    def __init__(self, limits: Limits, rate: float, motion: Motion, *, is_even: bool) -> None:
        self._limit = limits.repeated_share
        self._rate = rate
        self._is_even = is_even
        self._motion = motion
        self._flat = array("f")
        """A second's first frame's."""

    def see(self, frame: SmallFrame) -> None:
        """Note once a second whether the picture is drawn."""
        if len(self._motion) > len(self._flat) * self._rate:
            self._flat.append(flat_share(frame.luma))

    def verdict(self) -> Verdict:
        """Say where it stutters, or that the rate is low."""
        energy = np.asarray(self._motion.energy)
        if len(energy) < 2 * self._rate:
            return Verdict()
        holds = _holds(energy, round(LONGEST_S * self._rate))
        usual = self._usual(holds)
        problems = []
        if self._is_even and usual > 1 and self._is_low(holds):
            shown = sum(hold.frames for hold in holds) / len(holds)
            problems.append(Problem(LOW_RATE, f"{self._rate / shown:.3g} 帧/秒"))
        limit = f"{self._limit:.0%}"
        for span, share in self._stutters(energy, holds, usual):
            problems.append(Problem(CHECK, f"{share:.0%} 的帧是重复的", limit, (span,)))
        is_unsure = not self._is_even and not problems
        return Verdict(tuple(problems), (CHECK,) if is_unsure else ())

    def _usual(self, holds: list[_Hold]) -> int:
        """Return for how many frames a picture is shown throughout; 1 where that differs."""
        lengths = np.repeat([hold.frames for hold in holds], [hold.frames for hold in holds])
        if len(lengths) < LOW_RATE_S * self._rate:
            return 1
        usual = float(np.median(lengths))
        near = np.count_nonzero((lengths > usual / ABOUT) & (lengths < usual * ABOUT))
        return round(usual) if near >= REGULAR * len(lengths) else 1

    def _is_low(self, holds: list[_Hold]) -> bool:
        """Tell whether pictures that are shown again are so to the last grey level or nearly."""
        again = [frame for hold in holds for frame in range(hold.first + 1, hold.end)]
        return float(np.median(np.asarray(self._motion.change)[again])) <= SAME

    def _stutters(self, energy: Array, holds: list[_Hold], usual: int) -> list[tuple[Span, float]]:
        """Return the spans with too many repeated frames, each with the share of them."""
        leaps = self._leaps(energy, holds, usual)
        moving, repeats, leap = self._marked(energy, holds, usual, leaps)
        window, step = round(WINDOW_S * self._rate), round(STEP_S * self._rate)
        dense = []
        for start in range(0, len(energy), step):
            part = slice(max(0, min(start, len(energy) - window)), start + window)
            moves, again = moving[part].sum(), repeats[part].sum()
            is_enough = moves >= LEAST_MOVING * len(moving[part]) and again >= LEAST_REPEATS
            is_leaping = leap[part].sum() >= LEAST_LEAPING * again
            if is_enough and is_leaping and again > self._limit * moves:
                dense.append(self._tightened(part, leap, repeats))
        found = []
        least = JUMP if self._is_even else UNEVEN_JUMP
        firsts = np.array([hold.first for hold in holds], dtype=int)
        again = np.array([hold.frames - usual for hold in holds], dtype=int)
        for first, end in merge_spans(dense, NEAR_S):
            frames = slice(round(first * self._rate), round(end * self._rate))
            share = self._share((first, end), moving, repeats)
            is_told = repeats[frames].sum() >= LEAST_TOLD and share > self._limit
            inside = (firsts >= frames.start) & (firsts < frames.stop)
            if is_told and _jump(leaps[inside], again[inside]) >= least:
                found.append((first, end))
        return [(span, self._share(span, moving, repeats)) for span in merge_spans(found, APART_S)]

    def _share(self, span: Span, moving: Array, repeats: Array) -> float:
        """Return how many of the frames that move within a span are repeated, 0 to 1."""
        frames = slice(round(span[0] * self._rate), round(span[1] * self._rate))
        return float(repeats[frames].sum()) / max(1.0, float(moving[frames].sum()))

    def _marked(
        self, energy: Array, holds: list[_Hold], usual: int, leaps: Array
    ) -> tuple[Array, Array, Array]:
        """Return which frames move, which of them repeat one more often than usual, and which leap.

        Those are followed by a step that makes up for what was lost.
        """
        moving, repeats, leap = np.zeros((3, len(energy)), dtype=bool)
        change = np.asarray(self._motion.change)
        for hold, (after, median, _) in zip(holds, leaps, strict=True):
            moving[hold.first : hold.end] = True
            if hold.frames >= 2 * usual:
                again = slice(hold.first + usual, hold.end)
                edge = min(energy[hold.first], energy[min(hold.end, len(energy) - 1)])
                repeats[again] = (change[again] <= AGAIN) | (energy[again] <= FAINT * edge)
                leap[again] = repeats[again] & (not after < LEAP * median)
        for at, flat in enumerate(self._flat):
            if flat >= DRAWN:
                second = slice(round(at * self._rate), round((at + 1) * self._rate))
                moving[second] = repeats[second] = leap[second] = False
        return moving, repeats, leap

    def _leaps(self, energy: Array, holds: list[_Hold], usual: int) -> Array:
        """Return the steps after holds and the usual steps near them, in amplitude.

        Of each hold that repeats, a row: the step, the median and the mean of those near; NaN for
        others, and where too few are near.
        """
        leaps = np.full((len(holds), 3), np.nan)
        ends = np.array([hold.end for hold in holds], dtype=int)
        is_plain = np.array([hold.frames for hold in holds], dtype=int) < 2 * usual
        steps = np.sqrt(energy)
        for at in np.flatnonzero(~is_plain):
            near = steps[ends[is_plain & (np.abs(ends - ends[at]) <= AROUND_S * self._rate)]]
            if len(near) >= NEAR_STEPS:
                leaps[at] = steps[ends[at]], np.median(near), near.mean()
        return leaps

    def _tightened(self, part: slice, leap: Array, repeats: Array) -> Span:
        """Return from the first to the last leap that has another one near, or repeats beside it.

        What stutters in bursts does so from before the first to after the last.
        """
        at = part.start + np.flatnonzero(leap[part])
        firsts = at[np.concatenate(([True], np.diff(at) > 1))]
        gaps = np.diff(firsts) if len(firsts) > 1 else np.array([0])
        most = min(NEAR_S * self._rate, NEAR_GAPS * float(np.median(gaps)))
        near = gaps <= most
        dense = firsts
        if len(firsts) > 1 and near.any():
            dense = firsts[np.concatenate((near, [False])) | np.concatenate(([False], near))]
        reach = round(min(most, SLOW_S * self._rate))
        start, last = int(dense[0]), int(dense[-1])
        for _ in range(2):
            start -= int(np.flatnonzero(repeats[max(0, start - reach) : start + 1][::-1])[-1])
            last += int(np.flatnonzero(repeats[last : last + reach + 1])[-1])
        idle = max(0.0, float(np.median(gaps)) - len(at) / len(firsts))
        beside = min(idle / 2, BESIDE_S * self._rate)
        start_s, end_s = max(0.0, start - 1 - beside / 2), min(len(repeats), last + 1 + beside)
        return float(start_s / self._rate), float(end_s / self._rate)


def _jump(leaps: Array, again: Array) -> float:
    """Return how much further things go after repeated frames, `again` many each, than near them.

    The median over repeated frames, in amplitude, or its geometric mean with the mean, which
    counts the leaps of what moves unevenly; 0 where too few can be compared.
    """
    is_told = ~np.isnan(leaps[:, 0])
    after, median, mean = leaps[is_told].T
    ratios = np.repeat(after / median, again[is_told]) if is_told.any() else np.empty(0)
    if len(ratios) < LEAST_JUMPS:
        return 0.0
    usual = float(np.median(ratios))
    return max(usual, float(np.sqrt(usual * after.sum() / mean.sum())))


def _holds(energy: Array, longest: int) -> list[_Hold]:
    """Return the pictures shown amid motion, each with the frames that repeat it."""
    steps = np.flatnonzero(_is_step(energy, max(2, longest)))
    holds = []
    for at, following in zip(steps[:-1].tolist(), steps[1:].tolist(), strict=True):
        edge = float(min(energy[at], energy[following]))
        between = energy[at + 1 : following]
        if edge < MOVES or len(between) > longest:
            continue
        if len(between) == 0 or float(between.max()) <= DIP * edge:
            holds.append(_Hold(at, following - at))
    return holds


def _is_step(energy: Array, reach: int) -> Array:
    """Tell of each frame whether it changes about as much as those `reach` before and after."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(energy, reach), reach)
    usual = np.percentile(windows, USUAL_STEP, axis=1)
    before, after = usual[: len(energy)], usual[reach + 1 : reach + 1 + len(energy)]
    return energy > DIP * np.minimum(before, after)
