"""A hand's trembling is shake; pans, steps, people, cuts, scrolling and lost frames are not."""

import numpy as np
import pytest

from models.profile import Limits
from tasks.media.detection import SmallFrame
from tasks.media.detectors.shake import ShakeDetector
from tests.support.scenes import HEIGHT, NEUTRAL, WIDTH, grainy, seen, verdict_on, world

RATE = 25
LIMITS = Limits()


def judged(look, seconds=8.0, rate=RATE, limits=LIMITS):
    """Show `look(n)`, a luma in grey levels, with a little noise."""
    looks = grainy(look(n) for n in range(round(seconds * rate)))
    return verdict_on(ShakeDetector(limits, rate), looks, rate)


def trembling(n, share, rate=RATE):
    """Return a shake of `share` of the width (mean square of both ways), of 3.6 to 7.8 Hz."""
    t = n / rate
    x = np.sin(22.6 * t) + 0.7 * np.sin(41 * t + 1)
    y = np.sin(25.1 * t + 2) + 0.7 * np.sin(49 * t)
    size = share * WIDTH / np.sqrt(1 + 0.49)
    return 200 + size * x, 100 + size * y


@pytest.mark.parametrize("times", [1.5, 3.0, 6.0])
@pytest.mark.parametrize("rate", [25, 15])
def test_trembling_is_told_with_its_moments(times, rate):
    def look(n):
        is_held = not 3 <= n / rate < 8
        return seen(200, 100) if is_held else seen(*trembling(n, LIMITS.shake_share * times, rate))

    verdict = judged(look, 12, rate)
    (problem,) = verdict.problems
    assert problem.check == "video.shake"
    assert verdict.unsure == ()
    ((start, end),) = problem.spans
    assert (start, end) == pytest.approx((3, 8), abs=0.5)


