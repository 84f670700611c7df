"""How often and how large detectors see a picture."""

from fractions import Fraction

import pytest

from tasks.media.geometry import plan_picture
from tasks.media.watching import detail_rate, plan_watch, still_rate
from tests.tasks.media.test_conforming import PROFILE
from tests.tasks.media.test_verification import made


@pytest.mark.parametrize(("length", "rate"), [(None, 2.0), (300, 2.0), (1200, 0.5), (1e6, 0.1)])
def test_long_videos_have_fewer_stills_a_second(length, rate):
    assert still_rate(length) == pytest.approx(rate)


@pytest.mark.parametrize(("length", "count"), [(4, 4), (60, 12), (180, 24), (7200, 24)])
def test_details_are_few_however_long_the_video(length, count):
    assert detail_rate(length) * length == pytest.approx(count)


@pytest.mark.parametrize(
    ("rate", "small"),
    [
        (Fraction(25), Fraction(25)),
        (Fraction(30000, 1001), Fraction(30000, 1001)),
        (Fraction(60), Fraction(30)),
        (Fraction(120000, 1001), Fraction(30000, 1001)),
        (Fraction(8), Fraction(8)),
        (None, Fraction(25)),
    ],
)
def test_small_frames_keep_the_rate_or_divide_it_evenly(rate, small):
    stream = made(frame_rate=rate).picture
    watch = plan_watch(plan_picture(stream, PROFILE.master), stream, None, 60.0)
    assert watch.small_rate == small


@pytest.mark.parametrize(
    ("shape", "small"),
    [((1920, 1080), (160, 90)), ((1080, 1920), (50, 90)), ((480, 360), (120, 90))],
)
def test_small_frames_keep_the_shape(shape, small):
    stream = made(width_px=shape[0], height_px=shape[1]).picture
    watch = plan_watch(plan_picture(stream, PROFILE.master), stream, None, 60.0)
    assert watch.small_size == small
    assert watch.small_bytes == small[0] * small[1] * 3 / 2
