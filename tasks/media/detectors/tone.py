"""Test tones and beeps, and the hum of the mains."""

from dataclasses import dataclass, field

import numpy as np

from tasks.media.detection import SOUND_RATE_HZ, Array, Problem, SoundBlock, Verdict
from tasks.media.detectors.levels import Frames, Series, decibels
from tasks.media.detectors.runs import runs
from tasks.media.notes import Span, merge_spans

WINDOW_S, HOP_S = 0.2, 0.1
WINDOW, HOP = round(WINDOW_S * SOUND_RATE_HZ), round(HOP_S * SOUND_RATE_HZ)
HELD = 9
"""Windows that a tone must fill: a second."""
LOWEST_HZ, HIGHEST_HZ = 230.0, 12_000.0
"""Below are bass notes and the mains, above whistles of screens that few hear."""
BIN_HZ = 1 / WINDOW_S
LINE_BINS = 2
"""A line's main lobe on either side (Hann)."""
AROUND_BINS = 8
STEADY_DB, STRAYING_DB = 1.0, 6.0
"""How much the level of a generated tone moves in most of a second, and what speech may add to it;
notes decay more."""
MOST = (20, 80)
"""Of 100 windows of that second: those between are most of it."""
STEADY_HZ = 1.0
PURE_DB = 26.0
"""How far every other steady line lies below; a note has overtones, a chord has neighbours."""
SHARE = 0.1
"""Of all sound: a tone that speech drowns disturbs nobody."""
QUIETEST_DB = -50.0

HUM_HZ = (50, 100, 150, 200, 250, 300, 400, 500, 600)
"""The mains in China and its harmonics, of which rectifiers and lamps favour the even ones."""
HUM_OFF_HZ = 0.6
"""The mains stay within 0.2 Hz; the nearest notes, F4 and G4, lie 0.8 Hz and more beside."""
HUM_STANDS_DB = 20.0
"""Over its neighbours (qc-study A14)."""
HUM_QUIETEST_DB, HUM_BELOW_DB = -55.0, 24.0
"""Softer, or so far below what else is heard, hum is in every recording and in nobody's way."""
HUM_SHARE, HUM_LEAST_S = 0.6, 5


_BINS = round(HIGHEST_HZ / BIN_HZ) + AROUND_BINS
_LOWEST = round(LOWEST_HZ / BIN_HZ)
_FROM = round(80 / BIN_HZ)
_SHORT_WINDOW = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
_LONG_WINDOW = np.hanning(SOUND_RATE_HZ + 1)[:-1].astype(np.float32)


