"""Find QR codes: laid over the picture, or on a wall in it, telephones read both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.report import Box
from tasks.media.detection import Array, Detail, Problem, Verdict
from tasks.media.notes import Span

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
LONGEST_TEXT = 60


@dataclass(frozen=True)
class _Sighting:
    number: int
    text: str | None
    box: Box


class QrCodes:
    """Sees details; `reader` finds the codes in one (`tasks.adapters.codes.read_codes`)."""

    checks = (CHECK,)

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
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
        """Return from when to when it was seen; it may have come up to a detail earlier."""
        numbers = [s.number for s in place]
        first, last = min(numbers), max(numbers)
        if first == 0 and last == len(self._times) - 1:
            return ()
        return ((self._times[first], self._times[last]),)


def _is_code(place: Sequence[_Sighting]) -> bool:
    is_read = any(s.text is not None for s in place)
    return is_read or len({s.number for s in place}) >= LEAST_SEEN


def _shared(one: Box, other: Box) -> float:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    inner = max(0.0, across) * max(0.0, down)
    joint = one[2] * one[3] + other[2] * other[3] - inner
    return inner / joint if joint > 0 else 0.0
