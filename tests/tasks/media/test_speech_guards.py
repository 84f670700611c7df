"""What nobody said is left out and recorded; what was said stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.transcript import Segment, Word
from tasks.media.speech import Impression, Window
from tasks.media.speech_guards import Reason, find_loop, is_failure, is_looping, judge

WINDOW = Window(0.0, 20.0)
SPOKEN = Impression({"zh": 0.98}, no_speech_probability=0.02)
QUIET = Impression({"zh": 0.6}, no_speech_probability=0.9)
MUSIC = Impression({"zh": 0.03, "en": 0.2}, no_speech_probability=0.02)


@pytest.mark.parametrize(
    ("text", "certainty", "impression", "reason"),
    [
        ("教育公平是我们共同的愿望。", -0.3, SPOKEN, None),
        ("谢谢观看", -0.3, SPOKEN, None),
        ("加油！加油！", -0.4, SPOKEN, None),
        ("哈哈哈哈哈哈", -0.4, SPOKEN, None),
        ("教育公平是我们共同的愿望。", -0.3, QUIET, None),
        ("教育公平是我们共同的愿望。", -0.3, MUSIC, None),
        ("我会不会有什么事。", -1.1, QUIET, Reason.NO_SPEECH),
        ("我会不会有什么事。", -0.9, MUSIC, Reason.NO_SPEECH),
        ("这个那个这个", -1.5, SPOKEN, Reason.UNCERTAIN),
        ("谢谢观看！", -0.9, SPOKEN, Reason.PHANTOM),
        ("Thank you.", -0.4, QUIET, Reason.PHANTOM),
        ("字幕由 Amara.org 社区提供", -0.1, SPOKEN, Reason.PHANTOM),
        ("請不吝點讚".replace("請", "请").replace("點讚", "点赞"), -0.1, SPOKEN, Reason.PHANTOM),
        ("以下是普通话的句子。", -0.1, SPOKEN, Reason.PHANTOM),
        ("我会帮你做的。" * 6, -0.2, SPOKEN, Reason.REPETITION),
        ("你拍一" * 100, -0.2, SPOKEN, Reason.REPETITION),
        ("公平教育操场孩子老师校长" * 3 + "山河湖海春夏秋冬" * 40, -0.2, SPOKEN, Reason.REPETITION),
    ],
)
def test_judgement(text: str, certainty: float, impression: Impression, reason: Reason | None):
    judged = judge([said(text, certainty=certainty)], WINDOW, impression, "zh", ())
    if reason is None:
        assert "".join(segment.text for segment in judged.segments) == text
        assert judged.omissions == ()
    else:
        assert judged.segments == ()
        assert [omission.reason for omission in judged.omissions] == [str(reason)]
        assert judged.omissions[0].text == text


def test_more_text_than_can_be_spoken_is_left_out():
    text = "今天我们一起走进山区小学看孩子们上课"
    short = Window(5.0, 5.6)
    judged = judge([said(text, start_s=5.0, end_s=5.6)], short, SPOKEN, "zh", ())
    assert [omission.reason for omission in judged.omissions] == [str(Reason.TOO_FAST)]


def test_text_over_measured_silence_is_left_out_alone():
    before, over = said("大家好", start_s=0.0, end_s=2.0), said("再见", start_s=5.0, end_s=7.0)
    judged = judge([before, over], WINDOW, SPOKEN, "zh", [(4.0, 9.0)])
    assert judged.segments == (before,)
    assert [(o.text, o.start_s, o.end_s) for o in judged.omissions] == [("再见", 5.0, 7.0)]


def test_of_a_repetition_one_turn_stays_and_the_rest_is_recorded():
    spoken = said("老师们同学们大家好今天我们来到山区小学看新教室", end_s=6.0)
    loop = said("真好看，" * 4, start_s=6.0, end_s=10.0)
    judged = judge([spoken, loop], WINDOW, SPOKEN, "zh", ())
    assert [segment.text for segment in judged.segments] == [spoken.text, "真好看，"]
    assert [omission.text for omission in judged.omissions] == ["真好看，" * 3]
    assert judged.omissions[0].end_s == 10.0


@given(st.text("教育公平是我们的愿望，。 ab", max_size=60))
def test_no_character_vanishes_without_a_record(text: str):
    segments = [said(text)] if text.strip() else []
    judged = judge(segments, WINDOW, SPOKEN, "zh", ())
    kept = "".join(segment.text for segment in judged.segments)
    left = "".join(omission.text for omission in judged.omissions)
    assert sorted((kept + left).replace(" ", "")) == sorted(text.replace(" ", ""))


@pytest.mark.parametrize(
    ("tokens", "loops"),
    [
        ([1, 2, 3] * 5, True),
        ([9, 8, 7, *[1, 2, 3] * 5], True),
        ([5] * 12, True),
        ([5] * 8, False),
        ([1, 2, 3] * 4, False),
        (list(range(60)), False),
        ([*[1, 2, 3] * 5, 4], False),
        ([], False),
    ],
)
def test_the_decoder_is_stopped_when_it_turns_in_circles(tokens: list[int], loops: bool):
    assert is_looping(tokens) == loops


def test_numbers_are_no_loop():
    assert find_loop("编号是10000000000000000") is None
    assert find_loop("我认识你。我认识你。我认识你。我认识你。") == (5, 20)


@pytest.mark.parametrize(
    ("text", "certainty", "no_speech", "again"),
    [
        ("教育公平", -0.3, 0.1, False),
        ("教育公平", -1.2, 0.1, True),
        ("教育公平", -1.2, 0.9, False),
        ("我认识你。" * 4, -0.2, 0.1, True),
        ("我认识你。" * 4, -0.2, 0.9, False),
    ],
)
def test_only_speech_is_worth_a_second_try(
    text: str, certainty: float, no_speech: float, again: bool
):
    assert is_failure(text, certainty, no_speech) == again


def said(
    text: str, *, start_s: float = 0.0, end_s: float = 8.0, certainty: float = -0.3
) -> Segment:
    step = (end_s - start_s) / max(1, len(text))
    return Segment(
        text=text.strip(),
        start_s=start_s,
        end_s=end_s,
        words=tuple(
            Word(text=c, start_s=start_s + step * n, end_s=start_s + step * (n + 1))
            for n, c in enumerate(text)
        ),
        average_log_probability=certainty,
    )
