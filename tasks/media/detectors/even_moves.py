"""Tell a photograph that is moved or zoomed evenly, and stops, from what a camera sees.

Editing programs move photographs. Then one motion explains all that changes, and it is the same
from step to step; a hand is uneven, and before a tripod people go their own ways.
"""

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from tasks.media.detection import Array

STEP_S, STEPS = 0.2, 5
EXPLAINED = 0.85
"""Share of the changes' power that one motion explains, in the median of the steps. Measured: 0.94
in photographs that ffmpeg's zoompan moves, 0 to 0.65 where people are seen, 0.77 to 0.99 where only
the camera moves."""
UNEVEN, UNEVEN_PX = 0.22, 0.15
"""By how much of itself the motion differs from step to step, and by zoompan's rounding: a cropping
window that follows a sine 0.26, hands 0.5 to 4."""
LEAST_PX = 0.1


class EvenMoves:
    """Sees the luma of small frames, (height, width) uint8, `rate` a second.

    It judges the second before a rest and the second after one, as they pass.
    """

    def __init__(self, rate: float, rest_frames: int) -> None:
        self._step, self._rest_frames = max(1, round(STEP_S * rate)), rest_frames
        self._frames = self._rest = 0
        in_rest = -(-rest_frames // self._step)
        self._kept: deque[tuple[int, Array]] = deque(maxlen=STEPS + 1 + in_rest)
        self._ended: int | None = None
        self.stops: set[int] = set()
        """First frames of rests before which it moved evenly."""
        self.starts: set[int] = set()
        """Frames after the last ones of rests after which it moved evenly."""

    def see(self, luma: Array, *, is_still: bool) -> None:
        """Take the next frame; `is_still`: it repeats the one before."""
        now = self._frames
        self._frames += 1
        if not is_still and self._rest >= self._rest_frames:
            self._ended = now
        self._rest = self._rest + 1 if is_still else 0
        if now % self._step == 0:
            self._kept.append((now, luma.copy()))
        if self._rest == self._rest_frames:
            first = now - self._rest + 1
            before = [kept for at, kept in self._kept if at < first]
            if goes_evenly(before[-STEPS - 1 :]):
                self.stops.add(first)
        if self._ended is not None and now == self._ended + (STEPS + 1) * self._step:
            after = [kept for at, kept in self._kept if at >= self._ended - 1]
            if goes_evenly(after[: STEPS + 1]):
                self.starts.add(self._ended)
            self._ended = None


def goes_evenly(lumas: Sequence[Array]) -> bool:
    """Tell whether pictures at equal distances in time are one that is moved or zoomed evenly."""
    if len(lumas) <= STEPS or len({luma.shape for luma in lumas}) > 1:
        return False
    smooth = [_smoothed(luma.astype(np.float32)) for luma in lumas]
    moves, explained = zip(*(_move(a, b) for a, b in pairwise(smooth)), strict=True)
    usual = np.median(moves, axis=0)
    speed = float(np.linalg.norm(usual))
    if speed < LEAST_PX or np.median(explained) < EXPLAINED:
        return False
    apart = np.linalg.norm(np.array(moves) - usual, axis=1)
    return float(np.median(apart)) <= max(UNEVEN * speed, UNEVEN_PX)


def _move(before: Array, after: Array) -> tuple[Array, float]:
    """Return the motion that explains the difference best, and the share that it explains.

    The motion is (3,): what zooming moves the edges by, then the way across and down, in pixels.
    """
    down, across = np.gradient((before + after) / 2)
    height, width = before.shape
    rows, columns = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
    ways = (across * columns + down * rows * (height / width), across, down)
    parts = np.stack([way.ravel() for way in ways])
    change = (after - before).ravel()
    move = np.linalg.solve(parts @ parts.T + 1e-3 * np.eye(3), parts @ change)
    left = change - move @ parts
    power = float(change @ change)
    return move, 1 - float(left @ left) / power if power > 0 else 0.0


def _smoothed(picture: Array) -> Array:
    """Blur a picture, so that a motion of a pixel changes it in proportion."""
    for _ in range(2):
        for _axis in (0, 1):
            p = picture
            picture = ((p[:-4] + p[4:] + 4 * (p[1:-3] + p[3:-1]) + 6 * p[2:-2]) / 16).T
    return picture
