"""A report laid out over time."""

import re
from itertools import pairwise

import pytest

from models.report import Curves
from tasks.media.strips import MOST_TICKS, lay_out
from tests.support.reports import PROFILE, many_findings, report


def test_each_check_has_a_lane_and_each_moment_a_mark():
    strip = lay_out(report(many_findings(), duration_s=200.0), PROFILE)
    assert strip is not None
    assert [lane.name for lane in strip.lanes] == [
        "画面静止",
        "画面全黑",
        "连续无声",
        "声音削波失真",
    ]
    first, second = strip.lanes[1].marks
    assert (first.left, first.width) == pytest.approx((15.5, 1.6))
    assert second.left == pytest.approx(80.75)
    numbered = many_findings()
    assert all(
        numbered[m.number - 1] is m.finding or numbered[m.number - 1] == m.finding
        for lane in strip.lanes
        for m in lane.marks
    )


def test_what_lies_beyond_the_measured_end_makes_the_strip_longer():
    strip = lay_out(report(many_findings(), duration_s=100.0), PROFILE)
    assert strip is not None
    assert strip.length_s == pytest.approx(164.1)
    assert all(
        0 <= m.left <= 100 and m.left + m.width <= 100.001
        for lane in strip.lanes
        for m in lane.marks
    )


@pytest.mark.parametrize("length_s", [0.5, 3.0, 59.0, 182.4, 300.0, 3601.0, 90_000.0])
def test_ticks_are_few_and_even(length_s: float):
    strip = lay_out(report((), duration_s=length_s), PROFILE)
    assert strip is not None
    seconds = [second for _, second in strip.ticks]
    assert 1 <= len(seconds) <= MOST_TICKS + 1
    assert seconds[0] == 0
    assert len({b - a for a, b in pairwise(seconds)}) <= 1


def test_silence_breaks_the_loudness_curve_and_the_target_stands_in_its_band():
    curves = Curves(
        step_s=1.0, peak_dbfs=(-10, None, 0.0), loudness_lufs=(-24, -24, None, None, -60, 0)
    )
    made = report((), duration_s=6.0).model_copy(update={"curves": curves})
    strip = lay_out(made, PROFILE)
    assert strip is not None
    assert strip.loudness is not None
    assert strip.loudness.path.count("M") == 2
    assert strip.loudness.band_top < strip.loudness.target_y < strip.loudness.band_bottom
    heights = [float(y) for y in re.findall(r",([\d.]+)", strip.loudness.path)]
    assert heights[0] == strip.loudness.target_y
    assert heights[-2:] == [100.0, 0.0]


def test_the_waveform_is_as_high_as_its_peaks():
    curves = Curves(step_s=1.0, peak_dbfs=(0.0, -30.0, -60.0, None))
    made = report((), duration_s=4.0).model_copy(update={"curves": curves})
    strip = lay_out(made, PROFILE)
    assert strip is not None
    assert strip.waveform is not None
    heights = [float(y) for y in re.findall(r",([\d.]+)", strip.waveform)]
    assert heights[:8:2] == [0.0, 25.0, 49.5, 49.5]


def test_nothing_that_has_a_time_makes_no_strip():
    made = report((), has_sound=False)
    assert lay_out(made, PROFILE) is None
