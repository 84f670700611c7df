"""Find pictures that show nothing: one flat colour, colour bars, a test card.

`video.blank` looks at small frames, a few times a second. Black is another check's, and so is
every picture with writing on it.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from models.profile import Limits
from tasks.media.detection import Array, Problem, SmallFrame, Verdict
from tasks.media.notes import Span

STEP_S = 0.2
"""Spans are told to this; half a second is asked for."""
FLAT_STEPS = 5
"""Grey levels around the middle one; a lens cap's noise stays within (measured: 3)."""
FLAT_SHARE = 0.998
"""Small writing covers more of a picture than the rest of this (measured: a line of ten digits,
a twentieth of the height: 1 %)."""
BLUE_SHARE, BLUE_CB = 0.992, 170
"""A projector's blue is like no wall or card, and says “no signal” in small letters."""
BLACK_LUMA, BLACK_CHROMA = 40, 20
DRIFT_STEPS = 6
"""A fade changes its colour by more than this from first to last."""
LIFT_S = 0.05
"""Looks that follow each other are one span."""
UNBROKEN_STEPS = 5.0
"""Mean difference of luma from a look up to which a frame shows the same; a flashing picture, of
which each look may hit the same phase, is never blank."""
CARD_SHARE, HUE_SHARE = 0.2, 0.008
"""Bars and cards have all six pure colours; each covers a hundredth (Philips PM5544) or more."""
HUE_STEPS = 9
"""How far from a pure colour a pixel may lie, in each plane, after two encodes."""
STILL_STEPS = 1.0
"""Mean difference of luma from look to look: a card stands still (bars: 0; a drawn film or a test
pattern that moves is somebody's picture: ffmpeg's testsrc and testsrc2: 2 and more)."""


class Blank(StrEnum):
    """What a picture without a picture is."""

    FLAT = "单一颜色"
    CARD = "彩条或测试图"


@dataclass
class _Run:
    kind: Blank
    color: Array
    start_s: float
    end_s: float


class BlankDetector:
    """Sees small frames; `limits.blank_s` is the shortest that counts."""

    checks = ("video.blank",)

    def __init__(self, limits: Limits) -> None:
        self._limit_s = limits.blank_s
        self._next_s = -1.0
        self._last_s = self._frame_s = 0.0
        self._runs: list[_Run] = []
        self._before: Array | None = None
        self._is_unbroken = False

    def see(self, seen: SmallFrame) -> None:
        """Take the next frame."""
        self._frame_s = seen.time_s - self._last_s
        self._last_s = seen.time_s
        if seen.time_s < self._next_s:
            if self._is_unbroken and not self._is_like_before(seen.luma, UNBROKEN_STEPS):
                self._is_unbroken = False
                self._runs[-1].end_s = seen.time_s
            return
        self._next_s = seen.time_s + STEP_S - 1e-6
        kind, color = _kind(seen)
        if kind is Blank.CARD and not self._is_like_before(seen.luma, STILL_STEPS):
            kind = None
        self._before = seen.luma[::2, ::2].astype(np.int16)
        if kind:
            self._note(kind, color, seen.time_s)
        self._is_unbroken = kind is not None

    def verdict(self) -> Verdict:
        """Say where the picture is blank."""
        runs = [r for r in self._runs if r.end_s - r.start_s >= self._limit_s - STEP_S / 2]
        problems = [
            Problem(
                "video.blank",
                f"{kind.value} {end_s - start_s:.1f} 秒",
                f"{self._limit_s:g} 秒",
                ((start_s, end_s),),
            )
            for kind in Blank
            for start_s, end_s in _joined(
                [r for r in runs if r.kind is kind], self._last_s + self._frame_s
            )
        ]
        return Verdict(tuple(problems))

    def _note(self, kind: Blank, color: Array, time_s: float) -> None:
        run = self._runs[-1] if self._runs else None
        is_same = (
            run is not None and run.kind is kind and np.abs(run.color - color).max() <= DRIFT_STEPS
        )
        if run and is_same and self._is_unbroken:
            run.end_s = time_s + STEP_S
        else:
            self._runs.append(_Run(kind, color, time_s, time_s + STEP_S))

    def _is_like_before(self, luma: Array, steps: float) -> bool:
        """Tell whether a frame shows what the look before showed; the first one does."""
        if self._before is None:
            return True
        now = luma[::2, ::2]
        return now.shape == self._before.shape and bool(np.abs(now - self._before).mean() < steps)


def _kind(seen: SmallFrame) -> tuple[Blank | None, Array]:
    middles, spread = zip(*(_middle(p) for p in (seen.luma, seen.cb, seen.cr)), strict=True)
    color = np.array(middles, dtype=np.int16)
    is_blue = color[1] >= BLUE_CB and color[0] < color[1]
    if min(spread) >= (BLUE_SHARE if is_blue else FLAT_SHARE):
        is_black = color[0] < BLACK_LUMA and np.abs(color[1:] - 128).max() < BLACK_CHROMA
        return (None if is_black else Blank.FLAT), color
    # A card stands whatever moves on it, so its colour is none.
    return (Blank.CARD if _is_card(seen) else None), np.zeros(3, dtype=np.int16)


def _middle(plane: Array) -> tuple[int, float]:
    """Return the median of a plane, and the share of it that lies within `FLAT_STEPS`."""
    counts = np.bincount(plane.ravel(), minlength=256)
    middle = int(np.searchsorted(np.cumsum(counts), plane.size / 2))
    near = counts[max(0, middle - FLAT_STEPS) : middle + FLAT_STEPS + 1].sum()
    return middle, float(near) / plane.size


def _pure_colors() -> Array:
    """Return the six hues at full and three-quarter strength, coded after BT.709 and BT.601.

    (4, 6, 3) int16: luma, Cb and Cr in limited range.
    """
    hues = np.array([(1, 1, 0), (0, 1, 1), (0, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 1)], float)
    sets = []
    for red, blue in ((0.2126, 0.0722), (0.299, 0.114)):
        for strength in (0.75, 1.0):
            rgb = hues * strength
            luma = rgb @ np.array([red, 1 - red - blue, blue])
            cb = (rgb[:, 2] - luma) / (2 - 2 * blue)
            cr = (rgb[:, 0] - luma) / (2 - 2 * red)
            sets.append(np.stack([16 + 219 * luma, 128 + 224 * cb, 128 + 224 * cr], axis=1))
    return np.round(np.array(sets)).astype(np.int16)


PURE_COLORS = _pure_colors()


def _is_card(seen: SmallFrame) -> bool:
    planes = (seen.luma[::4, ::4], seen.cb[::2, ::2], seen.cr[::2, ::2])
    rows, columns = (min(plane.shape[axis] for plane in planes) for axis in (0, 1))
    pixels = np.stack([p[:rows, :columns].ravel().astype(np.int16) for p in planes])
    apart = np.abs(pixels - PURE_COLORS[..., None]).max(axis=2)
    shares = (apart <= HUE_STEPS).mean(axis=2)
    return bool(((shares.min(axis=1) >= HUE_SHARE) & (shares.sum(axis=1) >= CARD_SHARE)).any())


def _joined(runs: list[_Run], end_s: float) -> list[Span]:
    """Return the runs' spans, as one where only a change of colour stands between two."""
    spans: list[Span] = []
    for run in runs:
        if spans and run.start_s - spans[-1][1] <= LIFT_S:
            spans[-1] = (spans[-1][0], min(run.end_s, end_s))
        else:
            spans.append((run.start_s, min(run.end_s, end_s)))
    return spans
