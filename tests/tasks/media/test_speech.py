"""The engine hears all speech, in windows that end where nobody speaks, and nothing else."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.transcript import Segment, Word
from tasks.media.speech import (
    LONGEST_S,
    MARGIN_S,
    Impression,
    TokenSpan,
    Window,
    choose_language,
    halved,
    levels_of,
    merged,
    plan_windows,
    rewritten,
    share_inside,
    split_at_times,
)
from tests.support.speech import RATE_HZ, melody, pink_noise

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SPANS = st.lists(
    st.tuples(st.floats(0, 200), st.floats(0, 30)).map(lambda pair: (pair[0], pair[0] + pair[1])),
    max_size=12,
)
FIRST_TIME = 50_364


def lively(seconds: float) -> np.ndarray:
    """Levels of something that may be speech: loud and soft by turns."""
    return np.tile(np.array([-60, -30, -25, -40], np.float32), round(seconds * 5) + 1)


@UNHURRIED
@given(st.floats(0.0, 200.0), SPANS)
def test_windows_hold_all_sound_and_no_long_silence(duration_s: float, pauses: list):
    windows = plan_windows(duration_s, pauses, lively(duration_s))
    silences = merged(pauses, duration_s)
    spans = [(window.start_s, window.end_s) for window in windows]
    for before, after in pairwise(windows):
        assert before.end_s <= after.start_s
    for window in windows:
        assert 0 <= window.start_s < window.end_s <= duration_s
        assert window.duration_s <= 30
        for start, end in silences:
            inside = min(end, window.end_s) - max(start, window.start_s)
            assert inside < 2.0 + 1e-6 or end - start < 2.0
    for at in np.arange(0.5, duration_s, 1.0):
        is_silent = any(start - 0.3 <= at <= end + 0.3 for start, end in silences)
        assert is_silent or any(start <= at <= end for start, end in spans)


def test_a_long_speech_is_cut_in_its_longest_pauses():
    pauses = [(12.0, 12.6), (20.0, 21.0), (25.0, 25.5), (44.0, 44.8)]
    windows = plan_windows(60.0, pauses, lively(60))
    assert windows == (Window(0.0, 20.5), Window(20.5, 44.4), Window(44.4, 60.0))


def test_without_pauses_the_quietest_moment_is_cut():
    levels = lively(46)
    levels[400:412] = -75
    first, second = plan_windows(46.0, [], levels)
    assert 20.0 <= first.end_s == second.start_s <= 20.6


def test_long_silences_are_not_sent():
    windows = plan_windows(30.0, [(0.0, 4.0), (10.0, 15.0), (26.0, 30.0)], lively(30))
    assert windows == (
        Window(4.0 - MARGIN_S, 10.0 + MARGIN_S),
        Window(15.0 - MARGIN_S, 26.0 + MARGIN_S),
    )


@pytest.mark.parametrize("pauses", [[(0.0, 20.0)], [(0.0, 9.9), (10.0, 20.0)], [(-1.0, 99.0)]])
def test_silence_and_clicks_are_not_sent(pauses: list):
    assert plan_windows(20.0, pauses, lively(20)) == ()


def test_steady_noise_is_not_sent_but_lively_sound_is():
    tone = np.sin(np.arange(20 * RATE_HZ) * 0.17)
    rumble = np.cumsum(pink_noise(20))
    for steady in (pink_noise(20), pink_noise(20, seed=1) * 0.01, tone, rumble / rumble.max()):
        levels = levels_of(steady.astype(np.float32), RATE_HZ)
        assert plan_windows(20.0, [], levels) == ()
    levels = levels_of(melody(20).astype(np.float32), RATE_HZ)
    assert plan_windows(20.0, [], levels) == (Window(0.0, 20.0),)


def test_a_word_in_the_middle_of_noise_is_still_sent():
    sound = pink_noise(20)
    sound[10 * RATE_HZ : 11 * RATE_HZ] += melody(1)
    levels = levels_of(sound.astype(np.float32), RATE_HZ)
    assert plan_windows(20.0, [], levels) == (Window(0.0, 20.0),)


def test_a_window_is_halved_near_its_middle():
    first, second = halved(Window(10.0, 34.0), [(11.0, 13.0), (20.0, 21.0)], lively(40))
    assert (first, second) == (Window(10.0, 20.5), Window(20.5, 34.0))


def test_the_shortest_sounds_make_no_fuss():
    assert plan_windows(0.0, [], levels_of(np.zeros(0, np.float32), RATE_HZ)) == ()
    assert plan_windows(0.3, [], lively(0.3)[:6]) == (Window(0.0, 0.3),)


@UNHURRIED
@given(SPANS)
def test_merged_spans_are_apart_and_cover_the_same(spans: list):
    joined = merged(spans, 100.0)
    assert all(a[1] < b[0] for a, b in pairwise(joined))
    for at in np.arange(0.25, 100, 0.5):
        assert any(a < at < b for a, b in spans) <= any(a <= at <= b for a, b in joined)


def test_share_inside():
    assert share_inside(0.0, 4.0, [(1.0, 2.0), (3.0, 9.0)]) == 0.5
    assert share_inside(1.5, 1.5, [(1.0, 2.0)]) == 1.0


def test_tokens_are_split_at_the_times_between_them():
    tokens = [FIRST_TIME, 1, 2, FIRST_TIME + 50, FIRST_TIME + 60, 3, FIRST_TIME + 5000]
    assert spans_of(tokens) == (TokenSpan(0.0, 1.0, (1, 2)), TokenSpan(1.2, 8.0, (3,)))


def test_text_after_the_last_time_is_kept():
    assert spans_of([1, FIRST_TIME + 10, 2, 3]) == (
        TokenSpan(0.0, 0.2, (1,)),
        TokenSpan(0.2, 8.0, (2, 3)),
    )


@given(st.lists(st.integers(0, FIRST_TIME + 1500), max_size=40))
def test_no_text_token_is_lost(tokens: list[int]):
    spans = spans_of(tokens)
    kept = [token for span in spans for token in span.tokens]
    assert kept == [token for token in tokens if token < FIRST_TIME]
    assert all(0 <= span.start_s <= span.end_s <= 8.0 for span in spans)


def test_text_is_rewritten_as_a_whole_and_words_follow():
    segment = Segment(text="ab,c", start_s=0, end_s=1, words=words("ab", ",c"))
    upper = rewritten(segment, str.upper)
    assert (upper.text, [w.text for w in upper.words]) == ("AB,C", ["AB", ",C"])
    longer = rewritten(segment, lambda text: text.replace("b", "bb"))
    assert (longer.text, [w.text for w in longer.words]) == ("abb,c", ["abb", ",c"])
    assert [w.start_s for w in longer.words] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("asked", "heard", "chosen"),
    [
        ("zh", [{"zh": 0.9, "en": 0.1}], "zh"),
        ("zh", [{"zh": 0.02, "en": 0.9}], "en"),
        ("zh-Hans", [{"zh": 0.5, "en": 0.4}], "zh"),
        ("tlh", [{"zh": 0.5, "en": 0.4}], "zh"),
        ("zh", [{"zh": 0.3, "en": 0.6}], "zh"),
        ("zh", [{"zh": 0.9, "en": 0.05}, {"en": 0.95}], "zh"),
        (None, [{"zh": 0.3, "en": 0.6}], "en"),
        (None, [], None),
    ],
)
def test_the_expected_language_gives_way_only_to_a_clear_other_one(
    asked: str | None, heard: list, chosen: str | None
):
    assert choose_language(asked, [Impression(one, 0.1) for one in heard]) == chosen


def test_noise_has_no_say_in_the_language():
    noise = Impression({"nn": 0.9, "zh": 0.01}, no_speech_probability=0.95)
    assert choose_language("zh", [noise]) == "zh"
    assert choose_language(None, [noise]) is None


def test_the_longest_window_fits_the_engine():
    assert LONGEST_S <= 30


def spans_of(tokens: list[int]) -> tuple[TokenSpan, ...]:
    return split_at_times(
        tokens, first_time_token=FIRST_TIME, seconds_per_token=0.02, duration_s=8.0
    )


def words(*texts: str) -> tuple[Word, ...]:
    return tuple(Word(text=text, start_s=n, end_s=n + 1) for n, text in enumerate(texts))
