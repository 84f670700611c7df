"""Choose stills: the poster, the contact sheet, the evidence of a finding."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

DARK_LUMA, BRIGHT_LUMA = 35.0, 225.0
FLAT_CONTRAST = 12.0
CUT_DIFFERENCE = 22.0
"""Mean difference of luma to a neighbour that speaks of a cut, fade or dissolve nearby."""
SHEET_STILLS, SHEET_COLUMNS = 20, 5
FACE_STILLS = 30
"""Looking for faces takes longer than all else that is done with a still."""


@dataclass(frozen=True)
class StillFacts:
    """One sampled still, measured on its reduced picture."""

    path: str
    time_s: float
    luma_mean: float
    contrast: float
    """Standard deviation of luma."""
    sharpness: float
    """Variance of the Laplacian."""
    change: float
    """Largest mean difference of luma to the stills beside it."""
    face_share: float = 0.0
    """Share of the picture that the largest face takes; 0 without one, or where none was sought."""


def choose_poster(stills: Sequence[StillFacts]) -> StillFacts | None:
    """Return the still that stands for the work: lit, sharp, calm, with a face if there is one.

    When no still is good, the least bad one is returned; None only when there are none.
    """
    return max(stills, key=_ranking(stills), default=None)


def choose_for_faces(stills: Sequence[StillFacts]) -> list[StillFacts]:
    """Return the stills in which a search for faces is worth its time: the best of each stretch."""
    if len(stills) <= FACE_STILLS:
        return list(stills)
    ranking, step = _ranking(stills), Fraction(len(stills), FACE_STILLS)
    stretches = (stills[int(step * n) : int(step * (n + 1))] for n in range(FACE_STILLS))
    return [max(stretch, key=ranking) for stretch in stretches]


def _ranking(stills: Sequence[StillFacts]) -> Callable[[StillFacts], tuple[bool, float, float]]:
    """Return what tells how well a still would stand for a work with these stills."""
    decent = [s for s in stills if is_decent(s)] or list(stills)
    sharpest = max((s.sharpness for s in decent), default=0.0) or 1.0
    length = max((s.time_s for s in stills), default=0.0) or 1.0

    def rank(still: StillFacts) -> tuple[bool, float, float]:
        lit = 1 - abs(still.luma_mean - 120) / 120
        calm = 1 - min(still.change / CUT_DIFFERENCE, 1)
        # The first and last moments are titles, fades or somebody reaching for the camera.
        inner = 1.0 if 0.08 < still.time_s / length < 0.92 else 0.0
        face = min(still.face_share * 12, 1.0)
        sharp = math.sqrt(still.sharpness / sharpest)
        worth = 1.2 * sharp + 0.8 * lit + 0.6 * calm + 0.8 * inner + 1.5 * face
        return is_decent(still), worth, -still.time_s

    return rank


def is_decent(still: StillFacts) -> bool:
    """Tell whether a still is neither black, white, flat nor amid a cut."""
    return (
        DARK_LUMA < still.luma_mean < BRIGHT_LUMA
        and still.contrast > FLAT_CONTRAST
        and still.change < CUT_DIFFERENCE
    )


def choose_for_sheet(stills: Sequence[StillFacts]) -> list[StillFacts]:
    """Return up to twenty stills, evenly spread in time."""
    if len(stills) <= SHEET_STILLS:
        return list(stills)
    step = Fraction(len(stills), SHEET_STILLS)
    return [stills[int(step * n + step / 2)] for n in range(SHEET_STILLS)]


def nearest(stills: Sequence[StillFacts], time_s: float) -> StillFacts | None:
    """Return the still closest to a moment."""
    return min(stills, key=lambda s: abs(s.time_s - time_s), default=None)


def timecode(seconds: float) -> str:
    """Write a moment as `MM:SS.t`, with hours when there are any."""
    tenths = round(seconds * 10)
    whole, tenth = divmod(tenths, 10)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    head = f"{hours}:{minute:02d}" if hours else f"{minute:02d}"
    return f"{head}:{second:02d}.{tenth}"
