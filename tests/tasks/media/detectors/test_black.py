"""Black that lasts is told; titles, fades, night scenes and blue screens show something."""

import numpy as np
import pytest

from models.profile import Limits
from tasks.media.detection import SmallFrame
from tasks.media.detectors.black import BlackDetector
from tests.support.scenes import HEIGHT, NEUTRAL, WIDTH, coded, grainy, seen, verdict_on

RATE = 25
LIMITS = Limits()


def judged(looks, rate=RATE, limits=LIMITS):
    return verdict_on(BlackDetector(limits, rate), looks, rate)


def plain(luma):
    return np.full((HEIGHT, WIDTH), float(luma))


def around(looks, seconds=3):
    """Put a scene before and after."""
    scene = [seen(200, 100)] * (seconds * RATE)
    return [*scene, *looks, *scene]


BLACKS = {
    "coded as 16": plain(16),
    "lifted": plain(28),
    "with a bright line at its foot": np.vstack([plain(17)[:-1], np.full((1, WIDTH), 30.0)]),
}


@pytest.mark.parametrize("black", BLACKS.values(), ids=BLACKS)
@pytest.mark.parametrize("times", [1.5, 3.0])
def test_black_has_its_moments(times, black):
    seconds = LIMITS.black_s * times
    (problem,) = judged(around([black] * round(seconds * RATE))).problems
    assert (problem.check, problem.severity) == ("video.black", None)
    ((start, end),) = problem.spans
    assert (start, end) == pytest.approx((3, 3 + seconds), abs=0.1)


def test_a_covered_lens_is_black():
    assert judged(around(list(grainy([plain(20)] * 100, strength=1.0)))).problems


def test_black_that_is_coded_as_zero_is_black():
    detector = BlackDetector(LIMITS, RATE)
    for n in range(4 * RATE):
        luma = np.full((HEIGHT, WIDTH), 0 if n < 3 * RATE else 120, np.uint8)
        detector.see(SmallFrame(n / RATE, luma, NEUTRAL, NEUTRAL))
    assert detector.verdict().problems[0].spans == ((0.0, 3.0),)


def test_two_black_stretches_are_two_problems():
    black = [plain(16)] * 80
    first, second = judged(around([*black, *[seen(200, 100)] * 50, *black])).problems
    assert first.spans[0][1] + 2 == pytest.approx(second.spans[0][0], abs=0.1)


def test_a_black_work_blocks():
    (problem,) = judged([plain(16)] * 100).problems
    assert problem.severity == "block"
    assert problem.spans == ((0.0, 4.0),)


def titled(size=3, luma=235):
    """Write a line on black, of strokes as scaling leaves them."""
    look = plain(16)
    look[43 : 43 + size, 50:110:3] = luma
    return look


def at_night(n):
    look = 16 + (seen(200 + n / 9, 100) - 16) * 0.1
    look[20:23, 30:33] = 150  # a lamp
    return look


def faded(n, seconds):
    """Fade out and in again; half-way it is black for a moment."""
    return 16 + (seen(200, 100) - 16) * abs(2 * n / (seconds * RATE) - 1)


SHOWN = {
    "a title": [titled()] * 150,
    "a pale title": [titled(luma=90)] * 150,
    "one small word": [titled(size=1, luma=120)] * 150,
    "a street at night": [at_night(n) for n in range(150)],
    "a room at dusk": [16 + (seen(200, 100) - 16) * 0.16] * 150,
    "a slow fade": [faded(n, 6) for n in range(6 * RATE)],
    "a fade and a second of black": [
        *(faded(n, 3) for n in range(37)),
        *[plain(16)] * 25,
        *(faded(n, 3) for n in range(37, 75)),
    ],
    "a pause of 1.9 s": [plain(16)] * 47,
}


@pytest.mark.parametrize("looks", SHOWN.values(), ids=SHOWN)
def test_what_shows_something_is_not_black(looks):
    assert judged(around(looks)).problems == ()


def test_a_dark_picture_in_which_little_can_be_seen_can_not_be_told():
    dim = 16 + (seen(200, 100) - 16) * 0.09
    assert dim.std() > 2.5
    verdict = judged(around([dim] * 100))
    assert verdict.problems == ()
    assert verdict.unsure == ("video.black",)


def test_blue_as_dark_as_black_is_none():
    detector = BlackDetector(LIMITS, RATE)
    blue = np.full_like(NEUTRAL, 240)
    for n in range(100):
        detector.see(SmallFrame(n / RATE, coded(plain(32)), blue, np.full_like(NEUTRAL, 118)))
    assert detector.verdict().problems == ()


def test_the_limit_is_the_campaigns():
    looks = around([plain(16)] * 30)
    assert judged(looks).problems == ()
    assert judged(looks, limits=Limits(black_s=1.0)).problems
