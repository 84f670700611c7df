"""A photograph that is moved or zoomed evenly is told from a hand and from people."""

import numpy as np
import pytest

from tasks.media.detectors.even_moves import STEP_S, STEPS, goes_evenly
from tests.support.scenes import HEIGHT, WIDTH, coded, grainy, seen, world


def looks(make):
    """Look at what moves at equal distances in time."""
    return [coded(look) for look in grainy(make(n * STEP_S) for n in range(STEPS + 1))]


def zoomed(moment_s, speed=0.03):
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    factor = 1 + speed * moment_s
    y, x = 150 + (rows - 45) / factor, 250 + (columns - 80) / factor
    top, left = y.astype(int), x.astype(int)
    photo, down, across = world(), y - top, x - left
    above = photo[top, left] * (1 - across) + photo[top, left + 1] * across
    below = photo[top + 1, left] * (1 - across) + photo[top + 1, left + 1] * across
    return above * (1 - down) + below * down


def by_hand(moment_s):
    return seen(200 + 1.5 * np.sin(11 * moment_s), 100 + 1.5 * np.cos(7 * moment_s))


def people(moment_s):
    look = seen(200 + moment_s, 100)
    for number in range(6):
        left = 10 + 24 * number + round(4 * np.sin(5 * moment_s + number))
        look[30:, left : left + 14] = 60 + 25 * number
    return look


@pytest.mark.parametrize("speed", [0.02, 0.05, -0.04])
def test_an_even_zoom_is_told(speed):
    assert goes_evenly(looks(lambda t: zoomed(t, speed)))


@pytest.mark.parametrize("way", [(4, 0), (0, -3), (3, 2)])
def test_an_even_pan_is_told(way):
    assert goes_evenly(looks(lambda t: seen(200 + way[0] * t, 100 + way[1] * t)))


@pytest.mark.parametrize("make", [by_hand, people, lambda _: seen(200, 100)])
def test_hands_people_and_rest_are_not_even(make):
    assert not goes_evenly(looks(make))


def test_too_few_pictures_tell_nothing():
    assert not goes_evenly(looks(zoomed)[1:])
