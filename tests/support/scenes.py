"""Small frames for detectors: a world with edges and texture, and what a camera sees of it."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.media.detection import Detector, Panel, SmallFrame, Verdict

HEIGHT, WIDTH = 90, 160
NEUTRAL = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
BLACK, WHITE = 16, 235
Look = NDArray[Any]


@cache
def world(seed: int = 2) -> Look:
    """Return a picture larger than what is seen of it, in grey levels."""
    rng = np.random.default_rng(seed)
    rough = np.kron(rng.integers(40, 210, (34, 60)), np.ones((10, 10)))
    kernel = np.hanning(7) / np.hanning(7).sum()
    for axis in (0, 1):
        rough = np.apply_along_axis(np.convolve, axis, rough, kernel, "same")
    return rough


def seen(x: float, y: float, seed: int = 2, size: tuple[int, int] = (HEIGHT, WIDTH)) -> Look:
    """Look at the world from (x, y) on, in fractions of a pixel."""
    picture = world(seed)
    left, top = int(np.floor(x)), int(np.floor(y))
    dx, dy = x - left, y - top
    part = picture[top : top + size[0] + 1, left : left + size[1] + 1]
    rows = part[:-1] * (1 - dy) + part[1:] * dy
    return rows[:, :-1] * (1 - dx) + rows[:, 1:] * dx


def coded(look: Look) -> NDArray[np.uint8]:
    """Round grey levels as an encoder in limited range does."""
    return np.clip(np.rint(look), BLACK, WHITE).astype(np.uint8)


def grainy(looks: Iterable[Look], strength: float = 0.7, seed: int = 4) -> Iterator[Look]:
    """Add what a sensor leaves, as far as scaling to 90 lines keeps it."""
    rng = np.random.default_rng(seed)
    for look in looks:
        yield look + rng.normal(0, strength, look.shape)


def verdict_on(
    detector: Detector[SmallFrame],
    looks: Iterable[Look],
    rate: float = 25,
    before: Detector[SmallFrame] | None = None,
) -> Verdict:
    """Show grey pictures, one after the other; `before` stands before it in the panel."""
    panel = Panel([before, detector] if before is not None else [detector])
    for number, look in enumerate(looks):
        panel.see(SmallFrame(number / rate, coded(look), NEUTRAL, NEUTRAL))
    return panel.verdict()
