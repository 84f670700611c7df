"""Find burned-in subtitles: writing that changes in its place while the picture goes on.

A line that appears stands still from one still to the next, in a band of rows that has writing
before and after it too, and the picture above goes on as it did. Name titles come once; slides
change with their page; a montage of resting shots changes at its cuts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from tasks.media.detection import Array, Problem, Still, Verdict
from tasks.media.detectors.strokes import rise_of_strokes
from tasks.media.detectors.written_lines import (
    LEAST_PIXELS,
    Change,
    are_aligned,
    find_writing,
    is_same_band,
)
from tasks.media.notes import Span, merge_spans

CHECK = "video.burned_subtitles"

LOWER = 0.55
"""Share of the height below which subtitles stand."""
STROKE, WEAK_STROKE = 45, 20
"""Levels: writing must rise by the first, and was not there before if nothing rose by the second.
White letters with an outline rise by 150 and more, in yellow by 120."""
BRIGHT = 130
STANDS = 0.7
"""Share of a line's strokes by which it is there yet; another line has 0.3 of them by chance."""
CUT_FACTOR, CUT_LEVELS = 2.5, 2.0
"""The picture above changes by more than this times its usual change and these levels: a cut, or
the next page."""
LEAST_GOING_ON = 0.35
"""Share of the changes of the writing during which the picture above goes on."""
OFTEN = 0.6
"""Writing most of whose strokes stand in more than this share of the stills is the picture's; those
of a line of 4.5 s in 8 s stand in 0.56."""
LONGEST_S = 10.0
COVERED = 0.35
"""Share of the time from the first line to the last that has writing; name titles leave gaps."""
TURN_S = 1.0
"""A line that follows another this quickly has taken its place."""
SPLIT_S = 15.0
COARSEST_S = 2.5
"""Stills that stand further apart miss lines."""
LEAST_STILLS = 6


@dataclass(frozen=True)
class _Line:
    """A line of writing by the numbers of its first and its last still."""

    first: int
    last: int


