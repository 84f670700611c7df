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


def test_a_limiter_turns_down_and_cuts_nothing():
    sound = voice(4)
    wave = sound[:, 0] / np.abs(sound).max() * 10
    size = RATE_HZ // 50
    padded = np.pad(np.abs(wave), size, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * size + 1).max(axis=1)
    assert hear([Clipping()], both(wave / np.maximum(around, 1.0))).problems == ()


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
