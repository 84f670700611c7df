"""Find flashing that endangers photosensitive viewers: ITU-R BT.1702, as EA's IRIS counts it.

A flash is a rise and a fall of a part of the picture. More than three of them in a second over a
quarter of the picture fail; two or three a second fail when they go on.
"""

from array import array

import numpy as np

from tasks.media.detection import Array, Problem, SmallFrame, Verdict
from tasks.media.detectors.runs import in_a_row, runs
from tasks.media.notes import Span, merge_spans

CHECK = "video.flash"
STEP, DARK = 0.1, 0.8
"""A transition changes relative luminance by a tenth or more, its darker end is below 0.8."""
RED_SHARE, RED_STEP = 0.8, 20 / 320
"""Saturated red: R/(R+G+B) of linear light, and what R-G-B must change by (WCAG 2.3.1)."""
RED_CR = 145
"""Chroma without which no red is so saturated and so bright."""
AREA = 0.25
FAILS, GOES_ON = 7, 4
"""Transitions within a second: more than three flashes, or two."""
EXTENDED_S, EXTENDED_WITHIN_S = 4.0, 5.0
"""Two or three flashes a second fail when the seconds that end with them make up 4 s in 5 s."""
WIDE, ONE_WAY, TOGETHER, TOGETHER_FRAMES = 0.8 * AREA, 0.5, 0.7, 3
"""A flash is one for the whole area: this share of the transitions falls into moments, of one frame
or three, in which so much more of the picture goes one way than the other, and so much of all that
turns. Where a camera shakes or moves over stripes, or text scrolls, as many places brighten as
darken, at any moment."""
SOME, OUTSET = 0.02, 0.5
"""Share of the picture whose transition begins or ends a span, and its part of the weakest one that
counts there."""
PAUSE_S, EXTENDED_PAUSE_S = 0.35, 1.0
"""Between two transitions of one row of flashes; a cut that comes later is none of them."""
JOIN_S = 1.0


def _linear() -> Array:
    """Linear light of an 8-bit sRGB value."""
    value = np.arange(256) / 255
    low, high = value / 12.92, ((value + 0.055) / 1.055) ** 2.4
    return np.where(value <= 0.04045, low, high).astype(np.float32)


LINEAR = _linear()
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
GREY_SCALE, GREY_BASE = np.float32(255 / 219 / 4), np.float32(0.5 - 16 * 255 / 219)
CHROMA_SCALE, CHROMA_BASE = np.float32(255 / 224), np.float32(-128 * 255 / 224)
V_RED, V_GREEN = np.float32(1.5748), np.float32(0.4681)
U_GREEN, U_BLUE = np.float32(0.1873), np.float32(1.8556)
"""BT.709, limited range, out of the sum of four pixels' luma."""


class FlashDetector:
    """Sees small frames; `rate` is how many come in a second."""

    checks = (CHECK,)

    def __init__(self, rate: float) -> None:
        self._rate = rate
        window = max(2, round(rate))
        self._luminance = _Counter(window, STEP, DARK)
        self._red = _Counter(window, RED_STEP, np.inf)
        self._since_red = 0

    def see(self, frame: SmallFrame) -> None:
        """Follow the light of each two by two pixels."""
        light = _linear_rgb(frame)
        self._luminance.see(LUMINANCE @ light)
        value = _saturated_red(light) if frame.cr.max() >= RED_CR else None
        self._since_red = self._since_red + 1 if value is None else 0
        if self._since_red > self._rate + 1:
            self._red.rest()
        else:
            self._red.see(np.zeros_like(light[0]) if value is None else value)

    def verdict(self) -> Verdict:
        """Say where it flashes, and how fast."""
        found = [
            (span, most, kind)
            for counter, kind in ((self._luminance, "闪光"), (self._red, "红色闪光"))
            for span, most in counter.failures(self._rate)
        ]
        problems = []
        for start, end in merge_spans([span for span, _, _ in found], JOIN_S):
            within = [f for f in found if start <= f[0][0] and f[0][1] <= end]
            _, most, kind = max(within, key=lambda f: f[1])
            told = f"每秒 {most / 2:g} 次{kind}"
            problems.append(Problem(CHECK, told, "每秒 3 次", ((start, end),)))
        return Verdict(tuple(problems))


