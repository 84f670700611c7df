"""The text of captions: how wide it is, where it may break, how it is broken into lines.

Widths are counted in halves: a full-width character is two, a half-width one is one.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.transcript import Segment

DROPPED_AT_END = "，。、,."
"""A line's end says as much as these do, so they are left out there."""
SENTENCE_ENDS = "。！？!?…"
CLAUSE_ENDS = "，、；：,;:"
OPENING = "（《〈“‘「『【([{"
CLOSING = "）》〉”’」』】)]}" + SENTENCE_ENDS + CLAUSE_ENDS + ".%％"
FULL_WIDTH = str.maketrans(",.?!:;", "，。？！：；")


@dataclass(frozen=True)
class Piece:
    """Text that is never broken, with its time; it may begin with a space."""

    text: str
    start_s: float
    end_s: float
    ends_segment: bool = False


def halves(text: str) -> int:
    """Return how wide `text` is."""
    return sum(_width(character) for character in text)


def with_full_width_marks(text: str) -> str:
    """Return `text` with the marks that stand after Chinese written full width.

    No character is added or lost; numbers such as 3.14 and 10:30 stay.
    """
    made = list(text)
    for position, character in enumerate(text):
        before = text[position - 1] if position else ""
        if character in ",.?!:;" and before and (_is_han(before) or before in "”》）"):
            made[position] = character.translate(FULL_WIDTH)
    return "".join(made)


def pieces_of(segments: Sequence[Segment], widest: int) -> tuple[Piece, ...]:
    """Return the text of `segments` in pieces that may stand on different lines.

    Parts of a Latin word or number stay together, marks stay with their word, and only what is
    wider than a line by itself (`widest`) is cut.
    """
    pieces: list[Piece] = []
    for segment in segments:
        own: list[Piece] = []
        for piece in _timed_parts(segment):
            if own and not _may_break(own[-1].text, piece.text):
                joined = own[-1].text + piece.text
                own[-1] = replace(own[-1], text=joined, end_s=max(own[-1].end_s, piece.end_s))
            else:
                own.append(piece)
        narrow = [part for piece in own for part in _narrowed(piece, widest)]
        if narrow:
            narrow[-1] = replace(narrow[-1], ends_segment=True)
        pieces += narrow
    return tuple(pieces)


def as_line(texts: Sequence[str]) -> str:
    """Return the texts of pieces as a line stands on the screen."""
    return "".join(texts).strip().rstrip(DROPPED_AT_END + " ")


def break_lines(texts: Sequence[str], widest: int, most_lines: int) -> tuple[str, ...] | None:
    """Return the texts in the best lines, or None when they don't fit.

    As few lines as possible; then such that a line ends where the sentence rests, and that the
    lines are about as wide as each other.
    """
    for count in range(1, most_lines + 1):
        broken = _broken(tuple(texts), widest, count)
        if broken is not None:
            return tuple(line for line in broken[1] if line)
    return None


def rest_after(text: str) -> float:
    """Return how badly a caption or line ends after `text`: 0 a sentence's end … 1 anywhere."""
    words = text.rstrip().rstrip(CLOSING)
    marks = text[len(words) :]
    if any(mark in SENTENCE_ENDS or mark == "." for mark in marks):
        return 0.0
    return 0.3 if any(mark in CLAUSE_ENDS for mark in marks) else 1.0


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def _is_han(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF" and character.isalpha()


def _timed_parts(segment: Segment) -> list[Piece]:
    """Return a segment's words, or its characters spread evenly where the engine timed none."""
    if segment.words:
        return [Piece(word.text, word.start_s, word.end_s) for word in segment.words if word.text]
    step = (segment.end_s - segment.start_s) / max(1, len(segment.text))
    return [
        Piece(character, segment.start_s + step * n, segment.start_s + step * (n + 1))
        for n, character in enumerate(segment.text)
    ]


def _may_break(before: str, after: str) -> bool:
    last, first = before[-1], after[0]
    if not _says_something(before) or not after.strip() or last in OPENING or first in CLOSING:
        return False
    if first.isspace() or last.isspace():
        return True
    if last.isdigit():  # a number stays with what it counts
        return first in OPENING
    return _is_han(first) or _is_han(last) or first in OPENING or last in CLOSING


def _says_something(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _narrowed(piece: Piece, widest: int) -> list[Piece]:
    """Cut a piece that no line can hold, and spread its time over the parts."""
    if halves(piece.text.strip()) <= widest:
        return [piece]
    parts = [""]
    for character in piece.text:
        if parts[-1].strip() and halves((parts[-1] + character).strip()) > widest:
            parts.append("")
        parts[-1] += character
    step = (piece.end_s - piece.start_s) / len(parts)
    moments = [piece.start_s + step * n for n in range(len(parts) + 1)]
    return [
        replace(piece, text=part, start_s=moments[n], end_s=moments[n + 1])
        for n, part in enumerate(parts)
    ]


def _broken(
    texts: tuple[str, ...], widest: int, count: int
) -> tuple[float, tuple[str, ...]] | None:
    """Return the best way to stand on exactly `count` lines, with what it costs."""
    if count == 1:
        line = as_line(texts)
        return (halves(line) ** 2, (line,)) if halves(line) <= widest else None
    ways = []
    for at in range(1, len(texts)):
        first = _broken(texts[:at], widest, 1)
        if first is None:
            break
        others = _broken(texts[at:], widest, count - 1)
        if others is not None:
            unrest = rest_after(texts[at - 1]) * widest**2 / 4
            ways.append((first[0] + others[0] + unrest, (*first[1], *others[1])))
    return min(ways, default=None)
