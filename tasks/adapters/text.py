"""The door to type: finds fonts through fontconfig, shapes with Raqm and draws with Pillow."""

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont, features

from models.errors import RequestInvalid, Unavailable
from models.profile import CardStyle
from tasks.adapters.ffmpeg import run_command
from tasks.media.drawing import Background, Diamond, Drawing, Frame, Hairline, Panel, Text

log = logging.getLogger(__name__)

MEASURED_AT_PX = 200
SMOOTH = 8
"""Slanted edges are drawn this many times larger, then reduced."""
RAYS, RAY_STRENGTH = 28, 0.055
SHADOW_OPACITY = 0.4
BLANK = frozenset("\n\t \u3000\u200b\ufe0f")
"""Signs that leave no mark, so no font needs them."""


@dataclass(frozen=True)
class Face:
    """One face of a font file and the code points it can draw."""

    file: Path
    index: int
    family: str
    covered: tuple[tuple[int, int], ...]

    def covers(self, sign: str) -> bool:
        """Tell whether the face has a glyph for one character."""
        code = ord(sign)
        return any(first <= code <= last for first, last in self.covered)


@lru_cache(maxsize=16)
def find_face(name: str) -> Face:
    """Return the face that fontconfig knows under `name`, such as `Noto Sans CJK SC:bold`.

    Raises:
        RequestInvalid: no font of that family is installed.
        Unavailable: fontconfig itself is missing.
    """
    form = "%{file}\\n%{index}\\n%{family}\\n%{charset}\\n"
    result = run_command(["fc-match", "-f", form, name], folder=Path("/"), timeout_s=30)
    file, index, families, charset = (*result.stdout.split("\n"), "", "", "", "")[:4]
    family = name.partition(":")[0].strip()
    if family.casefold() not in [known.strip().casefold() for known in families.split(",")]:
        raise RequestInvalid(
            f"font {name}",
            (f"it is not installed (the nearest is {families}); `fc-list` names what is",),
        )
    ranges = (part.partition("-") for part in charset.split())
    covered = tuple((int(first, 16), int(last or first, 16)) for first, _, last in ranges)
    # The upper half of the index chooses a variable font's instance.
    return Face(Path(file), int(index) & 0xFFFF, family, covered)


class Typesetter:
    """The two faces of a card style, ready to measure and to draw."""

    def __init__(self, style: CardStyle) -> None:
        """Find the faces.

        Raises:
            RequestInvalid: a font isn't installed.
            Unavailable: fontconfig or the shaping engine is missing.
        """
        if not features.check("raqm"):
            raise Unavailable("text shaping", "libfribidi is missing; `make setup` installs it")
        self.faces = {False: find_face(style.font), True: find_face(style.font_bold)}
        self._fonts: dict[tuple[bool, float], ImageFont.FreeTypeFont] = {}

    def measure(self, text: str, is_bold: bool) -> float:
        """Return the width of a text in ems."""
        return self.font(MEASURED_AT_PX, is_bold).getlength(text) / MEASURED_AT_PX

    def missing_glyphs(self, text: str, is_bold: bool) -> str:
        """Return the characters of `text` that the face can't draw, each once."""
        face = self.faces[is_bold]
        missing = (sign for sign in text if sign not in BLANK and not face.covers(sign))
        return "".join(dict.fromkeys(missing))

    def font(self, size_px: float, is_bold: bool) -> ImageFont.FreeTypeFont:
        """Return a face at a size."""
        key = (is_bold, round(size_px, 2))
        if key not in self._fonts:
            face = self.faces[is_bold]
            self._fonts[key] = ImageFont.truetype(
                str(face.file), key[1], index=face.index, layout_engine=ImageFont.Layout.RAQM
            )
        return self._fonts[key]

    def draw(self, drawing: Drawing) -> Image.Image:
        """Return the picture of a drawing; it has an alpha channel when it has no background."""
        size = (drawing.width_px, drawing.height_px)
        if drawing.background:
            image = _background(drawing.background, size).copy()
        else:
            image = Image.new("RGBA", size, (0, 0, 0, 0))
        for mark in drawing.marks:
            if not isinstance(mark, Text):
                _lay(image, *_shape(mark))
        self._add_texts(image, drawing.texts)
        return image.convert("RGB") if drawing.background else image

    def ink(self, text: Text) -> tuple[float, float, float, float]:
        """Return the box that a text's ink fills: left, top, right, bottom."""
        font = self.font(text.size_px, text.is_bold)
        box = font.getbbox(text.text, anchor="ls")
        left, top, right, bottom = (float(edge) for edge in box)
        return text.x + left, text.baseline + top, text.x + right, text.baseline + bottom

    def _add_texts(self, image: Image.Image, texts: tuple[Text, ...]) -> None:
        """Draw the texts over a soft shadow of all of them."""
        largest = max((text.size_px for text in texts), default=0.0)
        layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
        for text in texts:
            _lay(layer, *self._text_tile(text))
        shadow = Image.new("RGBA", image.size, (0, 0, 0, 0))
        dark = layer.getchannel("A").filter(ImageFilter.GaussianBlur(largest * 0.045))
        shadow.putalpha(dark.point(lambda alpha: round(alpha * SHADOW_OPACITY)))
        _lay(image, shadow, (0, max(1, round(largest * 0.03))))
        _lay(image, layer, (0, 0))

    def _text_tile(self, text: Text) -> tuple[Image.Image, tuple[int, int]]:
        left, top, right, bottom = self.ink(text)
        at = (int(left) - 2, int(top) - 2)
        mask = Image.new("L", (int(right) + 3 - at[0], int(bottom) + 3 - at[1]), 0)
        ImageDraw.Draw(mask).text(
            (text.x - at[0], text.baseline - at[1]),
            text.text,
            fill=255,
            font=self.font(text.size_px, text.is_bold),
            anchor="ls",
            language="zh-Hans",
        )
        low, high = text.baseline + 0.12 * text.size_px, text.baseline - 0.86 * text.size_px
        shares = np.clip((np.arange(mask.height) + at[1] - high) / (low - high), 0, 1)
        tile = _shaded(text.color, text.color_low or text.color, shares, mask.width)
        tile.putalpha(mask)
        return tile, at


