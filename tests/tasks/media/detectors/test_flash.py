"""Flashes over a quarter of the picture, more than three a second or two for long, are told."""

import shutil

import numpy as np
import pytest

from tasks.media.detection import SmallFrame
from tasks.media.detectors.flash import FlashDetector
from tests.support.pixels import render
from tests.support.scenes import BLACK, HEIGHT, WHITE, WIDTH, grainy, seen, verdict_on
from tests.support.shared_media import MEDIA

RATE = 25
RED, GREY_AS_BRIGHT = (63, 102, 240), (125, 128, 128)
"""Of the same relative luminance, which is of linear light."""


def judged(looks, rate=RATE):
    return verdict_on(FlashDetector(rate), looks, rate)


def plain(luma):
    return np.full((HEIGHT, WIDTH), luma)


def is_lit(moment_s, times_a_second):
    """Tell whether a lamp is on that flashes so often, as long as it is off."""
    return (moment_s * times_a_second + 1e-6) % 1 < 0.5


def flashing(times_a_second, seconds, share=1.0, lit=WHITE, dark=BLACK, lead_s=2.0, rate=RATE):
    """Flash with that share of the picture between two quiet stretches."""
    looks = []
    for n in range(round((lead_s + seconds + 2) * rate)):
        look, moment_s = plain(dark), n / rate - lead_s
        if 0 <= moment_s < seconds and is_lit(moment_s, times_a_second):
            look[:, : round(share * WIDTH)] = lit
        looks.append(look)
    return looks


def lit_in(frames, count):
    """Return black frames of which some are white, numbered from one on as IRIS numbers them."""
    return [plain(WHITE if n in frames else BLACK) for n in range(1, count + 1)]


@pytest.mark.parametrize("rate", [25, 30, 24])
@pytest.mark.parametrize("times_a_second", [4, 5, 8, 12])
def test_more_than_three_a_second_fail_with_their_moments(times_a_second, rate):
    (problem,) = judged(flashing(times_a_second, 4, rate=rate), rate).problems
    assert problem.check == "video.flash"
    ((start, end),) = problem.spans
    assert (start, end) == pytest.approx((2, 6), abs=0.2)


@pytest.mark.parametrize(("times_a_second", "told"), [(4, "4"), (5, "5"), (6, "6")])
def test_the_worst_second_is_told(times_a_second, told):
    (problem,) = judged(flashing(times_a_second, 4)).problems
    assert problem.measured == f"每秒 {told} 次闪光"


@pytest.mark.parametrize("times_a_second", [5, 12.5])
def test_flashes_over_a_scene_that_moves_begin_with_the_first_one(times_a_second):
    def look(n):
        moment_s = n / RATE - 4
        is_white = 0 <= moment_s < 4 and is_lit(moment_s, times_a_second)
        return plain(WHITE) if is_white else seen(40 + n, 60 + 20 * np.sin(n / 7))

    (problem,) = judged(grainy(look(n) for n in range(12 * RATE))).problems
    ((start, end),) = problem.spans
    assert (start, end) == pytest.approx((4, 8), abs=0.2)


@pytest.mark.parametrize(
    ("share", "lit", "is_told"),
    [(0.22, WHITE, False), (0.3, WHITE, True), (1.0, 80, False), (1.0, 110, True)],
    ids=["a fifth", "a third", "by a twentieth", "by an eighth"],
)
def test_it_takes_a_quarter_of_the_picture_and_a_tenth_of_the_light(share, lit, is_told):
    assert bool(judged(flashing(5, 4, share=share, lit=lit)).problems) is is_told


def test_two_flashes_of_white_on_bright_grey_are_none():
    assert judged(flashing(5, 4, lit=WHITE, dark=220)).problems == ()


@pytest.mark.parametrize(
    ("times_a_second", "seconds", "is_told"),
    [(1, 9, False), (2, 3, False), (3, 2, False), (2, 6, True), (2.5, 6, True), (3, 6, True)],
)
def test_two_or_three_a_second_fail_when_they_go_on(times_a_second, seconds, is_told):
    assert bool(judged(flashing(times_a_second, seconds)).problems) is is_told


