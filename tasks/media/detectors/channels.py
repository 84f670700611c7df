"""Left and right: do they cancel, is one of them missing?"""

from dataclasses import dataclass

import numpy as np

from models.profile import Limits
from tasks.media.detection import Array, Problem, SoundBlock, Verdict
from tasks.media.detectors.levels import STEP_S, LevelTrack, decibels
from tasks.media.detectors.runs import runs
from tasks.media.notes import Span, merge_spans

SOUNDING_DB = -55.0
BELOW_LOUD_DB = 30.0
"""Steps this far below the loud ones are pauses: noise has a side of its own."""
ANTIPHASE = -0.5
"""Half of the sound is lost where both sides play from one box (qc-study A10)."""
MOSTLY, THROUGHOUT = 0.5, 0.9
LEAST_SOUNDING_S = 2.0
SMOOTHED = 11
"""Steps over which correlation is judged for spans: about a second."""
CANCELLED = -0.9
"""Wide music never stays at this; a swapped plug does."""
LEAST_CANCELLED_S = 3.0
LEAST_ONE_SIDED_S = 3.0
"""A voice or a guitar may stand at one side for a moment."""
GAP_S = 1.0


@dataclass
class Channels:
    """Judges the two sides at the end, from what the track has collected."""

    limits: Limits
    track: LevelTrack
    checks: tuple[str, ...] = ("audio.antiphase", "audio.one_sided")

    def see(self, seen: SoundBlock) -> None:
        """Leave it to the track."""

    def verdict(self) -> Verdict:
        """Judge correlation and levels of the sounding steps."""
        left, right, product = self.track.powers
        level = decibels((left + right) / 2)
        if not len(level):
            return Verdict()
        loud = max(float(np.percentile(level, 95)) - BELOW_LOUD_DB, SOUNDING_DB)
        is_sounding = level > loud
        if is_sounding.sum() * STEP_S < LEAST_SOUNDING_S:
            return Verdict()
        apart_db = decibels(left) - decibels(right)
        is_lone = np.abs(apart_db) >= self.limits.one_sided_db
        found = [
            self._antiphase(left, right, product, is_sounding & ~is_lone),
            self._one_sided(apart_db, is_sounding),
        ]
        return Verdict(tuple(p for p in found if p))

    def _antiphase(
        self, left: Array, right: Array, product: Array, is_judged: Array
    ) -> Problem | None:
        if is_judged.sum() * STEP_S < LEAST_SOUNDING_S:
            return None
        kernel = np.ones(SMOOTHED)
        mass = [np.convolve(np.where(is_judged, p, 0), kernel, "same") for p in (left, right)]
        shared = np.convolve(np.where(is_judged, product, 0), kernel, "same")
        scale = np.sqrt(mass[0] * mass[1])
        correlation = np.where(scale > 0, shared / np.maximum(scale, 1e-20), 0.0)
        share = float((correlation[is_judged] < ANTIPHASE).mean())
        is_whole = share > MOSTLY
        limit = ANTIPHASE if is_whole else CANCELLED
        is_cancelled = correlation < limit
        # Smoothing shortens both ends: there each step counts for itself.
        own = product / np.maximum(np.sqrt(left * right), 1e-20)
        is_near = np.convolve(is_cancelled, kernel, "same") > 0
        is_cancelled |= is_near & (own < ANTIPHASE)
        spans = self._spans(is_cancelled & is_judged, is_judged, LEAST_CANCELLED_S)
        if not spans:
            return None
        lowest = float(np.median(correlation[is_judged & (correlation < limit)]))
        return Problem(
            "audio.antiphase",
            measured=f"相关系数 {lowest:.2f}",
            limit=f"{ANTIPHASE:g}",
            spans=() if share >= THROUGHOUT else spans,
        )

    def _one_sided(self, apart_db: Array, is_sounding: Array) -> Problem | None:
        limit = self.limits.one_sided_db
        sides = []
        for name, is_lone in (("左声道", apart_db >= limit), ("右声道", apart_db <= -limit)):
            share = float(is_lone[is_sounding].mean())
            spans = self._spans(is_lone & is_sounding, is_sounding, LEAST_ONE_SIDED_S)
            if spans:
                sides.append((share, name, spans))
        if not sides:
            return None
        share, name, spans = max(sides)
        return Problem(
            "audio.one_sided",
            measured=name,
            limit=f"{limit:g} dB",
            spans=() if share >= THROUGHOUT else spans,
        )

    def _spans(self, is_bad: Array, is_judged: Array, least_s: float) -> tuple[Span, ...]:
        """Return stretches of bad steps; pauses inside them don't end them, good steps do."""
        spans = [
            (first * STEP_S, end * STEP_S)
            for first, end in runs(is_bad | ~is_judged)
            if end > first
        ]
        trimmed = []
        for start, end in spans:
            inside = np.flatnonzero(is_bad[round(start / STEP_S) : round(end / STEP_S)])
            if len(inside) * STEP_S >= least_s:
                first, last = start + inside[0] * STEP_S, start + (inside[-1] + 1) * STEP_S
                trimmed.append((first, last))
        origin = self.track.origin_s
        return tuple(
            (round(float(a + origin), 3), round(float(b + origin), 3))
            for a, b in merge_spans(trimmed, GAP_S)
        )
