"""Find pictures that are far too dark or far too bright for long.

A level alone doesn't tell: slides are white, nights are black. So only what a camera sees counts
(it has soft tones nearly everywhere, drawings have flats and hard edges), dark pictures must have
no lit part, and bright ones no dark one.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.profile import Limits
from tasks.media.detection import Array, Problem, Still, Verdict
from tasks.media.detectors.stretches import Stretches

CHECK = "video.exposure"
LIT_LUMA, LIT_SHARE = 150.0, 0.002
"""A lamp, a screen, a lit face in the dark: night or stage, as meant."""
LAMP_PERCENT, LAMP_LUMA, LAMP_TIMES = 99.97, 90.0, 1.5
"""Small lamps in the dark: a few pixels are so bright, and so many times as far above black as
what one pixel in a hundred exceeds. Measured: 1.7 to 4 at night, 1.0 to 1.2 in dark pictures."""
LOW_KEY = 14.0
"""How many times as far above black the brightest parts are as the median and the upper quarter:
2 to 8 in camera pictures whatever the exposure, 50 where a subject stands before black."""
BLACK_LUMA = 26.0
"""A picture without anything brighter is black, which another check finds."""
CLIPPED_LUMA = 233.0
SHADE_PERCENT, SHADE_LUMA, NO_SHADE_LUMA = 3.0, 60.0, 110.0
"""Bright pictures whose darkest parts are darker than 60 have their full range: high key. Where
they are lighter than 110, no person in them can be seen well."""
BLOCK_PX, KEPT_PX = 8, 4
SOFT_RANGE, TONED_RANGE = (2.0, 60.0), (5.0, 60.0)
"""Grey levels within a block of 8 by 8 still pixels: less is flat (or noise), more is an edge."""
LEAST_SOFT = 0.2
LEAST_TONED, LEAST_TONED_OF_ALL = 0.2, 0.05
LEAST_TONES, PALE_TONES = 24, 14
"""Mean levels that 80 % of the blocks which aren't burnt out share: drawings and white boards have
fewer, noise or not (measured: 18 with strong noise); pale pictures have fewer, being pale."""


@dataclass(frozen=True)
class _Levels:
    """Of one still, limited range."""

    median: float
    darkest: float
    high: float
    """What a quarter of the pixels lie above."""
    brightest: float
    lamps: float
    """What three pixels in ten thousand lie above."""
    bright: float
    """What one in a hundred lies above."""
    lit: float
    clipped: float
    soft: float
    """Share of blocks with soft tones."""
    soft_open: float
    """The same among the blocks that are not burnt out."""
    toned_open: float
    """The same above noise."""
    toned: float
    tones: int
    middle: float
    """Median of the middle third's lower part, where people stand."""


