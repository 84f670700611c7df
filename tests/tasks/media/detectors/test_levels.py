"""The curves of a report come out of levels that are kept at bounded size."""

import numpy as np
import pytest

from tasks.media.detection import SoundBlock
from tasks.media.detectors.levels import MOST_POINTS, STEP_S, Frames, LevelTrack
from tests.support.sounds import RATE_HZ, hear, sine, voice


def track_of(sound, size=RATE_HZ):
    track = LevelTrack()
    assert hear([track], sound, size).problems == ()
    return track


def test_peaks_are_told_for_every_step():
    sound = np.concatenate([sine(1, 1000, -20), np.zeros((RATE_HZ, 2), np.float32)])
    curves = track_of(sound).curves([])
    assert curves.step_s == STEP_S
    assert curves.peak_dbfs[:10] == (pytest.approx(-17.0, abs=0.1),) * 10
    assert curves.peak_dbfs[10:] == (None,) * 10
    assert curves.loudness_lufs == (None,) * 20


@pytest.mark.parametrize("seconds", [59, 61, 130, 1000])
def test_a_long_sound_has_no_more_points_than_a_page_can_draw(seconds):
    second = np.broadcast_to(np.float32([-0.5, 0.1]), (RATE_HZ, 2))
    track = LevelTrack()
    for number in range(seconds):
        track.see(SoundBlock(float(number), second))
    curves = track.curves([(float(s), -20.0) for s in range(seconds)])
    assert seconds <= curves.step_s * len(curves.peak_dbfs)
    assert MOST_POINTS / 2 <= len(curves.peak_dbfs) <= MOST_POINTS
    assert len(curves.loudness_lufs) == len(curves.peak_dbfs)
    assert set(curves.peak_dbfs) == {-6.0}


def test_the_loudest_of_a_stretch_is_its_loudness():
    curves = track_of(voice(3)).curves([(0.5, -30.04), (0.55, -25.0), (1.0, -70.0), (2.9, -21.16)])
    assert curves.loudness_lufs[5] == -25.0
    assert curves.loudness_lufs[10] is None
    assert curves.loudness_lufs[29] == -21.2


def test_nothing_heard_gives_empty_curves():
    curves = track_of(np.zeros((0, 2), np.float32)).curves([])
    assert curves.peak_dbfs == ()
    assert curves.loudness_lufs == ()


@pytest.mark.parametrize(("size", "hop"), [(480, 480), (2048, 960), (9600, 4800)])
@pytest.mark.parametrize("block", [100, 7_919, 48_000])
def test_frames_lie_where_they_would_without_blocks(size, hop, block):
    sound = np.arange(60_000, dtype=np.float32)
    frames = Frames(size, hop)
    cut = [frames.push(sound[n : n + block]) for n in range(0, len(sound), block)]
    got = np.concatenate([c for c in cut if c is not None])
    firsts = np.arange(0, len(sound) - size + 1, hop)
    assert np.array_equal(got[:, 0], firsts)
    assert np.array_equal(got[:, -1], firsts + size - 1)


def test_blocks_of_any_length_give_the_same_levels():
    sound = voice(3)
    one, other = track_of(sound), track_of(sound, 7_919)
    assert np.allclose(one.level_db, other.level_db, atol=1e-4)
    assert np.array_equal(one.low_high[0], other.low_high[0])