@pytest.mark.parametrize("repeats", [2, 3])
def test_a_camera_with_a_low_rate_shakes_as_well(repeats):
    still = [seen(*trembling(n - n % repeats, LIMITS.shake_share * 2.5)) for n in range(200)]
    looks = list(grainy(still[::repeats]))
    repeated = [looks[n // repeats] for n in range(len(still))]
    assert verdict_on(ShakeDetector(LIMITS, RATE), repeated, RATE).problems


def test_each_frame_in_another_place_is_shake():
    rng = np.random.default_rng(6)
    places = 200 + rng.uniform(-2, 2, (300, 2)), 100
    assert judged(lambda n: seen(places[0][n, 0], places[0][n, 1] - places[1])).problems


def test_trembling_while_panning_is_shake():
    def look(n):
        x, y = trembling(n, LIMITS.shake_share * 2.5)
        return seen(x - 150 + 0.8 * n, y)

    assert judged(look).problems


def test_trembling_across_a_fast_pan_is_shake():
    def look(n):
        x, y = trembling(n, LIMITS.shake_share * 2.5)
        return seen(x - 190 + 2.5 * n, y)

    assert judged(look, 6).problems


def test_an_upright_picture_is_measured_by_its_longer_side():
    detector = ShakeDetector(LIMITS, RATE)
    for n in range(150):
        x, y = trembling(n, LIMITS.shake_share * 2 * HEIGHT / WIDTH)
        luma = seen(x, y, size=(90, 50)).astype(np.uint8)
        detector.see(SmallFrame(n / RATE, luma, NEUTRAL, NEUTRAL))
    assert detector.verdict().problems


def person(luma, x, swing=0.0):
    """Put someone before what is seen, who covers a third of it."""
    luma = luma.copy()
    rows, columns = np.mgrid[:70, :50]
    body = 120 + 70 * np.sin(rows / 5 + swing) * np.cos(columns / 4)
    left = round(x)
    luma[20:90, left : left + 50] = body
    return luma


def walked(n):
    t = n / RATE
    return seen(200 + 1.5 * np.sin(6 * t), 100 + 2.5 * np.sin(2 * np.pi * 2 * t))


def zoomed(n):
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    factor = 1 + 0.1 * n / RATE / 8
    y, x = 100 + (rows - 45) / factor, 200 + (columns - 80) / factor
    return world()[np.rint(y).astype(int) + 0, np.rint(x).astype(int)]


def lost(n):
    kept = n if n % 5 else n - 1
    return seen(20 + 1.2 * kept, 60)


def lost_aslant(n):
    kept = n if n % 5 else n - 1
    return seen(10 + 2 * kept, 10 + kept)


def scrolled(n):
    return seen(200, 10 + 6 * (n // 5))


def drawn(repeats):
    """Move a figure over plain ground, each picture of it shown twice or oftener."""
    rows, columns = np.mgrid[:60, :50]
    figure = 120 + 70 * np.sin(rows / 5) * np.cos(columns / 4)

    def look(n):
        t = (n - n % repeats) / RATE
        luma = np.full((HEIGHT, WIDTH), 190.0)
        left, top = round(55 + 45 * np.sin(1.3 * t)), round(15 + 8 * np.sin(3.1 * t))
        luma[top : top + 60, left : left + 50] = figure
        return luma

    return look


def cut(n):
    return seen(200, 100, seed=n // 25 % 7 + 10)


def people(n):
    return person(seen(200, 100), 50 + 30 * np.sin(n / 5), n / 2)


CALM = {
    "tripod": lambda _: seen(200, 100),
    "pan": lambda n: seen(20 + n, 100),
    "tilt": lambda n: seen(100, 10 + 0.7 * n),
    "gentle hand": lambda n: seen(*trembling(n, LIMITS.shake_share * 0.4)),
    "slow sway": lambda n: seen(200 + 20 * np.sin(n / 12), 100),
    "walking": walked,
    "zoom": zoomed,
    "people": people,
    "cuts": cut,
    "lost frames in a pan": lost,
    "lost frames in a slanting pan": lost_aslant,
    "scrolling in steps": scrolled,
    "flashes": lambda n: seen(200, 100) * (0.5 if n // 3 % 2 else 1),
    "an animation on twos": drawn(2),
    "an animation on threes": drawn(3),
    "fade": lambda n: 16 + (seen(200, 100) - 16) * abs(n / 100 - 1),
}


@pytest.mark.parametrize("look", CALM.values(), ids=CALM)
def test_what_is_slower_or_not_the_cameras_is_no_shake(look):
    assert judged(look).problems == ()


def test_a_short_jolt_is_no_shake():
    def look(n):
        return seen(*trembling(n, 0.01)) if 75 <= n < 105 else seen(200, 100)

    assert judged(look).problems == ()


def test_a_picture_without_texture_can_not_be_told():
    rng = np.random.default_rng(3)
    verdict = judged(lambda _: np.full((HEIGHT, WIDTH), 120.0) + rng.normal(0, 3, (HEIGHT, WIDTH)))
    assert verdict.problems == ()
    assert verdict.unsure == ("video.shake",)


def test_a_picture_in_which_most_goes_its_own_way_can_not_be_told():
    crowd = np.random.default_rng(9).uniform(-3, 3, (300, 12, 2))

    def look(n):
        places = np.cumsum(crowd[: n + 1], axis=0)[-1] % 60
        tiles = [seen(200 + 3 * k + x, 80 + y, size=(30, 40)) for k, (x, y) in enumerate(places)]
        rows = [np.hstack(tiles[4 * row : 4 * row + 4]) for row in range(3)]
        return np.vstack(rows)

    verdict = judged(look)
    assert verdict.problems == ()
    assert verdict.unsure == ("video.shake",)


def test_slides_are_still_and_told():
    page = np.full((HEIGHT, WIDTH), 230.0)
    page[20:24, 20:90:2] = 30
    verdict = judged(lambda _: page)
    assert (verdict.problems, verdict.unsure) == ((), ())


@pytest.mark.parametrize("seconds", [0.0, 0.04, 1.0])
def test_too_short_to_shake(seconds):
    assert judged(lambda n: seen(*trembling(n, 0.02)), seconds).problems == ()


def test_too_few_frames_a_second_to_tell():
    assert judged(lambda _: seen(200, 100), rate=5).unsure == ("video.shake",)


def test_the_limit_is_the_campaigns():
    def look(n):
        return seen(*trembling(n, 0.006))

    assert judged(look).problems
    assert judged(look, limits=Limits(shake_share=0.02)).problems == ()
