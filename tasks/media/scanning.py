"""Tell how a picture was scanned: progressive, interlaced, some of each, or telecined film.

Containers flag it wrongly in both directions, so the lines themselves are judged, frame by frame,
as ffmpeg's `idet` saw them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from tasks.media.notes import Span, merge_spans, parse_notes

STRETCH = 25
"""Frames that are judged together, about a second."""
COMBED_SHARE, FEW_COMBED_SHARE, PLAIN_SHARE = 0.6, 0.2, 0.2
ONE_SIDED = 0.9
"""Interlaced pictures keep their field order; noise and hard edges taken for combing don't."""
LEAST, LEAST_MIXED = 3, 2
"""Stretches that must be interlaced before a picture without a flag for it is called so, and
stretches in a row that make a progressive one mixed."""
CYCLE = 5
"""3:2 pulldown spreads four frames of film over five: two in a row are combed, three are not."""
TELECINE_RATES = (29.0, 31.0)
TELECINE_REPEATS = (0.25, 0.55)
CONTRAST = 3.0


class Scan(StrEnum):
    """How the lines of a picture belong to moments."""

    PROGRESSIVE = "progressive"
    INTERLACED = "interlaced"
    MIXED = "mixed"
    TELECINE = "telecine"
    UNKNOWN = "unknown"
    """Nothing moves enough to tell."""


@dataclass(frozen=True)
class ScanFacts:
    """What the lines show."""

    scan: Scan = Scan.UNKNOWN
    interlaced: tuple[Span, ...] = ()
    """Where they are combed, to about a second."""
    is_flagged: bool = False
    """The stream says that it is interlaced."""

    @property
    def needs_deinterlacing(self) -> bool:
        """Tell whether two moments stand in one frame for good: film can't be helped by it."""
        return self.scan in (Scan.INTERLACED, Scan.MIXED)


NOTHING_SEEN = ScanFacts()


@dataclass(frozen=True)
class _Frame:
    time_s: float
    kind: str
    """tff, bff, progressive or undetermined."""
    is_repeated: bool


@dataclass(frozen=True)
class _Stretch:
    span: Span
    combed: int
    plain: int
    count: int
    is_one_sided: bool

    @property
    def is_interlaced(self) -> bool:
        if not self.is_one_sided:
            return False
        is_clear = self.plain <= 0.1 * self.combed
        least = FEW_COMBED_SHARE if is_clear else COMBED_SHARE
        return self.combed >= least * self.count

    @property
    def is_progressive(self) -> bool:
        return self.plain >= PLAIN_SHARE * self.count and self.combed <= 0.1 * self.count


def read_scan(
    lines: Iterable[str],
    repeats: Iterable[str],
    frame_rate: float | None,
    *,
    is_flagged: bool = False,
) -> ScanFacts:
    """Judge the notes of `idet` on every frame: its single-frame verdicts and repeated fields.

    A picture that is flagged as interlaced needs fewer of them than one that isn't.
    """
    frames = [
        _Frame(
            one.time_s,
            one.values.get("lavfi.idet.single.current_frame", ""),
            other.values.get("lavfi.idet.repeated.current_frame") in ("top", "bottom"),
        )
        for one, other in zip(parse_notes(lines), parse_notes(repeats), strict=False)
    ]
    stretches = [
        _stretch(frames[n : n + STRETCH]) for n in range(0, len(frames) - STRETCH // 2, STRETCH)
    ]
    keeps_order = _stretch(frames).is_one_sided if frames else False
    combed = [s for s in stretches if s.is_interlaced and keeps_order]
    plain = [s for s in stretches if s.is_progressive]
    spans = tuple(merge_spans((s.span for s in combed), gap_s=0.5))
    facts = partial(ScanFacts, is_flagged=is_flagged)
    if _is_telecined(frames, frame_rate):
        return facts(Scan.TELECINE)
    least = 1 if is_flagged else LEAST
    if len(combed) >= max(least, 2 * len(plain)):
        return facts(Scan.INTERLACED, spans)
    if plain and combed and _longest_run(stretches) >= LEAST_MIXED:
        return facts(Scan.MIXED, spans)
    return facts(Scan.PROGRESSIVE if plain else Scan.UNKNOWN)


def _stretch(frames: Sequence[_Frame]) -> _Stretch:
    top, bottom, plain = (
        sum(f.kind == kind for f in frames) for kind in ("tff", "bff", "progressive")
    )
    combed = top + bottom
    is_one_sided = combed > 0 and max(top, bottom) >= ONE_SIDED * combed
    return _Stretch((frames[0].time_s, frames[-1].time_s), combed, plain, len(frames), is_one_sided)


def _longest_run(stretches: Sequence[_Stretch]) -> int:
    longest = run = 0
    for stretch in stretches:
        run = run + 1 if stretch.is_interlaced else 0
        longest = max(longest, run)
    return longest


def _is_telecined(frames: Sequence[_Frame], frame_rate: float | None) -> bool:
    low, high = TELECINE_RATES
    if frame_rate is None or not low <= frame_rate <= high or len(frames) < 2 * STRETCH:
        return False
    repeated = sum(f.is_repeated for f in frames) / len(frames)
    if TELECINE_REPEATS[0] <= repeated <= TELECINE_REPEATS[1]:
        return True
    shares = [_combed_share(frames[phase::CYCLE]) for phase in range(CYCLE)]
    for phase in range(CYCLE):
        pair = min(shares[phase], shares[(phase + 1) % CYCLE])
        others = [shares[(phase + n) % CYCLE] for n in range(2, CYCLE)]
        if pair > FEW_COMBED_SHARE and pair > CONTRAST * max(others):
            return True
    return False


def _combed_share(frames: Sequence[_Frame]) -> float:
    return sum(f.kind in ("tff", "bff") for f in frames) / max(1, len(frames))
