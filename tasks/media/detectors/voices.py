"""What speech detectors ask for: level, voicing and pitch of the sound, fifty times a second."""

from dataclasses import dataclass, field

import numpy as np

from tasks.media.detection import SOUND_RATE_HZ, Array
from tasks.media.detectors.levels import Frames, Series, Track, decibels

HOP_S = 0.02
HOP = round(HOP_S * SOUND_RATE_HZ)
WINDOW = 2048
"""43 ms: two periods of the deepest voice."""
BIN_HZ = SOUND_RATE_HZ / WINDOW
LOWEST_HZ, HIGHEST_HZ = 60, 16_000
"""Of levels: below is rumble, above are whistles of screens, and codecs cut there."""
FLAT_HZ = (200, 4000)
PITCH_HZ = (75, 400)
LONE = 0.01
VOICE_BINS = 128
"""Voicing is judged below 3 kHz, where voices have their strong harmonics."""
LAGS_PER_S = 4 * VOICE_BINS * BIN_HZ
"""The spectrum is padded to twice its width, so that pitch is read finer."""


@dataclass
class VoiceTrack(Track):
    """What tells voices from other sounds; four hours are 720,000 frames of five numbers, 14 MB."""

    _frames: Frames = field(default_factory=lambda: Frames(WINDOW, HOP))
    _series: Series = field(default_factory=lambda: Series(5))

    def _measured(self, frames: Array) -> tuple[Array, ...]:
        spectrum = np.fft.rfft(_mix(frames) * _WINDOW, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        power *= 2 / (np.square(_WINDOW).sum() * WINDOW)
        voicing, pitch = _voicing(power[:, :VOICE_BINS])
        band = power[:, _FLAT[0] : _FLAT[1]]
        flatness = decibels(band).mean(axis=1) - decibels(band.mean(axis=1))
        level = decibels(power[:, _LEVEL[0] : _LEVEL[1]].sum(axis=1))
        low = decibels(power[:, _LEVEL[0] : _LOW].sum(axis=1))
        return level, voicing, pitch, flatness, low

    @property
    def origin_s(self) -> float:
        """When frame 0 counts from: frame n stands for 20 ms around its middle."""
        return (self.start_s or 0.0) + (WINDOW / SOUND_RATE_HZ - HOP_S) / 2

    @property
    def level_db(self) -> Array:
        """Level of each frame in dBFS, 60 Hz to 16 kHz."""
        return self._series.columns()[0]

    @property
    def voicing(self) -> Array:
        """How nearly each frame repeats itself at a voice's pitch: 1 is exactly, 0 not at all."""
        return self._series.columns()[1]

    @property
    def pitch_hz(self) -> Array:
        """At what pitch it does."""
        return self._series.columns()[2]

    @property
    def flatness_db(self) -> Array:
        """Geometric to arithmetic mean of each frame's spectrum, 200 Hz to 4 kHz.

        White noise has -2.5; the more tonal a sound, the less.
        """
        return self._series.columns()[3]

    @property
    def low_db(self) -> Array:
        """Level of each frame below 150 Hz, where hum is."""
        return self._series.columns()[4]


_LOW = round(150 / BIN_HZ)
_WINDOW = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
_LEVEL = (round(LOWEST_HZ / BIN_HZ), round(HIGHEST_HZ / BIN_HZ))
_FLAT = (round(FLAT_HZ[0] / BIN_HZ), round(FLAT_HZ[1] / BIN_HZ))
_LAGS = (round(LAGS_PER_S / PITCH_HZ[1]), round(LAGS_PER_S / PITCH_HZ[0]))


def _mix(frames: Array) -> Array:
    """Return what is heard of both sides (count, size): the louder of sum and difference.

    A side that is 20 dB softer is left out, so that one side counts as much as two that are equal.
    """
    left, right = frames[..., 0], frames[..., 1]
    of_left, of_right = (np.einsum("ij,ij->i", side, side) for side in (left, right))
    sign = np.where(np.einsum("ij,ij->i", left, right) < 0, -0.5, 0.5)
    is_left, is_right = of_right < LONE * of_left, of_left < LONE * of_right
    from_left = np.select([is_left, is_right], [1.0, 0.0], 0.5).astype(np.float32)
    from_right = np.select([is_left, is_right], [0.0, 1.0], sign).astype(np.float32)
    return left * from_left[:, None] + right * from_right[:, None]


def _correlation(power: Array) -> Array:
    """Return the autocorrelation at every lag, from the power spectrum; 1 at lag 0."""
    correlation = np.fft.irfft(power, 4 * VOICE_BINS, axis=1)
    return correlation / np.maximum(correlation[:, :1], 1e-15)


_OF_WINDOW = np.maximum(
    np.correlate(_WINDOW, _WINDOW, "full")[WINDOW - 1 :][
        np.minimum(
            np.round(np.arange(4 * VOICE_BINS) * SOUND_RATE_HZ / LAGS_PER_S).astype(int),
            WINDOW - 1,
        )
    ]
    / np.square(_WINDOW).sum(),
    0.05,
)
"""What the window alone takes from the correlation at each lag (Boersma 1993)."""


def _voicing(power: Array) -> tuple[Array, Array]:
    power = power.copy()
    power[:, : _LEVEL[0]] = 0
    correlation = _correlation(power) / _OF_WINDOW
    within = correlation[:, _LAGS[0] : _LAGS[1] + 1]
    best = within.argmax(axis=1)
    voicing = np.take_along_axis(within, best[:, None], axis=1)[:, 0]
    return voicing.clip(0, 1), LAGS_PER_S / (best + _LAGS[0])
