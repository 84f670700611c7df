"""Sounds for detectors: 48 kHz, left and right, made when a test asks for them."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tasks.media.detection import Panel, SoundBlock, Verdict

RATE_HZ = 48_000
Sound = Any  # numpy array (count, 2), float32, full scale is 1


def blocks(sound: Sound, size: int = RATE_HZ, start_s: float = 0.0) -> Iterator[SoundBlock]:
    """Cut a sound into blocks, as a decode does."""
    for first in range(0, len(sound), size):
        yield SoundBlock(start_s + first / RATE_HZ, sound[first : first + size])


def hear(
    detectors: Sequence[Any], sound: Sound, size: int = RATE_HZ, start_s: float = 0.0
) -> Verdict:
    """Return what `detectors` find in a sound; none of them may break."""
    panel = Panel(detectors)
    for block in blocks(sound, size, start_s):
        panel.see(block)
    verdict = panel.verdict()
    assert verdict.failed == ()
    return verdict


def both(side: Any) -> Sound:
    """Return the same on both sides."""
    return np.stack([side, side], axis=1).astype(np.float32)


def at_level(sound: Any, dbfs: float) -> Any:
    """Scale a sound to a level (RMS)."""
    level = np.sqrt(np.mean(np.square(sound, dtype=np.float64)))
    return (sound * (10 ** (dbfs / 20) / level)).astype(np.float32)


def sine(seconds: float, hz: float, dbfs: float = -20.0) -> Sound:
    """Return a sine of a level (RMS)."""
    return both(at_level(np.sin(2 * np.pi * hz * moments(seconds)), dbfs))


def noise(seconds: float, dbfs: float = -20.0, color: float = 0.0, seed: int = 1) -> Sound:
    """Return noise whose power falls with frequency to the `color`: 0 white, 1 pink, 2 brown."""
    count = round(seconds * RATE_HZ)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=count))
    spectrum *= np.maximum(np.fft.rfftfreq(count, 1 / RATE_HZ), 20) ** (-color / 2)
    return both(at_level(np.fft.irfft(spectrum, count), dbfs))


def voice(seconds: float, dbfs: float = -23.0, seed: int = 1, room_dbfs: float = -70.0) -> Sound:
    """Return what is like speech: syllables with a moving pitch, phrases, pauses, a quiet room."""
    random = np.random.default_rng(seed)
    said = np.zeros(round(seconds * RATE_HZ))
    at = round(0.1 * RATE_HZ)
    while at < len(said):
        for _ in range(random.integers(5, 10)):
            syllable = _syllable(random)
            end = min(len(said), at + len(syllable))
            if end > at:
                said[at:end] += syllable[: end - at]
            at += len(syllable) + round(random.uniform(0.02, 0.06) * RATE_HZ)
        at += round(random.uniform(0.4, 0.7) * RATE_HZ)
    return both(at_level(said, dbfs)) + noise(seconds, room_dbfs, seed=seed + 1)


def chord(seconds: float, notes_hz: Sequence[float] = (220, 277.2, 329.6), decay_s: float = 1e9):
    """Return held or dying notes with overtones."""
    time_s = moments(seconds)
    wave = sum(
        np.sin(2 * np.pi * hz * number * time_s) / number**1.5
        for hz in notes_hz
        for number in range(1, 6)
    )
    return both(at_level(wave * np.exp(-time_s / decay_s), -20.0))


def moments(seconds: float) -> Any:
    """Return the moment of each sample."""
    return np.arange(round(seconds * RATE_HZ)) / RATE_HZ


def _syllable(random: np.random.Generator) -> Any:
    """Return harmonics of a gliding pitch under two formants, after a bit of hiss."""
    time_s = moments(random.uniform(0.14, 0.22))
    share = time_s / time_s[-1]
    pitch = random.uniform(110, 150) * 2 ** (random.uniform(-0.4, 0.4) * share)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    formants = random.uniform(400, 800), random.uniform(1000, 2000)
    wave = np.zeros(len(time_s))
    for number in range(1, 25):
        hz = number * pitch.mean()
        loud = sum(1 / (1 + ((hz - formant) / 150) ** 2) for formant in formants)
        wave += loud * np.sin(number * phase)
    wave *= np.minimum(1, np.minimum(6 * share, 2 * (1 - share) ** 1.5)) * random.uniform(0.6, 1.0)
    return np.concatenate([0.2 * random.normal(size=round(0.03 * RATE_HZ)), wave])
