"""Where a line may break, and where a typesetter would never break it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.media.wrapping import NEVER_FIRST, NEVER_LAST, split_units, wrap


def width(text: str) -> float:
    """Full-width signs count one, others a half."""
    return sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.5 for sign in text)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("凝心铸魂共育未来——中小学校长共话二十大", ("凝心铸魂共育未来——", "中小学校长共话二十大")),
        (
            "用“爱”点亮孩子们的未来：一所乡村小规模学校的十年坚守",
            ("用“爱”点亮孩子们的未来：", "一所乡村小规模学校的十年坚守"),
        ),
        ("让每一个孩子都有人生出彩的机会", ("让每一个孩子都", "有人生出彩的机会")),
        (
            "“双减”背景下，基于STEM+的project-based学习",
            ("“双减”背景下，基于", "STEM+的project-based学习"),
        ),
    ],
)
def test_two_lines_are_even_and_break_where_the_phrase_does(text, lines):
    wrapped = wrap(text, 2, width)
    assert wrapped is not None
    assert wrapped.lines == lines


def test_latin_words_numbers_and_minority_names_stay_whole():
    assert split_units("在project-based与3.5%之间") == (
        "在",
        "project-based",
        "与",
        "3.5%",
        "之",
        "间",
    )
    wrapped = wrap("艾克拜尔·吐尔逊校长", 2, width)
    assert wrapped is not None
    assert not wrapped.lines[1].startswith("·")
    assert not wrapped.lines[0].endswith("·")


def test_rare_signs_beyond_the_basic_plane_are_one_unit():
    assert split_units("𬭎䶮") == ("𬭎", "䶮")


def test_a_break_that_was_written_is_kept():
    wrapped = wrap("上一行\n下面的一行", 2, width)
    assert wrapped is not None
    assert wrapped.lines == ("上一行", "下面的一行")
    assert wrap("上一行\n下面的一行", 1, width) is None


def test_more_lines_than_units_cannot_be():
    assert wrap("一二", 3, width) is None
    assert wrap("   ", 1, width) is None


@given(
    st.text(alphabet="中小学校长，。：“”《》——·abc 12%（）", min_size=1, max_size=40),
    st.integers(1, 3),
)
def test_no_line_begins_or_ends_with_the_wrong_mark_and_nothing_is_lost(text, count):
    wrapped = wrap(text, count, width)
    if wrapped is None or count == 1:
        return
    assert len(wrapped.lines) == count
    kept = "".join("".join(wrapped.lines).split())
    assert kept == "".join(text.split())
    assert all(line[0] not in NEVER_FIRST for line in wrapped.lines[1:])
    assert all(line[-1] not in NEVER_LAST for line in wrapped.lines[:-1])
    assert wrapped.width_em == max(width(line) for line in wrapped.lines)
