"""Flat colours, bars and cards are blank; slides, titles, fades and flashes are not."""

from functools import cache

import numpy as np
import pytest

from models.profile import Limits
from tasks.media.detection import SmallFrame
from tasks.media.detectors.blank import PURE_COLORS, BlankDetector

RATE = 10
HEIGHT, WIDTH = 90, 160
BLACK, GREY, WHITE = (16, 128, 128), (126, 128, 128), (235, 128, 128)
BLUE = (74, 186, 110)


def flat(color, seed=None, noise=0.0):
    rng = np.random.default_rng(seed)
    planes = [np.full(size, c, float) for c, size in zip(color, SIZES, strict=True)]
    return [
        np.clip(np.rint(p + rng.normal(0, noise, p.shape)), 0, 255).astype(np.uint8) for p in planes
    ]


SIZES = ((HEIGHT, WIDTH), (HEIGHT // 2, WIDTH // 2), (HEIGHT // 2, WIDTH // 2))


@cache
def scene(n):
    """Return a picture with everything in it, that moves."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    luma = 120 + 60 * np.sin((columns + n) / 9) * np.cos(rows / 7)
    return [luma.astype(np.uint8), *flat((0, 118, 140))[1:]]


def written(planes, rows=3, columns=20, color=WHITE):
    """Write a line of strokes, as letters leave them in a small frame."""
    planes = [p.copy() for p in planes]
    planes[0][40 : 40 + rows, 60 : 60 + columns : 2] = color[0]
    return planes


def bars(variant):
    """Return bars: white, then the six colours in the order of SMPTE."""
    colors = [(180, 128, 128), *PURE_COLORS[variant]]
    planes = [np.zeros(size, np.uint8) for size in SIZES]
    for plane, values in zip(planes, zip(*colors, strict=True), strict=True):
        columns = np.arange(plane.shape[1]) * len(colors) // plane.shape[1]
        plane[:] = np.array(values, np.uint8)[np.minimum(columns, len(colors) - 1)]
    return planes


def frames(seconds, make, start_s=0.0):
    return [SmallFrame(start_s + n / RATE, *make(n)) for n in range(round(seconds * RATE))]


def verdict(*shown):
    detector = BlankDetector(Limits())
    for frame in (f for part in shown for f in part):
        detector.see(frame)
    return detector.verdict()


def between_scenes(seconds, make):
    parts = frames(4, scene), frames(seconds, make, 4.0), frames(4, scene, 4.0 + seconds)
    return verdict(*parts)


@pytest.mark.parametrize("seconds", [3.2, 4.5, 9.0])
@pytest.mark.parametrize("color", [GREY, WHITE, BLUE, (41, 240, 110), (150, 60, 40)])
def test_a_flat_colour_has_its_moments(color, seconds):
    (problem,) = between_scenes(seconds, lambda n: flat(color, n, noise=0.8)).problems
    assert problem.check == "video.blank"
    ((start, end),) = problem.spans
    assert start == pytest.approx(4, abs=0.3)
    assert end == pytest.approx(4 + seconds, abs=0.3)


@pytest.mark.parametrize("variant", range(4))
def test_colour_bars_have_their_moments(variant):
    (problem,) = between_scenes(6, lambda _: bars(variant)).problems
    assert "彩条" in problem.measured
    ((start, end),) = problem.spans
    assert (start, end) == pytest.approx((4, 10), abs=0.3)


def test_two_colours_one_after_the_other_are_one_problem():
    blue, grey = frames(4, lambda _: flat(BLUE)), frames(4, lambda _: flat(GREY), 4.0)
    (problem,) = verdict(blue, grey, frames(3, scene, 8.0)).problems
    assert problem.spans == ((0.0, pytest.approx(8, abs=0.3)),)


def test_a_blue_screen_may_say_that_there_is_no_signal():
    blue = written(flat((41, 240, 110)), columns=30)
    assert between_scenes(5, lambda _: blue).problems


@pytest.mark.parametrize(
    "make",
    [
        lambda _: flat(BLACK),
        lambda n: flat((30, 126, 130), n, noise=1.5),
        lambda _: written(flat(WHITE), color=BLACK),
        lambda _: written(flat((45, 118, 165)), rows=6, columns=60),
        lambda _: written(flat(BLUE), rows=6, columns=60),
        lambda _: written(flat(BLACK)),
        scene,
    ],
    ids=["black", "dark", "white slide", "red card", "blue card", "white on black", "scene"],
)
def test_what_shows_something_or_is_black_is_not_blank(make):
    assert between_scenes(6, make).problems == ()


def test_a_gradient_is_not_flat():
    def card(_):
        planes = flat(GREY)
        planes[0][:] = np.linspace(90, 160, WIDTH).astype(np.uint8)
        return planes

    assert between_scenes(6, card).problems == ()


@pytest.mark.parametrize("color", [WHITE, GREY, BLUE])
def test_a_fade_through_a_colour_is_not_blank(color):
    def fading(n):
        share = 1 - abs(n / RATE - 3) / 3
        mixed = zip(scene(n), flat(color), strict=True)
        return [np.rint(a * (1 - share) + b * share).astype(np.uint8) for a, b in mixed]

    assert between_scenes(6, fading).problems == ()


def test_a_short_flat_stretch_is_none():
    assert between_scenes(2.5, lambda _: flat(WHITE)).problems == ()


@pytest.mark.parametrize("dark", [flat(BLACK), scene(0)], ids=["black", "scene"])
@pytest.mark.parametrize(("times_a_second", "rate"), [(2.5, 10), (5, 10), (5, 25), (12.5, 25)])
def test_flashing_is_not_blank(times_a_second, dark, rate):
    def shown(n):
        return flat(WHITE) if (n * times_a_second / rate) % 1 < 0.5 else dark

    detector = BlankDetector(Limits())
    for n in range(8 * rate):
        detector.see(SmallFrame(n / rate, *shown(n)))
    assert detector.verdict().problems == ()


def test_a_rainbow_of_other_colours_is_no_test_card():
    def rainbow(_):
        planes = bars(0)
        planes[1] = ((planes[1].astype(int) - 128) // 2 + 128).astype(np.uint8)
        planes[2] = ((planes[2].astype(int) - 128) // 2 + 128).astype(np.uint8)
        return planes

    assert between_scenes(6, rainbow).problems == ()


def test_a_cartoon_of_pure_colours_that_moves_is_no_test_card():
    def rolling(n):
        return [np.roll(p, n * p.shape[1] // 20, axis=1) for p in bars(1)]

    assert between_scenes(6, rolling).problems == ()


def test_the_limit_is_the_campaigns():
    detector = BlankDetector(Limits(blank_s=1.0))
    for frame in frames(1.6, lambda _: flat(WHITE)):
        detector.see(frame)
    assert detector.verdict().problems
