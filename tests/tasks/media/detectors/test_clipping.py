"""Tops that were cut are told from tops that were pressed down, also after a codec."""

import numpy as np
import pytest

from tasks.media.detectors.clipping import Clipping
from tests.support.sounds import RATE_HZ, both, chord, hear, noise, sine, voice


def rounded(sound):
    """Return sound as a codec leaves it: nothing above 12 kHz, tops no longer flat."""
    spectrum = np.fft.rfft(sound, axis=0)
    spectrum[round(12_000 * len(sound) / RATE_HZ) :] = 0
    return np.fft.irfft(spectrum, len(sound), axis=0).astype(np.float32)


def overdriven(sound, db):
    return np.clip(sound / np.abs(sound).max() * 10 ** (db / 20), -1, 1)


@pytest.mark.parametrize("db", [6, 9, 12, 20])
@pytest.mark.parametrize("codec", [np.array, rounded])
def test_overdriven_speech_is_clipped(db, codec):
    verdict = hear([Clipping()], codec(overdriven(voice(4), db)))
    assert [p.check for p in verdict.problems] == ["audio.clipping"]


@pytest.mark.parametrize("db", [6, 12, 20])
@pytest.mark.parametrize("lowered_db", [3, 6, 20])
@pytest.mark.parametrize("codec", [np.array, rounded])
def test_speech_that_was_cut_and_then_lowered_is_clipped(db, lowered_db, codec):
    sound = codec(overdriven(voice(6), db)) * 10 ** (-lowered_db / 20)
    assert [p.check for p in hear([Clipping()], sound).problems] == ["audio.clipping"]


@pytest.mark.parametrize("db", [6, 12, 20])
@pytest.mark.parametrize("made", [voice, lambda seconds: noise(seconds, color=1)])
def test_whole_tops_over_full_scale_are_clipped_by_players(db, made):
    sound = made(4)
    (problem,) = hear([Clipping()], sound / np.abs(sound).max() * 10 ** (db / 20)).problems
    assert "满刻度" in problem.measured


def test_the_moments_over_full_scale_are_told():
    sound = 0.5 * voice(8) / np.abs(voice(8)).max()
    sound[3 * RATE_HZ : 5 * RATE_HZ] *= 6
    (problem,) = hear([Clipping()], sound, start_s=10.0).problems
    assert problem.spans[0][0] == pytest.approx(13.0, abs=0.5)
    assert problem.spans[-1][1] == pytest.approx(15.0, abs=0.5)


@pytest.mark.parametrize("over_db", [0.5, 0.9])
def test_what_a_codec_adds_to_a_loud_master_is_not_clipped(over_db):
    sound = voice(4) / np.abs(voice(4)).max() * 10 ** (over_db / 20)
    assert hear([Clipping()], sound).problems == ()


@pytest.mark.parametrize("below_db", [0, 6, 20])
def test_square_notes_of_several_levels_are_an_instrument(below_db):
    notes = [np.sign(chord(1, (hz,))) * level for hz, level in ((220, 0.9), (330, 0.5), (262, 0.3))]
    sound = rounded(np.concatenate(notes * 2)) * 10 ** (-below_db / 20) * 0.8
    assert hear([Clipping()], sound).problems == ()


def test_the_moments_of_clipping_are_told():
    sound = 0.5 * voice(8) / np.abs(voice(8)).max()
    part = slice(3 * RATE_HZ, 5 * RATE_HZ)
    sound[part] = rounded(overdriven(sound[part], 15))
    (problem,) = hear([Clipping()], sound, start_s=10.0).problems
    assert problem.spans[0][0] == pytest.approx(13.0, abs=0.5)
    assert problem.spans[-1][1] == pytest.approx(15.0, abs=0.5)


@pytest.mark.parametrize(
    "sound",
    [voice(4), noise(3), noise(3, color=1), chord(3)],
    ids=["voice", "white", "pink", "chord"],
)
def test_sound_that_just_reaches_full_scale_is_not_clipped(sound):
    assert hear([Clipping()], rounded(sound / np.abs(sound).max())).problems == ()


@pytest.mark.parametrize("below_db", [0, 6])
def test_a_limiter_turns_down_and_cuts_nothing(below_db):
    sound = voice(4)
    wave = sound[:, 0] / np.abs(sound).max() * 10
    size = RATE_HZ // 50
    padded = np.pad(np.abs(wave), size, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * size + 1).max(axis=1)
    limited = wave / np.maximum(around, 1.0) * 10 ** (-below_db / 20)
    assert hear([Clipping()], both(limited)).problems == ()


def test_a_clap_that_clips_is_no_clipping():
    sound = voice(4)
    sound[RATE_HZ : RATE_HZ + 100] = 1.0
    assert hear([Clipping()], sound).problems == ()


def test_blocks_of_any_length_tell_the_same():
    sound = rounded(overdriven(voice(3), 12))
    whole = hear([Clipping()], sound)
    assert whole.problems
    for size in (1_000, 7_919, 48_000):
        assert hear([Clipping()], sound, size) == whole


def test_an_offset_above_the_line_ends():
    assert hear([Clipping()], both(np.full(3 * RATE_HZ, 0.95))).problems == ()
    assert hear([Clipping()], sine(2, 1000, -40)).problems == ()
