"""Find pictures that show nothing: black, whether it was coded as 16, as 0 or lifted a little.

A night scene, a fade before its end and writing on black show something.
"""

from array import array

import numpy as np

from models.profile import Limits
from models.report import Severity
from tasks.media.detection import Problem, SmallFrame, Verdict
from tasks.media.detectors.runs import runs
from tasks.media.notes import Span

CHECK = "video.black"
BRIGHTEST_LUMA = 38
"""A tenth of the way from black to white, as ffmpeg's blackdetect has it. A line of small white
writing stays above it at 90 lines."""
STRUCTURE = 2.5
"""Standard deviation of luma from which a dark picture shows something; black with the noise of a
covered lens, scaled down, stays below 1."""
COLOR = 10
"""Distance of the mean chroma from neutral: pure blue is as dark as lifted black."""
WHOLE_SHARE = 0.98


class BlackDetector:
    """Sees small frames; `rate` is how many come in a second."""

    checks = (CHECK,)

    def __init__(self, limits: Limits, rate: float) -> None:
        self._limit_s = limits.black_s
        self._rate = rate
        self._is_black, self._is_dark = array("b"), array("b")

    def see(self, frame: SmallFrame) -> None:
        """Note whether the frame is black, or so dark that little can be seen."""
        is_dark = bool(frame.luma.max() <= BRIGHTEST_LUMA) and _is_neutral(frame)
        self._is_dark.append(is_dark)
        self._is_black.append(is_dark and float(frame.luma.std()) <= STRUCTURE)

    def verdict(self) -> Verdict:
        """Say where it is black; a whole work of black blocks."""
        count = len(self._is_black)
        black = sum(self._is_black)
        spans = self._spans(self._is_black)
        limit = f"{self._limit_s:g} 秒"
        if count and black >= WHOLE_SHARE * count:
            told = f"全片 {count / self._rate:.1f} 秒"
            whole: Severity = "block"
            return Verdict((Problem(CHECK, told, limit, ((0.0, count / self._rate),), whole),))
        problems = tuple(Problem(CHECK, f"{b - a:.1f} 秒", limit, ((a, b),)) for a, b in spans)
        is_unsure = not problems and bool(self._spans(self._is_dark))
        return Verdict(problems, (CHECK,) if is_unsure else ())

    def _spans(self, flags: "array[int]") -> list[Span]:
        spans = [(a / self._rate, b / self._rate) for a, b in runs(np.asarray(flags, dtype=bool))]
        return [span for span in spans if span[1] - span[0] > self._limit_s]


def _is_neutral(frame: SmallFrame) -> bool:
    return all(abs(float(plane.mean()) - 128) <= COLOR for plane in (frame.cb, frame.cr))