class ExposureDetector:
    """Find under- and over-exposed works, or spans of 5 s and more, in stills."""

    checks = (CHECK,)

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._dark, self._bright = Stretches(), Stretches()
        self._medians: dict[str, list[float]] = {"dark": [], "bright": []}
        self._unclear = 0
        self._count = 0

    def see(self, still: Still) -> None:
        """Judge the levels of one still."""
        levels = _measure(still.gray)
        dark, bright = self._is_dark(levels), self._is_bright(levels)
        self._dark.add(still.time_s, dark)
        self._bright.add(still.time_s, bright)
        self._count += 1
        self._unclear += dark is None or bright is None
        if dark:
            self._medians["dark"].append(levels.median)
        if bright:
            self._medians["bright"].append(levels.median)

    def verdict(self) -> Verdict:
        """Return where the work is too dark or too bright."""
        problems = (
            *self._problem("dark", self._dark),
            *self._problem("bright", self._bright),
        )
        is_unclear = not problems and 2 * self._unclear > self._count
        return Verdict(problems, (CHECK,) if is_unclear else ())

    def _problem(
        self, kind: Literal["dark", "bright"], stretches: Stretches
    ) -> tuple[Problem, ...]:
        spans = stretches.lasting()
        if not spans:
            return ()
        median = float(np.median(self._medians[kind]))
        if kind == "dark":
            told, limit = f"曝光不足，亮度中值 {median:.0f}", f"≥ {self._limits.dark_luma:g}"
        else:
            told, limit = f"曝光过度，亮度中值 {median:.0f}", f"≤ {self._limits.bright_luma:g}"
        return (Problem(CHECK, told, limit, spans),)

    def _is_dark(self, seen: _Levels) -> bool | None:
        if seen.median >= self._limits.dark_luma or seen.brightest < BLACK_LUMA:
            return False
        has_lamps = seen.lamps >= LAMP_LUMA and seen.lamps - 16 >= LAMP_TIMES * (seen.bright - 16)
        if seen.lit >= LIT_SHARE or has_lamps or seen.soft < LEAST_SOFT:
            return None
        usual = max(seen.median, seen.high) - 16
        return True if seen.brightest - 16 <= LOW_KEY * usual else None

    def _is_bright(self, seen: _Levels) -> bool | None:
        limits = self._limits
        if seen.median <= limits.bright_luma and seen.clipped <= limits.clipped_share:
            return False
        is_pale = seen.darkest >= NO_SHADE_LUMA
        toned = seen.soft_open if is_pale else seen.toned_open
        if toned < LEAST_TONED or (seen.toned < LEAST_TONED_OF_ALL and not is_pale):
            return None
        if seen.tones < (PALE_TONES if is_pale else LEAST_TONES) or seen.darkest < SHADE_LUMA:
            return None
        is_lost = is_pale or seen.middle > limits.bright_luma
        return True if is_lost else None


def _measure(gray: Array) -> _Levels:
    few = gray[::KEPT_PX, ::KEPT_PX]
    counts = np.bincount(few.ravel(), minlength=256)
    luma = 16 + np.arange(256) * (219 / 255)
    below = np.cumsum(counts) / few.size
    height, width = few.shape
    middle = few[height // 3 :, width // 3 : width - width // 3]
    ranges, tops, means = _blocks(gray)
    is_soft = (ranges >= SOFT_RANGE[0]) & (ranges <= SOFT_RANGE[1])
    is_toned = (ranges >= TONED_RANGE[0]) & (ranges <= TONED_RANGE[1])
    is_open = tops < (CLIPPED_LUMA - 16) * 255 / 219
    tones = np.sort(np.bincount(means[is_open], minlength=256))[::-1]
    open_count = max(1, int(is_open.sum()))
    return _Levels(
        median=float(luma[np.searchsorted(below, 0.5)]),
        darkest=float(luma[np.searchsorted(below, SHADE_PERCENT / 100)]),
        high=float(luma[min(255, int(np.searchsorted(below, 0.75)))]),
        brightest=float(luma[min(255, int(np.searchsorted(below, 0.999)))]),
        lamps=float(luma[min(255, int(np.searchsorted(below, LAMP_PERCENT / 100)))]),
        bright=float(luma[min(255, int(np.searchsorted(below, 0.99)))]),
        lit=float(counts[luma >= LIT_LUMA].sum() / few.size),
        clipped=float(counts[luma >= CLIPPED_LUMA].sum() / few.size),
        soft=float(is_soft.mean()),
        soft_open=float((is_soft & is_open).sum() / open_count),
        toned_open=float((is_toned & is_open).sum() / open_count),
        toned=float(is_toned.mean()),
        tones=int(np.searchsorted(np.cumsum(tones), 0.8 * tones.sum())) + 1,
        middle=float(16 + np.median(middle) * (219 / 255)),
    )


def _blocks(gray: Array) -> tuple[Array, Array, Array]:
    """Return how far each block reaches, its brightest pixel and its mean, of 8 pixels each."""
    height, width = (size // BLOCK_PX * BLOCK_PX for size in gray.shape)
    used = gray[:height, :width]
    pixels = np.stack(
        [used[row::BLOCK_PX, column::BLOCK_PX] for row in (1, 5) for column in (0, 2, 4, 6)]
    )
    tops = pixels.max(axis=0)
    reach = tops.astype(np.int16) - pixels.min(axis=0)
    means = pixels.sum(axis=0, dtype=np.uint16) // len(pixels)
    return reach, tops, means
