"""What ffmpeg's filters write becomes spans and numbers."""

import pytest

from tasks.media.measurements import (
    count_decode_errors,
    merge_spans,
    parse_notes,
    read_picture_samples,
    read_sound,
    spans_of,
)

EVENTS = """frame:50   pts:25600   pts_time:2
lavfi.black_start=2
frame:101  pts:51712   pts_time:4.04
lavfi.black_end=4.04
frame:150  pts:1       pts_time:6
lavfi.black_start=6
""".splitlines()


def test_marks_pair_up_and_an_open_span_lasts_to_the_end():
    spans = spans_of(parse_notes(EVENTS), "lavfi.black_start", "lavfi.black_end", 8.0)
    assert spans == [(2.0, 4.04), (6.0, 8.0)]


def test_a_silence_that_begins_and_ends_in_one_frame_is_not_drawn_out_to_the_next():
    lines = [
        "frame:105 pts:1 pts_time:10.6",
        "lavfi.silence_start=10.13",
        "lavfi.silence_end=10.66",
        "frame:202 pts:2 pts_time:20.2",
        "lavfi.silence_end=19.9",
        "lavfi.silence_start=20.1",
    ]
    spans = spans_of(parse_notes(lines), "lavfi.silence_start", "lavfi.silence_end", 21.0)
    assert spans == [(10.13, 10.66), (20.1, 21.0)]


def test_neighbouring_spans_are_one():
    assert merge_spans([(4, 5), (0, 1), (1.1, 2)], gap_s=0.2) == [(0, 2), (4, 5)]


def test_a_frame_without_a_time_is_passed_over():
    notes = list(parse_notes(["frame:1 pts:N pts_time:nan", "a=1", *EVENTS]))
    assert [n.time_s for n in notes] == [2, 4.04, 6]


def test_samples_need_their_luma_and_may_lack_a_box():
    lines = [
        "frame:0 pts:0 pts_time:0",
        "lavfi.signalstats.YMIN=16",
        "lavfi.signalstats.YAVG=100.5",
        "lavfi.signalstats.YMAX=235",
        "frame:1 pts:1 pts_time:0.5",
        "lavfi.signalstats.YMIN=16",
    ]
    (sample,) = read_picture_samples(lines)
    assert sample.luma_mean == 100.5
    assert sample.box is None


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


def test_harmless_lines_are_no_decode_errors():
    lines = ["[h264 @ 0x1] [error] error while decoding MB 4 0", "[mp4 @ 0x2] [error] deprecated x"]
    assert count_decode_errors(lines, total=2) == 1
    assert count_decode_errors(lines, total=1002) == 1001
