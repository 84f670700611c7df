"""Find QR codes: laid over the picture, or on a wall in it, telephones read both."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.report import Box
from tasks.media.detection import Array, Detail, Problem, Verdict
from tasks.media.detectors.glances import Glances
from tasks.media.detectors.runs import in_a_row
from tasks.media.notes import Span, merge_spans

CHECK = "video.qr_code"

Code = tuple[str | None, Box]
"""What is written in a code, None where it could not be read, and where it stands."""
Reader = Callable[[Array], Sequence[Code]]
"""Takes the luma of a picture (height, width) uint8."""

SAME_PLACE = 0.5
"""Shared part of the joint area of two boxes."""
LEAST_SEEN = 2
"""Details in which a code must stand at the same place when it can't be read: what OpenCV takes
for one by mistake (windows, letters) does not stay."""
SQUARE = 1.6
"""Sides of a code seen from the front differ by less than this factor."""
LIKE = 0.6
"""Correlation of a code's place in two stills while it stands there: with it 0.8 and more, without
it 0.4 at most, measured on 30 clips."""
LEAST_PX = 4
"""Sides of a place in a small still that can be compared."""
MOST_MISSING = 1
"""Stills in a row before which something passes."""
JOINED_S = 1.5
LONGEST_TEXT = 60


@dataclass(frozen=True)
class _Sighting:
    number: int
    text: str | None
    box: Box


class QrCodes:
    """Sees details; `reader` finds the codes in one (`tasks.adapters.codes.read_codes`).

    `glances` of the same work tell when a code came and went between two details.
    """

    checks = (CHECK,)

    def __init__(self, reader: Reader, glances: Glances) -> None:
        self._reader, self._glances = reader, glances
        self._times: list[float] = []
        self._places: list[list[_Sighting]] = []

    def see(self, seen: Detail) -> None:
        """Read the codes in it."""
        number = len(self._times)
        self._times.append(seen.time_s)
        height, width = seen.luma.shape
        for text, box in self._reader(seen.luma):
            sides = box[2] * width, box[3] * height
            if text is not None or max(sides) <= SQUARE * min(sides):
                self._put(_Sighting(number, text, box))

    def _put(self, sighting: _Sighting) -> None:
        """Add it to what is the same code: by its text, or by its place."""
        for place in self._places:
            texts = {s.text for s in place if s.text is not None}
            if sighting.text is not None and texts:
                is_same = sighting.text in texts
            else:
                is_same = any(_shared(sighting.box, s.box) >= SAME_PLACE for s in place)
            if is_same:
                place.append(sighting)
                return
        self._places.append([sighting])

    def boxes(self) -> list[Box]:
        """Return where there were codes that could be read."""
        return [s.box for place in self._places for s in place if s.text is not None]

    def verdict(self) -> Verdict:
        """Say which codes there are and when."""
        return Verdict(tuple(self._problem(place) for place in self._places if _is_code(place)))

    def _problem(self, place: Sequence[_Sighting]) -> Problem:
        read = next((s for s in place if s.text is not None), None)
        shown = read or place[0]
        text = " ".join((shown.text or "").split())
        if len(text) > LONGEST_TEXT:
            text = text[: LONGEST_TEXT - 1] + "…"
        left, top, width, height = (round(share, 4) for share in shown.box)
        return Problem(
            CHECK,
            f"内容“{text}”" if text else "内容无法识读",
            spans=self._spans(place),
            box=(left, top, width, height),
        )

    def _spans(self, place: Sequence[_Sighting]) -> tuple[Span, ...]:
        """Return when it stands; nothing if that is throughout."""
        followed = [self._followed(sighting) for sighting in place]
        between = [
            (self._times[one.number], self._times[two.number])
            for one, two in pairwise(place)
            if two.number == one.number + 1
        ]
        spans = merge_spans([*followed, *between], JOINED_S)
        if len(spans) == 1 and spans[0] == (self._begins_s, self._ends_s):
            return ()
        return tuple((round(a, 3), round(b, 3)) for a, b in spans)

    @property
    def _begins_s(self) -> float:
        return (self._glances.times or self._times)[0]

    @property
    def _ends_s(self) -> float:
        glances = self._glances
        return glances.times[-1] + glances.step_s if glances.times else self._times[-1]

    def _followed(self, sighting: _Sighting) -> Span:
        """Return how long the code's place stays as it was, to half the distance of two stills."""
        moment, times = self._times[sighting.number], self._glances.times
        if not times:
            return (moment, moment)
        there = list(_alike(self._glances.tiny, sighting.box, _nearest(times, moment)))
        first, last = _run_around(there, _nearest(times, moment))
        return (
            self._begins_s if first == 0 else (times[first - 1] + times[first]) / 2,
            self._ends_s if last == len(times) - 1 else (times[last] + times[last + 1]) / 2,
        )


def _nearest(times: Sequence[float], moment: float) -> int:
    return int(np.argmin(np.abs(np.subtract(times, moment))))


def _alike(stills: Sequence[Array], box: Box, number: int) -> Iterator[bool]:
    """Yield for each still whether its part in `box` looks like that of the code.

    The code is there in still `number`, or in one beside it if it came or went just then: in the
    one with most contrast.
    """
    height, width = stills[0].shape
    rows = slice(int(box[1] * height), max(LEAST_PX, round((box[1] + box[3]) * height)))
    columns = slice(int(box[0] * width), max(LEAST_PX, round((box[0] + box[2]) * width)))
    near = range(max(0, number - 1), min(len(stills), number + 2))
    code = max((_contrasts(stills[n][rows, columns]) for n in near), key=lambda c: c[1])
    for still in stills:
        part = _contrasts(still[rows, columns])
        joint = float((code[0] * part[0]).mean())
        yield joint >= LIKE * code[1] * max(part[1], 1.0)


def _contrasts(part: Array) -> tuple[Array, float]:
    """Return a part less its mean, and its deviation."""
    wide = part.astype(np.float32)
    wide -= wide.mean()
    return wide, float(np.sqrt((wide * wide).mean()))


def _run_around(there: Sequence[bool], number: int) -> tuple[int, int]:
    """Return the first and the last in a row with `number`, short breaks aside."""
    runs = in_a_row(np.flatnonzero(there), MOST_MISSING + 1)
    run = min(runs, key=lambda r: int(np.abs(r - number).min()) if len(r) else len(there))
    return (int(run[0]), int(run[-1])) if len(run) else (number, number)


def _is_code(place: Sequence[_Sighting]) -> bool:
    is_read = any(s.text is not None for s in place)
    return is_read or len({s.number for s in place}) >= LEAST_SEEN


def _shared(one: Box, other: Box) -> float:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    inner = max(0.0, across) * max(0.0, down)
    joint = one[2] * one[3] + other[2] * other[3] - inner
    return inner / joint if joint > 0 else 0.0
