"""Captions made of a transcript keep every rule that can be kept, and every word."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.profile import CampaignProfile, CaptionRules
from models.transcript import CaptionsMade, Cue, Segment, Transcript, Word
from tasks.media.caption_findings import caption_findings
from tasks.media.caption_text import DROPPED_AT_END, break_lines, halves, with_full_width_marks
from tasks.media.cues import build_cues

UNHURRIED = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
RULES = CaptionRules()
RATES = st.sampled_from([Fraction(25), Fraction(24), Fraction(30000, 1001), Fraction(50)])
HAN = st.sampled_from(list("教育公平是我们共同的愿望孩子在操场上跑来去"))
LATIN = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=14).map(lambda word: f" {word}")
NUMBER = st.integers(0, 99_999).map(str)
MARK = st.sampled_from(list("，。？！,."))
WORDS = st.lists(
    st.tuples(
        st.one_of(HAN, HAN, HAN, LATIN, NUMBER, MARK),
        st.sampled_from([0.0, 0.02, 0.1, 0.2, 0.3, 0.5, 1.5]),
        st.sampled_from([0.0, 0.0, 0.0, 0.2, 0.4, 3.0]),
    ),
    min_size=1,
    max_size=60,
)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    at = draw(st.floats(0, 5))
    segments = []
    for spoken in draw(st.lists(WORDS, min_size=1, max_size=4)):
        words = []
        for text, length, pause in spoken:
            words.append(Word(text=text, start_s=round(at, 2), end_s=round(at + length, 2)))
            at += length + pause
        segments.append(said(words))
    return Transcript(engine="e", model="m", duration_s=at + 1, segments=tuple(segments))


@UNHURRIED
@given(transcripts(), RATES)
def test_no_character_is_lost_or_added(transcript: Transcript, rate: Fraction):
    cues = build_cues(transcript, RULES, rate)
    shown = "".join(line for cue in cues for line in cue.lines)
    assert letters(shown) == letters("".join(s.text for s in transcript.segments))


@UNHURRIED
@given(transcripts(), RATES)
def test_lines_are_short_enough_and_end_without_comma_or_stop(
    transcript: Transcript, rate: Fraction
):
    for cue in build_cues(transcript, RULES, rate):
        assert 1 <= len(cue.lines) <= RULES.max_lines
        for line in cue.lines:
            assert line == line.strip() != ""
            assert halves(line) <= 2 * RULES.max_units_per_line
            assert line[-1] not in DROPPED_AT_END


@UNHURRIED
@given(transcripts(), RATES)
def test_captions_stand_on_frames_in_order_and_apart(transcript: Transcript, rate: Fraction):
    frames = [
        tuple(Fraction(at).limit_denominator(10**6) * rate for at in (cue.start_s, cue.end_s))
        for cue in build_cues(transcript, RULES, rate)
    ]
    for start, end in frames:
        assert abs(start - round(start)) < Fraction(1, 1000)
        assert abs(end - round(end)) < Fraction(1, 1000)
        assert 1 <= round(end - start) <= 7 * rate
    for (_, end), (start, _) in pairwise(frames):
        assert round(start - end) >= RULES.min_gap_frames


def test_speech_at_an_ordinary_pace_keeps_every_rule():
    cues = build_cues(
        spoken("我们来到山区小学，看一看孩子们的新操场。教育公平，是我们共同的愿望！"),
        RULES,
        Fraction(25),
    )
    assert [cue.lines for cue in cues] == [
        ("我们来到山区小学", "看一看孩子们的新操场"),
        ("教育公平，是我们共同的愿望！",),
    ]
    for cue in cues:
        units = sum(halves(line) for line in cue.lines) / 2
        assert RULES.min_duration_s <= cue.end_s - cue.start_s <= RULES.max_duration_s
        assert units / (cue.end_s - cue.start_s) <= RULES.max_units_per_s


def test_words_numbers_and_their_counters_stay_whole():
    text = "学校2014年只有23名学生现在有156名学生使用Chromebook学习"
    shown = "\n".join(
        line for cue in build_cues(spoken(text), RULES, Fraction(25)) for line in cue.lines
    )
    assert "\n" in shown
    assert all(whole in shown for whole in ("2014年", "23名", "156名", "Chromebook"))


def test_english_breaks_at_spaces_only():
    text = " Good morning, teachers and students. Today we visit a small mountain school together."
    words = [f" {word}" for word in text.split()]
    cues = build_cues(paced(words, 0.4), RULES, Fraction(25))
    shown = [line for cue in cues for line in cue.lines]
    assert (
        " ".join(shown).replace(",", "").split() == text.replace(",", "").replace(".", "").split()
    )
    assert max(halves(line) for line in shown) <= 32


def test_no_caption_stays_over_a_long_pause():
    before = [Word(text=c, start_s=n * 0.2, end_s=n * 0.2 + 0.2) for n, c in enumerate("教育公平")]
    after = [
        Word(text=c, start_s=6 + n * 0.2, end_s=6.2 + n * 0.2) for n, c in enumerate("共同愿望")
    ]
    cues = build_cues(transcript_of(said([*before, *after]), 8.0), RULES, Fraction(25))
    assert [cue.lines for cue in cues] == [("教育公平",), ("共同愿望",)]
    assert cues[0].end_s < 2
    assert cues[1].start_s == 6.0


def test_a_lone_word_is_joined_or_shown_long_enough():
    cues = build_cues(
        transcript_of(said([Word(text="好。", start_s=3.0, end_s=3.1)]), 10.0), RULES, Fraction(25)
    )
    assert cues == (Cue(start_s=3.0, end_s=3.84, lines=("好",)),)


def test_the_last_caption_ends_with_the_sound():
    cues = build_cues(
        transcript_of(said([Word(text="好", start_s=1.9, end_s=2.0)]), 2.0), RULES, Fraction(25)
    )
    assert (cues[0].start_s, cues[0].end_s) == (1.16, 2.0)


def test_a_segment_without_word_times_is_spread_evenly():
    segment = Segment(text="教育公平是我们共同的愿望，每个孩子都有好老师。", start_s=0.0, end_s=6.0)
    cues = build_cues(transcript_of(segment, 6.0), RULES, Fraction(25))
    assert [cue.lines for cue in cues] == [("教育公平是我们共同的愿望", "每个孩子都有好老师")]


def test_nothing_said_makes_no_captions():
    assert build_cues(Transcript(engine="e", model="m", duration_s=9.0), RULES, Fraction(25)) == ()


def test_a_name_wider_than_a_line_is_cut_rather_than_lost():
    lines = break_lines(["长"] * 40, 32, 2)
    assert lines is None
    cues = build_cues(paced([" " + "w" * 90], 4.0), RULES, Fraction(25))
    assert "".join(line for cue in cues for line in cue.lines) == "w" * 90


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("好,我们走吧.", "好，我们走吧。"),
        ("圆周率是3.14,对吗?", "圆周率是3.14,对吗？"),
        ("10:30 Hello, world.", "10:30 Hello, world."),
    ],
)
def test_marks_after_chinese_are_full_width(text: str, written: str):
    assert with_full_width_marks(text) == written


@pytest.mark.parametrize(
    ("made", "checks"),
    [
        (CaptionsMade(cues=3, language="zh"), []),
        (CaptionsMade(reason="语音识别模型不可用"), ["caption.not_made"]),
        (CaptionsMade(cues=3, is_complete=False), ["caption.incomplete"]),
        (CaptionsMade(is_complete=False), ["caption.incomplete"]),
        (CaptionsMade(), ["caption.no_speech"]),
    ],
)
def test_a_report_says_what_is_amiss_with_captions(made: CaptionsMade, checks: list[str]):
    found = caption_findings(made, CampaignProfile(name="c", revision="1", title="题"))
    assert [finding.check for finding in found] == checks
    assert all(finding.severity != "block" for finding in found)
    assert all(made.reason is None or made.reason in finding.message for finding in found)


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def said(words: list[Word]) -> Segment:
    return Segment(
        text="".join(word.text for word in words).strip(),
        start_s=words[0].start_s,
        end_s=words[-1].end_s,
        words=tuple(words),
    )


def transcript_of(segment: Segment, duration_s: float) -> Transcript:
    return Transcript(engine="e", model="m", duration_s=duration_s, segments=(segment,))


def paced(words: list[str], seconds: float) -> Transcript:
    timed = [
        Word(text=text, start_s=round(n * seconds, 2), end_s=round((n + 1) * seconds, 2))
        for n, text in enumerate(words)
    ]
    return transcript_of(said(timed), len(words) * seconds + 1)


def spoken(text: str) -> Transcript:
    return paced(list(text), 0.22)
