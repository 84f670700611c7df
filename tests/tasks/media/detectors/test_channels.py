"""Sides that cancel or are missing are told with their moments."""

import numpy as np
import pytest

from models.profile import Limits
from tasks.media.detectors.channels import Channels
from tasks.media.detectors.levels import LevelTrack
from tests.support.sounds import RATE_HZ, both, hear, noise, voice


def judge(sound, size=RATE_HZ, start_s=0.0):
    track = LevelTrack()
    return hear([track, Channels(Limits(), track)], sound, size, start_s).problems


def wide(seconds):
    """Return a voice in the middle of music that is different on both sides."""
    left, right = noise(seconds, -26, 1, seed=2)[:, 0], noise(seconds, -26, 1, seed=3)[:, 0]
    return voice(seconds) + np.stack([left, right], axis=1)


@pytest.mark.parametrize("share", [1.0, 0.7])
def test_sides_that_cancel_are_told(share):
    sound = voice(8)
    sound[:, 1] *= -share
    (problem,) = judge(sound)
    assert problem.check == "audio.antiphase"
    assert problem.spans == ()


def test_a_stretch_that_cancels_is_told_with_its_moments():
    sound = voice(20)
    sound[5 * RATE_HZ : 12 * RATE_HZ, 1] *= -1
    (problem,) = judge(sound, start_s=1.0)
    assert problem.check == "audio.antiphase"
    assert problem.spans == (pytest.approx((6.0, 13.0), abs=0.2),)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("down_db", [45, 200])
def test_a_side_that_is_missing_is_told(side, down_db):
    sound = voice(8)
    sound[:, 1 - side] *= 10 ** (-down_db / 20)
    (problem,) = judge(sound)
    assert problem.check == "audio.one_sided"
    assert problem.measured == ("左声道", "右声道")[side]
    assert problem.spans == ()


def test_a_side_that_drops_out_is_told_with_its_moments():
    sound = voice(20)
    sound[4 * RATE_HZ : 14 * RATE_HZ, 1] = 0
    (problem,) = judge(sound)
    assert problem.spans[0] == pytest.approx((4.0, 14.0), abs=0.5)


@pytest.mark.parametrize(
    "sound",
    [
        voice(8),
        wide(8),
        np.stack([noise(8, seed=4)[:, 0], noise(8, seed=5)[:, 0]], axis=1),
        voice(8) * np.float32([1.0, 0.1]),
        np.zeros((8 * RATE_HZ, 2), np.float32),
        np.zeros((0, 2), np.float32),
    ],
    ids=["mono", "wide", "independent", "a side 20 dB down", "silence", "nothing"],
)
def test_sound_on_both_sides_is_fine(sound):
    assert judge(sound) == ()


def test_noise_of_one_side_in_pauses_is_fine():
    sound = voice(10, room_dbfs=-110)
    sound[:, 0] += noise(10, -75)[:, 0]
    assert judge(sound) == ()


def test_blocks_of_any_length_tell_the_same():
    sound = voice(12)
    sound[3 * RATE_HZ : 9 * RATE_HZ, 1] = 0
    assert judge(sound, 7_919) == judge(sound) != ()
    assert judge(both(sound[:, 0]), 1_000) == ()
