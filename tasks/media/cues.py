"""Make captions of a transcript: which words share the screen, and from when to when.

Words are grouped so that the sum of what each caption's extent costs is least; then every caption
is put on frame boundaries.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from models.profile import CaptionRules
from models.transcript import Cue, Transcript
from tasks.media.caption_text import (
    DROPPED_AT_END,
    Piece,
    as_line,
    break_lines,
    halves,
    pieces_of,
    rest_after,
)

PAUSE_S = 0.3
"""A speaker who rests this long has come to the end of something."""
LONG_PAUSE_S = 1.2
"""No caption stays over such a pause."""
AFTERGLOW_S = 0.2
"""A caption stays so long after its last word, where there is room."""
CHAINED_S = 0.5
"""A gap below this would flicker, so the caption stays until the next."""
LATEST_S = 0.5
"""A caption may come this late when the one before it needs time to be read."""
FEW_HALVES = 6
"""Up to three full-width characters look lost on a screen of their own."""


@dataclass(frozen=True)
class Frames:
    """The rules' times, counted in frames."""

    rate: Fraction
    gap: int
    shortest: int
    longest: int
    afterglow: int
    chained: int
    latest: int
    end: int

    @classmethod
    def of(cls, rules: CaptionRules, rate: Fraction, duration_s: float) -> "Frames":
        def whole(seconds: float) -> int:
            return round(Fraction(seconds).limit_denominator(1000) * rate)

        shortest = math.ceil(Fraction(rules.min_duration_s).limit_denominator(1000) * rate)
        longest = math.floor(Fraction(rules.max_duration_s).limit_denominator(1000) * rate)
        return cls(
            rate=rate,
            gap=rules.min_gap_frames,
            shortest=max(1, shortest),
            longest=max(1, shortest, longest),
            afterglow=whole(AFTERGLOW_S),
            chained=whole(CHAINED_S),
            latest=whole(LATEST_S),
            end=math.floor(Fraction(duration_s).limit_denominator(1000) * rate),
        )

    def at(self, seconds: float) -> int:
        return max(0, round(Fraction(seconds) * self.rate))

    def seconds(self, frame: int) -> float:
        return float(frame / self.rate)


def build_cues(
    transcript: Transcript, rules: CaptionRules, frame_rate: Fraction
) -> tuple[Cue, ...]:
    """Return the captions of `transcript` as `rules` ask for them, in order of time.

    Nothing that was said is left out: speech too fast to be read in the time it takes is shown
    for that time all the same. Times lie on frames; captions never overlap.
    """
    widest = max(2, math.floor(rules.max_units_per_line * 2))
    pieces = pieces_of(transcript.segments, widest)
    groups = [pieces[first:last] for first, last in _grouped(pieces, rules, widest)]
    shown = [
        (group, lines)
        for group in groups
        if (lines := break_lines([p.text for p in group], widest, rules.max_lines))
    ]
    frames = Frames.of(rules, frame_rate, transcript.duration_s)
    spans = _placed([group for group, _ in shown], rules, frames)
    return tuple(
        Cue(start_s=frames.seconds(start), end_s=frames.seconds(end), lines=lines)
        for (start, end), (_, lines) in zip(spans, shown, strict=True)
    )


def _grouped(pieces: Sequence[Piece], rules: CaptionRules, widest: int) -> list[tuple[int, int]]:
    """Return the cheapest way to share `pieces` out over captions, as index ranges."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    costs = [(math.inf, 0)] * len(pieces)
    best += costs
    for first in range(len(pieces)):
        for last, cost in _extents(pieces, first, rules, widest):
            best[last] = min(best[last], (best[first][0] + cost, first))
    groups: list[tuple[int, int]] = []
    last = len(pieces)
    while last > 0:
        groups.append((best[last][1], last))
        last = best[last][1]
    return groups[::-1]


def _extents(
    pieces: Sequence[Piece], first: int, rules: CaptionRules, widest: int
) -> Iterator[tuple[int, float]]:
    """Yield every end of a caption that begins with piece `first`, with what it costs."""
    lines, width, inside = 1, 0, 0.0
    for last in range(first, len(pieces)):
        piece = pieces[last]
        if last > first:
            before = pieces[last - 1]
            gap_s = piece.start_s - before.end_s
            too_long = piece.end_s - pieces[first].start_s > rules.max_duration_s
            if gap_s >= LONG_PAUSE_S or too_long:
                return
            inside += _cost_inside(before, gap_s)
        if width and width + halves(piece.text.rstrip(DROPPED_AT_END + " ")) > widest:
            lines, width = lines + 1, 0
        width += halves(piece.text if width else piece.text.lstrip())
        if lines > rules.max_lines:
            return
        text = as_line([p.text for p in pieces[first : last + 1]])
        following = pieces[last + 1] if last + 1 < len(pieces) else None
        yield (
            last + 1,
            inside
            + _cost_of_end(piece, following)
            + _cost_of_size(text, lines, pieces[first], following, rules),
        )


def _cost_inside(before: Piece, gap_s: float) -> float:
    """Return what it costs that a caption goes on after `before`."""
    if rest_after(before.text) == 0.0:
        return 0.7
    return 0.5 if gap_s >= PAUSE_S else 0.0


def _cost_of_end(piece: Piece, following: Piece | None) -> float:
    """Return what it costs that a caption ends after `piece`."""
    if following is None:
        return 0.0
    unrest = rest_after(piece.text)
    if following.start_s - piece.end_s >= PAUSE_S:
        return unrest * 0.3
    return unrest * (0.5 if piece.ends_segment else 1.0)


def _cost_of_size(
    text: str, lines: int, first: Piece, following: Piece | None, rules: CaptionRules
) -> float:
    cost = 1.0 + 0.2 * (lines - 1)
    if halves(text) <= FEW_HALVES:
        cost += 1.0
    if following is not None and following.start_s - first.start_s < rules.min_duration_s:
        cost += 2.0
    return cost


def _placed(
    groups: Sequence[Sequence[Piece]], rules: CaptionRules, frames: Frames
) -> list[tuple[int, int]]:
    """Return first frame and frame after the last of each caption."""
    starts: list[int] = []
    for group in groups:
        wanted = frames.at(group[0].start_s)
        if starts:
            readable = starts[-1] + frames.shortest + frames.gap
            wanted = max(wanted, min(readable, wanted + frames.latest))
            wanted = max(wanted, starts[-1] + frames.gap + 1)
        starts.append(wanted)
    spans: list[tuple[int, int]] = []
    for number, group in enumerate(groups):
        start = starts[number]
        is_last = number + 1 == len(groups)
        if is_last:
            floor = spans[-1][0] + frames.shortest + frames.gap if spans else 0
            start = min(start, max(floor, frames.end - frames.shortest))
            if spans:
                spans[-1] = (spans[-1][0], min(spans[-1][1], start - frames.gap))
        limit = max(frames.end, start + 1) if is_last else starts[number + 1] - frames.gap
        spans.append((start, _end_of(group, start, limit, rules, frames)))
    return spans


def _end_of(
    group: Sequence[Piece], start: int, limit: int, rules: CaptionRules, frames: Frames
) -> int:
    """Return when a caption that starts at frame `start` goes, at `limit` at the latest."""
    units = sum(halves(piece.text) for piece in group) / 2
    readable = math.ceil(Fraction(units / rules.max_units_per_s) * frames.rate)
    spoken = frames.at(group[-1].end_s) + frames.afterglow
    end = max(spoken, start + max(frames.shortest, readable))
    if limit - end < frames.chained:
        end = limit
    return min(end, limit, start + frames.longest)
