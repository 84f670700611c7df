"""Cards keep to the safe area and refuse what they can't show readably; widths are assumed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.compilation import Card
from models.errors import RequestInvalid
from models.profile import CardStyle, Credits
from tasks.media.cards import layout_card, layout_lower_third
from tasks.media.drawing import Diamond, Frame, Hairline, Text

STYLE = CardStyle()
SIZES = [(1920, 1080), (640, 360), (320, 180)]
TITLE = "在新时代新征程上落实立德树人根本任务，基于STEM+的project-based学习办好人民满意的乡村教育"


def measure(text: str, is_bold: bool) -> float:  # noqa: ARG001 - one width for both faces
    """Full-width signs are one em wide, others six tenths."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.6 for c in text)


def card(layout, *lines, listed=()):
    return Card(layout=layout, lines=lines, credits=listed, frames=1)


CREDITS = tuple(Credits(role=r, names=("某某单位", "某某中心")) for r in ("主办", "承办", "协办"))
CARDS = [
    card("opening", "凝心铸魂共育未来", "中小学校长共话二十大", listed=CREDITS),
    card("opening", "题目", ""),
    card("opening", TITLE, TITLE, listed=CREDITS),
    card("topic", "话题", "教育公平", "3 部作品"),
    card("topic", "省份", "新疆生产建设兵团", "128 部作品"),
    card("work", "某自治区 某某自治州", "某县第一中学", "艾克拜尔·吐尔逊 校长", "点亮"),
    card("work", "", "", "", TITLE),
    card("work", "", "某某学校", "", ""),
    card("closing", "凝心铸魂共育未来", "感谢各地校长的参与", listed=CREDITS),
    card("closing", "题目", ""),
]


def box(mark):
    """The rectangle that a mark fills, if sizes are as assumed."""
    if isinstance(mark, Text):
        right = mark.x + measure(mark.text, mark.is_bold) * mark.size_px
        return (
            mark.x,
            mark.baseline - 0.88 * mark.size_px,
            right,
            mark.baseline + 0.12 * mark.size_px,
        )
    if isinstance(mark, Diamond):
        r = mark.radius_px
        return mark.x - r, mark.y - r, mark.x + r, mark.y + r
    if isinstance(mark, Hairline):
        half = mark.width_px / 2
        return mark.x0, mark.y - half, mark.x1, mark.y + half
    return mark.x0, mark.y0, mark.x1, mark.y1


def overlap(a, b) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("asked", CARDS, ids=lambda c: f"{c.layout}-{len(''.join(c.lines))}")
def test_everything_on_a_card_stays_in_the_safe_area_and_apart(asked, size):
    drawing = layout_card(asked, STYLE, *size, measure)
    width, height = size
    side, above = width * 0.05 - 0.01, height * 0.05 - 0.01
    for mark in drawing.marks:
        x0, y0, x1, y1 = box(mark)
        assert side <= x0 < x1 <= width - side, mark
        assert above <= y0 < y1 <= height - above, mark
    solid = [box(m) for m in drawing.marks if not isinstance(m, Frame)]
    for number, one in enumerate(solid):
        assert not any(overlap(one, other) for other in solid[number + 1 :])


@pytest.mark.parametrize("asked", CARDS, ids=lambda c: f"{c.layout}-{len(''.join(c.lines))}")
def test_a_card_says_every_line_and_no_type_is_too_small(asked):
    drawing = layout_card(asked, STYLE, 1920, 1080, measure)
    said = "".join("".join(t.text for t in drawing.texts).split())
    named = [n for c in asked.credits for n in (c.role, *c.names)]
    for line in (*asked.lines, *named):
        assert "".join(line.split()) in said
    smallest = 1080 * STYLE.smallest_share
    assert all(text.size_px >= smallest - 0.01 for text in drawing.texts)


def test_a_title_stands_in_guillemets_once():
    for title in ("点亮", "《点亮》"):
        drawing = layout_card(card("work", "", "", "", title), STYLE, 1920, 1080, measure)
        assert "".join(t.text for t in drawing.texts) == "《点亮》"


def test_roles_end_and_names_begin_on_common_lines():
    roles = (Credits(role="主办", names=("甲",)), Credits(role="学术支持", names=("乙", "丙")))
    drawing = layout_card(card("closing", "题", "", listed=roles), STYLE, 1920, 1080, measure)
    texts = {t.text: t for t in drawing.texts}
    assert len({texts[name].x for name in "甲乙丙"}) == 1
    ends = {
        round(texts[role].x + measure(role, False) * texts[role].size_px, 3)
        for role in ("主办", "学术支持")
    }
    assert len(ends) == 1


def test_a_long_title_takes_a_second_line_before_it_gets_small():
    drawing = layout_card(
        card("opening", "十六个字的题目说的是教育与未来" * 2, ""), STYLE, 1920, 1080, measure
    )
    assert len({t.baseline for t in drawing.texts}) == 2


@pytest.mark.parametrize("layout", ["opening", "work"])
def test_what_can_only_be_shown_unreadably_is_refused(layout):
    lines = ("题" * 400, "") if layout == "opening" else ("", "", "", "题" * 400)
    with pytest.raises(RequestInvalid, match="too much text to be readable"):
        layout_card(card(layout, *lines), STYLE, 1920, 1080, measure)


def test_credits_that_fill_more_than_a_card_are_refused():
    many = tuple(Credits(role="协办", names=("某某单位",)) for _ in range(60))
    with pytest.raises(RequestInvalid, match="closing card"):
        layout_card(card("closing", "题", "", listed=many), STYLE, 1920, 1080, measure)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_lower_third_stands_low_left_inside_the_safe_area_above_captions(size):
    lines = ("艾克拜尔·吐尔逊 党总支书记、校长", "某自治区 某某自治州 某某县第一中学")
    placed = layout_lower_third(lines, STYLE, *size, measure)
    width, height = size
    assert placed.x_px >= width * 0.05 - 1
    assert placed.x_px + placed.drawing.width_px <= width * 0.95 + 1
    assert placed.y_px + placed.drawing.height_px <= height * 0.8 + 1
    assert placed.y_px > height * 0.55
    for mark in placed.drawing.texts:
        x0, y0, x1, y1 = box(mark)
        assert 0 <= x0 < x1 <= placed.drawing.width_px
        assert 0 <= y0 < y1 <= placed.drawing.height_px
    # Half-size chroma planes have no odd pixels.
    numbers = (placed.x_px, placed.y_px, placed.drawing.width_px, placed.drawing.height_px)
    assert all(number % 2 == 0 for number in numbers)


def test_a_lower_third_that_is_too_long_is_refused():
    with pytest.raises(RequestInvalid, match="lower third"):
        layout_lower_third(("名" * 60,), STYLE, 1920, 1080, measure)


@given(
    st.text(alphabet="教育公平，：——《》abc 12·", min_size=1, max_size=60).filter(str.strip),
    st.sampled_from(["opening", "work"]),
)
def test_any_text_is_either_shown_inside_the_picture_or_refused(text, layout):
    lines = (text, "") if layout == "opening" else ("", "", "", text)
    try:
        drawing = layout_card(card(layout, *lines), STYLE, 1920, 1080, measure)
    except RequestInvalid:
        return
    for mark in drawing.texts:
        x0, y0, x1, y1 = box(mark)
        assert x0 >= 96
        assert x1 <= 1824
        assert y0 >= 54
        assert y1 <= 1026
