"""Find marks over the picture: 角标, 台标, watermarks, burned-in dates.

They are told by edges that only a computer draws, and by edges that stay while the picture moves.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from models.report import Box
from tasks.media.detection import Array, Problem, Still, Verdict
from tasks.media.detectors.crisp_edges import MeanDetail
from tasks.media.detectors.drawn_marks import find_drawn
from tasks.media.detectors.glances import Glances
from tasks.media.detectors.mark_runs import Mark, taking_turns
from tasks.media.detectors.patches import Patch
from tasks.media.detectors.staying_marks import KEPT_STILLS, StayingMarks
from tasks.media.notes import Span, merge_spans

CHECK = "video.corner_mark"

LEAST_STILLS = 8
PAGE_LEVELS, PAGE_SHARE = 1.0, 0.6
"""Slides: this share of the stills differ from the one before by less than these levels."""
THROUGHOUT = 0.7
"""Share of the stills that have a mark which is on all of the work: title cards have none, and over
a bright picture a white one is lost."""
LEAST_STAY_S = 8.0
"""A mark in one place stays longer than a name title."""
TITLES_BELOW = 0.6
"""Share of the height under which what comes and goes in one place is taken for a name title."""


class CornerMarks:
    """Looks at what `glances` and `details` of the same work keep.

    `codes` tells where QR codes stand, which are no marks.
    """

    checks = (CHECK,)

    def __init__(
        self, glances: Glances, details: MeanDetail, codes: Callable[[], Sequence[Box]]
    ) -> None:
        self._glances, self._details, self._codes = glances, details, codes
        self._shape = (0, 0)

    def see(self, seen: Still) -> None:
        """Leave it to the glances."""

    def verdict(self) -> Verdict:
        """Say which mark stays, or comes and goes, or that it can't be told."""
        stills, times = self._glances.small, self._glances.small_times
        if len(stills) < LEAST_STILLS:
            return Verdict(unsure=(CHECK,))
        stride = -(-len(stills) // KEPT_STILLS)
        kept = stills[::stride]
        self._shape = stills[0].shape
        edges = self._details.crisp_edges(self._shape)
        drawn = find_drawn(edges, stills) if edges else None
        problems = tuple(self._of_drawn(drawn or [], times))
        if problems:
            return Verdict(problems)
        if _are_pages(kept):
            return Verdict(unsure=(CHECK,))
        staying = StayingMarks(kept)
        is_told = drawn is not None
        for marks in staying.throughout():
            patches = [patch for patch in marks.patches if not self._is_code(patch)]
            if patches:
                return Verdict((self._problem(patches),))
            is_told |= marks.is_told
        if not is_told:
            return Verdict(unsure=(CHECK,))
        passing = [mark for mark in staying.passing() if not self._is_code(mark.patch)]
        return Verdict(tuple(self._of_passing(passing, times[::stride])))

    def _of_drawn(self, marks: Sequence[Mark], times: Sequence[float]) -> Iterator[Problem]:
        """Yield the problem of the marks that stay throughout, or of those that don't."""
        marks = [mark for mark in marks if not self._is_code(mark.patch)]
        staying = [mark.patch for mark in marks if mark.there.mean() >= THROUGHOUT]
        if staying:
            yield self._problem(staying)
        else:
            yield from self._of_passing(marks, times)

    def _of_passing(self, passing: Sequence[Mark], times: Sequence[float]) -> Iterator[Problem]:
        """Yield the problem of a mark that moves, or stays for a part of the work."""
        moving = taking_turns(passing)
        if moving:
            spans = merge_spans((s for mark in moving for s in mark.spans(times)), LEAST_STAY_S)
            yield self._problem([m.patch for m in moving], tuple(spans), is_moving=True)
            return
        for mark in passing:
            long = tuple(s for s in mark.spans(times) if s[1] - s[0] >= LEAST_STAY_S)
            if long and mark.patch.top < TITLES_BELOW * self._shape[0]:
                yield self._problem([mark.patch], long)

    def _is_code(self, patch: Patch) -> bool:
        """Tell whether the middle of a patch lies in a QR code, or a code's in the patch."""
        box = _share(patch, self._shape)
        return any(_holds(code, box) or _holds(box, code) for code in self._codes())

    def _problem(
        self, patches: Sequence[Patch], spans: tuple[Span, ...] = (), *, is_moving: bool = False
    ) -> Problem:
        largest = max(patches, key=lambda p: (p.height * p.width, -p.top, -p.left))
        boxes = [_share(patch, self._shape) for patch in patches]
        box = _share(largest, self._shape)
        if is_moving:
            told = "、".join(dict.fromkeys(place_of(b) for b in boxes)) + "交替出现"
        else:
            told = place_of(box) + (f"等 {len(patches)} 处" if len(patches) > 1 else "")
        rounded = tuple((round(a, 3), round(b, 3)) for a, b in spans)
        return Problem(CHECK, told, spans=rounded, box=box)


def _are_pages(stills: Sequence[Array]) -> bool:
    changes = [float(np.abs(np.subtract(a, b, dtype=np.int16)).mean()) for a, b in pairwise(stills)]
    return sum(change < PAGE_LEVELS for change in changes) >= PAGE_SHARE * len(changes)


def _holds(outer: Box, inner: Box) -> bool:
    across, down = inner[0] + inner[2] / 2, inner[1] + inner[3] / 2
    return outer[0] <= across <= outer[0] + outer[2] and outer[1] <= down <= outer[1] + outer[3]


def _share(patch: Patch, shape: tuple[int, ...]) -> Box:
    height, width = shape[0], shape[1]
    left, top = patch.left / width, patch.top / height
    return (
        round(left, 4),
        round(top, 4),
        round(min(1 - left, (patch.width + 2) / width), 4),
        round(min(1 - top, (patch.height + 2) / height), 4),
    )


def place_of(box: Box) -> str:
    """Say in which part of the picture a box stands: 左上角, 右侧, 中央."""
    across, down = box[0] + box[2] / 2, box[1] + box[3] / 2
    side = "左" if across < 0.4 else "右" if across > 0.6 else ""
    level = "上" if down < 0.4 else "下" if down > 0.6 else ""
    if side and level:
        return f"{side}{level}角"
    if side:
        return f"{side}侧"
    return f"{level}方" if level else "中央"
