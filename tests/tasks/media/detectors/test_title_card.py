"""Pages of text that stand for long are told; photographs, short titles and lectures are not."""

import numpy as np
import pytest

from models.profile import Limits
from tasks.media.detection import Still
from tasks.media.detectors.title_card import LongTitles, is_page_of_text
from tests.support.writing import write

HEIGHT, WIDTH = 360, 640
STEP_S = 0.5
LIMITS = Limits(long_title_s=10.0)


def card(seed=1, ground=40, level=235, rows=2):
    """Return a flat page with lines of writing."""
    picture = np.full((HEIGHT, WIDTH), float(ground))
    for row in range(rows):
        write(picture, (160, 120 + 50 * row), 10, 32, seed + row, level)
    return picture


def photograph(seed=1):
    """Return a picture with structures of all sizes, as a camera sees it."""
    rng = np.random.default_rng(seed)
    rough = sum(
        np.kron(rng.normal(0, 1, (HEIGHT // n, WIDTH // n)), np.ones((n, n))) for n in (4, 20, 40)
    )
    kernel = np.hanning(7)[1:-1] / np.hanning(7).sum()
    for axis in (0, 1):
        rough = np.apply_along_axis(np.convolve, axis, rough, kernel, "same")
    return np.clip(110 + 30 * rough, 0, 255)


def judged(*parts, noise=0.4, limits=LIMITS):
    """Show pictures, each for some seconds; None moves on with every still."""
    detector, rng, at = LongTitles(limits), np.random.default_rng(2), 0
    scene = np.tile(photograph(9), (1, 2))
    for picture, seconds in parts:
        for _ in range(round(seconds / STEP_S)):
            shown = scene[:, 7 * at % WIDTH :][:, :WIDTH] if picture is None else picture
            noisy = shown + rng.normal(0, noise, (HEIGHT, WIDTH))
            gray = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
            detector.see(Still(at * STEP_S, None, gray))
            at += 1
    return detector.verdict()


@pytest.mark.parametrize(("ground", "level"), [(40, 235), (0, 255), (235, 20), (90, 220)])
@pytest.mark.parametrize("seconds", [11.0, 15.0, 30.0])
def test_a_card_that_stands_too_long_is_told(ground, level, seconds):
    page = card(ground=ground, level=level)

    (problem,) = judged((None, 6), (page, seconds), (None, 4)).problems

    ((start, end),) = problem.spans
    assert abs(start - 6) <= 0.5
    assert abs(end - 6 - seconds) <= 0.5
    assert problem.limit == "10 秒"


@pytest.mark.parametrize("seconds", [3.0, 8.0, 9.5])
def test_a_card_that_stands_briefly_is_none(seconds):
    assert judged((card(), seconds), (None, 20)).problems == ()


def test_the_limit_is_the_campaigns():
    parts = ((card(), 8), (None, 20))

    assert judged(*parts, limits=Limits(long_title_s=5.0)).problems != ()


def test_a_card_at_the_start_is_told_from_the_first_still():
    assert judged((card(), 15), (None, 20)).problems[0].spans[0][0] == 0.0


def test_two_cards_are_one_problem_with_two_places():
    (problem,) = judged((card(), 12), (None, 8), (card(seed=7), 14), (None, 4)).problems

    assert len(problem.spans) == 2
    assert problem.measured == "14 秒"


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(((photograph(), 20), (None, 20)), id="a photograph"),
        pytest.param(((np.full((HEIGHT, WIDTH), 40.0), 20), (None, 20)), id="an empty page"),
        pytest.param(((card(1), 7), (card(5), 7), (card(9), 7), (None, 9)), id="short pages"),
        pytest.param(((card(1), 20), (card(5), 20), (card(9), 20)), id="a lecture of slides"),
        pytest.param(((None, 40),), id="a moving picture"),
        pytest.param((), id="nothing"),
    ],
)
def test_what_is_no_long_title_is_none(parts):
    assert judged(*parts).problems == ()


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_pages_are_told_from_photographs(rows):
    assert is_page_of_text(card(rows=rows).astype(np.uint8))
    assert is_page_of_text(card(rows=rows, ground=235, level=20).astype(np.uint8))


@pytest.mark.parametrize("seed", range(5))
def test_photographs_are_no_pages(seed):
    assert not is_page_of_text(photograph(seed).astype(np.uint8))
