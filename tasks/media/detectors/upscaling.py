"""Tell pictures that were scaled up from a small one, by the trace that interpolation leaves.

Between the pixels of the small picture the large one is smoother than on them, so its second
differences repeat with the scale (Gallagher 2005, "Detection of linear and cubic interpolation").
A soft lens or a blur leaves no such trace, nor does a camera: it has to stand in rows and in
columns, at the scale from a size that small pictures have. At a scale of two the trace is in third
differences instead, where encoders and colour filters leave theirs too, so it must be strong.
What strong compression wiped out isn't told.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from tasks.media.detection import Array, Detail, Problem, Verdict
from tasks.media.detectors.pixel_grid import Comb, differences, folded, some_lines

CHECK = "video.upscaled"
LEAST_LINES = 700
"""An upload with fewer lines isn't sold as more."""
KNOWN_LINES = (360, 432, 480, 540, 576)
"""Small pictures as cameras, telephones, discs and programs make them."""
CAP = 40
LOWEST, HIGHEST = 0.12, 0.495
"""Cycles a pixel: a scale of s leaves its trace at 1/s and twice that, folded. What the picture
shows outweighs what is lower."""
CONTRAST, LEAST_CONTRAST, LEAST_SIZE = 2.7, 1.7, 0.002
"""Of the trace, the geometric mean of rows and columns, and of each. Measured on 20 kinds of
pictures that were not scaled up, sharp, blurred, noisy, compressed: 2.0 at most; scaled up from
480 and 576 lines and encoded well: 2.7 to 19 where there is detail."""
HALF_CONTRAST, DOUBTED = 1.7, 2.2
"""In each half of the details: chance doesn't repeat itself. What lies between isn't told."""
ENCODER_PITCH, ENCODER_BAND = 1 / 16, 0.0055
"""Blocks of 16 pixels, their halves and quarters leave traces at multiples of this."""
DOUBLE_CONTRAST, DOUBLE_SIZE = 25.0, 0.035
"""At a scale of two, geometric means: measured 26 to 44 and 0.05 to 0.08; elsewhere 10 and 0.006
at most."""
FLAT_SHARE = 0.85
"""Of pixels like their neighbour. Drawings and screens, with 0.9 and more, have patterns of their
own; smooth camera pictures reach 0.75."""
DETAIL_STEPS = 0.6
"""Mean second difference; less of it carries no trace."""

Pair = tuple[Array, Array]
"""Profiles along rows and along columns."""


class UpscalingDetector:
    """Find works that were made of a small picture, from details."""

    checks = (CHECK,)

    def __init__(self) -> None:
        self._size = (0, 0)
        self._seconds: list[Pair] = []
        self._thirds: list[Pair] = []
        self._drawn = 0

    def see(self, detail: Detail) -> None:
        """Measure one detail."""
        height, width = detail.luma.shape
        if min(height, width) < LEAST_LINES:
            return
        if self._size != (height, width):
            self._size = (height, width)
            self._seconds, self._thirds = [], []
        rows, columns = some_lines(detail.luma)
        if float((rows[:, 1:] == rows[:, :-1]).mean()) > FLAT_SHARE:
            self._drawn += 1
            return
        seconds, thirds = zip(*(differences(lines, CAP) for lines in (rows, columns)), strict=True)
        self._seconds.append(seconds)
        self._thirds.append(thirds)

    def verdict(self) -> Verdict:
        """Return whether the details carry the trace of a scale."""
        if not self._size[0]:
            return Verdict()
        if not self._seconds or self._drawn > len(self._seconds):
            return Verdict(unsure=(CHECK,))
        contrast, lines = self._strongest()
        if contrast >= CONTRAST or self._is_doubled():
            height, width = self._size
            scale = min(self._size) / lines if contrast >= CONTRAST else 2.0
            told = [round(side / scale / 2) * 2 for side in (width, height)]
            measured = f"实际细节约 {told[0]}×{told[1]}，文件为 {width}×{height}"
            return Verdict((Problem(CHECK, measured),))
        steps = float(np.mean([pair[0].mean() for pair in self._seconds]))
        is_unsure = contrast >= DOUBTED or steps < DETAIL_STEPS
        return Verdict(unsure=(CHECK,) if is_unsure else ())

    def _strongest(self) -> tuple[float, int]:
        """Return the contrast of the clearest trace, and how many lines leave it; 0 for none."""
        combs = _combs(self._seconds)
        halves = [_combs(self._seconds[n::2]) for n in (0, 1)] if len(self._seconds) > 1 else []
        best = (0.0, min(self._size))
        for lines, pitch in _candidates(min(self._size)):
            if min(comb.contrast(pitch) for comb in combs) < LEAST_CONTRAST:
                continue
            if min(comb.size(pitch) for comb in combs) < LEAST_SIZE:
                continue
            if all(_contrast(half, pitch) >= HALF_CONTRAST for half in halves):
                best = max(best, (_contrast(combs, pitch), lines))
        return best

    def _is_doubled(self) -> bool:
        """Tell a scale of two, for pictures of which a half is small."""
        if min(self._size) // 2 > max(KNOWN_LINES):
            return False
        rows, columns = _combs(self._thirds)
        size = float(np.sqrt(rows.size(0.5) * columns.size(0.5)))
        return size >= DOUBLE_SIZE and _contrast((rows, columns), 0.5) >= DOUBLE_CONTRAST


def _combs(profiles: Sequence[Pair]) -> tuple[Comb, Comb]:
    """Return the spectra along rows and along columns of all details together."""
    across, down = (np.sum([pair[n] for pair in profiles], axis=0) for n in (0, 1))
    return Comb(across), Comb(down)


def _contrast(combs: tuple[Comb, Comb], pitch: float) -> float:
    return float(np.sqrt(combs[0].contrast(pitch) * combs[1].contrast(pitch)))


def _candidates(large: int) -> Iterator[tuple[int, float]]:
    """Yield small pictures' lines, and the pitches that they may leave."""
    for lines in KNOWN_LINES:
        ratio = lines / large
        for order in (1, 2):
            pitch = folded(order * ratio)
            if _is_telling(pitch):
                yield lines, pitch


def _is_telling(pitch: float) -> bool:
    off = abs(pitch / ENCODER_PITCH - round(pitch / ENCODER_PITCH)) * ENCODER_PITCH
    return LOWEST <= pitch <= HIGHEST and off >= ENCODER_BAND