class BurnedSubtitles:
    """Sees stills."""

    checks = (CHECK,)

    def __init__(self) -> None:
        self._times: list[float] = []
        self._moved: list[float] = []
        self._above: Array = None
        self._strong: list[Array] = []
        self._weak: list[Array] = []
        self._changes: list[Change] = []
        self._shape = (0, 0)
        self._often: Array = None
        self._first: Array = None

    def see(self, seen: Still) -> None:
        """Compare the writing with that of the two stills before."""
        if self._times and seen.gray.shape != self._shape:
            return
        self._shape = seen.gray.shape
        height = seen.gray.shape[0]
        self._times.append(seen.time_s)
        above = seen.gray[: height // 2 : 4, ::4].astype(np.int16)
        self._moved.append(
            0.0 if self._above is None else float(np.abs(above - self._above).mean())
        )
        self._above = above
        lower = seen.gray[int(height * LOWER) :]
        rise = rise_of_strokes(lower)
        bright = lower > BRIGHT
        strong = (rise > STROKE) & bright
        self._first = strong if self._first is None else self._first
        self._often = strong.astype(np.uint16) if self._often is None else self._often + strong
        self._strong = [*self._strong[-2:], strong]
        self._weak = [*self._weak[-2:], rise > WEAK_STROKE]
        if len(self._strong) == 3:
            self._compare(len(self._times) - 1)

    def _compare(self, number: int) -> None:
        before, between, now = self._strong
        appeared = between & now & ~self._weak[0]
        vanished = before & between & ~self._weak[2]
        for mask, is_onset in ((appeared, True), (vanished, False)):
            if np.count_nonzero(mask) >= LEAST_PIXELS:
                change = find_writing(mask, number - 1, is_onset, self._shape[0])
                if change and not (is_onset and self._still_stands(between)):
                    self._changes.append(change)

    def _still_stands(self, strong: Array) -> bool:
        """Tell whether the line before is there yet: something had passed before a part of it."""
        onsets = (change for change in reversed(self._changes) if change.is_onset)
        before = next(onsets, None)
        if before is None:
            return False
        return self._shows(strong, before)

    def _shows(self, strong: Array, change: Change) -> bool:
        """Tell whether strokes hold those of a line."""
        return bool(strong[change.top : change.bottom][self._strokes(change)].mean() >= STANDS)

    def _strokes(self, change: Change) -> Array:
        return np.unpackbits(change.strokes, axis=1, count=self._shape[1]).astype(bool)

    def verdict(self) -> Verdict:
        """Say when there are subtitles."""
        if len(self._times) < LEAST_STILLS or self._step_s > COARSEST_S:
            return Verdict(unsure=(CHECK,))
        group = self._best_group()
        lines = self._lines(group)
        if not self._are_subtitles(lines, group):
            return Verdict()
        return Verdict((self._problem(lines, group),))

    @property
    def _step_s(self) -> float:
        return median(b - a for a, b in pairwise(self._times))

    def _best_group(self) -> list[Change]:
        """Return the changes in the band that has most of them."""
        changes = [change for change in self._changes if not self._belongs_to_picture(change)]
        groups = [[c for c in changes if is_same_band(c, one)] for one in changes]
        return max(groups, key=len, default=[])

    def _belongs_to_picture(self, change: Change) -> bool:
        """Tell whether the writing is there most of the time, and something passed before it."""
        often = self._often[change.top : change.bottom][self._strokes(change)]
        return bool((often > OFTEN * len(self._times)).mean() > 0.5)

    def _goes_on(self, change: Change) -> bool:
        """Tell whether the picture above did not change with the writing."""
        cut = CUT_FACTOR * median(self._moved[1:]) + CUT_LEVELS
        return self._moved_at(change) <= cut

    def _moved_at(self, change: Change) -> float:
        return self._moved[change.number if change.is_onset else change.number + 1]

    def _lines(self, group: Sequence[Change]) -> list[_Line]:
        """Pair onsets with what ended them; that of the first line may not have been seen."""
        lines: list[_Line] = []
        unopened: Change | None = None
        opened: int | None = None
        for change in sorted(group, key=lambda c: (c.number, c.is_onset)):
            if change.is_onset:
                if opened is not None:
                    lines.append(_Line(opened, change.number - 1))
                opened = change.number
            elif opened is not None:
                lines.append(_Line(opened, change.number))
                opened = None
            elif not lines and unopened is None:
                unopened = change
        if opened is not None:
            lines.append(_Line(opened, len(self._times) - 1))
        if unopened:
            lines.insert(0, _Line(self._likely_onset(unopened, lines), unopened.number))
        return [line for line in lines if self._length_s(line) <= LONGEST_S]

    def _likely_onset(self, end: Change, others: Sequence[_Line]) -> int:
        """Return in which still a line appeared of which only the end was seen.

        It is the first still if the line stands there; or else it stood as long as the others.
        """
        if self._shows(self._first, end):
            return 0
        usual = median(o.last - o.first for o in others) if others else 1
        return max(0, end.number - round(usual))

    def _length_s(self, line: _Line) -> float:
        return self._span(line)[1] - self._span(line)[0]

    def _span(self, line: _Line) -> Span:
        """Return when it stood, to half the distance of two stills."""
        half = self._step_s / 2
        is_first, is_last = line.first == 0, line.last == len(self._times) - 1
        start, end = self._times[line.first], self._times[line.last]
        return (start if is_first else start - half, end + (2 * half if is_last else half))

    def _are_subtitles(self, lines: Sequence[_Line], group: Sequence[Change]) -> bool:
        going_on = sum(self._goes_on(change) for change in group)
        if len(lines) < 2 or going_on < max(2, LEAST_GOING_ON * len(group)):
            return False
        if not are_aligned(group, self._shape[1]):
            return False
        turns = sum(
            self._times[two.first] - self._times[one.last] <= max(TURN_S, self._step_s)
            for one, two in pairwise(lines)
        )
        shown = sum(self._length_s(line) for line in lines)
        whole = self._span(lines[-1])[1] - self._span(lines[0])[0]
        return shown >= COVERED * whole and (len(lines) >= 3 or turns >= 1)

    def _problem(self, lines: Sequence[_Line], group: Sequence[Change]) -> Problem:
        height, width = self._shape
        spans = tuple(merge_spans((self._span(line) for line in lines), SPLIT_S))
        top = int(height * LOWER) + min(c.top for c in group)
        bottom = int(height * LOWER) + max(c.bottom for c in group)
        left, right = min(c.left for c in group), max(c.right for c in group)
        shares = (left / width, top / height, (right - left) / width, (bottom - top) / height)
        box = (round(shares[0], 4), round(shares[1], 4), round(shares[2], 4), round(shares[3], 4))
        each = median(self._length_s(line) for line in lines)
        return Problem(CHECK, f"{len(lines)} 条，每条约 {each:.1f} 秒", spans=spans, box=box)
