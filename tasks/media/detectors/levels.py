"""The level of the sound over time: what the report draws, and what other detectors ask for."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.report import Curves
from tasks.media.detection import SOUND_RATE_HZ, Array, SoundBlock, Verdict

STEP_S = 0.1
STEP = round(STEP_S * SOUND_RATE_HZ)
MOST_POINTS = 600
SILENT_PEAK = 1e-5
"""Below -100 dBFS, less than half a step of 16 bits, nothing is drawn."""
SILENT_LUFS = -70.0
"""BS.1770 measures nothing below this."""
FLOOR_POWER = 1e-12
"""Keeps logarithms finite: -120 dBFS."""


@dataclass
class Frames:
    """Cuts sound that comes in blocks of any length into frames that lie where they would without.

    Frames are `size` samples long and begin every `hop` samples; what is left waits for more.
    """

    size: int
    hop: int
    _left: list[Array] = field(default_factory=list)
    _count: int = 0

    def push(self, samples: Array) -> Array | None:
        """Return the frames that are whole now, (count, size, ...), or None."""
        self._left.append(samples)
        self._count += len(samples)
        frames = (self._count - self.size) // self.hop + 1
        if frames < 1:
            return None
        joined = self._left[0] if len(self._left) == 1 else np.concatenate(self._left)
        rest = joined[frames * self.hop :]
        self._left, self._count = [rest.copy()], len(rest)
        if self.size == self.hop:
            return joined[: frames * self.hop].reshape(frames, self.size, *joined.shape[1:])
        windows = np.lib.stride_tricks.sliding_window_view(joined, self.size, axis=0)
        return np.moveaxis(windows[:: self.hop][:frames], -1, 1)


@dataclass
class Series:
    """Numbers that come in pieces, one row a moment, and are read as one array at the end."""

    width: int
    _pieces: list[Array] = field(default_factory=list)
    _joined: Array | None = None

    def add(self, *columns: Array) -> None:
        """Append rows, given as `width` columns."""
        self._pieces.append(np.stack(columns, axis=1).astype(np.float32))
        self._joined = None

    def columns(self) -> Array:
        """Return (width, count) float32."""
        if self._joined is None:
            empty = np.zeros((0, self.width), np.float32)
            self._joined = np.concatenate([empty, *self._pieces]).T
            self._pieces = [self._joined.T]
        return self._joined


def decibels(power: Array) -> Array:
    """Return 10·log10 of a power, at least -120."""
    return 10 * np.log10(np.maximum(power, FLOOR_POWER))


@dataclass
class Track(ABC):
    """Collects numbers of every frame for those who ask it, and must see a block before them."""

    _frames: Frames
    _series: Series
    start_s: float | None = None
    """When the first block begins."""
    checks: tuple[str, ...] = ()

    def see(self, seen: SoundBlock) -> None:
        """Measure the frames that this block completes."""
        if self.start_s is None:
            self.start_s = seen.time_s
        frames = self._frames.push(seen.samples)
        if frames is not None:
            self._series.add(*self._measured(frames))

    def verdict(self) -> Verdict:
        """Find nothing."""
        return Verdict()

    @abstractmethod
    def _measured(self, frames: Array) -> tuple[Array, ...]:
        """Return a column for each of the series, of frames (count, size, 2)."""


@dataclass
class LevelTrack(Track):
    """Levels a tenth of a second apart; four hours are 144,000 steps of five numbers, 3 MB."""

    _frames: Frames = field(default_factory=lambda: Frames(STEP, STEP))
    _series: Series = field(default_factory=lambda: Series(5))

    def _measured(self, frames: Array) -> tuple[Array, ...]:
        left, right = frames[..., 0], frames[..., 1]
        return (
            frames.min(axis=(1, 2)),
            frames.max(axis=(1, 2)),
            np.einsum("ij,ij->i", left, left) / STEP,
            np.einsum("ij,ij->i", right, right) / STEP,
            np.einsum("ij,ij->i", left, right) / STEP,
        )

    @property
    def low_high(self) -> tuple[Array, Array]:
        """Lowest and highest sample of both sides in each step, float32."""
        low, high = self._series.columns()[:2]
        return low, high

    @property
    def powers(self) -> tuple[Array, Array, Array]:
        """Mean square of left and of right, and their mean product, of each step."""
        left, right, product = self._series.columns()[2:]
        return left, right, product

    @property
    def level_db(self) -> Array:
        """Level of each step, both sides together, in dBFS (a full square wave is 0)."""
        left, right, _ = self.powers
        return decibels((left + right) / 2)

    @property
    def origin_s(self) -> float:
        """When step 0 begins."""
        return self.start_s or 0.0

    def curves(self, short_term: Sequence[tuple[float, float]]) -> Curves:
        """Return what the report draws; `short_term` are moments and loudness in LUFS."""
        low, high = self.low_high
        peaks = np.maximum(np.abs(low), np.abs(high))
        length_s = max(len(peaks) * STEP_S, max((t for t, _ in short_term), default=0.0))
        merged = 1
        while length_s > MOST_POINTS * merged * STEP_S:
            merged *= 2
        step_s = STEP_S * merged
        padded = np.concatenate([peaks, np.zeros(-len(peaks) % merged, np.float32)])
        loudest: list[float | None] = [None] * (len(padded) // merged)
        for time_s, lufs in short_term:
            at = int(time_s / step_s + 1e-6)
            if lufs <= SILENT_LUFS or at < 0:
                continue
            loudest += [None] * (at + 1 - len(loudest))
            known = loudest[at]
            loudest[at] = round(lufs if known is None else max(known, lufs), 1)
        return Curves(
            step_s=round(step_s, 3),
            peak_dbfs=tuple(_peak_dbfs(p) for p in padded.reshape(-1, merged).max(axis=1)),
            loudness_lufs=tuple(loudest[:MOST_POINTS]),
        )


def _peak_dbfs(peak: float) -> float | None:
    return round(float(20 * np.log10(peak)), 1) if peak > SILENT_PEAK else None
