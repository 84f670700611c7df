"""Marks on a picture, as data: what the text door draws.

Positions are pixels from the upper left corner; a text stands on its baseline.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Text:
    """A run of text that begins at `x` on `baseline`; `color_low` shades it downwards."""

    x: float
    baseline: float
    text: str
    size_px: float
    color: str
    is_bold: bool = False
    color_low: str | None = None


@dataclass(frozen=True)
class Hairline:
    """A level line; `fades` names the ends where it runs out."""

    x0: float
    x1: float
    y: float
    width_px: float
    color: str
    fades: Literal["none", "left", "right", "both"] = "none"


@dataclass(frozen=True)
class Diamond:
    """A small square on its corner."""

    x: float
    y: float
    radius_px: float
    color: str


@dataclass(frozen=True)
class Frame:
    """A rectangle's outline."""

    x0: float
    y0: float
    x1: float
    y1: float
    width_px: float
    color: str


@dataclass(frozen=True)
class Panel:
    """A filled rectangle of some opacity that fades out over its last share to the right."""

    x0: float
    y0: float
    x1: float
    y1: float
    color: str
    opacity: float = 1.0
    fade_share: float = 0.0


Mark = Text | Hairline | Diamond | Frame | Panel


@dataclass(frozen=True)
class Background:
    """A glow in the middle that darkens towards the edges."""

    color: str
    edge_color: str
    has_rays: bool = False


@dataclass(frozen=True)
class Drawing:
    """A picture: transparent where there is no background."""

    width_px: int
    height_px: int
    marks: tuple[Mark, ...]
    background: Background | None = None

    @property
    def texts(self) -> tuple[Text, ...]:
        """Every run of text."""
        return tuple(mark for mark in self.marks if isinstance(mark, Text))


def lowered(marks: Iterable[Mark], by_px: float) -> tuple[Mark, ...]:
    """Return `marks` moved down."""
    return tuple(_lowered(mark, by_px) for mark in marks)


def _lowered(mark: Mark, by_px: float) -> Mark:
    if isinstance(mark, Text):
        return replace(mark, baseline=mark.baseline + by_px)
    if isinstance(mark, Hairline | Diamond):
        return replace(mark, y=mark.y + by_px)
    return replace(mark, y0=mark.y0 + by_px, y1=mark.y1 + by_px)
