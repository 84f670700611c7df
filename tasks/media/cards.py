"""Lay out title cards and lower thirds: where each line stands, how large, in which colour.

A card is a stack of rows, centred in the safe area. Text is broken and shrunk within the style's
bounds; what still doesn't fit is refused, never clipped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.compilation import Card
from models.errors import RequestInvalid
from models.profile import CardStyle, Credits
from tasks.media.drawing import (
    Background,
    Diamond,
    Drawing,
    Frame,
    Hairline,
    Mark,
    Panel,
    Text,
    lowered,
)
from tasks.media.wrapping import Wrapped, split_units, wrap

Measure = Callable[[str, bool], float]
"""Return the width of a text in ems; the flag asks for the bold face."""

ASCENT_EM = 0.88
"""From the top of a Han sign's box down to the baseline."""
PITCH = 1.34
"""From line to line, in sizes of the type."""
MOST_LINES = 3
ONE_LINE_AT_LEAST, TWO_LINES_AT_LEAST = 0.72, 0.5
"""A text takes a further line before it shrinks below this share of its size."""
SHRINKS = tuple(1 - step * 0.04 for step in range(16))
LOWER_THIRD_BOTTOM = 0.8
"""Captions stand below this share of the height."""


@dataclass(frozen=True)
class Placed:
    """A lower third and where its upper left corner goes."""

    drawing: Drawing
    x_px: int
    y_px: int


@dataclass(frozen=True)
class Row:
    """A part of a stack; its marks stand as if the row began at the picture's top."""

    height_px: float
    marks: tuple[Mark, ...] = ()


class TooLong(Exception):
    """A text is longer than its place allows at the smallest size."""


@dataclass(frozen=True)
class Sheet:
    """The picture that a card is laid out on, with everything that decides sizes."""

    width_px: int
    height_px: int
    style: CardStyle
    measure: Measure
    shrink: float = 1.0

    @property
    def margin_x(self) -> float:
        """From the picture's side to the safe area."""
        return self.width_px * (1 - self.style.safe_share) / 2

    @property
    def margin_y(self) -> float:
        """From the picture's top to the safe area."""
        return self.height_px * (1 - self.style.safe_share) / 2

    @property
    def column_px(self) -> float:
        """Width that text may take: the safe area with some air beside it."""
        return (self.width_px - 2 * self.margin_x) * 0.92

    @property
    def smallest_px(self) -> float:
        """No type is smaller."""
        return self.height_px * self.style.smallest_share

    @property
    def line_px(self) -> float:
        """Width of a hairline."""
        return max(1.0, self.height_px / 540)

    def size(self, share: float) -> float:
        """Return a type size for a share of the height, after shrinking."""
        return max(self.height_px * share * self.shrink, self.smallest_px)

    def gap(self, share: float) -> Row:
        """Return empty space."""
        return Row(self.height_px * share * self.shrink)


def layout_card(
    card: Card, style: CardStyle, width_px: int, height_px: int, measure: Measure
) -> Drawing:
    """Return the drawing of a card.

    Raises:
        RequestInvalid: its text doesn't fit at the smallest size that the style allows.
    """
    for shrink in SHRINKS:
        sheet = Sheet(width_px, height_px, style, measure, shrink)
        try:
            marks = LAYOUTS[card.layout](card, sheet)
        except TooLong:
            continue
        has_rays = card.layout in ("opening", "closing")
        background = Background(style.background, style.background_edge, has_rays=has_rays)
        return Drawing(width_px, height_px, marks, background)
    text = " / ".join(line for line in card.lines if line)
    raise RequestInvalid(f"{card.layout} card", (f"too much text to be readable: {text}",))


def layout_lower_third(
    lines: Sequence[str], style: CardStyle, width_px: int, height_px: int, measure: Measure
) -> Placed:
    """Return the plate with a speaker's name that stands low at the left, above the captions.

    Raises:
        RequestInvalid: a line doesn't fit at the smallest size.
    """
    sheet = Sheet(width_px, height_px, style, measure)
    pad, bar = height_px * 0.022, max(2.0, height_px / 180)
    room = (width_px - 2 * sheet.margin_x) * 0.72
    sizes = (style.text_share * 0.95, style.smallest_share * 1.06)
    colors = (style.text_color, style.title_color)
    rows: list[Row] = []
    widest = 0.0
    for text, share, color, is_bold in zip(lines, sizes, colors, (True, False), strict=False):
        size = sheet.size(share)
        wide = measure(text, is_bold)
        size = min(size, room / wide)
        if size < sheet.smallest_px:
            raise RequestInvalid("lower third", (f"too long to be readable: {text}",))
        widest = max(widest, wide * size)
        mark = Text(bar + pad * 1.3, _baseline(0, size, 1.3), text, size, color, is_bold)
        rows.append(Row(size * 1.3, (mark,)))
    height = _even(sum(row.height_px for row in rows) + 2 * pad)
    tail = height * 0.9
    width = _even(bar + pad * 1.3 + widest + tail)
    panel = Panel(0, 0, width, height, style.background_edge, 0.9, fade_share=tail / width)
    edge = Panel(0, 0, bar, height, style.accent)
    drawing = Drawing(width, height, (panel, edge, *_stacked(rows, pad)))
    bottom = min(height_px * LOWER_THIRD_BOTTOM, height_px - sheet.margin_y)
    return Placed(drawing, _even(sheet.margin_x), _even(bottom - height))


