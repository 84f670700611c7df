"""Speech is told from music and noise, and noise behind it is measured between the words."""

import numpy as np
import pytest

from models.profile import Limits
from tasks.media.detectors.speech import Speech, speech_to_noise_db
from tasks.media.detectors.voices import VoiceTrack
from tests.support.sounds import RATE_HZ, at_level, both, chord, hear, noise, sine, voice


def judge(sound, size=RATE_HZ):
    track = VoiceTrack()
    return hear([track, Speech(Limits(), track)], sound, size)


def checks(sound):
    return [problem.check for problem in judge(sound).problems]


def in_a_room(sound, seconds=1.0):
    """Return a sound with an echo that takes so long to fall by 60 dB."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tail = np.random.default_rng(3).normal(size=len(time_s)) * 10 ** (-3 * time_s / seconds)
    tail /= np.sqrt(np.square(tail).sum())
    tail[0] = 1.0
    size = 1 << (len(sound) + len(tail)).bit_length()
    spectrum = np.fft.rfft(sound[:, 0], size) * np.fft.rfft(tail, size)
    return both(at_level(np.fft.irfft(spectrum, size)[: len(sound)], -23))


@pytest.mark.parametrize("ratio", [5, 10])
@pytest.mark.parametrize("color", [0, 1])
@pytest.mark.parametrize("seed", [1, 2])
def test_noise_near_the_speech_is_told(ratio, color, seed):
    assert checks(voice(12, seed=seed) + noise(12, -23 - ratio, color)) == ["audio.noisy"]


@pytest.mark.parametrize("ratio", [20, 25, 30])
@pytest.mark.parametrize("color", [0, 1, 2])
def test_noise_far_below_the_speech_is_fine(ratio, color):
    assert checks(voice(12) + noise(12, -23 - ratio, color)) == []


@pytest.mark.parametrize("room_dbfs", [-110, -60, -50])
def test_speech_without_long_pauses_is_surely_not_noisy(room_dbfs):
    sound = voice(12, room_dbfs=-110)
    is_said = np.convolve(np.abs(sound[:, 0]) > 1e-4, np.ones(4800), "same") > 0
    verdict = judge(sound[is_said] + noise(is_said.sum() / RATE_HZ, room_dbfs))
    assert verdict.problems == verdict.unsure == ()


def test_a_bed_of_music_leaves_noise_unsure():
    bed = at_level(chord(12)[:, 0], -33)
    assert judge(voice(12) + both(bed)).unsure == ("audio.noisy",)


@pytest.mark.parametrize("ratio", [8, 25])
def test_the_ratio_is_measured(ratio):
    track = VoiceTrack()
    hear([track], voice(12) + noise(12, -23 - ratio))
    # Speech is louder than its mean, which counts the pauses.
    assert ratio < speech_to_noise_db(track) < ratio + 5


@pytest.mark.parametrize("seconds", [0.5, 1.0, 1.5])
@pytest.mark.parametrize("seed", [1, 2])
def test_an_echo_is_no_noise(seconds, seed):
    assert checks(in_a_room(voice(12, seed=seed), seconds)) == []


@pytest.mark.parametrize("level", [-28, -33])
def test_music_behind_speech_is_not_called_noise(level):
    bed = at_level(chord(12)[:, 0], level)
    assert "audio.noisy" not in checks(voice(12) + both(bed))


def applause(seconds):
    """Return many claps at random moments."""
    random = np.random.default_rng(1)
    sound = np.zeros(round(seconds * RATE_HZ))
    clap = random.normal(size=2400) * np.exp(-np.arange(2400) / 400)
    for first in random.integers(0, len(sound) - len(clap), round(150 * seconds)):
        sound[first : first + len(clap)] += clap * random.uniform(0.2, 1)
    return both(at_level(sound, -20))


@pytest.mark.parametrize(
    "sound",
    [noise(10), noise(10, color=2), applause(10), sine(10, 500), chord(10)],
    ids=["white", "brown", "applause", "tone", "chord"],
)
def test_sound_without_a_voice_is_said_to_hold_none(sound):
    assert checks(sound) == ["audio.no_speech"]


def test_applause_after_speech_is_no_noise():
    assert checks(np.concatenate([voice(12), applause(6)])) == []


@pytest.mark.parametrize(
    "sound",
    [
        voice(3),
        np.zeros((10 * RATE_HZ, 2), np.float32),
        noise(10, -70),
        np.zeros((0, 2), np.float32),
    ],
    ids=["short", "silence", "a quiet room", "nothing"],
)
def test_too_little_to_judge_is_unsure(sound):
    verdict = judge(sound)
    assert verdict.problems == ()
    assert set(verdict.unsure) == {"audio.no_speech", "audio.noisy"}


@pytest.mark.parametrize("gains", [(1, -1), (1, 0), (0, 1)])
def test_a_voice_is_heard_whatever_the_sides_do(gains):
    assert checks(voice(8) * np.float32(gains)) == []


def test_blocks_of_any_length_tell_the_same():
    sound = voice(8) + noise(8, -31)
    whole = judge(sound)
    assert whole.problems
    assert judge(sound, 7_919) == whole
