"""Holes that are torn into running sound are told; pauses, plosives and gates are not."""

import numpy as np
import pytest

from tasks.media.detectors.dropout import Dropout
from tests.support.sounds import RATE_HZ, chord, hear, moments, noise, sine, voice


def running(seconds):
    """Return sound that never pauses."""
    return noise(seconds, -23, 1) * (1 + 0.5 * np.sin(2 * np.pi * 3 * moments(seconds)))[:, None]


def torn(sound, starts, seconds, left=0.0):
    sound = sound.astype(np.float32).copy()
    for start in starts:
        sound[round(start * RATE_HZ) : round((start + seconds) * RATE_HZ)] *= left
    return sound


@pytest.mark.parametrize("seconds", [0.03, 0.1, 0.3, 0.48])
@pytest.mark.parametrize("left", [0.0, 1e-3])
def test_several_holes_are_told(seconds, left):
    verdict = hear([Dropout()], torn(running(8), (1, 2.5, 4, 5.5), seconds, left), start_s=5.0)
    (problem,) = verdict.problems
    assert problem.check == "audio.dropout"
    assert problem.measured.startswith("4 处")
    assert problem.spans[0][0] == pytest.approx(6.0, abs=0.05)
    assert problem.spans[-1][1] == pytest.approx(10.5 + seconds, abs=0.05)


def test_one_clear_hole_is_told():
    (problem,) = hear([Dropout()], torn(running(6), (3,), 0.2)).problems
    assert problem.spans == (pytest.approx((3.0, 3.2), abs=0.02),)


def test_a_hole_from_a_word_into_a_pause_is_told_where_the_room_is_heard():
    word, room = running(3), noise(3, -68)
    (problem,) = hear([Dropout()], torn(np.concatenate([word, room]), (2.8,), 0.4)).problems
    assert problem.spans == (pytest.approx((2.8, 3.2), abs=0.02),)


def test_a_voice_that_pauses_in_digital_silence_leaves_it_unsure():
    sound = torn(running(10), (1, 3, 5), 0.06)
    for start in (2, 4, 6, 8):
        part = slice(start * RATE_HZ, start * RATE_HZ + RATE_HZ // 2)
        fade = np.maximum(0, 1 - 3 * moments(0.5))[:, None] ** 4
        sound[part] *= fade.astype(np.float32)
    verdict = hear([Dropout()], sound)
    assert verdict.problems == ()
    assert verdict.unsure == ("audio.dropout",)


@pytest.mark.parametrize("starts", [(3,), (2, 4)])
def test_a_hole_or_two_that_are_not_clear_are_unsure(starts):
    verdict = hear([Dropout()], torn(running(6), starts, 0.025))
    assert verdict.problems == ()
    assert verdict.unsure == ("audio.dropout",)


def plosives(seconds):
    """Return a dry voice with closures: it dies away in 30 ms and comes back at once."""
    sound, size = running(seconds), round(0.08 * RATE_HZ)
    fade = np.concatenate([10 ** (-4 * np.arange(size * 3 // 8) / (size * 3 / 8)), np.zeros(size)])
    for first in range(RATE_HZ // 2, len(sound) - 2 * size, RATE_HZ // 2):
        sound[first : first + len(fade)] *= fade[:, None]
    return sound.astype(np.float32)


@pytest.mark.parametrize(
    "sound",
    [
        voice(10),
        running(5),
        plosives(5),
        torn(running(8), (1, 3, 5), 1.2),
        torn(running(8), (1, 3, 5), 0.01),
        np.tile(chord(0.5, decay_s=0.05), (10, 1)),
        np.zeros((3 * RATE_HZ, 2), np.float32),
        np.zeros((0, 2), np.float32),
        sine(3, 440, -62),
    ],
    ids=[
        "voice", "noise", "plosives", "long pauses", "clicks", "dying notes",
        "silence", "nothing", "soft",
    ],
)  # fmt: skip
def test_pauses_plosives_and_notes_are_fine(sound):
    verdict = hear([Dropout()], sound)
    assert verdict.problems == ()
    assert verdict.unsure == ()


@pytest.mark.parametrize(("per_s", "dies"), [(0.5, 4), (0.9, 4), (2, 0), (2, 4)])
def test_closures_before_soft_bursts_are_a_synthetic_voice(per_s, dies):
    sound = running(10)
    starts = np.arange(0.5, 9.5, 1 / per_s)
    for number, start in enumerate(starts):
        hole, burst, end = (round((start + s) * RATE_HZ) for s in (0, 0.05, 0.1))
        sound[hole:burst] = 0
        sound[burst:end] *= 0.1
        if number < dies:
            sound[hole - 2400 : hole] *= 10 ** (-4 * np.arange(2400) / 2400)[:, None]
    assert hear([Dropout()], sound).problems == ()


def rung(sound, starts, seconds):
    """Tear holes as MP3 at 128 kbit/s leaves them: 25 dB below for 20 ms, falling on."""
    holes = np.ones(len(sound))
    size = round(seconds * RATE_HZ)
    ring = 10 ** (-(25 + 40 * np.arange(960) / 960) / 20)
    for start in starts:
        first = round(start * RATE_HZ)
        holes[first : first + size] = 0
        holes[first : first + 960] = ring
        holes[first + size - 960 : first + size] = ring[::-1]
    return (sound * holes[:, None]).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.06, 0.15, 0.3])
def test_holes_that_a_codec_has_rung_into_are_told(seconds):
    (problem,) = hear([Dropout()], rung(running(8), (1, 2.5, 4, 5.5), seconds)).problems
    assert problem.spans[0][0] == pytest.approx(1.0, abs=0.05)


def test_holes_in_soft_and_loud_parts_of_a_voice_in_a_room_are_told():
    sound = voice(12, room_dbfs=-60)
    (problem,) = hear([Dropout()], torn(sound, np.arange(1, 11, 1.7), 0.15)).problems
    assert problem.spans[0][0] >= 0.99


@pytest.mark.parametrize("seed", [1, 2])
def test_a_dry_voice_without_a_room_has_no_holes_for_certain(seed):
    assert hear([Dropout()], voice(10, seed=seed, room_dbfs=-110)).problems == ()


def test_blocks_of_any_length_tell_the_same():
    sound = torn(running(6), (0.98, 2.97, 4), 0.06)
    whole = hear([Dropout()], sound)
    assert whole.problems
    assert hear([Dropout()], sound, 7_919) == whole
