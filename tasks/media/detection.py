"""What a detector is and what it says: problems with moments and places, or that it can't tell.

Detectors see the work go by, one frame, still or stretch of sound after the other, and keep little
of it. They are pure: numpy, no files. `Panel` shows each thing to all detectors of its kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from models.report import Box, Severity
from tasks.media.notes import Span

Array = Any  # numpy array; its shape and type stand with the field

SMALL_HEIGHT_PX = 90
SOUND_RATE_HZ = 48_000


@dataclass(frozen=True)
class SmallFrame:
    """One frame of the upright picture at a constant rate, scaled down to 90 lines.

    A frame shows what a viewer of the master sees at that moment, so a stream with a variable
    rate has frames repeated or left out.
    """

    time_s: float
    luma: Array
    """(height, width) uint8, limited range: 16 is black, 235 white."""
    cb: Array
    """(height/2, width/2) uint8, BT.709, 128 is neutral."""
    cr: Array


@dataclass(frozen=True)
class Still:
    """One of the stills that are kept of a work, at most two a second, upright, 360 lines."""

    time_s: float
    image: Array
    """(height, width, 3) uint8, BGR, full range."""
    gray: Array
    """(height, width) uint8, full range."""


@dataclass(frozen=True)
class Detail:
    """One of the few frames that are kept at the upload's own size, upright."""

    time_s: float
    luma: Array
    """(height, width) uint8, limited range."""


@dataclass(frozen=True)
class SoundBlock:
    """A second of sound, less at the end."""

    time_s: float
    samples: Array
    """(count, 2) float32 at 48 kHz, left and right, full scale is 1; peaks may exceed it."""


@dataclass(frozen=True)
class Problem:
    """One problem of one check; the catalogue says it in words."""

    check: str
    measured: str
    """Short, Chinese, with its unit: it stands for `{measured}` in the catalogue's message."""
    limit: str | None = None
    spans: tuple[Span, ...] = ()
    """Where it is, on the source's clock; none: throughout."""
    severity: Severity | None = None
    """What the measurement asks for; None: the catalogue's."""
    box: Box | None = None
    """Where it stands in the picture."""


@dataclass(frozen=True)
class Verdict:
    """What detectors found."""

    problems: tuple[Problem, ...] = ()
    unsure: tuple[str, ...] = ()
    """Checks that could not be told on this material: neither found nor ruled out."""
    failed: tuple[tuple[str, str], ...] = ()
    """Checks whose detector broke, with the reason."""

    def also(self, other: "Verdict") -> "Verdict":
        """Return both verdicts as one."""
        return Verdict(
            (*self.problems, *other.problems),
            (*self.unsure, *other.unsure),
            (*self.failed, *other.failed),
        )


NOTHING_FOUND = Verdict()

Seen_contra = TypeVar("Seen_contra", contravariant=True)


class Detector(Protocol[Seen_contra]):
    """Sees a work go by in order and says at the end what it makes of it."""

    @property
    def checks(self) -> tuple[str, ...]:
        """The ids that it may find."""

    def see(self, seen: Seen_contra) -> None:
        """Take the next thing."""

    def verdict(self) -> Verdict:
        """Say what was found; called once, after the last thing."""


Shown = TypeVar("Shown")


@dataclass
class Panel(Generic[Shown]):
    """Detectors that look at the same things; one that breaks is left out and named."""

    detectors: Sequence[Detector[Shown]]
    _broken: dict[int, str] = field(default_factory=dict)

    def see(self, seen: Shown) -> None:
        """Show a thing to all detectors."""
        for number, detector in enumerate(self.detectors):
            if number not in self._broken:
                try:
                    detector.see(seen)
                except Exception as error:  # noqa: BLE001 - whatever breaks, the others go on
                    self._broken[number] = _reason(error)

    def verdict(self) -> Verdict:
        """Return what all of them found."""
        joined = Verdict()
        for number, detector in enumerate(self.detectors):
            if number not in self._broken:
                try:
                    joined = joined.also(detector.verdict())
                    continue
                except Exception as error:  # noqa: BLE001
                    self._broken[number] = _reason(error)
            reason = self._broken[number]
            joined = joined.also(Verdict(failed=tuple((c, reason) for c in detector.checks)))
        return joined


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:160]
