"""Judge the encoder: how like its source a master is, on windows spread over the picture."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from statistics import fmean

from models.profile import MasterSpec
from tasks.media.notes import parse_notes

MOST_WINDOWS, WINDOW_FRAMES = 6, 5
SEEN_LINES = 256


@dataclass(frozen=True)
class Windows:
    """Runs of frames of the master that are compared."""

    starts: tuple[int, ...] = ()
    length: int = WINDOW_FRAMES

    @property
    def count(self) -> int:
        """How many windows there are."""
        return len(self.starts)

    @property
    def frames(self) -> int:
        """How many frames all windows hold."""
        return len(self.starts) * self.length

    @property
    def expression(self) -> str:
        """What ffmpeg's `select` takes to let only the windows through."""
        return "+".join(f"between(n,{first},{first + self.length - 1})" for first in self.starts)

    def within(self, frames: int) -> "Windows":
        """Return the windows that end inside a picture of so many frames."""
        return Windows(tuple(s for s in self.starts if s + self.length <= frames), self.length)


NO_WINDOWS = Windows()


def plan_windows(frames: int, spec: MasterSpec) -> Windows:
    """Spread windows evenly over a picture of `frames` frames, amid GOPs, where quality is lowest.

    There are none when the profile asks for no comparison.
    """
    if spec.ssim_floor <= 0 or frames <= 0:
        return NO_WINDOWS
    length = min(WINDOW_FRAMES, frames)
    gops = max(1, frames // spec.gop_frames)
    count = min(MOST_WINDOWS, gops)
    chosen = sorted({int(Fraction(gops * (2 * n + 1), 2 * count)) for n in range(count)})
    last = frames - length
    return Windows(
        tuple(min(last, gop * spec.gop_frames + spec.gop_frames // 2) for gop in chosen), length
    )


def viewing_factor(spec: MasterSpec) -> int:
    """Return by how much pictures are scaled down before they are compared.

    The index's authors do so (Z. Wang, ssim.m, 2003: the short side over 256, rounded): at full
    size it mostly sees the grain of sensors, which no encoder keeps and nobody misses.
    """
    return max(1, round(min(spec.width_px, spec.height_px) / SEEN_LINES))


def read_similarity(lines: Iterable[str]) -> float | None:
    """Return the mean of ffmpeg's `ssim` over the compared frames; None when none were."""
    scores = [note.number("lavfi.ssim.All") for note in parse_notes(lines)]
    known = [score for score in scores if score is not None]
    return fmean(known) if known else None
