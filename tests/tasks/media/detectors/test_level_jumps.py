"""Speech that is turned up or down, and stays so, is told; pauses, notes and emphasis are not."""

import numpy as np
import pytest

from models.profile import Limits
from tasks.media.detectors.level_jumps import LevelJumps
from tasks.media.detectors.voices import VoiceTrack
from tests.support.sounds import RATE_HZ, chord, hear, noise, voice


def judge(sound, size=RATE_HZ, start_s=0.0, target_lufs=-24.0):
    track = VoiceTrack()
    return hear([track, LevelJumps(Limits(), target_lufs, track)], sound, size, start_s).problems


def turned(sound, start, end, db):
    sound = sound.copy()
    sound[round(start * RATE_HZ) : round(end * RATE_HZ)] *= 10 ** (db / 20)
    return sound


@pytest.mark.parametrize("db", [-20, -15, 15])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_passage_at_another_level_is_told_with_its_moments(db, seed):
    (problem,) = judge(turned(voice(18, -30, seed=seed), 6, 12, db), start_s=2.0)
    assert problem.check == "audio.level_jumps"
    assert problem.spans[0] == pytest.approx((8.0, 14.0), abs=0.5)


def test_speech_that_sinks_far_is_told():
    (problem,) = judge(turned(voice(18, -26), 6, 12, -38))
    assert problem.spans == (pytest.approx((6, 12), abs=0.5),)


@pytest.mark.parametrize(("start", "end"), [(6.05, 11.95), (7.15, 10.85)])
def test_the_room_says_where_in_a_pause_it_happened(start, end):
    """Pauses from 6.0 to 7.2 s and from 10.8 to 12.0 s, with the room before or after the jump."""
    sound = voice(18, -26)
    for first, last in ((6.0, 7.2), (10.8, 12.0)):
        sound[round(first * RATE_HZ) : round(last * RATE_HZ)] = 0
    sound += noise(18, -60)
    (problem,) = judge(turned(sound, start, end, -18))
    assert problem.spans == (pytest.approx((start, end), abs=0.25),)


@pytest.mark.parametrize("db", [-20, -15])
def test_what_stays_soft_until_the_end_is_told(db):
    (problem,) = judge(turned(voice(18), 11, 18, db))
    assert problem.spans[0] == pytest.approx((11.0, 18.0), abs=0.5)


@pytest.mark.parametrize("db", [-22, -15, 15])
@pytest.mark.parametrize(("start", "end"), [(9, 18), (0, 9)])
def test_of_two_passages_as_long_the_one_that_is_far_from_the_asked_loudness_is_told(
    db, start, end
):
    (problem,) = judge(turned(voice(18, -26), start, end, db))
    assert problem.spans == (pytest.approx((start, end), abs=0.5),)


@pytest.mark.parametrize("target_lufs", [-24, -40])
def test_a_rarer_passage_is_the_odd_one_whatever_is_asked_for(target_lufs):
    (problem,) = judge(turned(voice(18, -38), 12, 18, 15), target_lufs=target_lufs)
    assert problem.spans == (pytest.approx((12, 18), abs=0.5),)


@pytest.mark.parametrize("db", [-6, 6])
def test_a_change_below_the_limit_is_fine(db):
    assert judge(turned(voice(18, -30), 6, 12, db)) == ()


@pytest.mark.parametrize(
    "sound",
    [
        voice(20),
        voice(20, room_dbfs=-45),
        turned(voice(20, -35), 8, 9, 15),
        np.concatenate([voice(8), noise(5, -70), voice(8, seed=5)]),
        np.concatenate([chord(6) * 3, voice(10, -35)]),
        np.concatenate([voice(10, -35), noise(6, -15)]),
        np.tile(chord(5, decay_s=1.0), (3, 1)),
        np.zeros((20 * RATE_HZ, 2), np.float32),
        np.zeros((0, 2), np.float32),
    ],
    ids=[
        "even", "in a noisy room", "a shout", "a pause", "music before", "applause after",
        "dying chords", "silence", "nothing",
    ],
)  # fmt: skip
def test_even_speech_pauses_and_music_are_fine(sound):
    assert judge(sound) == ()


def test_a_side_that_drops_out_is_no_jump():
    sound = voice(18)
    sound[6 * RATE_HZ : 12 * RATE_HZ, 1] = 0
    assert judge(sound) == ()


def test_blocks_of_any_length_tell_the_same():
    sound = turned(voice(14), 5, 10, -15)
    assert judge(sound, 7_919) == judge(sound) != ()
