"""Lost frames are told; low rates, animation, screens, slides and pans by whole pixels are not."""

from functools import cache

import numpy as np
import pytest

from models.profile import Limits
from tasks.media.detection import SmallFrame
from tasks.media.detectors.motion import Motion
from tasks.media.detectors.stutter import CHECK, LOW_RATE, DroppedFramesDetector

RATE = 25
HEIGHT, WIDTH = 90, 160
NEUTRAL = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)


@cache
def world():
    """Return a picture larger than what is seen of it, with edges and texture."""
    rng = np.random.default_rng(2)
    rough = np.kron(rng.integers(40, 210, (30, 120)), np.ones((10, 10)))
    kernel = np.hanning(9) / np.hanning(9).sum()
    for axis in (0, 1):
        rough = np.apply_along_axis(np.convolve, axis, rough, kernel, "same")
    return rough


@cache
def filmed(n, rate=RATE):
    """Return what a camera sees at `n / rate` s: it pans to and fro, faster and slower."""
    t = n / rate
    x = 300 + 120 * np.sin(0.35 * t + 0.7) + 5 * np.sin(1.7 * t)
    left = int(x)
    part = world()[100:190, left : left + WIDTH + 1]
    return part[:, :-1] * (1 - (x - left)) + part[:, 1:] * (x - left)


def coded(looks, noise=0.1):
    """Return what an encoder leaves of pictures: it changes a little, repeats too."""
    rng = np.random.default_rng(4)
    for look in looks:
        yield np.clip(np.rint(look + rng.normal(0, noise, look.shape)), 16, 235).astype(np.uint8)


def judged(looks, rate=RATE, noise=0.1, limits=None, *, is_even=True):
    motion = Motion()
    detector = DroppedFramesDetector(limits or Limits(), rate, motion, is_even=is_even)
    for n, luma in enumerate(coded(looks, noise)):
        for each in (motion, detector):
            each.see(SmallFrame(n / rate, luma, NEUTRAL, NEUTRAL))
    return detector.verdict()


def lost(is_lost, seconds=14.0, rate=RATE):
    """Film, and show the last frame again for each that is lost."""
    shown, latest = [], 0
    for n in range(round(seconds * rate)):
        latest = latest if is_lost(n) and n else n
        shown.append(filmed(latest, rate))
    return shown


def from_rate(taken, rate=RATE, seconds=14.0):
    """Film with one rate, and show with another, higher or lower."""
    return [filmed(int(n * taken / rate + 1e-9), taken) for n in range(round(seconds * rate))]


def checks(verdict):
    return [problem.check for problem in verdict.problems]


rng = np.random.default_rng(7)
BY_CHANCE = rng.random(1000) < 0.18
PATTERNS = {
    "every 6th": lambda n: n % 6 == 0,
    "every 4th": lambda n: n % 4 == 0,
    "by chance": lambda n: BY_CHANCE[n],
    "bursts of 3": lambda n: n % 15 < 3,
    "bursts of 6": lambda n: n % 25 < 6,
}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
@pytest.mark.parametrize("rate", [25, 30])
def test_lost_frames_have_their_moments(pattern, rate):
    def is_lost(n):
        return 4 <= n / rate < 10 and pattern(n)

    (problem,) = judged(lost(is_lost, rate=rate), rate).problems
    assert problem.check == CHECK
    ((start, end),) = problem.spans
    assert (start, end) == pytest.approx((4, 10), abs=0.5)
    assert problem.limit == "10%"


def test_the_share_of_repeated_frames_is_measured():
    (problem,) = judged(lost(PATTERNS["every 4th"])).problems
    assert problem.measured.startswith(("24%", "25%", "26%"))


def test_two_stretches_are_two_spans():
    verdict = judged(lost(lambda n: (2 <= n / RATE < 6 or 14 <= n / RATE < 18) and n % 5 == 0, 20))
    assert checks(verdict) == [CHECK, CHECK]


@pytest.mark.parametrize("noise", [0.1, 0.25])
def test_a_camera_that_loses_nothing_is_none(noise):
    assert judged(lost(lambda _: False), noise=noise).problems == ()


