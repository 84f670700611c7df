"""A held picture is told from one that another dissolves into, or that dissolves into another."""

import numpy as np
import pytest

from tasks.media.detectors.dissolves import Dissolves

RATE, SIZE, TILE = 25.0, (90, 160), 10


def photograph(seed):
    rng = np.random.default_rng(seed)
    return np.kron(rng.uniform(30, 220, (SIZE[0] // TILE, SIZE[1] // TILE)), np.ones((TILE, TILE)))


def watched(pictures):
    dissolves = Dissolves(RATE)
    last = None
    for picture in pictures:
        luma = np.rint(picture).astype(np.uint8)
        dissolves.see(luma, is_still=last is not None and bool((luma == last).all()))
        last = luma
    return dissolves


def blended(first, second, frames):
    return [first + (second - first) * n / frames for n in range(1, frames)]


def moving(frames):
    """A camera that goes by fine detail."""
    rng = np.random.default_rng(4)
    wide = rng.uniform(30, 220, (SIZE[0], SIZE[1] + 3 * frames))
    return [wide[:, 3 * n : 3 * n + SIZE[1]] for n in range(frames)]


@pytest.mark.parametrize("frames", [12, 25])
def test_a_photograph_that_dissolves_into_another(frames):
    one, other, last = photograph(1), photograph(2), photograph(3)
    pictures = [one] * 20 + blended(one, other, frames) + [other] * 30
    pictures += blended(other, last, frames) + [last] * 20
    dissolves = watched(pictures)
    held = 20 + frames - 1
    assert dissolves.stops == {held + 1, held + 30 + frames}
    assert dissolves.starts == {20, held + 30}


def test_a_camera_that_stops_at_once_and_goes_on():
    before = moving(25)
    dissolves = watched([*before, *[before[-1]] * 30, *before[::-1]])
    assert (dissolves.stops, dissolves.starts) == (set(), set())


def test_a_photograph_that_follows_another_at_once_was_made_so_too():
    dissolves = watched([photograph(1)] * 30 + [photograph(2)] * 30)
    assert (dissolves.stops, dissolves.starts) == ({31}, {30})


def test_another_size_is_no_dissolve():
    small = photograph(1)[:45, :80]
    dissolves = Dissolves(RATE)
    for n, picture in enumerate([small] * 4 + [photograph(2)] * 20 + [small] * 8):
        dissolves.see(picture.astype(np.uint8), is_still=n not in (0, 4, 24))
    assert (dissolves.stops, dissolves.starts) == (set(), set())
