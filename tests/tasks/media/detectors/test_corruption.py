"""Grey and green parts that come and go at once are corrupt; screens, slides and fades are not."""

from functools import cache

import numpy as np
import pytest

from models.profile import Limits
from tasks.media.detection import SmallFrame
from tasks.media.detectors.corruption import CorruptionDetector

RATE = 25
HEIGHT, WIDTH = 90, 160
GREY, RGB_GREY, ZERO = (128, 128, 128), (126, 128, 128), (0, 0, 0)
GREEN_709, GREEN_601 = (100, 82, 74), (84, 88, 78)
KEYED = (129, 96, 57)
"""A screen for keying: RGB (0, 177, 64)."""


@cache
def scene(n, seed=3):
    """Return a picture with texture that drifts slowly; another seed is another scene."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] + 31.0 * seed
    columns += n / 5
    luma = 125 + 40 * np.sin(columns / 7) * np.cos(rows / 5 + columns / 9) + 20 * np.sin(rows / 2.3)
    cb, cr = 128 + 12 * np.sin(columns / 11), 128 + 12 * np.cos(rows / 13)
    return [np.rint(p).astype(np.uint8) for p in (luma, cb[::2, ::2], cr[::2, ::2])]


def covered(planes, color, rows=(0.5, 1.0), columns=(0.0, 1.0)):
    planes = [p.copy() for p in planes]
    for plane, value in zip(planes, color, strict=True):
        (top, bottom), (left, right) = (
            [round(share * size) for share in shares]
            for shares, size in zip((rows, columns), plane.shape, strict=True)
        )
        plane[top:bottom, left:right] = value
    return planes


def verdict(make, seconds=6.0, *, has_errors=False):
    detector = CorruptionDetector(Limits(), lambda: has_errors)
    for n in range(round(seconds * RATE)):
        detector.see(SmallFrame(n / RATE, *make(n)))
    return detector.verdict()


def between(n, start_s, end_s):
    return start_s * RATE <= n < end_s * RATE


@pytest.mark.parametrize("length_s", [0.12, 0.75, 2.0])
@pytest.mark.parametrize("rows", [(0.0, 1.0), (0.5, 1.0), (0.75, 1.0)])
@pytest.mark.parametrize("color", [GREY, RGB_GREY, ZERO, GREEN_709, GREEN_601])
def test_a_part_that_turns_grey_or_green_has_its_moments(color, rows, length_s):
    def make(n):
        hurt = between(n, 2, 2 + length_s)
        return covered(scene(n), color, rows) if hurt else scene(n)

    (problem,) = verdict(make).problems
    assert problem.check == "video.corrupt_frames"
    ((start, end),) = problem.spans
    assert (start, end) == pytest.approx((2, 2 + length_s), abs=0.08)
    assert problem.box == pytest.approx((0, rows[0], 1, rows[1] - rows[0]), abs=0.03)


def test_several_stretches_are_one_problem():
    def make(n):
        hurt = between(n, 1, 2) or between(n, 4, 5)
        return covered(scene(n), GREY) if hurt else scene(n)

    (problem,) = verdict(make).problems
    assert len(problem.spans) == 2


def test_grey_that_ends_with_a_cut_is_told_where_the_rest_went_on():
    def make(n):
        planes = scene(n, seed=3 if n < 2.5 * RATE else 8)
        return covered(planes, GREY) if between(n, 2, 3) else planes

    assert verdict(make).problems


def test_a_work_without_its_first_key_frame_is_told_where_the_decoder_complained():
    def make(n):
        return covered(scene(n), GREY, (0.1, 1.0)) if n < 20 else scene(n)

    assert verdict(make).problems == ()
    (problem,) = verdict(make, has_errors=True).problems
    assert problem.spans == ((0.0, pytest.approx(0.8)),)


def test_streaks_are_told_where_the_decoder_complained():
    def make(n):
        planes = [p.copy() for p in scene(n)]
        if between(n, 2, 3):
            columns = np.random.default_rng(5).integers(30, 220, WIDTH)
            planes[0][20:] = columns.astype(np.uint8)
        return planes

    assert verdict(make).problems == ()
    (problem,) = verdict(make, has_errors=True).problems
    assert problem.spans == ((pytest.approx(2), pytest.approx(3)),)


def test_complaints_alone_are_no_evidence():
    assert verdict(scene, has_errors=True).problems == ()


def screen(n):
    """Put someone before a screen for keying, after a cut."""
    return covered(scene(n, seed=8), KEYED, (0, 1), (0.3, 1)) if n > 50 else scene(n)


def slide(n):
    """Show a grey slide with writing between two scenes."""
    if not between(n, 2, 4):
        return scene(n, seed=3 if n < 3 * RATE else 8)
    planes = covered(scene(n), RGB_GREY, (0, 1))
    planes[0][30:50, 20:140:2] = 235
    return planes


def wall(n):
    """Show a grey wall, all along."""
    return covered(scene(n), GREY)


def fade(n):
    share = max(0.0, 1 - abs(n / RATE - 3) / 1.2)
    pair = zip(scene(n), covered(scene(n), GREY, (0, 1)), strict=True)
    return [np.rint(a * (1 - share) + b * share).astype(np.uint8) for a, b in pair]


def dialog(n):
    """Open and close a grey window inside a screen."""
    inside = ((0.3, 0.7), (0.3, 0.7))
    return covered(scene(0), RGB_GREY, *inside) if between(n, 2, 4) else scene(0)


def card(n):
    """Write, little by little, on a green card that came with a cut."""
    if n < 50:
        return scene(n)
    planes = covered(scene(n), GREEN_709, (0, 1))
    planes[0][:, : max(0, (n - 60) * 2)] = 235
    return planes


@pytest.mark.parametrize("make", [scene, screen, slide, wall, fade, dialog, card])
def test_what_is_meant_is_not_corrupt(make):
    assert verdict(make).problems == ()


def test_a_cut_to_a_green_picture_is_a_cut():
    def make(n):
        return covered(scene(n, seed=8), GREEN_709) if n > 60 else scene(n)

    assert verdict(make).problems == ()


def test_a_flat_grey_picture_that_stays_is_another_checks():
    def make(n):
        return covered(scene(n), GREY, (0, 1)) if between(n, 1, 5) else scene(n)

    assert verdict(make).problems == ()


def test_nothing_seen_is_nothing_found():
    assert verdict(scene, seconds=0).problems == ()
