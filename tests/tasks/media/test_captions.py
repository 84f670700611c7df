"""Caption files: what is written can be read back, and what editors write is understood."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.transcript import Cue
from tasks.media.captions import (
    clip,
    decode_subtitle,
    parse_srt,
    render_srt,
    render_vtt,
    shift,
    timestamp,
)

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
MILLISECONDS = st.integers(0, 100 * 3600 * 1000)
LINES = st.lists(
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=16).map(lambda t: f"字{t}"),
    min_size=1,
    max_size=2,
)
CUES = st.lists(st.tuples(MILLISECONDS, st.integers(1, 9000), LINES), max_size=8).map(
    lambda rows: tuple(
        Cue(start_s=start / 1000, end_s=(start + length) / 1000, lines=tuple(lines))
        for start, length, lines in sorted(rows, key=lambda row: (row[0], row[0] + row[1]))
    )
)


@pytest.mark.parametrize(
    ("at_s", "written"),
    [
        (0.0, "00:00:00.000"),
        (3599.9999, "01:00:00.000"),
        (59.9996, "00:01:00.000"),
        (3661.04, "01:01:01.040"),
        (360_000.5, "100:00:00.500"),
    ],
)
def test_a_moment_is_rounded_before_it_is_taken_apart(at_s: float, written: str):
    assert timestamp(at_s) == written


def test_a_moment_before_the_start_is_refused():
    with pytest.raises(ValueError, match=r"-0\.5"):
        timestamp(-0.5)


def test_both_formats():
    cues = (cue(1.0, 2.5, "教育公平", "A & B <3>"), cue(3.0, 4.0, "好"))
    assert render_srt(cues) == (
        "1\n00:00:01,000 --> 00:00:02,500\n教育公平\nA & B <3>\n\n"
        "2\n00:00:03,000 --> 00:00:04,000\n好\n"
    )
    assert render_vtt(cues) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n教育公平\nA &amp; B &lt;3&gt;\n\n"
        "00:00:03.000 --> 00:00:04.000\n好\n"
    )


def test_without_cues_the_files_are_valid_and_empty():
    assert (render_srt(()), render_vtt(())) == ("", "WEBVTT\n")
    assert parse_srt("") == ()


@UNHURRIED
@given(CUES)
def test_what_was_written_is_read_back(cues: tuple[Cue, ...]):
    assert parse_srt(render_srt(cues)) == cues


@pytest.mark.parametrize(
    "text",
    [
        "1\r\n0:00:01,000 --> 0:00:02,000\r\n你好\r\n\r\n2\r\n0:00:03,000 --> 0:00:04,000\r\n再见",
        "\ufeff00:01.000 --> 00:02.000\n你好\n\n00:03.000-->00:04.000 align:start\n再见",
        "1\n0:00:01,0 --> 0:00:02,0\n<i>你好</i>\n2\n0:00:03,0 --> 0:00:04,0\n{\\an8}再见\n",
        "2\n00:00:03,000 --> 00:00:04,000\n\n再见\n\n1\n00:00:01,000 --> 00:00:02,000\n你好\n\n",
    ],
    ids=["windows", "webvtt-like", "markup, no blank lines", "out of order, blank line inside"],
)
def test_files_of_other_editors_are_understood(text: str):
    assert parse_srt(text) == (cue(1.0, 2.0, "你好"), cue(3.0, 4.0, "再见"))


def test_odd_times_cost_no_text():
    text = "1\n-00:00:01,000 --> 00:00:01,000\n早\n\n2\n00:00:09,000 --> 00:00:08,000\n晚\n"
    assert parse_srt(text) == (cue(0.0, 1.0, "早"), cue(9.0, 9.0, "晚"))


@UNHURRIED
@given(st.text(max_size=200))
def test_any_text_is_read_without_failing(text: str):
    for item in parse_srt(text):
        assert 0 <= item.start_s <= item.end_s
        assert item.lines


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]
)
def test_every_usual_encoding_is_recognised(encoding: str):
    cues = (cue(1.0, 2.0, "凝心铸魂，共育未来"), cue(3.0, 4.0, "新的教室"))
    assert decode_subtitle(render_srt(cues).encode(encoding)) == cues


def test_moving_cuts_off_what_comes_before_the_start():
    cues = (cue(0.0, 1.0, "a"), cue(1.5, 3.0, "b"), cue(4.0, 5.0, "c"))
    assert shift(cues, 10.0) == (cue(10.0, 11.0, "a"), cue(11.5, 13.0, "b"), cue(14.0, 15.0, "c"))
    assert shift(cues, -2.0) == (cue(0.0, 1.0, "b"), cue(2.0, 3.0, "c"))


def test_clipping_keeps_what_is_shown_and_no_flashes():
    cues = (cue(0.0, 2.0, "a"), cue(2.0, 4.0, "b"), cue(4.0, 6.0, "c"), cue(6.0, 6.04, "d"))
    assert clip(cues, 1.95, 5.0) == (cue(2.0, 4.0, "b"), cue(4.0, 5.0, "c"))
    assert clip(cues, 0.0, 10.0) == cues


def cue(start_s: float, end_s: float, *lines: str) -> Cue:
    return Cue(start_s=start_s, end_s=end_s, lines=lines)
