"""The door to OpenCV that draws sound: the envelope around a problem that only the ear finds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.errors import OutputRejected
from tasks.media.frames import timecode
from tasks.media.notes import Span

Image = Any  # numpy array (height, width, 3), BGR, uint8
Array = Any

WIDTH, HEIGHT = 640, 180
LEFT, BOTTOM, TOP = 44, 22, 6
"""Room for the scale, the time axis and air."""
FLOOR_DBFS = -60.0
LABELLED_DBFS = (0, -20, -40, -60)
CONTEXT_S, CONTEXT_SHARE = 2.0, 0.5
"""What is shown on either side of the problem: at least this, and half its length."""
MOST_TICKS = 6
TICKS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
BACKGROUND, GRID, TEXT = (32, 28, 26), (72, 66, 62), (210, 205, 200)
WAVE, MARKED_WAVE, MARK, LIMIT = (170, 150, 120), (90, 120, 245), (58, 44, 70), (80, 200, 250)
FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True)
class _Scale:
    """Where moments and levels stand on the picture."""

    start_s: float
    end_s: float

    def x(self, time_s: float) -> int:
        share = (time_s - self.start_s) / (self.end_s - self.start_s)
        return round(LEFT + min(1.0, max(0.0, share)) * (WIDTH - 1 - LEFT))

    def y(self, level_dbfs: float) -> int:
        share = min(1.0, max(0.0, level_dbfs / FLOOR_DBFS))
        return round(TOP + share * (HEIGHT - BOTTOM - TOP))


def write_level_picture(
    low: Array,
    high: Array,
    step_s: float,
    span: Span,
    path: Path,
    *,
    threshold_dbfs: float | None = None,
) -> None:
    """Write a JPEG of the sound's envelope around `span`, which is marked, 640x180.

    `low` and `high` are the lowest and highest sample of each step (count,), full scale is 1;
    steps are `step_s` apart from 0 on. The threshold is drawn as a line.

    Raises:
        OutputRejected: the picture could not be written.
    """
    scale = _shown(span, len(low) * step_s)
    image = np.full((HEIGHT, WIDTH, 3), BACKGROUND, dtype=np.uint8)
    left, right = scale.x(span[0]), max(scale.x(span[0]) + 2, scale.x(span[1]))
    cv2.rectangle(image, (left, TOP), (right, HEIGHT - BOTTOM), MARK, -1)
    _draw_axes(image, scale)
    peaks = np.maximum(np.abs(np.asarray(low)), np.abs(np.asarray(high)))
    _draw_envelope(image, scale, peaks, step_s, (left, right))
    if threshold_dbfs is not None:
        y = scale.y(threshold_dbfs)
        cv2.line(image, (LEFT, y), (WIDTH - 1, y), LIMIT, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), image, [cv2.IMWRITE_JPEG_QUALITY, 85]):
        raise OutputRejected(path.name, ("could not be written",))


def _shown(span: Span, length_s: float) -> _Scale:
    around = max(CONTEXT_S, CONTEXT_SHARE * (span[1] - span[0]))
    start = max(0.0, min(span[0] - around, length_s - 2 * around))
    end = min(max(length_s, span[1], 0.1), span[1] + around)
    return _Scale(start, max(end, start + 0.1))


def _draw_axes(image: Image, scale: _Scale) -> None:
    for level in LABELLED_DBFS:
        y = scale.y(level)
        cv2.line(image, (LEFT, y), (WIDTH - 1, y), GRID, 1)
        text_y = min(y + 4, HEIGHT - BOTTOM)
        cv2.putText(image, f"{level}", (6, max(10, text_y)), FONT, 0.38, TEXT, 1, cv2.LINE_AA)
    length = scale.end_s - scale.start_s
    tick = next((t for t in TICKS_S if length / t <= MOST_TICKS), TICKS_S[-1])
    for number in range(int(-(-scale.start_s // tick)), int(scale.end_s // tick) + 1):
        x = scale.x(number * tick)
        cv2.line(image, (x, HEIGHT - BOTTOM), (x, HEIGHT - BOTTOM + 4), TEXT, 1)
        text = timecode(number * tick)
        (width, _), _ = cv2.getTextSize(text, FONT, 0.36, 1)
        place = min(max(LEFT, x - width // 2), WIDTH - 2 - width)
        cv2.putText(image, text, (place, HEIGHT - 6), FONT, 0.36, TEXT, 1, cv2.LINE_AA)


def _draw_envelope(
    image: Image, scale: _Scale, peaks: Array, step_s: float, marked: tuple[int, int]
) -> None:
    """Draw a bar for every column: the loudest of the steps that fall on it."""
    columns = np.arange(LEFT, WIDTH)
    edges_s = scale.start_s + (np.arange(len(columns) + 1) / len(columns)) * (
        scale.end_s - scale.start_s
    )
    firsts = np.floor(edges_s[:-1] / step_s + 1e-6).astype(int)
    ends = np.maximum(firsts + 1, np.ceil(edges_s[1:] / step_s - 1e-6).astype(int))
    for x, first, end in zip(columns.tolist(), firsts.tolist(), ends.tolist(), strict=True):
        loudest = float(peaks[first:end].max(initial=0.0))
        if loudest <= 10 ** (FLOOR_DBFS / 20):
            continue
        color = MARKED_WAVE if marked[0] <= x <= marked[1] else WAVE
        cv2.line(image, (x, HEIGHT - BOTTOM), (x, scale.y(20 * np.log10(loudest))), color, 1)
