"""Type as it is really drawn: fonts that are there, glyphs that exist, ink inside the safe area."""

import re

import numpy as np
import pytest
from PIL import Image

from models.compilation import Card
from models.errors import RequestInvalid
from models.profile import CardStyle, Credits
from tasks.adapters.text import Typesetter, find_face, save_jpeg, save_png
from tasks.media.cards import layout_card, layout_lower_third
from tasks.media.drawing import Drawing, Text

pytestmark = pytest.mark.media

STYLE = CardStyle()
HARD = "在新时代新征程上落实立德树人根本任务，基于STEM+的project-based学习办好人民满意的乡村教育"
CREDITS = (
    Credits(role="主办", names=("某某司",)),
    Credits(role="协办", names=("某某频道", "某某融媒体中心")),
)
CARDS = {
    "opening": Card(
        layout="opening", lines=("凝心铸魂共育未来", "副标题"), credits=CREDITS, frames=1
    ),
    "long opening": Card(layout="opening", lines=(HARD, HARD), credits=CREDITS, frames=1),
    "topic": Card(layout="topic", lines=("话题", "教育公平", "3 部作品"), frames=1),
    "work": Card(
        layout="work",
        lines=("某自治区 某自治州", "某某县第一中学", "艾克拜尔·吐尔逊𬭎䶮 书记、校长", HARD),
        frames=1,
    ),
    "closing": Card(layout="closing", lines=("题目", "感谢观看"), credits=CREDITS, frames=1),
}


@pytest.fixture(scope="module")
def typesetter():
    return Typesetter(STYLE)


def test_a_family_is_found_with_its_simplified_chinese_face():
    face = find_face("Noto Sans CJK SC:bold")
    assert face.file.name == "NotoSansCJK-Bold.ttc"
    assert face.family == "Noto Sans CJK SC"
    assert face.covers("门")
    assert not face.covers("😀")


def test_a_font_that_is_not_there_is_named_and_not_replaced():
    with pytest.raises(RequestInvalid, match=r"No Such Family.*not installed"):
        find_face("No Such Family:bold")
    with pytest.raises(RequestInvalid, match="No Such Family"):
        Typesetter(CardStyle(font="No Such Family"))


def test_glyphs_that_a_font_lacks_are_found_and_rare_ones_are_not_suspected(typesetter):
    assert typesetter.missing_glyphs("𬭎䶮·—“”《》 ABC 12 é\n", False) == ""
    assert typesetter.missing_glyphs("表情😀和😀", False) == "😀"
    assert typesetter.missing_glyphs("བོད", True) == "བོད"


def test_regional_forms_are_the_mainland_ones(typesetter):
    """直 has three strokes in its inner box in Chinese and is drawn otherwise in Japanese."""
    chinese = typesetter.font(100, False)
    japanese = Typesetter(CardStyle(font="Noto Sans CJK JP")).font(100, False)
    assert bytes(chinese.getmask("直")) != bytes(japanese.getmask("直"))


def test_measures_scale_with_the_size(typesetter):
    text = "教育公平 STEM+"
    em = typesetter.measure(text, True)
    for size in (20, 60, 141.3):
        assert typesetter.font(size, True).getlength(text) == pytest.approx(em * size, rel=0.02)


@pytest.mark.parametrize("size", [(1920, 1080), (640, 360)], ids=str)
@pytest.mark.parametrize("name", CARDS)
def test_the_ink_of_every_text_stays_in_the_safe_area(typesetter, name, size):
    width, height = size
    drawing = layout_card(CARDS[name], STYLE, width, height, typesetter.measure)
    for text in drawing.texts:
        left, top, right, bottom = typesetter.ink(text)
        assert width * 0.05 <= left < right <= width * 0.95, text
        assert height * 0.05 <= top < bottom <= height * 0.95, text


@pytest.mark.parametrize("name", CARDS)
def test_no_text_is_clipped_where_it_is_drawn(typesetter, name):
    """Count each text's ink alone in a large picture, and again where it stands on its card."""
    drawing = layout_card(CARDS[name], STYLE, 480, 270, typesetter.measure)
    for text in drawing.texts:
        here = Drawing(480, 270, (text,))
        roomy = Drawing(780, 570, (Text(text.x + 150, text.baseline + 150, *text_style(text)),))
        ink = [
            typesetter.draw(d).getchannel("A").point(lambda a: 255 * (a > 200))
            for d in (here, roomy)
        ]
        counts = [np.count_nonzero(np.asarray(layer)) for layer in ink]
        assert counts[0] == counts[1] > 0, text.text


def text_style(text):
    return text.text, text.size_px, text.color, text.is_bold, text.color_low


def test_a_card_is_opaque_red_with_a_light_title(typesetter):
    drawing = layout_card(CARDS["opening"], STYLE, 960, 540, typesetter.measure)
    image = typesetter.draw(drawing)
    assert (image.mode, image.size) == ("RGB", (960, 540))
    pixels = np.asarray(image).astype(int)
    corner, middle = pixels[:10, :10].mean((0, 1)), pixels[250, 20:40].mean(0)
    for red, green, blue in (corner, middle):
        assert red > 60 > green
        assert blue < 60
    title = next(t for t in drawing.texts if t.is_bold)
    left, top, right, bottom = (round(edge) for edge in typesetter.ink(title))
    assert pixels[top:bottom, left:right].max((0, 1)).min() > 190


def test_the_same_card_is_drawn_with_the_same_bytes(typesetter, tmp_path):
    drawing = layout_card(CARDS["work"], STYLE, 640, 360, typesetter.measure)
    files = [tmp_path / "a.png", tmp_path / "b.png"]
    save_png(typesetter.draw(drawing), files[0])
    save_png(Typesetter(STYLE).draw(drawing), files[1])
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_lower_third_is_transparent_around_its_plate(typesetter, tmp_path):
    placed = layout_lower_third(
        ("某某 校长", "某省 某市 某某学校"), STYLE, 1920, 1080, typesetter.measure
    )
    path = tmp_path / "plate.png"
    save_png(typesetter.draw(placed.drawing), path)
    with Image.open(path) as image:
        alpha = np.asarray(image.getchannel("A"))
    assert alpha[:, 3].min() == 255  # the bar at its left
    assert alpha[:, -1].max() == 0  # it runs out to the right
    assert 200 < alpha[4, alpha.shape[1] // 3] < 255  # the plate lets some picture through


def test_a_poster_is_a_jpeg_of_the_card(typesetter, tmp_path):
    drawing = layout_card(CARDS["opening"], STYLE, 640, 360, typesetter.measure)
    save_jpeg(typesetter.draw(drawing), tmp_path / "poster.jpg")
    assert re.match(rb"\xff\xd8\xff", (tmp_path / "poster.jpg").read_bytes())
