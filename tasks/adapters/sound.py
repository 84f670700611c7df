"""The door to the sound that the ffmpeg door made for the speech engine."""

import wave
from pathlib import Path
from typing import Self

import numpy as np

from models.errors import OutputRejected
from tasks.media.speech import Samples, levels_of

RATE_HZ = 16_000
CHUNK_S = 60


class SpeechSound:
    """A 16 kHz mono WAV file, read piece by piece: an hour needs no more memory than a minute."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            OutputRejected: it is not what the ffmpeg door should have made.
        """
        try:
            self._file = wave.open(str(path), "rb")  # noqa: SIM115 - closed by __exit__
        except (wave.Error, EOFError, FileNotFoundError) as error:
            raise OutputRejected(path.name, (f"no sound: {error}",)) from error
        shape = (self._file.getnchannels(), self._file.getsampwidth(), self._file.getframerate())
        if shape != (1, 2, RATE_HZ):
            self._file.close()
            raise OutputRejected(path.name, (f"channels, bytes, rate are {shape}",))
        self.duration_s = self._file.getnframes() / RATE_HZ

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def samples(self, start_s: float, end_s: float) -> Samples:
        """Return what sounds between two moments, as numbers between -1 and 1."""
        first = min(round(start_s * RATE_HZ), self._file.getnframes())
        self._file.setpos(first)
        data = self._file.readframes(max(0, round(end_s * RATE_HZ) - first))
        return np.frombuffer(data, dtype="<i2").astype(np.float32) * np.float32(1 / 32768)

    def levels(self) -> Samples:
        """Return the loudness of the whole sound (see `levels_of`)."""
        starts = range(0, int(self.duration_s) + 1, CHUNK_S)
        parts = [levels_of(self.samples(start, start + CHUNK_S), RATE_HZ) for start in starts]
        levels: Samples = np.concatenate(parts)
        return levels
