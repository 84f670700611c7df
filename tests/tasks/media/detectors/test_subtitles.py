"""Lines that follow each other are subtitles; titles, tickers, slides and the picture are not."""

from functools import cache

import numpy as np
import pytest

from tasks.media.detection import Still
from tasks.media.detectors.subtitles import BurnedSubtitles
from tests.support.writing import write

HEIGHT, WIDTH = 360, 640
STEP_S = 0.5
STILLS = 24
LINE_Y = 312


@cache
def scene(seed=1):
    """Return a picture of soft patches, wider than what is shown of it."""
    rng = np.random.default_rng(seed)
    rough = np.kron(rng.normal(0, 1, (12, 40)), np.ones((30, 30)))
    kernel = np.hanning(17)[1:-1] / np.hanning(17).sum()
    for axis in (0, 1):
        rough = np.apply_along_axis(np.convolve, axis, rough, kernel, "same")
    return np.clip(110 + 40 * rough, 16, 200)


def resting(_):
    """The camera stands."""
    return 0


def panning(n):
    """The camera turns."""
    return 9 * n


def judged(draw, camera=panning, stills=STILLS, step_s=STEP_S):
    """Show what `draw(picture, n)` makes of the scene."""
    detector, rng = BurnedSubtitles(), np.random.default_rng(4)
    for n in range(stills):
        picture = scene()[:, camera(n) : camera(n) + WIDTH].copy()
        draw(picture, n)
        picture += rng.normal(0, 1.5, (HEIGHT, WIDTH))
        gray = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
        detector.see(Still(n * step_s, None, gray))
    return detector.verdict()


def line(picture, seed, letters=9, size=16, level=235, at=None, *, outlined=True):
    """Write a line in the middle, with a dark outline."""
    at = at or ((WIDTH - letters * size) // 2, LINE_Y)
    if outlined:
        for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            write(picture, (at[0] + x, at[1] + y), letters, size, seed, 16)
    write(picture, at, letters, size, seed, level)


def spoken(seconds=2.0, gap_stills=0, **how):
    """Return what draws another line every so often, from the third still on."""
    each = round(seconds / STEP_S)

    def draw(picture, n):
        number, place = divmod(n - 2, each)
        if n >= 2 and place < each - gap_stills:
            line(picture, 10 + number, **how)

    return draw


@pytest.mark.parametrize("camera", [resting, panning])
@pytest.mark.parametrize("seconds", [2.0, 3.0])
@pytest.mark.parametrize("gap_stills", [0, 1])
@pytest.mark.parametrize(
    "how", [{}, {"level": 190}, {"size": 24, "letters": 7}, {"outlined": False}]
)
def test_lines_that_follow_each_other_are_subtitles(camera, seconds, gap_stills, how):
    (problem,) = judged(spoken(seconds, gap_stills, **how), camera).problems

    ((start, end),) = problem.spans
    assert abs(start - 1.0) <= 0.5
    assert end >= 10.5
    left, top, width, height = problem.box
    assert 0.8 < top < top + height < 1
    assert abs(left + width / 2 - 0.5) < 0.08


def test_lines_on_a_dark_box_are_subtitles():
    def draw(picture, n):
        picture[LINE_Y - 6 : LINE_Y + 22, 200:440] *= 0.4
        spoken(2.0)(picture, n)

    assert len(judged(draw).problems) == 1


def test_subtitles_of_a_part_are_told_from_where_they_are():
    def draw(picture, n):
        if 16 <= n < 40:
            line(picture, n // 4)

    (problem,) = judged(draw, resting, stills=60).problems

    ((start, end),) = problem.spans
    assert abs(start - 8.0) <= 0.5
    assert abs(end - 20.0) <= 0.5


@pytest.mark.parametrize("camera", [resting, panning])
@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda *_: None, id="nothing"),
        pytest.param(lambda p, _: line(p, 3), id="a line that stays"),
        pytest.param(lambda p, n: 4 <= n < 12 and line(p, 3), id="one line"),
        pytest.param(
            lambda p, n: 4 <= n < 12 and line(p, 3, at=(40, 290)), id="the title of a name"
        ),
        pytest.param(
            lambda p, n: n % 12 < 4 and line(p, n // 12, at=(40, 290)), id="two titles far apart"
        ),
    ],
)
def test_what_does_not_follow_is_none(draw, camera):
    assert judged(draw, camera).problems == ()


@pytest.mark.parametrize("starts_s", [0.0, 4.0])
def test_a_first_line_that_is_faded_in_is_told_from_when_it_came(starts_s):
    first = round(starts_s / STEP_S)

    def draw(picture, n):
        number, place = divmod(n - first, 4)
        is_faint = number == 0 and place == 0 and first > 0
        if number >= 0:
            write(picture, (248, LINE_Y), 9, 16, number, alpha=0.35 if is_faint else 1.0)

    (problem,) = judged(draw, resting).problems

    assert abs(problem.spans[0][0] - starts_s) <= 0.5


@pytest.mark.parametrize("step_px", [16, 32, 48])
@pytest.mark.parametrize("camera", [resting, panning])
def test_a_ticker_is_none(camera, step_px):
    def draw(picture, n):
        long = np.zeros((HEIGHT, WIDTH + 1600))
        write(long, (0, LINE_Y), 70, 16, 3, 1.0)
        left = WIDTH - step_px * n
        shown = np.zeros((HEIGHT, WIDTH))
        first = max(0, left)
        shown[:, first:] = long[:, first - left : first - left + WIDTH - first]
        picture += shown * (235 - picture)

    assert judged(draw, camera).problems == ()


def test_a_line_whose_part_shows_later_is_one_line():
    def draw(picture, n):
        if n < 10:
            picture[LINE_Y - 10 : LINE_Y + 30, 290:350] = 232
        if 4 <= n < 16:
            line(picture, 3, outlined=False)

    assert judged(draw, resting).problems == ()


def test_pages_whose_writing_changes_with_them_have_none():
    def draw(picture, n):
        page = n // 6
        picture[:] = 40 + 60 * (page % 2)
        for row in range(4):
            write(picture, (60, 40 + 40 * row), 20, 16, 100 * page + row)
        line(picture, page)

    assert judged(draw, resting).problems == ()


@pytest.mark.parametrize(("stills", "step_s"), [(0, 0.5), (5, 0.5), (24, 3.0)])
def test_few_or_sparse_stills_tell_nothing(stills, step_s):
    verdict = judged(spoken(), stills=stills, step_s=step_s)

    assert verdict.problems == ()
    assert verdict.unsure == ("video.burned_subtitles",)


def test_the_same_pictures_give_the_same_verdict():
    assert judged(spoken()) == judged(spoken())