def save_png(image: Image.Image, path: Path) -> None:
    """Write a picture losslessly."""
    image.save(path, "PNG", compress_level=1)


def save_jpeg(image: Image.Image, path: Path) -> None:
    """Write a picture for people to look at."""
    image.convert("RGB").save(path, "JPEG", quality=90)


@lru_cache(maxsize=4)
def _background(background: Background, size: tuple[int, int]) -> Image.Image:
    """Paint a glow a little above the middle, dithered so that it shows no bands."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    dx, dy = (x - width / 2) / (width * 0.62), (y - height * 0.44) / (height * 0.78)
    far = np.clip(np.hypot(dx, dy), 0, 1)
    share = far * far * (3 - 2 * far)
    inner, edge = _rgb(background.color), _rgb(background.edge_color)
    picture = inner + (edge - inner) * share[..., None]
    if background.has_rays:
        angle = np.arctan2(y - height * 1.15, x - width / 2)
        ray = np.clip(np.cos(angle * RAYS * 2), 0, 1) ** 2 * (1 - share)
        picture = picture * (1 + RAY_STRENGTH * ray[..., None])
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (height, width, 1))
    pixels = np.clip(picture + noise, 0, 255).round().astype(np.uint8)
    return Image.fromarray(pixels).convert("RGBA")


def _lay(image: Image.Image, tile: Image.Image, at: tuple[int, int]) -> None:
    """Composite a tile onto the image; what lies outside is left out."""
    source = (max(0, -at[0]), max(0, -at[1]))
    image.alpha_composite(tile, (max(0, at[0]), max(0, at[1])), source)


def _shape(mark: Diamond | Frame | Hairline | Panel) -> tuple[Image.Image, tuple[int, int]]:
    if isinstance(mark, Diamond):
        return _diamond(mark)
    if isinstance(mark, Frame):
        return _frame(mark)
    if isinstance(mark, Hairline):
        thick = max(1, round(mark.width_px))
        at = (round(mark.x0), round(mark.y - thick / 2))
        return _strip(mark.color, _run_out(mark, round(mark.x1) - at[0]), thick), at
    at = (round(mark.x0), round(mark.y0))
    opacity = _fade_right(mark, round(mark.x1) - at[0])
    return _strip(mark.color, opacity, round(mark.y1) - at[1]), at


def _diamond(mark: Diamond) -> tuple[Image.Image, tuple[int, int]]:
    side = int(mark.radius_px * 2) + 4
    middle, radius = side * SMOOTH / 2, mark.radius_px * SMOOTH
    large = Image.new("L", (side * SMOOTH, side * SMOOTH), 0)
    corners = ((0, -radius), (radius, 0), (0, radius), (-radius, 0))
    ImageDraw.Draw(large).polygon([(middle + x, middle + y) for x, y in corners], fill=255)
    tile = Image.new("RGBA", (side, side), mark.color)
    tile.putalpha(large.resize((side, side), Image.Resampling.BOX))
    return tile, (round(mark.x - side / 2), round(mark.y - side / 2))


def _frame(mark: Frame) -> tuple[Image.Image, tuple[int, int]]:
    at = (round(mark.x0), round(mark.y0))
    tile = Image.new("RGBA", (round(mark.x1) - at[0], round(mark.y1) - at[1]), (0, 0, 0, 0))
    box = (0, 0, tile.width - 1, tile.height - 1)
    ImageDraw.Draw(tile).rectangle(box, outline=mark.color, width=max(1, round(mark.width_px)))
    return tile, at


def _strip(color: str, opacity: NDArray[np.float64], height: int) -> Image.Image:
    alpha = np.tile((opacity * 255).round().astype(np.uint8), (height, 1))
    strip = Image.new("RGBA", (len(opacity), height), color)
    strip.putalpha(Image.fromarray(alpha))
    return strip


def _run_out(mark: Hairline, width: int) -> NDArray[np.float64]:
    along = np.linspace(0, 1, width)
    ramps = {"none": np.ones(width), "left": along, "right": along[::-1]}
    both = np.clip(np.minimum(along, along[::-1]) * 4, 0, 1)
    return np.asarray(ramps.get(mark.fades, both), dtype=np.float64)


def _fade_right(mark: Panel, width: int) -> NDArray[np.float64]:
    if not mark.fade_share:
        return np.full(width, mark.opacity)
    left_over = (1 - np.linspace(0, 1, width)) / mark.fade_share
    smooth = np.clip(left_over, 0, 1)
    return np.asarray(mark.opacity * smooth * smooth * (3 - 2 * smooth), dtype=np.float64)


def _shaded(color: str, low: str, shares: NDArray[np.float64], width: int) -> Image.Image:
    """Return a tile whose rows go from one colour most of the way to the other."""
    first, last = _rgb(color), _rgb(low)
    column = first + (last - first) * shares[:, None] * 0.7
    rows = np.repeat(column[:, None, :], width, axis=1)
    return Image.fromarray(rows.round().astype(np.uint8)).convert("RGBA")


def _rgb(color: str) -> NDArray[np.float64]:
    return np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)], dtype=np.float64)
