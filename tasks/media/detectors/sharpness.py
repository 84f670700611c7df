"""Tell a picture that is out of focus from one that is sharp somewhere.

The steepest step in a stretch of 16 pixels, held against how far that stretch reaches from dark
to bright, gives the width of its edges: a Gaussian blur of s pixels leaves contrast / (2.507 s).
A picture counts as blurred only when even its sharpest stretches are wide: behind a subject in
focus everything may be soft. Stretches without contrast say nothing, so fog, night and plain walls
are not judged.
"""

from dataclasses import dataclass

import numpy as np

from tasks.media.detection import Array, Problem, Still, Verdict
from tasks.media.detectors.stretches import Stretches

CHECK = "video.blur"
STRETCH_PX = 16
CONTRAST = 24
"""Grey levels from dark to bright that an edge needs: noise and JPEG's own steps reach a third."""
LEAST_STRETCHES = 24
LINE_STEP = 6
"""Of as many lines the first two count, as one: that calms noise."""
SHARPEST_PERCENT = 5
SHARP_PX, BLURRED_PX = 0.84, 0.92
"""Edge width (standard deviation, still pixels of 360 lines) of the sharpest stretches. Measured:
36 camera clips 0.4-0.8, 34 photographs 0.4-0.9; blurred by 2 px (6 px at 1080p) 0.92-1.8."""
STEP = float(np.sqrt(2 * np.pi))
MARGIN = 0.14
"""Of each side: black bars, marks and subtitles stand there, sharp in front of any blur."""
STILL_LINES = 360


@dataclass(frozen=True)
class _Look:
    is_blurred: bool | None
    """None: it can't be told."""
    width_px: float


class BlurDetector:
    """Find works that are out of focus for long, from stills.

    `height_px` is the upload's upright height: smaller ones were scaled up to the still's lines.
    """

    checks = (CHECK,)

    def __init__(self, height_px: int = STILL_LINES) -> None:
        self._scale = max(1.0, STILL_LINES / max(1, height_px))
        self._stretches = Stretches()
        self._widths: list[float] = []

    def see(self, still: Still) -> None:
        """Measure the sharpest edges of one still."""
        look = self._look(still.gray)
        self._stretches.add(still.time_s, look.is_blurred)
        if look.is_blurred:
            self._widths.append(look.width_px)

    def verdict(self) -> Verdict:
        """Return where the work is blurred: throughout or in stretches that last."""
        spans = self._stretches.lasting()
        if not spans:
            return Verdict(unsure=() if self._stretches.is_mostly_told else (CHECK,))
        width = float(np.median(self._widths)) / STILL_LINES
        told = f"最清晰处的边缘宽约画面高度的 {2.56 * width:.1%}"
        limit = f"≤ {2.56 * BLURRED_PX / STILL_LINES:.1%}"
        return Verdict((Problem(CHECK, told, limit, spans),))

    def _look(self, gray: Array) -> _Look:
        middle = edge_width_px(_middle(gray))
        if middle is None:
            return _Look(None, 0.0)
        width = middle / self._scale
        if width < SHARP_PX:
            return _Look(False, width)
        return _Look(True if width >= BLURRED_PX else None, width)


def edge_width_px(gray: Array) -> float | None:
    """Return the width of the sharpest edges of a picture in pixels; None without enough edges.

    `gray` is (height, width) uint8. It is the standard deviation of the blur that would make
    such edges of hard ones; the narrower of 5 % of all stretches with contrast.
    """
    widths = np.concatenate([_widths(gray), _widths(gray.T)])
    if len(widths) < LEAST_STRETCHES:
        return None
    return float(np.percentile(widths, SHARPEST_PERCENT))


def _widths(gray: Array) -> Array:
    """Return the edge width of each stretch of a line that has contrast; two lines are one."""
    count = gray.shape[0] // LINE_STEP * LINE_STEP
    length = gray.shape[1] // STRETCH_PX * STRETCH_PX
    if not count or not length:
        return np.empty(0, np.float32)
    used = gray[:count, :length]
    lines = used[0::LINE_STEP].astype(np.int16) + used[1::LINE_STEP]
    pieces = lines.reshape(len(lines), -1, STRETCH_PX)
    contrast = pieces.max(axis=2) - pieces.min(axis=2)
    is_edge = contrast >= 2 * CONTRAST
    chosen, reach = pieces[is_edge], contrast[is_edge]
    steepest = np.abs(np.diff(chosen, axis=1)).max(axis=1, initial=1)
    return (reach / (STEP * steepest)).astype(np.float32)


def _middle(gray: Array) -> Array:
    height, width = gray.shape
    top, left = round(MARGIN * height), round(MARGIN * width)
    return gray[top : height - top, left : width - left]
