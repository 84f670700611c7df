"""Find frames that were dropped: where the picture moves, one repeats the one before.

A stream that shows each picture twice throughout has a low rate and does not stutter.
"""

from array import array
from collections import Counter
from dataclasses import dataclass

import numpy as np

from models.profile import Limits
from tasks.media.detection import Array, Problem, SmallFrame, Verdict
from tasks.media.detectors.motion import Motion, flat_share
from tasks.media.notes import Span, merge_spans

CHECK, LOW_RATE = "video.dropped_frames", "video.repeated_frames"
MOVES = 0.5
"""Mean difference between frames, in grey levels, from which a picture moves: grain on a tripod's
picture makes up to 0.4."""
DIP = 0.15
"""A repeated frame changes by this share of its neighbours' changes at most. Measured on repeated
frames encoded anew with x264: 0.00 to 0.1 grey levels where the neighbours had 1.5 to 8."""
LONGEST_S = 0.6
"""What stands for longer is a still picture."""
WINDOW_S, STEP_S = 4.0, 1.0
LEAST_MOVING, LEAST_REPEATS, LEAST_TOLD = 0.5, 5, 12
"""Share of a window that must move, repeated frames that it must have, and that a stretch must
have: fewer are over before they annoy."""
DRAWN = 0.45
"""Share of flat pixels from which a picture is drawn: screens and slides move by fits and starts."""
NEAR_S = 1.1
"""Stutter repeats frames again within this time."""
REGULAR, ABOUT, LOW_RATE_S = 0.7, 1.6, 3.0
"""Share of the frames that are shown about as often as is usual, by what factor that may differ
(animation goes on twos and threes), and seconds of motion: they make a low rate."""
CUT, CUT_CONTRAST, CUT_NEAR_S = 8.0, 4.0, 0.3


@dataclass(frozen=True)
class _Hold:
    """A picture and its repeats, amid motion."""

    first: int
    frames: int