def fit_text(
    sheet: Sheet, text: str, share: float, *, is_bold: bool, tracking: float = 0.0
) -> tuple[tuple[str, ...], float]:
    """Break and shrink a text to the column; return its lines and its size in pixels.

    Raises:
        TooLong: it doesn't fit on three lines at the smallest size.
    """
    largest = sheet.size(share)

    def width(line: str) -> float:
        return tracked_width(line, sheet.measure, is_bold=is_bold, tracking=tracking)

    if width(" ".join(text.split())) * sheet.smallest_px > sheet.column_px * MOST_LINES:
        raise TooLong(text)
    options: list[tuple[Wrapped, float]] = []
    for count in range(1, MOST_LINES + 1):
        wrapped = wrap(text, count, width)
        if wrapped:
            size = min(largest, sheet.column_px / wrapped.width_em)
            options.append((wrapped, size))
            enough = {1: ONE_LINE_AT_LEAST, 2: TWO_LINES_AT_LEAST}.get(count, 0.0)
            if size >= max(enough * largest, sheet.smallest_px):
                break
    if not options or options[-1][1] < sheet.smallest_px:
        raise TooLong(text)
    return options[-1][0].lines, options[-1][1]


def tracked_width(text: str, measure: Measure, *, is_bold: bool, tracking: float) -> float:
    """Return the width in ems of a text whose units stand `tracking` ems apart."""
    if not tracking:
        return measure(text, is_bold)
    units = split_units(text)
    return sum(measure(unit, is_bold) for unit in units) + tracking * (len(units) - 1)


def _opening(card: Card, sheet: Sheet) -> tuple[Mark, ...]:
    title, subtitle = card.lines
    style = sheet.style
    rows = [
        _text_row(
            sheet, title, style.title_share * 1.22, style.title_color, is_bold=True, tracking=0.07
        ),
        sheet.gap(0.038),
        _ornament(sheet),
    ]
    if subtitle:
        share = style.text_share * 1.12
        rows += [
            sheet.gap(0.03),
            _text_row(sheet, subtitle, share, style.accent, tracking=0.12),
        ]
    organisers = _credit_rows(sheet, card.credits, style.smallest_share * 1.02, join_names=True)
    inner_top, inner_bottom = sheet.margin_y * 1.6, sheet.height_px - sheet.margin_y * 1.9
    credits_top = inner_bottom - sum(row.height_px for row in organisers)
    heights = sum(row.height_px for row in rows)
    # The title's block stands a little above the middle of what the credits leave.
    top = inner_top + (credits_top - inner_top - heights) * 0.56
    if top < inner_top or top + heights > credits_top:
        raise TooLong(title)
    return (*_double_frame(sheet), *_stacked(rows, top), *_stacked(organisers, credits_top))


def _topic(card: Card, sheet: Sheet) -> tuple[Mark, ...]:
    kind, name, note = card.lines
    style = sheet.style
    rows = [
        _text_row(sheet, kind, style.text_share * 0.86, style.accent, tracking=0.5),
        sheet.gap(0.02),
        _text_row(
            sheet, name, style.title_share * 1.25, style.title_color, is_bold=True, tracking=0.14
        ),
        sheet.gap(0.03),
        _ornament(sheet),
    ]
    if note:
        share = style.smallest_share * 1.1
        rows += [sheet.gap(0.026), _text_row(sheet, note, share, style.text_color, tracking=0.1)]
    return (*_bands(sheet), *_centred(sheet, rows))


def _work(card: Card, sheet: Sheet) -> tuple[Mark, ...]:
    place, school, person, title = card.lines
    style = sheet.style
    headline = (title if title.startswith("《") else f"《{title}》") if title else school or person
    details = [line for line in (school, person) if line and line != headline]
    rows = []
    if place:
        share = style.text_share * 0.82
        rows += [_text_row(sheet, place, share, style.accent, tracking=0.16), sheet.gap(0.034)]
    rows.append(
        _text_row(sheet, headline, style.title_share * 0.96, style.title_color, is_bold=True)
    )
    if details:
        rows += [sheet.gap(0.036), _ornament(sheet), sheet.gap(0.032)]
    for number, line in enumerate(details):
        share = style.text_share * (1.0 if number == 0 else 0.9)
        rows += [sheet.gap(0.008)] if number else []
        rows.append(_text_row(sheet, line, share, style.text_color, tracking=0.04))
    return (*_bands(sheet), *_centred(sheet, rows))


