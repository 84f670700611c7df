"""What ffmpeg's filters measure of picture and sound becomes numbers."""

import pytest

from tasks.media.measurements import read_picture_samples, read_sound

SIDES = {"x": 80, "y": 0, "w": 480, "h": 360}


def test_samples_may_lack_a_box():
    box = [f"lavfi.cropdetect.{side}={value}" for side, value in SIDES.items()]
    lines = ["frame:0 pts:0 pts_time:0", *box, "frame:1 pts:1 pts_time:0.5", *box[:2]]
    whole, part = read_picture_samples(lines)
    assert (whole.time_s, whole.box) == (0.0, tuple(SIDES.values()))
    assert (part.time_s, part.box) == (0.5, None)


def sound_notes(level, peak):
    return [
        "frame:0 pts:0 pts_time:0.1",
        f"lavfi.r128.M={level}",
        f"lavfi.r128.I={level}",
        "lavfi.r128.LRA=3.1",
        f"lavfi.r128.true_peaks_ch0={peak}",
        "lavfi.astats.1.RMS_level=-20.5",
        "lavfi.astats.2.RMS_level=-inf",
    ]


def test_levels_are_read_and_minus_infinity_is_unknown():
    sound = read_sound(sound_notes(-23.4, 0.5), 3.0)
    assert sound.integrated_lufs == -23.4
    assert sound.true_peak_dbtp == pytest.approx(-6.01, abs=0.02)
    assert sound.channel_rms_db == (-20.5, None)


def test_the_floor_of_the_meter_is_silence_not_a_level():
    sound = read_sound(sound_notes(-70.0, 0.0), 3.0)
    assert sound.is_silent
    assert sound.true_peak_dbtp is None


def test_nothing_written_is_nothing_heard():
    assert read_sound([], 3.0).is_silent
