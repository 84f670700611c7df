"""Make of raw bytes what detectors see: a pipe's pieces become frames and blocks of sound."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from tasks.media.detection import SOUND_RATE_HZ, SmallFrame, SoundBlock

BLOCK_BYTES = SOUND_RATE_HZ * 2 * 4
"""A second of stereo in 32-bit floats."""


class FrameReader:
    """Takes raw `yuv420p` frames of one size and shows them at a constant rate."""

    def __init__(
        self, size: tuple[int, int], rate: Fraction, show: Callable[[SmallFrame], None]
    ) -> None:
        self._size, self._rate, self._show = size, rate, show
        self.count = 0

    def take(self, piece: bytes) -> None:
        """Take the bytes of a frame; fewer, at the end of a broken stream, are none."""
        width, height = self._size
        luma, chroma = width * height, width * height // 4
        if len(piece) < luma + 2 * chroma:
            return
        planes = np.frombuffer(piece, dtype=np.uint8)
        half = (height // 2, width // 2)
        self._show(
            SmallFrame(
                time_s=float(self.count / self._rate),
                luma=planes[:luma].reshape(height, width),
                cb=planes[luma : luma + chroma].reshape(half),
                cr=planes[luma + chroma : luma + 2 * chroma].reshape(half),
            )
        )
        self.count += 1


class BlockReader:
    """Takes raw stereo in 32-bit floats at 48 kHz and shows it a second at a time.

    `gain` undoes what mixing took from the level.
    """

    def __init__(self, show: Callable[[SoundBlock], None], gain: float = 1.0) -> None:
        self._show, self._gain = show, np.float32(gain)
        self._samples = 0

    def take(self, piece: bytes) -> None:
        """Take a second's bytes, or what is left at the end."""
        whole = len(piece) // 8 * 8
        if not whole:
            return
        samples = np.frombuffer(piece[:whole], dtype=np.float32).reshape(-1, 2)
        if self._gain != 1:
            samples = samples * self._gain
        self._show(SoundBlock(self._samples / SOUND_RATE_HZ, samples))
        self._samples += len(samples)

    @property
    def duration_s(self) -> float:
        """How much was heard."""
        return self._samples / SOUND_RATE_HZ
