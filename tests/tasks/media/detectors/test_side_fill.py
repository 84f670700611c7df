"""A picture inside a blurred copy of itself is told; frames, walls and soft scenes are not."""

import re
from functools import cache

import numpy as np
import pytest

from models.profile import Limits
from tasks.media.detection import Still
from tasks.media.detectors.side_fill import SideFillDetector

HEIGHT, WIDTH = 360, 640
RNG = np.random.default_rng


def smoothed(picture, radius):
    """Average over a square, twice."""
    size = 2 * radius + 1
    for axis in (0, 1, 0, 1):
        pads = [(radius + 1, radius) if a == axis else (0, 0) for a in (0, 1)]
        sums = np.cumsum(np.pad(picture, pads, mode="edge"), axis=axis)
        picture = (np.take(sums, range(size, sums.shape[axis]), axis)
                   - np.take(sums, range(sums.shape[axis] - size), axis)) / size  # fmt: skip
    return picture


@cache
def scene(seed=1, height=HEIGHT, width=WIDTH):
    """Draw large shapes and small ones, as a room has them."""
    rng, picture = RNG(seed), np.zeros((height, width))
    for size in (90, 30, 10, 4):
        cells = rng.normal(0, 9 + size / 6, (height // size + 2, width // size + 2))
        picture += np.kron(cells, np.ones((size, size)))[:height, :width]
    return 120 + smoothed(picture, 1)


def enlarged(picture, times):
    """Cut the middle out and blow it up to the size of a still."""
    height, width = picture.shape
    rows = (height - 1) / 2 + (np.arange(HEIGHT) - (HEIGHT - 1) / 2) / times
    columns = (width - 1) / 2 + (np.arange(WIDTH) - (WIDTH - 1) / 2) / times
    rows, columns = (np.clip(np.rint(at), 0, n - 1).astype(int) for at, n in
                     ((rows, height), (columns, width)))  # fmt: skip
    return picture[np.ix_(rows, columns)]


def filled(seed=1, size=(HEIGHT, 202), radius=10):
    """Put a picture before its own blurred enlargement."""
    picture = scene(seed, *size)
    times = max(HEIGHT / size[0], WIDTH / size[1])
    whole = smoothed(enlarged(picture, times), radius)
    top, left = (HEIGHT - size[0]) // 2, (WIDTH - size[1]) // 2
    whole[top : top + size[0], left : left + size[1]] = picture
    return whole


def judged(pictures, limits=None):
    detector = SideFillDetector(limits or Limits())
    for n, picture in enumerate(pictures):
        noise = RNG(n).normal(0, 0.6, picture.shape)
        gray = np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)
        detector.see(Still(n / 2, np.zeros(0), gray))
    return detector.verdict()


@pytest.mark.parametrize("radius", [6, 10, 18])
@pytest.mark.parametrize("size", [(360, 202), (360, 270), (360, 360), (360, 480), (274, 640)])
def test_a_blurred_fill_is_told_with_its_size(size, radius):
    (problem,) = judged(filled(seed, size, radius) for seed in range(6)).problems
    assert problem.check == "video.letterbox"
    assert problem.spans == ()
    sides, share = re.fullmatch(r"(左右|上下)为虚化填充，占画面 (\d+)%", problem.measured).groups()
    assert sides == ("左右" if size[0] == HEIGHT else "上下")
    covered = (HEIGHT * WIDTH - size[0] * size[1]) / (HEIGHT * WIDTH)
    assert float(share) / 100 == pytest.approx(covered, abs=0.015)


def test_half_of_the_stills_will_do():
    plain = [scene(seed) for seed in range(5)]
    assert judged([*plain, *(filled(seed) for seed in range(5))]).problems
    assert judged([*plain, *plain, *(filled(seed) for seed in range(5))]).problems == ()


def framed(color):
    """Put a picture between two plain columns."""
    whole = np.full((HEIGHT, WIDTH), float(color))
    whole[:, 140:500] = scene(3, HEIGHT, 360)
    return whole


def shallow(seed):
    """Show someone sharp before a room out of focus."""
    whole = smoothed(scene(seed), 12)
    whole[60:, 220:420] = scene(seed + 20, HEIGHT - 60, 200)
    return whole


def other_behind(seed):
    """Put a picture before a blurred other one: somebody's design."""
    whole = smoothed(scene(seed + 50), 12)
    whole[:, 140:500] = scene(seed, HEIGHT, 360)
    return whole


def curtains(seed):
    """Show a stage between soft curtains that hang to one side only as far as to the other."""
    whole = scene(seed).copy()
    folds = 90 + 20 * np.sin(np.arange(150) / 9)
    whole[:, :150], whole[:, -120:] = folds, folds[:120]
    return whole


CLEAN = {
    "a scene": scene,
    "black columns": lambda _: framed(0),
    "grey columns": lambda _: framed(90),
    "a soft room": shallow,
    "another picture behind": other_behind,
    "curtains": curtains,
    "all of it soft": lambda seed: smoothed(scene(seed), 10),
    "a page": lambda _: np.full((HEIGHT, WIDTH), 235.0),
}


@pytest.mark.parametrize("make", CLEAN.values(), ids=CLEAN)
def test_what_is_no_copy_of_itself_is_no_fill(make):
    assert judged(make(seed) for seed in range(6)).problems == ()


def test_seams_that_stand_elsewhere_in_each_still_are_none():
    widths = (202, 230, 260, 290, 320, 350)
    assert judged(filled(n, (HEIGHT, width)) for n, width in enumerate(widths)).problems == ()


def test_the_limit_is_the_campaigns():
    pictures = [filled(seed, (HEIGHT, 480)) for seed in range(4)]
    assert judged(pictures, Limits(letterbox_share=0.3)).problems == ()
