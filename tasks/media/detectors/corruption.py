"""Find pictures that a decoder could not put together: grey or green parts, and streaks.

`video.corrupt_frames` looks at small frames. What is missing is filled with the middle of all
planes, which is grey, or with their zero, which is green; what is guessed from neighbours runs down
in streaks. Such parts come and go from one frame to the next in a scene that goes on.
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.profile import Limits
from models.report import Box
from tasks.media.detection import Array, Problem, SmallFrame, Verdict
from tasks.media.notes import Span, merge_spans

GREY_LUMA = (122, 132)
"""126 is RGB 128, 128 the middle of the plane; scaling and an encode move them a little."""
GREY_CHROMA = 3
GREEN_CHROMA, GREEN_CB, GREEN_CR = 112, 0.42, 0.52
"""Green without red or blue, as RGB (0, g, 0) and the zero of all planes are: chroma below 128 by
these shares of luma above 16 or more (BT.601 and BT.709: 0.54-0.74). A screen for keying,
(0, 177, 64), has 0.28."""
DARK_LUMA, DARK_CHROMA = 40, 70
"""No colour is as dark and as green: it is the zero of all planes."""
FLAT_STEPS, EVEN_STEPS = 2, 1.5
"""From pixel to pixel, and as standard deviation of the part; a camera's grey that a fade goes
through has 2 and more."""
JUMP_STEPS = 12
"""A fade moves a pixel by less from frame to frame."""
LEAST_SHARE = 0.05
WHOLE_SHARE, FIRST_SHARE = 0.9, 0.3
"""Of a part that hides the scene; of one that stands at the start, for want of a key frame."""
REST_STEPS = 15.0
"""Mean change of luma beside the part; a cut to another picture changes it by 30 and more."""
KEPT_SHARE, LEFT_SHARE = 0.6, 0.2
EDGE_SHARE = 0.2
"""Lost slices reach an edge of the picture; what pops up in a screen recording stands inside."""
ALIKE_STEPS, ALIKE = 18.0, 0.6
"""Mean difference, or correlation, of coarse luma before and after: the scene has gone on."""
MOST_S = 10.5
"""A key frame mends it, and encoders set one in ten seconds (x264's default) or oftener."""
STREAK_STEPS, STREAK_SHARE = 6, 0.2
"""Columns differ by so much while rows do not, over so much of the picture (measured: up to 0.17
in camera pictures of facades, up to 0.42 in what was guessed)."""
GAP_S = 0.5
BLOCK = 5


@dataclass
class _Part:
    """A part of the picture that turned grey or green."""

    name: str
    where: Array
    before: Array | None
    start_s: float
    end_s: float = 0.0
    is_impossible: bool = False
    """It has a colour that no picture has."""
    goes_on: bool = False
    """The scene before it is there again after it, or went on beside it."""
    is_over: bool = False

    @property
    def share(self) -> float:
        return float(self.where.mean())

    @property
    def reaches_edge(self) -> bool:
        edges = (self.where[0], self.where[-1], self.where[:, 0], self.where[:, -1])
        return max(float(edge.mean()) for edge in edges) >= EDGE_SHARE

    @property
    def box(self) -> Box:
        height, width = self.where.shape
        rows, columns = (np.flatnonzero(self.where.any(axis=axis)) for axis in (1, 0))
        top, left = int(rows[0]), int(columns[0])
        tall, wide = int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left
        return left / width, top / height, wide / width, tall / height


class CorruptionDetector:
    """Sees small frames.

    `has_decode_errors` is asked once, at the verdict: whether the decoder complained. Where it did,
    less evidence is enough. Flat pictures of `limits.blank_s` or more are another check's.
    """

    checks = ("video.corrupt_frames",)

    def __init__(self, limits: Limits, has_decode_errors: Callable[[], bool]) -> None:
        self._blank_s = limits.blank_s
        self._has_decode_errors = has_decode_errors
        self._open: _Part | None = None
        self._parts: list[_Part] = []
        self._before: tuple[Array, Array, Array] | None = None
        self._times, self._streaks = array("d"), array("f")

    def see(self, seen: SmallFrame) -> None:
        """Take the next frame."""
        luma = seen.luma[::2, ::2].astype(np.int16)
        height, width = (min(luma.shape[n], seen.cb.shape[n]) for n in (0, 1))
        now = (
            luma[:height, :width],
            *(p[:height, :width].astype(np.int16) for p in (seen.cb, seen.cr)),
        )
        beside = np.abs(now[0] - seen.luma[::2, 1::2][:height, :width])
        below = np.abs(now[0] - seen.luma[1::2, ::2][:height, :width])
        self._times.append(seen.time_s)
        self._streaks.append(float(((beside >= STREAK_STEPS) & (below <= 1)).mean()))
        masks = _filled(now, (beside <= FLAT_STEPS) & (below <= FLAT_STEPS))
        if self._open and not self._continues(masks[self._open.name]):
            self._close(now[0], seen.time_s, left=float(masks[self._open.name].mean()))
        if self._open is None:
            self._open = self._begun(masks, now, seen.time_s)
        self._before = now

    def verdict(self) -> Verdict:
        """Say where the picture is corrupt."""
        has_errors = self._has_decode_errors()
        if self._open and self._times:
            self._close(None, self._times[-1] + self._frame_s)
        parts = [p for p in self._parts if self._is_told(p, has_errors)]
        spans = [(p.start_s, p.end_s) for p in parts]
        names = [name for name in ("灰色", "绿色") if any(p.name == name for p in parts)]
        streaks = self._streaked() if has_errors else []
        if streaks:
            names.append("条纹")
        merged = merge_spans([*spans, *streaks], GAP_S)
        if not merged:
            return Verdict()
        length = sum(b - a for a, b in merged)
        told = f"{'、'.join(names)}，共 {length:.1f} 秒"
        box = max(parts, key=lambda p: p.share).box if parts else None
        return Verdict((Problem("video.corrupt_frames", told, spans=tuple(merged), box=box),))

    @property
    def _frame_s(self) -> float:
        count = len(self._times)
        return (self._times[-1] - self._times[0]) / (count - 1) if count > 1 else 0.0

    def _continues(self, mask: Array) -> bool:
        part = self._open
        return (
            part is not None
            and mask.shape == part.where.shape
            and bool(
                np.count_nonzero(mask & part.where) >= KEPT_SHARE * np.count_nonzero(part.where)
            )
        )

    def _begun(
        self, masks: dict[str, Array], now: tuple[Array, Array, Array], time_s: float
    ) -> _Part | None:
        for name, mask in masks.items():
            if np.count_nonzero(mask) < LEAST_SHARE * mask.size:
                continue
            if max(float(plane[mask].std()) for plane in now) > EVEN_STEPS:
                continue
            if self._before is None:
                return _Part(name, mask, None, time_s) if mask.mean() >= FIRST_SHARE else None
            if self._before[0].shape != now[0].shape:
                continue
            changes = [np.abs(a - b) for a, b in zip(now, self._before, strict=True)]
            is_new = mask & (np.maximum.reduce(changes) > JUMP_STEPS)
            rest = changes[0][~mask]
            is_dark = bool(now[0][mask].mean() < DARK_LUMA)
            is_scene = is_dark or mask.mean() >= WHOLE_SHARE or rest.mean() <= REST_STEPS
            if np.count_nonzero(is_new) >= LEAST_SHARE * mask.size and is_scene:
                return _Part(name, mask, self._before[0], time_s, is_impossible=is_dark)
        return None

    def _close(self, luma: Array | None, time_s: float, left: float = 0.0) -> None:
        """End the open part; `luma` is what is seen after it, None at the end.

        `left` is the share of the picture that keeps its colour: what hid all and is gone at once
        was no card that is written on.
        """
        part, self._open = self._open, None
        if part is None:
            return
        part.end_s, part.is_over = time_s, luma is not None
        if luma is not None and part.before is not None and luma.shape == part.before.shape:
            if part.share >= WHOLE_SHARE:
                part.goes_on = left <= LEFT_SHARE or _are_alike(part.before, luma)
            else:
                part.goes_on = _are_alike(part.before, luma) or self._goes_on_beside(part, luma)
        self._parts.append(part)

    def _goes_on_beside(self, part: _Part, luma: Array) -> bool:
        return self._before is not None and bool(
            np.abs(luma - self._before[0])[~part.where].mean() <= REST_STEPS
        )

    def _is_told(self, part: _Part, has_errors: bool) -> bool:
        length = part.end_s - part.start_s
        if length > MOST_S or (part.share >= WHOLE_SHARE and length >= self._blank_s):
            return False
        if has_errors:
            return part.is_over or part.before is not None
        return part.is_impossible or (part.goes_on and part.reaches_edge)

    def _streaked(self) -> list[Span]:
        shares = np.asarray(self._streaks)
        frames = np.flatnonzero(shares >= STREAK_SHARE)
        times = np.asarray(self._times)[frames]
        spans = merge_spans([(t, t + self._frame_s) for t in times.tolist()], GAP_S)
        return [span for span in spans if span[1] - span[0] > 2 * self._frame_s]


def _filled(now: tuple[Array, Array, Array], is_flat: Array) -> dict[str, Array]:
    """Return where a picture is flat grey and flat green."""
    luma, cb, cr = now
    low, high = GREY_LUMA
    is_neutral = (np.abs(cb - 128) <= GREY_CHROMA) & (np.abs(cr - 128) <= GREY_CHROMA)
    is_green = (cb < GREEN_CHROMA) & (cr < GREEN_CHROMA) & is_flat
    if is_green.any():
        above = luma - 16
        is_green &= (128 - cb >= GREEN_CB * above) & (128 - cr >= GREEN_CR * above)
        is_green &= (luma >= DARK_LUMA) | ((cb < DARK_CHROMA) & (cr < DARK_CHROMA))
    return {
        "灰色": is_neutral & (luma >= low) & (luma <= high) & is_flat,
        "绿色": is_green,
    }


def _are_alike(before: Array, after: Array) -> bool:
    one, other = _coarse(before), _coarse(after)
    if np.abs(one - other).mean() <= ALIKE_STEPS:
        return True
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return scale > 0 and float((one * other).sum()) / scale >= ALIKE


def _coarse(luma: Array) -> Array:
    rows, columns = (size // BLOCK for size in luma.shape)
    inner = luma[: rows * BLOCK, : columns * BLOCK]
    return inner.reshape(rows, BLOCK, columns, BLOCK).mean(axis=(1, 3))