class _Counter:
    """Counts in each place of the picture the transitions within the last second."""

    def __init__(self, window: int, step: float, dark: float) -> None:
        self._window, self._step, self._dark = window, step, dark
        self._low: Array = None  # until the first frame
        self._frames = 0
        self._ups, self._downs = array("f"), array("f")
        self._failing, self._going_on = array("f"), array("f")
        self._most = array("B")

    def see(self, value: Array) -> None:
        """Take the next frame's values, float32."""
        value = value.ravel()
        if self._low is None or self._low.shape != value.shape:
            self._low, self._high = value.copy(), value.copy()
            self._direction = np.zeros(value.shape, dtype=np.int8)
            self._recent = [np.zeros(0, dtype=np.intp)] * self._window
            self._count = np.zeros(len(value), dtype=np.uint8)
        np.minimum(self._low, value, out=self._low)
        np.maximum(self._high, value, out=self._high)
        ups = np.flatnonzero(value - self._low >= self._step)
        ups = ups[(self._direction[ups] <= 0) & (self._low[ups] < self._dark)]
        downs = np.flatnonzero(self._high - value >= self._step)
        downs = downs[(self._direction[downs] >= 0) & (value[downs] < self._dark)]
        self._turn(ups, downs, value)

    def rest(self) -> None:
        """Note a frame like all those of the last second: nothing there at all."""
        self._frames += 1
        self._note(0.0, 0.0, 0)

    def _turn(self, ups: Array, downs: Array, value: Array) -> None:
        """Turn back at these places; both extremes start from here, so few are asked for again."""
        for places, direction in ((ups, 1), (downs, -1)):
            self._low[places] = self._high[places] = value[places]
            self._direction[places] = direction
        slot = self._frames % self._window
        self._frames += 1
        turned = np.concatenate((ups, downs))
        self._count[self._recent[slot]] -= 1
        self._count[turned] += 1
        self._recent[slot] = turned
        self._note(len(ups) / len(value), len(downs) / len(value), int(self._count.max()))

    def _note(self, rising: float, falling: float, most: int) -> None:
        self._ups.append(rising)
        self._downs.append(falling)
        self._failing.append(_share(self._count, FAILS) if most >= FAILS else 0.0)
        self._going_on.append(_share(self._count, GOES_ON) if most >= GOES_ON else 0.0)
        self._most.append(most)

    def failures(self, rate: float) -> list[tuple[Span, int]]:
        """Return the spans that fail, each with the most transitions in a second."""
        if not self._frames:
            return []
        ups, downs = np.asarray(self._ups), np.asarray(self._downs)
        turned = ups + downs
        common = np.where(_are_common(ups, downs), turned, 0.0)
        every = _trailing(turned, self._window)
        together = (every > 0) & (_trailing(common, self._window) >= TOGETHER * every)
        fails = (np.asarray(self._failing) >= AREA) & together
        goes_on = (np.asarray(self._going_on) >= AREA) & together
        lasting = round(EXTENDED_WITHIN_S * rate)
        extended = goes_on & (_trailing(goes_on, lasting) >= EXTENDED_S * rate)
        row = (self._window, FAILS, PAUSE_S * rate)
        long_row = (lasting, round(GOES_ON * EXTENDED_S), EXTENDED_PAUSE_S * rate)
        spans = self._spans(fails, row, common, rate)
        return sorted(spans + self._spans(extended, long_row, common, rate))

    def _spans(
        self, flagged: Array, row: tuple[int, int, float], turned: Array, rate: float
    ) -> list[tuple[Span, int]]:
        """Return from the first to the last transition of each run of flagged frames.

        A frame is flagged for a row of transitions: up to how many frames before, how many of
        them at least, and how far apart at most.
        """
        reach, count, pause = row
        spans = []
        for start, end in runs(flagged):
            begun = _counted(turned, max(0, start - reach + 1), start + 1, count)
            over = _counted(turned, max(0, end - reach), end, count)
            begun, over = in_a_row(begun, pause)[-1], in_a_row(over, pause)[0]
            if len(begun) and len(over):
                most = max(self._most[start:end])
                spans.append(((float(begun[0] / rate), float((over[-1] + 1) / rate)), most))
        return spans


def _are_common(ups: Array, downs: Array) -> Array:
    """Tell of each frame whether its transitions are those of much of the picture at once."""
    is_common = np.zeros(len(ups), dtype=bool)
    for frames in (1, TOGETHER_FRAMES):
        near = slice(frames // 2, frames // 2 + len(ups))
        gained = np.abs(np.convolve(ups - downs, np.ones(frames))[near])
        every = np.convolve(ups + downs, np.ones(frames))[near]
        is_common |= (gained >= WIDE) & (gained >= ONE_WAY * every)
    return is_common


def _counted(turned: Array, first: int, end: int, count: int) -> Array:
    """Return the frames in which the transitions stand that were counted."""
    part = turned[first:end]
    least = np.sort(part)[-min(count, len(part))]
    return first + np.flatnonzero(part >= max(SOME, OUTSET * least))


def _linear_rgb(frame: SmallFrame) -> Array:
    """Return linear red, green and blue of each two by two pixels, (3, pixels) float32."""
    height, width = frame.cb.shape
    luma = frame.luma[: 2 * height, : 2 * width]
    rows = np.add(luma[::2], luma[1::2], dtype=np.uint16)
    parts = np.empty((3, height * width), dtype=np.float32)
    parts[:] = ((rows[:, ::2] + rows[:, 1::2]) * GREY_SCALE + GREY_BASE).ravel()
    cb = frame.cb.ravel() * CHROMA_SCALE + CHROMA_BASE
    cr = frame.cr.ravel() * CHROMA_SCALE + CHROMA_BASE
    parts[0] += V_RED * cr
    parts[1] -= U_GREEN * cb
    parts[1] -= V_GREEN * cr
    parts[2] += U_BLUE * cb
    light: Array = LINEAR.take(parts.astype(np.intp), mode="clip")
    return light


def _saturated_red(light: Array) -> Array | None:
    """Return by how much red outweighs green and blue where it is saturated.

    None: nowhere by so much that it could change by a step.
    """
    red, others = light[0], light[1] + light[2]
    above = np.maximum(red - others, 0)
    above *= red * (1 - RED_SHARE) >= RED_SHARE * others
    return above if above.max() >= RED_STEP else None


def _share(count: Array, least: int) -> float:
    return float(np.count_nonzero(count >= least) / count.size)


def _trailing(values: Array, window: int) -> Array:
    """Return the sum of each value and those before it, `window` of them."""
    sums = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
    ends = np.arange(1, len(values) + 1)
    return sums[ends] - sums[np.maximum(ends - window, 0)]
