"""Tell pictures that were scaled up from a small one, by the trace that interpolation leaves.

Between the pixels of the small picture the large one is smoother than on them, so its second
differences repeat with the scale (Gallagher 2005, "Detection of linear and cubic interpolation").
A soft lens or a blur leaves no such trace, nor does a camera: it has to stand in rows and in
columns. At a scale of two the trace is in third differences instead, at the frequency where
encoders leave theirs too, so it must outdo those. What strong compression wiped out isn't told.
"""

from collections.abc import Sequence

import numpy as np

from tasks.media.detection import Array, Detail, Problem, Verdict
from tasks.media.detectors.pixel_grid import Comb, differences, some_lines

CHECK = "video.upscaled"
LEAST_LINES = 700
"""An upload with fewer lines isn't sold as more."""
KNOWN_LINES = (240, 270, 288, 360, 432, 480, 540, 576)
"""Small pictures as cameras, telephones and programs make them."""
KNOWN_WITHIN = 0.015
MOST_LINES = 650
ORDER, CAP = 2, 40
TRACES = (0.3, 0.49)
"""Cycles a pixel: a scale of s leaves its trace at 1/s, or where that folds to (1 - 1/s)."""
CONTRAST, LEAST_CONTRAST, LEAST_SIZE = 3.7, 1.9, 0.006
"""Of the trace, the geometric mean of rows and columns, and of each. Measured on 20 kinds of
pictures that were not scaled up, sharp, blurred, noisy, compressed: 2.8 at most; scaled up by
1.9 to 3 and encoded well: 3.7 to 17 where there is detail."""
HALF_CONTRAST = 2.4
"""In each half of the details: chance doesn't repeat itself."""
ENCODER_PITCH, ENCODER_BAND = 1 / 16, 0.0055
"""Blocks of 16 pixels, their halves and quarters leave traces at multiples of this."""
DOUBLE_ORDER, DOUBLE_CONTRAST, DOUBLE_SIZE, DOUBLE_EXCESS = 3, 25.0, 0.07, 3.0
"""At a scale of two: measured 0.08 to 0.14 where there is detail, 0.055 at most elsewhere."""
FLAT_SHARE = 0.85
"""Of pixels like their neighbour. Drawings and screens, with 0.9 and more, have patterns of their
own; smooth camera pictures reach 0.75."""
DETAIL_STEPS = 0.6
"""Mean second difference; less of it carries no trace."""


class UpscalingDetector:
    """Find works that were made of a small picture, from details."""

    checks = (CHECK,)

    def __init__(self) -> None:
        self._size = (0, 0)
        self._seconds: list[tuple[Array, Array]] = []
        self._thirds: list[tuple[Array, Array]] = []
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
        self._seconds.append((differences(rows, ORDER, CAP), differences(columns, ORDER, CAP)))
        self._thirds.append(
            (differences(rows, DOUBLE_ORDER, CAP), differences(columns, DOUBLE_ORDER, CAP))
        )

    def verdict(self) -> Verdict:
        """Return whether the details carry the trace of a scale."""
        if not self._size[0]:
            return Verdict()
        if not self._seconds or self._drawn > len(self._seconds):
            return Verdict(unsure=(CHECK,))
        scale = self._scale()
        if scale is not None:
            height, width = self._size
            told = [round(side / scale / 2) * 2 for side in (width, height)]
            measured = f"实际细节约 {told[0]}×{told[1]}，文件为 {width}×{height}"
            return Verdict((Problem(CHECK, measured),))
        steps = np.mean([pair[0].mean() for pair in self._seconds])
        return Verdict(unsure=() if steps >= DETAIL_STEPS else (CHECK,))

    def _scale(self) -> float | None:
        traces = _traces(_combs(self._seconds))
        if not traces:
            return 2.0 if self._is_doubled() else None
        _, pitch = max(traces)
        if len(self._seconds) > 1:
            halves = [_combs(self._seconds[n::2]) for n in (0, 1)]
            if min(_mean_contrast(half, pitch) for half in halves) < HALF_CONTRAST:
                return None
        return _likeliest(pitch, min(self._size))

    def _is_doubled(self) -> bool:
        """Tell a scale of two, for pictures of which a half is still small."""
        if min(self._size) // 2 > MOST_LINES:
            return False
        for comb in _combs(self._thirds):
            size = comb.size(0.5)
            encoders = max(comb.size(1 / 4), comb.size(3 / 8), comb.size(1 / 8))
            if size < max(DOUBLE_SIZE, DOUBLE_EXCESS * encoders):
                return False
            if comb.contrast(0.5) < DOUBLE_CONTRAST:
                return False
        return True


def _combs(profiles: Sequence[tuple[Array, Array]]) -> tuple[Comb, Comb]:
    """Return the spectra along rows and along columns of all details together."""
    across, down = (np.sum([pair[n] for pair in profiles], axis=0) for n in (0, 1))
    return Comb(across), Comb(down)


def _mean_contrast(combs: tuple[Comb, Comb], pitch: float) -> float:
    return float(np.sqrt(combs[0].contrast(pitch) * combs[1].contrast(pitch)))


def _traces(combs: tuple[Comb, Comb]) -> list[tuple[float, float]]:
    """Return contrast and frequency of what stands out in rows and columns alike."""
    found = []
    for pitch in combs[0].frequencies(*TRACES):
        off = abs(pitch / ENCODER_PITCH - round(pitch / ENCODER_PITCH)) * ENCODER_PITCH
        if off < ENCODER_BAND:
            continue
        contrasts = [comb.contrast(pitch) for comb in combs]
        mean = float(np.sqrt(contrasts[0] * contrasts[1]))
        is_large = min(comb.size(pitch) for comb in combs) >= LEAST_SIZE
        if mean >= CONTRAST and min(contrasts) >= LEAST_CONTRAST and is_large:
            found.append((mean, pitch))
    return found


def _likeliest(pitch: float, lines: int) -> float | None:
    """Return the scale that leaves a trace at `pitch`: from a size that is known, if one fits."""
    scales = (1 / pitch, 1 / (1 - pitch))
    for scale in scales:
        if any(abs(lines / scale / known - 1) < KNOWN_WITHIN for known in KNOWN_LINES):
            return scale
    return next((scale for scale in scales if lines / scale <= MOST_LINES), None)
