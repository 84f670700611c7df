"""Draw what stands written in a programme: its cards and lower thirds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from models.compilation import Card, Clip, Timeline
from models.errors import RequestInvalid
from models.profile import CardStyle, MasterSpec
from tasks.adapters.scratch import translated_disk_errors
from tasks.adapters.text import Typesetter, save_jpeg, save_png
from tasks.media.cards import Placed, layout_card, layout_lower_third
from tasks.media.drawing import Drawing
from tasks.policies import step
from tasks.progress import progress_of

POSTER = "poster.jpg"


@dataclass(frozen=True)
class Titles:
    """Pictures by the number of their item in the timeline; plates with their place."""

    cards: dict[int, str] = field(default_factory=dict)
    plates: dict[int, tuple[str, Placed]] = field(default_factory=dict)


@step("draw-titles")
def draw_titles(
    timeline: Timeline, poster: Card, style: CardStyle, spec: MasterSpec, folder: Path
) -> Titles:
    """Draw every card, every lower third and the poster into `folder`.

    Raises:
        RequestInvalid: a font isn't there, or a text can't be drawn.
    """
    typesetter = Typesetter(style)
    size = (spec.width_px, spec.height_px)
    titles = Titles()
    with progress_of("字幕卡 titles") as advance, translated_disk_errors():
        drawing = layout_card(poster, style, *size, typesetter.measure)
        save_jpeg(typesetter.draw(drawing), folder / POSTER)
        for number, item in enumerate(timeline.items):
            if isinstance(item, Card):
                name = f"card-{number:04d}.png"
                drawing = layout_card(item, style, *size, typesetter.measure)
                save_png(typesetter.draw(drawing), folder / name)
                titles.cards[number] = name
            elif item.lower_third:
                name = f"plate-{number:04d}.png"
                placed = _layout_plate(item, style, size, typesetter)
                save_png(typesetter.draw(placed.drawing), folder / name)
                titles.plates[number] = (name, placed)
            advance((number + 1) / len(timeline.items))
    return titles


def find_text_problems(
    items: Iterable[Card | Clip], style: CardStyle, spec: MasterSpec, burned: Iterable[str] = ()
) -> tuple[str, ...]:
    """Name every text that the style's fonts can't draw or that doesn't fit; nothing is drawn.

    `burned` are further texts that will stand in the picture.
    """
    try:
        typesetter = Typesetter(style)
    except RequestInvalid as error:
        return tuple(f"{error.what}: {problem}" for problem in error.problems)
    size = (spec.width_px, spec.height_px)
    problems: list[str] = []
    for item in items:
        try:
            drawing = _layout(item, style, size, typesetter)
        except RequestInvalid as error:
            problems += [f"{error.what}: {problem}" for problem in error.problems]
            continue
        for mark in drawing.texts if drawing else ():
            problems += _missing(typesetter, mark.text, mark.is_bold, _name(item))
    for text in burned:
        problems += _missing(typesetter, text, False, "captions")
    return tuple(dict.fromkeys(problems))


def _layout(
    item: Card | Clip, style: CardStyle, size: tuple[int, int], typesetter: Typesetter
) -> Drawing | None:
    if isinstance(item, Card):
        return layout_card(item, style, *size, typesetter.measure)
    return _layout_plate(item, style, size, typesetter).drawing if item.lower_third else None


def _layout_plate(
    item: Clip, style: CardStyle, size: tuple[int, int], typesetter: Typesetter
) -> Placed:
    return layout_lower_third(item.lower_third_lines, style, *size, typesetter.measure)


def _missing(typesetter: Typesetter, text: str, is_bold: bool, where: str) -> list[str]:
    family = typesetter.faces[is_bold].family
    return [
        f"{where}: {family} has no glyph for {sign} (U+{ord(sign):04X})"
        for sign in typesetter.missing_glyphs(text, is_bold)
    ]


def _name(item: Card | Clip) -> str:
    return f"{item.layout} card “{item.name}”" if isinstance(item, Card) else item.work.label
