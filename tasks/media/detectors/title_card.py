"""Find title cards and pages of text that stand for long."""

from dataclasses import dataclass

import numpy as np

from models.profile import Limits
from tasks.media.detection import Array, Problem, Still, Verdict
from tasks.media.detectors.strokes import rise_of_strokes
from tasks.media.notes import Span

CHECK = "video.long_title"

SAME_MEAN = 1.0
"""Levels by which stills of one page differ on average: what a codec changes from one key frame to
the next. The noise of a camera leaves more."""
SAME_LEVELS, SAME_SHARE = 24, 0.002
"""Share of the pixels that may differ by more than these levels."""
FLAT_LEVELS, FLAT_SHARE = 3, 0.55
"""Pages are flat beside their writing: share of the pixels that differ from both neighbours by no
more than these levels."""
STROKE = 40
LEAST_STROKES, MOST_STROKES = 0.002, 0.25
NEAR_WRITING = 0.6
"""Share of the pixels that are not flat which must be strokes or lie beside them; in photographs
about a third do."""
CRISP_SHARE = 0.22
"""Share of the pixels that are not flat which must be steps of `STROKE` levels: on pages it is 0.28
to 0.6, in photographs 0.18 at most, measured on 9 and 108."""
LECTURE_PAGES, LECTURE_SHARE = 3, 0.5
"""A work with so many pages over so much of its length is made of slides."""


@dataclass(frozen=True)
class _Run:
    span: Span
    page: Array


class LongTitles:
    """Sees stills; `limits.long_title_s` is the longest that a page may stand."""

    checks = (CHECK,)

    def __init__(self, limits: Limits) -> None:
        self._limit_s = limits.long_title_s
        self._first: Array = None
        self._first_small: Array = None
        self._first_s = self._last_s = self._step_s = 0.0
        self._begins_s: float | None = None
        self._runs: list[Span] = []

    def see(self, seen: Still) -> None:
        """Tell whether the page still stands."""
        small = seen.gray[::3, ::3].astype(np.int16)
        if self._begins_s is None:
            self._begins_s = seen.time_s
        elif self._is_same(small):
            self._step_s = seen.time_s - self._last_s
            self._last_s = seen.time_s
            return
        else:
            self._step_s = seen.time_s - self._last_s
            self._close(self._last_s + self._step_s / 2)
        is_first = self._first is None
        self._first, self._first_small = seen.gray, small
        self._first_s = seen.time_s if is_first else seen.time_s - self._step_s / 2
        self._last_s = seen.time_s

    def _is_same(self, small: Array) -> bool:
        if small.shape != self._first_small.shape:
            return False
        changed = np.abs(small - self._first_small)
        return bool(
            changed.mean() <= SAME_MEAN
            and np.count_nonzero(changed > SAME_LEVELS) <= SAME_SHARE * changed.size
        )

    def _close(self, end_s: float) -> None:
        if end_s - self._first_s > self._limit_s and is_page_of_text(self._first):
            self._runs.append((self._first_s, end_s))

    def verdict(self) -> Verdict:
        """Say which pages stand too long; a work of slides has none."""
        if self._first is None or self._begins_s is None:
            return Verdict()
        end_s = self._last_s + self._step_s
        self._close(end_s)
        pages = [(round(a, 3), round(b, 3)) for a, b in self._runs]
        covered = sum(b - a for a, b in pages)
        is_lecture = len(pages) >= LECTURE_PAGES and covered >= LECTURE_SHARE * (
            end_s - self._begins_s
        )
        if not pages or is_lecture:
            return Verdict()
        longest = max(b - a for a, b in pages)
        limit = f"{self._limit_s:g} 秒"
        return Verdict((Problem(CHECK, f"{longest:.0f} 秒", limit=limit, spans=tuple(pages)),))


def is_page_of_text(gray: Array) -> bool:
    """Tell a title card or page of text (height, width) uint8 from a photograph."""
    strokes = (rise_of_strokes(gray) > STROKE) | (rise_of_strokes(255 - gray) > STROKE)
    share = float(strokes.mean())
    if not LEAST_STROKES <= share <= MOST_STROKES:
        return False
    wide = gray.astype(np.int16)
    across, down = np.abs(np.diff(wide, axis=1))[:-1], np.abs(np.diff(wide, axis=0))[:, :-1]
    steps = np.maximum(across, down)
    is_flat = steps <= FLAT_LEVELS
    if is_flat.mean() < FLAT_SHARE:
        return False
    near = _spread(strokes, 3)[:-1, :-1]
    uneven = int((~is_flat).sum())
    is_crisp = np.count_nonzero(steps > STROKE) >= CRISP_SHARE * uneven
    return bool(is_crisp and np.count_nonzero(~is_flat & near) >= NEAR_WRITING * uneven)


def _spread(mask: Array, reach: int) -> Array:
    """Widen a mask by `reach` pixels to all sides."""
    spread = mask.copy()
    for _ in range(reach):
        wider = spread.copy()
        wider[1:] |= spread[:-1]
        wider[:-1] |= spread[1:]
        wider[:, 1:] |= spread[:, :-1]
        wider[:, :-1] |= spread[:, 1:]
        spread = wider
    return spread