@dataclass
class Tone:
    """Watches lines in spectra: of a fifth of a second for tones, of a second for hum."""

    checks: tuple[str, ...] = ("audio.tone",)
    _start_s: float | None = None
    _short: Frames = field(default_factory=lambda: Frames(WINDOW, HOP))
    _long: Frames = field(default_factory=lambda: Frames(SOUND_RATE_HZ, SOUND_RATE_HZ))
    _spectra: Array = field(default_factory=lambda: np.zeros((0, _BINS)))
    _totals: Array = field(default_factory=lambda: np.zeros(0))
    _tones: Series = field(default_factory=lambda: Series(3))
    """Of every tenth of a second: whether a tone begins that lasts a second, its Hz and level."""
    _hums: Series = field(default_factory=lambda: Series(3))
    """Of every second: level of hum that stands out, of all sound, and its strongest Hz."""

    def see(self, seen: SoundBlock) -> None:
        """Analyse what this block completes."""
        if self._start_s is None:
            self._start_s = seen.time_s
        mono = _mixed(seen.samples)
        short, long = self._short.push(mono), self._long.push(mono)
        if short is not None:
            self._seek_tones(short)
        if long is not None:
            self._seek_hum(long)

    def verdict(self) -> Verdict:
        """Report tones with their moments, and hum that goes through most of the work."""
        found = [self._tone(), self._hum()]
        return Verdict(tuple(p for p in found if p))

    def _seek_tones(self, frames: Array) -> None:
        power = _power(frames, _SHORT_WINDOW)[:, :_BINS]
        self._spectra = np.concatenate([self._spectra, power])
        self._totals = np.concatenate([self._totals, power[:, _FROM:].sum(axis=1)])
        count = len(self._spectra) - HELD + 1
        if count < 1:
            return
        # What is there in every window of a second: speech moves on, a tone stays.
        kept = self._spectra[:count].copy()
        for later in range(1, HELD):
            np.minimum(kept, self._spectra[later : later + count], out=kept)
        kept[:, :_LOWEST] = 0
        peak = kept.argmax(axis=1).clip(AROUND_BINS, _BINS - AROUND_BINS - 1)
        rows = np.arange(count)
        near = peak[:, None] + np.arange(-LINE_BINS, LINE_BINS + 1)
        held = np.stack(
            [np.take_along_axis(self._spectra[n : n + count], near, axis=1) for n in range(HELD)]
        )
        levels = decibels(held.sum(axis=2))
        pitches = _interpolated(held[:, :, LINE_BINS - 1 : LINE_BINS + 2])
        totals = np.lib.stride_tricks.sliding_window_view(self._totals, HELD).mean(axis=1)
        others = kept
        far = peak[:, None] + np.arange(-AROUND_BINS, AROUND_BINS + 1)
        line = decibels(kept[rows, peak])
        np.put_along_axis(others, far, 0, axis=1)
        is_tone = (
            (np.ptp(np.percentile(levels, MOST, axis=0), axis=0) <= STEADY_DB)
            & (np.ptp(levels, axis=0) <= STRAYING_DB)
            & (np.ptp(np.percentile(pitches, MOST, axis=0), axis=0) * BIN_HZ <= STEADY_HZ)
            & (held.sum(axis=2).mean(axis=0) >= SHARE * totals)
            & (line - decibels(others.max(axis=1)) >= PURE_DB)
            & (levels.mean(axis=0) >= QUIETEST_DB)
        )
        pitch = (peak + pitches.mean(axis=0)) * BIN_HZ
        self._tones.add(is_tone, pitch, levels.mean(axis=0))
        self._spectra, self._totals = self._spectra[count:], self._totals[count:]

    def _tone(self) -> Problem | None:
        is_tone, pitch, level = self._tones.columns()
        begins = is_tone > 0
        if not begins.any():
            return None
        origin, lasts = self._start_s or 0.0, (HELD - 1) * HOP_S + WINDOW_S
        spans: tuple[Span, ...] = tuple(
            (round(origin + a, 3), round(origin + b, 3))
            for a, b in merge_spans((a * HOP_S, (b - 1) * HOP_S + lasts) for a, b in runs(begins))
        )
        told = f"{np.median(pitch[begins]):.0f} Hz，{np.median(level[begins]):.0f} dBFS"
        return Problem("audio.tone", measured=f"持续单音 {told}", spans=spans)

    def _seek_hum(self, frames: Array) -> None:
        power = _power(frames, _LONG_WINDOW)
        total = decibels(power[:, 30:].sum(axis=1))
        hum = np.zeros(len(frames))
        strongest, at = np.zeros(len(frames)), np.zeros(len(frames))
        for hz in HUM_HZ:
            line = power[:, hz - 2 : hz + 3].sum(axis=1)
            beside = np.concatenate(
                [power[:, hz - 20 : hz - 4], power[:, hz + 5 : hz + 21]], axis=1
            )
            stands = decibels(power[:, hz - 1 : hz + 2].max(axis=1)) - decibels(
                np.median(beside, axis=1)
            )
            off = np.abs(_interpolated(power[:, hz - 1 : hz + 2]))
            is_hum = (stands >= HUM_STANDS_DB) & (off <= HUM_OFF_HZ)
            is_hum &= power[:, hz] >= power[:, hz - 1 : hz + 2].max(axis=1)
            is_hum &= power[:, hz] >= beside.max(axis=1)
            hum += np.where(is_hum, line, 0)
            is_stronger = is_hum & (line > strongest)
            strongest, at = np.where(is_stronger, line, strongest), np.where(is_stronger, hz, at)
        self._hums.add(decibels(hum), total, at)

    def _hum(self) -> Problem | None:
        hum, total, at = self._hums.columns()
        if len(hum) < HUM_LEAST_S:
            return None
        is_hum = (hum >= HUM_QUIETEST_DB) & (hum >= np.percentile(total, 90) - HUM_BELOW_DB)
        if is_hum.mean() < HUM_SHARE:
            return None
        told = f"{np.median(at[is_hum]):.0f} Hz，{np.median(hum[is_hum]):.0f} dBFS"
        return Problem("audio.tone", measured=f"持续交流声 {told}")


def _mixed(samples: Array) -> Array:
    """Return the sum of both sides; the other detectors tell when they cancel."""
    return (samples[:, 0] + samples[:, 1]) / 2


def _power(frames: Array, window: Array) -> Array:
    """Return (count, bins): the mean square of a sine is the sum over its line's bins."""
    scale = 2 / (np.square(window).sum() * frames.shape[1])
    return np.square(np.abs(np.fft.rfft(frames * window, axis=1))) * scale


def _interpolated(three: Array) -> Array:
    """Return how far a line stands from the middle of three bins (..., 3), in bins.

    A Hann window's lobe is near a parabola in decibels.
    """
    low, middle, high = (decibels(three[..., n]) for n in range(3))
    bend = low - 2 * middle + high
    shift = np.where(bend < 0, (low - high) / (2 * np.minimum(bend, -1e-9)), 1.0)
    return shift.clip(-1, 1)
