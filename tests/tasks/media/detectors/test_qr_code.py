"""A code is told with its text, its place and when it stands; what only looks like one is not."""

import numpy as np
import pytest

from tasks.media.detection import Detail, Still
from tasks.media.detectors.glances import Glances
from tasks.media.detectors.qr_code import QrCodes

HEIGHT, WIDTH = 360, 640
STEP_S, DETAIL_S, ENDS_S = 0.5, 3.0, 30.0
BOX = (0.8, 0.1, 0.09, 0.16)
OTHER = (0.1, 0.7, 0.09, 0.16)
TEXT = "https://heji.example/w/1"


def modules(box, seed=8):
    """Return where a code stands in a still, and its modules as levels."""
    left, top = round(box[0] * WIDTH), round(box[1] * HEIGHT)
    side = round(box[2] * WIDTH)
    cells = np.random.default_rng(seed).integers(0, 2, (29, 29)) * 255.0
    picked = np.arange(side) * 29 // side
    return slice(top, top + side), slice(left, left + side), cells[np.ix_(picked, picked)]


def judged(shown, *, ends_s=ENDS_S, has_stills=True, moves=True):
    """Show a work with codes.

    `shown`: of each code its box, its span, its text and how many in a row of its details are
    missed before the reader finds it once.
    """
    rng = np.random.default_rng(6)
    scene = np.kron(rng.normal(110, 30, (HEIGHT // 12, WIDTH // 6)), np.ones((12, 12)))
    glances = Glances()
    found = []
    detector = QrCodes(lambda _: found, glances)
    for n in range(round(ends_s / STEP_S) if has_stills else 0):
        x = 3 * n if moves else 0
        picture = scene[:, x : x + WIDTH].copy()
        for box, (start, end), *_ in shown:
            if start <= n * STEP_S < end:
                rows, columns, levels = modules(box)
                picture[rows, columns] = levels
        gray = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        glances.see(Still(n * STEP_S, None, gray))
    for n in range(round(ends_s / DETAIL_S)):
        at = (n + 0.5) * DETAIL_S
        found[:] = [
            (text, box)
            for box, (start, end), text, every in shown
            if start <= at < end and n % (every + 1) == 0
        ]
        detector.see(Detail(at, np.zeros((HEIGHT, WIDTH), np.uint8)))
    return detector.verdict()


@pytest.mark.parametrize("moves", [True, False])
@pytest.mark.parametrize("missed", [0, 1])
@pytest.mark.parametrize("span", [(2.0, 10.0), (4.0, 9.0), (9.5, 28.0), (6.2, 20.7)])
def test_a_code_is_told_when_it_stands(span, missed, moves):
    (problem,) = judged([(BOX, span, TEXT, missed)], moves=moves).problems

    ((start, end),) = problem.spans
    assert abs(start - span[0]) <= 0.5
    assert abs(end - span[1]) <= 0.5
    assert problem.measured == f"内容“{TEXT}”"
    assert problem.box == BOX


def test_a_code_that_stands_throughout_has_no_times():
    (problem,) = judged([(BOX, (0.0, ENDS_S), TEXT, 0)]).problems

    assert problem.spans == ()


def test_a_code_that_comes_twice_is_one_problem_with_two_places():
    shown = [(BOX, (2.0, 8.0), TEXT, 0), (BOX, (18.0, 26.0), TEXT, 0)]

    (problem,) = judged(shown).problems

    assert len(problem.spans) == 2
    for told, truth in zip(problem.spans, ((2, 8), (18, 26)), strict=True):
        assert abs(told[0] - truth[0]) <= 0.5
        assert abs(told[1] - truth[1]) <= 0.5


def test_two_codes_are_two_problems():
    shown = [(BOX, (2.0, 20.0), TEXT, 0), (OTHER, (4.0, 26.0), "微信", 0)]

    assert [p.measured for p in judged(shown).problems] == [f"内容“{TEXT}”", "内容“微信”"]


def test_an_unread_code_is_told_when_it_stays():
    (problem,) = judged([(BOX, (2.0, 14.0), None, 0)]).problems

    assert problem.measured == "内容无法识读"


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param([], id="nothing"),
        pytest.param([(BOX, (4.0, 5.0), None, 0)], id="seen once"),
        pytest.param(
            [((0.1, 0.1, 0.4, 0.1), (2.0, 20.0), None, 0)], id="a window, much wider than high"
        ),
        pytest.param(
            [(BOX, (3.0, 6.0), None, 0), (OTHER, (9.0, 12.0), None, 0)], id="once here, once there"
        ),
    ],
)
def test_what_only_looks_like_a_code_is_none(shown):
    assert judged(shown).problems == ()


def test_a_long_text_is_cut():
    (problem,) = judged([(BOX, (2.0, 14.0), "字" * 200, 0)]).problems

    assert len(problem.measured) < 70


def test_without_stills_the_details_tell_when():
    (problem,) = judged([(BOX, (2.0, 14.0), TEXT, 0)], has_stills=False).problems

    assert problem.spans == ((4.5, 13.5),)


def test_only_codes_that_were_read_are_places_where_no_mark_is_sought():
    glances = Glances()
    detector = QrCodes(lambda _: [(TEXT, BOX), (None, OTHER)], glances)
    detector.see(Detail(1.5, np.zeros((HEIGHT, WIDTH), np.uint8)))

    assert detector.boxes() == [BOX]