class DroppedFramesDetector:
    """Sees small frames, `rate` a second; `source_rate` is None where the stream's is variable."""

    checks = (CHECK, LOW_RATE)

    def __init__(self, limits: Limits, rate: float, source_rate: float | None) -> None:
        self._limit = limits.repeated_share
        self._rate = rate
        self._is_even = source_rate is not None
        self._motion = Motion()
        self._flat = array("f")
        """A second's first frame's."""

    def see(self, frame: SmallFrame) -> None:
        """Note how much changed."""
        if not self._is_even:
            return
        if len(self._motion) >= len(self._flat) * self._rate:
            self._flat.append(flat_share(frame.luma))
        self._motion.see(frame.luma)

    def verdict(self) -> Verdict:
        """Say where it stutters, or that the rate is low."""
        if not self._is_even:
            return Verdict(unsure=(CHECK,))
        change = np.asarray(self._motion.change)
        if len(change) < 2 * self._rate:
            return Verdict()
        holds = self._holds(change)
        usual = self._usual(holds)
        problems = []
        if usual > 1:
            shown = sum(hold.frames for hold in holds) / len(holds)
            problems.append(Problem(LOW_RATE, f"{self._rate / shown:.3g} 帧/秒"))
        limit = f"{self._limit:.0%}"
        for (start, end), share in self._stutters(change, holds, usual):
            told = f"{share:.0%} 的帧是重复的"
            problems.append(Problem(CHECK, told, limit, ((start, end),)))
        return Verdict(tuple(problems))

    def _holds(self, change: Array) -> list[_Hold]:
        """Return the pictures shown amid motion, each with the frames that repeat it."""
        holds = []
        longest = round(LONGEST_S * self._rate)
        steps = np.flatnonzero(self._is_step(change))
        for at, following in zip(steps[:-1].tolist(), steps[1:].tolist(), strict=True):
            edge = float(min(change[at], change[following]))
            between = change[at + 1 : following]
            if edge < MOVES or following - at > longest + 1:
                continue
            if len(between) == 0 or float(between.max()) <= DIP * edge:
                holds.append(_Hold(at, following - at))
        return holds

    def _is_step(self, change: Array) -> Array:
        """Tell of each frame whether it changes as much as those around it do, and not far less."""
        reach = max(2, round(LONGEST_S * self._rate))
        padded = np.pad(change, reach)
        before = np.lib.stride_tricks.sliding_window_view(padded[:-1], reach)[: len(change)]
        after = np.lib.stride_tricks.sliding_window_view(padded[reach + 1 :], reach)
        around = np.minimum(before.max(axis=1), after[: len(change)].max(axis=1))
        return change > DIP * around

    def _usual(self, holds: list[_Hold]) -> int:
        """Return for how many frames a picture is shown throughout; 1 where that differs."""
        lengths = np.repeat([hold.frames for hold in holds], [hold.frames for hold in holds])
        if len(lengths) < LOW_RATE_S * self._rate:
            return 1
        usual = float(np.median(lengths))
        near = np.count_nonzero((lengths > usual / ABOUT) & (lengths < usual * ABOUT))
        return round(usual) if near >= REGULAR * len(lengths) else 1

    def _stutters(self, change: Array, holds: list[_Hold], usual: int) -> list[tuple[Span, float]]:
        """Return the spans with too many repeated frames, each with the share of them."""
        moving, repeats = np.zeros(len(change)), np.zeros(len(change))
        for hold in holds:
            moving[hold.first : hold.first + hold.frames] = 1
            if hold.frames >= 2 * usual:
                repeats[hold.first + usual : hold.first + hold.frames] = 1
        for at, flat in enumerate(self._flat):
            if flat >= DRAWN:
                second = slice(round(at * self._rate), round((at + 1) * self._rate))
                moving[second] = repeats[second] = 0
        spans = []
        window = round(WINDOW_S * self._rate)
        for start in range(0, len(change), round(STEP_S * self._rate)):
            part = slice(max(0, min(start, len(change) - window)), start + window)
            moves, again = moving[part].sum(), repeats[part].sum()
            is_enough = moves >= LEAST_MOVING * len(moving[part]) and again >= LEAST_REPEATS
            if is_enough and again > self._limit * moves:
                spans.append(self._tightened(part, repeats))
        found = []
        for first, end in merge_spans([span for span in spans if span], NEAR_S):
            frames = slice(round(first * self._rate), round(end * self._rate))
            again = float(repeats[frames].sum())
            share = again / max(1.0, float(moving[frames].sum()))
            if (
                again >= LEAST_TOLD
                and share > self._limit
                and not self._is_a_shot(frames, change, holds)
            ):
                found.append(((first, end), share))
        return found

    def _tightened(self, part: slice, repeats: Array) -> Span | None:
        """Return from the first to the last repeated frame that has another one near."""
        at = part.start + np.flatnonzero(repeats[part])
        runs = at[np.concatenate(([True], np.diff(at) > 1))]
        near = np.diff(runs) <= NEAR_S * self._rate
        dense = runs[np.concatenate((near, [False])) | np.concatenate(([False], near))]
        if len(dense) == 0:
            dense = runs
        last = dense[-1]
        while last + 1 < len(repeats) and repeats[last + 1]:
            last += 1
        return float((dense[0] - 1) / self._rate), float((last + 1) / self._rate)

    def _is_a_shot(self, frames: slice, change: Array, holds: list[_Hold]) -> bool:
        """Tell whether a stretch is a shot of its own, cut in, that has a lower rate."""
        inside = [h for h in holds if frames.start <= h.first < frames.stop]
        lengths = Counter(hold.frames for hold in inside)
        usual, count = lengths.most_common(1)[0]
        if usual == 1 or count < REGULAR * len(inside):
            return False
        near = round(CUT_NEAR_S * self._rate)
        level = max(CUT, CUT_CONTRAST * float(np.median(change[frames][change[frames] > MOVES])))
        return all(
            at <= near or at >= len(change) - near or (change[at - near : at + near] > level).any()
            for at in (frames.start, frames.stop)
        )