@pytest.mark.parametrize("cycle", [14, 25])
def test_few_lost_frames_are_none(cycle):
    assert judged(lost(lambda n: n % cycle == 0)).problems == ()


@pytest.mark.parametrize("rate", [(10, 25), (12, 25), (12.5, 25), (15, 30), (8, 24)])
def test_a_low_rate_is_told_as_such(rate):
    taken, shown = rate
    (problem,) = judged(from_rate(taken, shown), shown).problems
    assert problem.check == LOW_RATE
    assert float(problem.measured.split()[0]) == pytest.approx(taken, rel=0.08)


@pytest.mark.parametrize("rate", [(20, 25), (24, 25), (24, 30), (25, 30), (27, 30), (30, 25)])
def test_a_rate_that_was_turned_into_another_is_not_stutter(rate):
    assert CHECK not in checks(judged(from_rate(*rate), rate[1]))


def test_lost_frames_of_a_low_rate_are_told():
    shown = [filmed(n // 2 * 2 - (2 if n // 2 % 8 == 0 else 0)) for n in range(2, 350)]
    assert CHECK in checks(judged(shown))


def test_a_photograph_panned_by_whole_pixels_is_not_stutter():
    def panned(n):
        left = round(300 + 60 * np.sin(0.3 * n / RATE)) // 2 * 2
        return world()[100:190, left : left + WIDTH]

    assert CHECK not in checks(judged([panned(n) for n in range(350)]))


def test_grain_over_a_pan_by_whole_pixels_is_not_stutter():
    def panned(n):
        left = round(300 + 60 * np.sin(0.3 * n / RATE)) // 2 * 2
        return world()[100:190, left : left + WIDTH]

    assert judged([panned(n) for n in range(350)], noise=0.5).problems == ()


def drawn(n):
    """Draw a figure on flat ground, that moves."""
    picture = np.full((HEIGHT, WIDTH), 200.0)
    left = round(60 + 40 * np.sin(n / 9))
    picture[20:70, left : left + 30] = 60
    return picture


@pytest.mark.parametrize("on", [2, 3])
def test_animation_on_twos_and_threes_is_not_stutter(on):
    shown = [drawn(n // on * on) for n in range(350)]
    assert CHECK not in checks(judged(shown, noise=0))


def test_animation_that_mixes_ones_twos_and_threes_is_not_stutter():
    held = np.repeat(np.cumsum(rng.integers(1, 4, 200)), 2)[:350]
    assert CHECK not in checks(judged([drawn(n) for n in held], noise=0))


def test_a_screen_that_scrolls_by_fits_and_starts_is_not_stutter():
    page = np.full((600, WIDTH), 235.0)
    page[::8, 20:140:3] = 40
    moved = np.cumsum((rng.random(350) < 0.6) * rng.integers(0, 4, 350))
    assert CHECK not in checks(judged([page[m % 400 : m % 400 + HEIGHT] for m in moved], noise=0))


def test_slides_are_still():
    shown = [world()[100:190, 200 * (n // 90) : 200 * (n // 90) + WIDTH] for n in range(350)]
    assert judged(shown, noise=0).problems == ()


def test_a_tripod_is_still():
    assert judged([filmed(0)] * 350, noise=0.4).problems == ()


def test_a_picture_that_stops_is_another_checks():
    shown = [filmed(min(n, 100) if n < 250 else n - 150) for n in range(400)]
    assert judged(shown).problems == ()


def test_frames_that_are_missing_from_a_clock_are_told():
    assert checks(judged(lost(PATTERNS["every 4th"]), is_even=False)) == [CHECK]


@pytest.mark.parametrize("rate", [(15, 25), (20, 25), (24, 25), (30, 25)])
def test_an_uneven_clock_without_leaps_can_not_be_told(rate):
    verdict = judged(from_rate(*rate), rate[1], is_even=False)
    assert (verdict.problems, verdict.unsure) == ((), (CHECK,))


@pytest.mark.parametrize("count", [0, 1, 30])
def test_too_short_to_stutter(count):
    assert judged([filmed(n) for n in range(count)]).problems == ()


def test_the_limit_is_the_campaigns():
    shown = lost(PATTERNS["every 6th"])
    assert judged(shown, limits=Limits(repeated_share=0.3)).problems == ()