def _closing(card: Card, sheet: Sheet) -> tuple[Mark, ...]:
    title, thanks = card.lines
    style = sheet.style
    rows = [
        _text_row(
            sheet, title, style.text_share * 1.3, style.title_color, is_bold=True, tracking=0.08
        ),
        sheet.gap(0.03),
        _ornament(sheet),
    ]
    if card.credits:
        rows += [sheet.gap(0.05), *_credit_rows(sheet, card.credits, style.text_share * 0.8)]
    if thanks:
        share = style.text_share * 0.95
        rows += [sheet.gap(0.06), _text_row(sheet, thanks, share, style.accent, tracking=0.16)]
    return (*_double_frame(sheet), *_centred(sheet, rows))


LAYOUTS: dict[str, Callable[[Card, Sheet], tuple[Mark, ...]]] = {
    "opening": _opening,
    "topic": _topic,
    "work": _work,
    "closing": _closing,
}


def _text_row(
    sheet: Sheet, text: str, share: float, color: str, *, is_bold: bool = False, tracking: float = 0
) -> Row:
    lines, size = fit_text(sheet, text, share, is_bold=is_bold, tracking=tracking)
    low = sheet.style.accent if is_bold else None
    marks: list[Mark] = []
    for number, line in enumerate(lines):
        wide = tracked_width(line, sheet.measure, is_bold=is_bold, tracking=tracking) * size
        x, baseline = (sheet.width_px - wide) / 2, _baseline(number, size)
        for unit in split_units(line) if tracking else (line,):
            if not unit.isspace():
                marks.append(Text(x, baseline, unit, size, color, is_bold, low))
            x += (sheet.measure(unit, is_bold) + tracking) * size
    return Row(len(lines) * size * PITCH, tuple(marks))


def _credit_rows(
    sheet: Sheet, listed: Sequence[Credits], share: float, *, join_names: bool = False
) -> list[Row]:
    """Set roles and names in two columns on a common axis."""
    size = sheet.size(share)
    entries = [(c.role, ("　".join(c.names),) if join_names else c.names) for c in listed]
    roles = max((sheet.measure(role, False) for role, _ in entries), default=0.0) * size
    names = max((sheet.measure(n, False) for _, each in entries for n in each), default=0.0) * size
    gap = size * 1.1
    if roles + gap + names > sheet.column_px:
        raise TooLong("credits")
    left = (sheet.width_px - roles - gap - names) / 2
    pitch = 1.5 if join_names else 1.6
    rows = []
    for role, each in entries:
        for number, name in enumerate(each):
            baseline = _baseline(0, size, pitch)
            marks = [Text(left + roles + gap, baseline, name, size, sheet.style.text_color)]
            if number == 0:
                x = left + roles - sheet.measure(role, False) * size
                marks.append(Text(x, baseline, role, size, sheet.style.accent))
            rows.append(Row(size * pitch, tuple(marks)))
    return rows


def _ornament(sheet: Sheet) -> Row:
    """Draw a diamond between two hairlines that run out."""
    middle, radius = sheet.width_px / 2, sheet.height_px * 0.0075
    inner, outer = radius * 3, sheet.width_px * 0.17
    left = Hairline(
        middle - outer, middle - inner, radius, sheet.line_px, sheet.style.accent, "left"
    )
    right = Hairline(
        middle + inner, middle + outer, radius, sheet.line_px, sheet.style.accent, "right"
    )
    return Row(radius * 2, (left, Diamond(middle, radius, radius, sheet.style.accent), right))


def _double_frame(sheet: Sheet) -> tuple[Mark, ...]:
    width, height, accent = sheet.width_px, sheet.height_px, sheet.style.accent
    frames = []
    for inset, line in ((0.0, 1.5), (height * 0.013, 0.5)):
        x, y = sheet.margin_x + inset, sheet.margin_y + inset
        frames.append(Frame(x, y, width - x, height - y, sheet.line_px * line, accent))
    return tuple(frames)


def _bands(sheet: Sheet) -> tuple[Mark, ...]:
    """Draw a hairline along the top and the bottom of the safe area."""
    x0, x1 = sheet.margin_x, sheet.width_px - sheet.margin_x
    return tuple(
        Hairline(x0, x1, y, sheet.line_px, sheet.style.accent, "both")
        for y in (sheet.margin_y * 1.6, sheet.height_px - sheet.margin_y * 1.6)
    )


def _centred(sheet: Sheet, rows: Sequence[Row]) -> tuple[Mark, ...]:
    height = sum(row.height_px for row in rows)
    room = sheet.height_px - sheet.margin_y * 4
    if height > room:
        raise TooLong("card")
    # The eye takes a block for centred when it stands a little high.
    return _stacked(rows, sheet.margin_y * 2 + (room - height) * 0.48)


def _stacked(rows: Sequence[Row], top: float) -> tuple[Mark, ...]:
    tops = [top]
    for row in rows:
        tops.append(tops[-1] + row.height_px)
    placed = zip(rows, pairwise(tops), strict=True)
    return tuple(mark for row, (at, _) in placed for mark in lowered(row.marks, at))


def _baseline(line: int, size: float, pitch: float = PITCH) -> float:
    return line * size * pitch + (pitch - 1) * size / 2 + ASCENT_EM * size


def _even(value: float) -> int:
    """Round to an even pixel: half-size chroma has no odd ones."""
    return round(value / 2) * 2
