"""Sound for the speech engine: 16 kHz mono WAV files, spoken or made up."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import run_command, run_ffmpeg

RATE_HZ = 16_000


def speak(path: Path, text: str, *, voice: str = "en-us") -> Path:
    """Let espeak-ng say `text`."""
    raw = path.with_name(f"raw-{path.name}")
    path.with_suffix(".txt").write_text(text, encoding="utf-8")
    words = ["espeak-ng", "-v", voice, "-s", "140", "-f", path.with_suffix(".txt").name]
    run_command([*words, "-w", raw.name], folder=path.parent, timeout_s=60)
    convert = ["-i", f"file:{raw.name}", "-ar", str(RATE_HZ), "-ac", "1", f"file:{path.name}"]
    run_ffmpeg(convert, settings=FfmpegSettings(), folder=path.parent, timeout_s=60)
    return path


def write_wav(path: Path, samples: NDArray[np.float64], *, rate_hz: int = RATE_HZ) -> Path:
    """Write samples between -1 and 1."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def pink_noise(seconds: float, *, seed: int = 0) -> NDArray[np.float64]:
    """Return noise that loses 3 dB an octave, as rain and rooms do."""
    count = round(seconds * RATE_HZ)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    noise = np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), count)
    return noise / np.abs(noise).max() * 0.5


def melody(seconds: float, *, seed: int = 0) -> NDArray[np.float64]:
    """Return plucked notes with their overtones: music, to an engine that knows none."""
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    scale = np.array([262, 294, 330, 392, 440, 523])
    notes = np.random.default_rng(seed).choice(scale, int(seconds / 0.3) + 1)[
        (at / 0.3).astype(int)
    ]
    tone = sum(np.sin(2 * np.pi * notes * n * at) / n for n in range(1, 5))
    return 0.3 * np.exp(-4 * np.mod(at, 0.3)) * tone
