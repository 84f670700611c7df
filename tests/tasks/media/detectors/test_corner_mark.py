"""Marks drawn over the picture are told, also before a camera that rests; writing is not."""

from functools import cache

import numpy as np
import pytest

from tasks.media.detection import Detail, Still
from tasks.media.detectors.corner_mark import CornerMarks
from tasks.media.detectors.crisp_edges import MeanDetail
from tasks.media.detectors.glances import Glances
from tasks.media.detectors.patches import halve
from tests.support.writing import write

HEIGHT, WIDTH = 720, 1280
STILLS = 24
DETAIL_EVERY = 5
"""Stills from one detail to the next."""


@cache
def scene(seed=1, softness=9):
    """Return a picture as a camera sees it, larger than what is shown of it: nothing is crisp."""
    rng = np.random.default_rng(seed)
    rough = np.kron(rng.normal(0, 1, (20, 34)), np.ones((48, 48)))
    rough += 0.6 * np.kron(rng.normal(0, 1, (80, 136)), np.ones((12, 12)))
    kernel = np.hanning(softness + 2)[1:-1]
    for axis in (0, 1):
        rough = np.apply_along_axis(np.convolve, axis, rough, kernel / kernel.sum(), "same")
    return np.clip(118 + 34 * rough, 16, 225)


def drawn(picture, at, alpha=1.0, level=230, letters=5, seed=3):
    """Draw a word with its upper left corner at (x, y)."""
    write(picture, at, letters, 32, seed, level, alpha)


def judged(draw, moves=lambda _: (0, 0), stills=STILLS, codes=(), seed=1):
    """Show what `draw(picture, n)` makes of the scene seen from `moves(n)` on."""
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 1.5, (HEIGHT + 64, WIDTH))
    glances, mean = Glances(), MeanDetail()
    detector = CornerMarks(glances, mean, lambda: list(codes))
    for n in range(stills):
        x, y = moves(n)
        picture = scene(seed)[y : y + HEIGHT, x : x + WIDTH].copy()
        draw(picture, n)
        picture += noise[n : n + HEIGHT]
        luma = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
        still = Still(n / 2, None, halve(luma))
        for one in (glances, detector):
            one.see(still)
        if n % DETAIL_EVERY == DETAIL_EVERY // 2:
            mean.see(Detail(n / 2, luma))
    return detector.verdict()


def resting(_):
    """The camera stands."""
    return 60, 40


def panning(n):
    """The camera turns."""
    return 13 * n, 40


@pytest.mark.parametrize("camera", [resting, panning])
@pytest.mark.parametrize("alpha", [0.45, 0.7, 1.0])
@pytest.mark.parametrize(
    ("at", "place"),
    [((40, 30), "左上角"), ((1070, 30), "右上角"), ((1070, 660), "右下角"), ((40, 660), "左下角")],
)
def test_a_mark_in_a_corner_is_told_whether_the_camera_rests_or_turns(camera, alpha, at, place):
    verdict = judged(lambda picture, _: drawn(picture, at, alpha), camera)

    assert [(p.measured, p.spans) for p in verdict.problems] == [(place, ())]
    left, top, width, height = verdict.problems[0].box
    assert abs(left - at[0] / WIDTH) < 0.03
    assert abs(top - at[1] / HEIGHT) < 0.03
    assert abs(width - 160 / WIDTH) < 0.05
    assert abs(height - 32 / HEIGHT) < 0.06


@pytest.mark.parametrize("camera", [resting, panning])
def test_a_scene_without_a_mark_has_none(camera):
    verdict = judged(lambda *_: None, camera)

    assert verdict.problems == ()


def test_a_poster_that_a_camera_saw_is_no_mark():
    def poster(picture, _):
        drawn(picture, (40, 30), 0.9)
        part = picture[20:80, 30:220]
        kernel = np.hanning(7)[1:-1] / np.hanning(7).sum()
        for axis in (0, 1):  # as a lens and a sensor's filter leave it
            part[:] = np.apply_along_axis(np.convolve, axis, part, kernel, "same")

    assert judged(poster, resting).problems == ()


@pytest.mark.parametrize("rows", [2, 4])
def test_a_page_with_writing_all_over_is_not_judged(rows):
    def page(picture, _):
        picture[:] = picture * 0.02 + 200
        for row in range(rows):
            drawn(picture, (160, 200 + 100 * row), level=30, letters=9, seed=row)
        drawn(picture, (1070, 30), level=30)

    verdict = judged(page, resting)

    assert verdict.problems == ()
    assert verdict.unsure == ("video.corner_mark",)


@pytest.mark.parametrize("camera", [resting, panning])
def test_a_mark_that_changes_corners_is_told_with_both(camera):
    def turning(picture, n):
        drawn(picture, (40, 30) if n % 12 < 6 else (1070, 650), 0.8)

    verdict = judged(turning, camera, stills=26)

    assert [p.measured for p in verdict.problems] == ["左上角、右下角交替出现"]


def test_a_mark_that_comes_late_is_told_from_when_it_is_there():
    verdict = judged(lambda p, n: n >= 16 and drawn(p, (40, 30)), resting, stills=40)

    ((start, end),) = verdict.problems[0].spans
    assert abs(start - 8) <= 0.5
    assert abs(end - 20) <= 0.5


def test_a_name_title_is_no_mark():
    verdict = judged(lambda p, n: 6 <= n < 14 and drawn(p, (80, 580), letters=9), resting)

    assert verdict.problems == ()


@pytest.mark.parametrize("camera", [resting, panning])
def test_lines_that_follow_each_other_in_one_place_are_no_mark(camera):
    def line(picture, n):
        drawn(picture, (400, 660), letters=15, seed=n // 4)

    assert judged(line, camera).problems == ()


def test_a_code_is_no_mark():
    box = (40 / WIDTH, 30 / HEIGHT, 160 / WIDTH, 32 / HEIGHT)

    assert judged(lambda p, _: drawn(p, (40, 30)), resting, codes=[box]).problems == ()


def test_a_date_whose_seconds_run_is_told():
    def date(picture, n):
        drawn(picture, (40, 650), letters=6)
        drawn(picture, (250, 650), letters=1, seed=n)

    assert [p.measured for p in judged(date, resting).problems] == ["左下角"]


@pytest.mark.parametrize("number", [0, 3, 7])
def test_few_stills_tell_nothing(number):
    verdict = judged(lambda p, _: drawn(p, (40, 30)), panning, stills=number)

    assert verdict.problems == ()
    assert verdict.unsure == ("video.corner_mark",)


def test_the_same_pictures_give_the_same_verdict():
    def once():
        return judged(lambda p, _: drawn(p, (40, 30), 0.5), panning)

    assert once() == once()