def test_iris_two_a_second_for_six_seconds_fail_as_extended():
    """The frames that are white in IRIS's `2Hz_6s`: three, twice a second."""
    first = {6, 7, 8, 12, 13, 14}
    frames = {frame + 25 * second for second in range(6) for frame in first}
    (problem,) = judged(lit_in(frames, 149)).problems
    ((start, end),) = problem.spans
    assert (start, end) == pytest.approx((0.2, 5.6), abs=0.1)


@pytest.mark.parametrize("repeated", [1, 5])
def test_iris_five_seconds_with_pauses_pass(repeated):
    """IRIS's `2Hz_5s` has five pictures a second: the first second is dark, then two flash."""
    looks = lit_in({7, 9, 11, 13, 16, 18, 21, 23}, 25)
    looks = [look for look in looks for _ in range(repeated)]
    assert judged(looks, 5 * repeated).problems == ()


def test_iris_grey_passes():
    assert judged(plain(126) for _ in range(2 * RATE)).problems == ()


@pytest.mark.parametrize(("times_a_second", "is_told"), [(2, False), (3, False), (4, True)])
def test_red_counts_without_a_change_of_light(times_a_second, is_told):
    detector = FlashDetector(RATE)
    for n in range(4 * RATE):
        is_red = RATE <= n < 3 * RATE and is_lit(n / RATE - 1, times_a_second)
        y, cb, cr = RED if is_red else GREY_AS_BRIGHT
        half = np.full((HEIGHT // 2, WIDTH // 2), cb, np.uint8)
        luma = np.full((HEIGHT, WIDTH), y, np.uint8)
        detector.see(SmallFrame(n / RATE, luma, half, np.full_like(half, cr)))
    problems = detector.verdict().problems
    assert bool(problems) is is_told
    assert all("红色" in problem.measured for problem in problems)


def contrasted(look):
    return (look - 125) * 2.2 + 125


def shaken(size_px):
    """Throw a rough scene about, each frame elsewhere."""
    places = np.random.default_rng(8).uniform(-size_px, size_px, (150, 2))
    return [contrasted(seen(200 + x, 100 + y)) for x, y in places]


def stripes(n):
    columns = np.arange(WIDTH) + 3 * n
    return np.tile(np.where(columns // 8 % 2, 200, 40), (HEIGHT, 1))


CALM = {
    "a scene that is shaken": shaken(3),
    "a scene that is shaken hard": shaken(9),
    "a camera over stripes": [stripes(n) for n in range(150)],
    "a fast pan": [contrasted(seen(10 + 2.5 * n, 100)) for n in range(150)],
    "cuts": [contrasted(seen(200, 100, seed=n // 12 % 5 + 3)) for n in range(200)],
    "photographers": [
        plain(WHITE) if n in (30, 31, 60, 61, 100) else seen(200, 100) for n in range(200)
    ],
    "a slow fade in and out": [plain(16 + 200 * (n % 50) / 50) for n in range(51)],
}


@pytest.mark.parametrize("looks", CALM.values(), ids=CALM)
def test_what_moves_and_what_changes_once_is_no_flash(looks):
    assert judged(looks).problems == ()


@pytest.mark.media
@pytest.mark.skipif(not MEDIA.is_dir(), reason="there is no folder of shared media")
@pytest.mark.parametrize(("name", "is_told"), [("3Hz_6s.mp4", True), ("gray.mp4", False)])
def test_clips_of_iris_are_judged_as_iris_does(name, is_told, tmp_path):
    path = tmp_path / name
    shutil.copyfile(MEDIA / name, path)
    detector, planes = FlashDetector(RATE), render(path, (WIDTH, HEIGHT))
    for n, frame in enumerate(zip(planes.luma, planes.cb, planes.cr, strict=True)):
        detector.see(SmallFrame(n / RATE, *frame))
    assert bool(detector.verdict().problems) is is_told
