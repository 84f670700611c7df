"""Generated tones and the hum of the mains are told; notes and voices are not."""

import numpy as np
import pytest

from tasks.media.detectors.tone import Tone
from tests.support.sounds import RATE_HZ, at_level, both, chord, hear, moments, noise, sine, voice


@pytest.mark.parametrize("hz", [440, 1000, 3000])
@pytest.mark.parametrize("seconds", [1.5, 4])
@pytest.mark.parametrize("mixed", [False, True])
def test_a_tone_in_speech_is_told_with_its_moments(hz, seconds, mixed):
    sound = voice(8)
    part = slice(2 * RATE_HZ, round((2 + seconds) * RATE_HZ))
    sound[part] = sine(seconds, hz, -15) + sound[part] * mixed
    (problem,) = hear([Tone()], sound).problems
    assert problem.check == "audio.tone"
    assert f"{hz} Hz" in problem.measured
    assert problem.spans[0] == pytest.approx((2.0, 2.0 + seconds), abs=0.5)


@pytest.mark.parametrize("level", [-30, -40])
@pytest.mark.parametrize("harmonics", [(1,), (2,), (1, 2, 3, 4)])
def test_hum_through_the_work_is_told(level, harmonics):
    hum = sum(np.sin(2 * np.pi * 50 * n * moments(10)) / n for n in harmonics)
    (problem,) = hear([Tone()], voice(10) + both(at_level(hum, level))).problems
    assert "交流声" in problem.measured
    assert problem.spans == ()


def played(seconds, trembling):
    """Return a note of a flute: its overtone lies 20 dB below."""
    phase = 2 * np.pi * 880 * moments(seconds) + trembling * np.sin(10 * np.pi * moments(seconds))
    return both(0.1 * np.sin(phase) + 0.01 * np.sin(2 * phase))


@pytest.mark.parametrize(
    "sound",
    [
        voice(8),
        noise(8),
        chord(6),
        chord(6, (440,)),
        sine(6, 880) * np.exp(-moments(6))[:, None].astype(np.float32),
        played(6, 0),
        played(6, 3),
        sine(0.7, 1000),
        voice(8) + sine(8, 1000, -65),
        voice(8) + sine(8, 50, -62),
        voice(8) + sine(8, 98, -30),
        chord(8, (49, 98, 147)),
        np.zeros((0, 2), np.float32),
    ],
    ids=[
        "voice", "noise", "chord", "note", "bell", "flute", "vibrato", "short", "faint tone",
        "faint hum", "bass note", "bass chord", "nothing",
    ],
)  # fmt: skip
def test_notes_voices_and_what_nobody_hears_are_fine(sound):
    assert hear([Tone()], sound).problems == ()


def test_blocks_of_any_length_tell_the_same():
    sound = voice(8) + sine(8, 100, -35)
    sound[RATE_HZ : 3 * RATE_HZ] = sine(2, 1000)
    whole = hear([Tone()], sound)
    assert len(whole.problems) == 2
    assert hear([Tone()], sound, 7_919) == whole
