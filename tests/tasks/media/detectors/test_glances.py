"""Glances stay few and evenly apart, however long a work is."""

import numpy as np
import pytest

from tasks.media.detection import Still
from tasks.media.detectors.glances import MOST_SMALL, Glances


def seen(count, shape=(36, 64)):
    glances = Glances()
    for number in range(count):
        gray = np.full(shape, number % 256, dtype=np.uint8)
        glances.see(Still(number * 0.5, np.dstack([gray] * 3), gray))
    return glances


@pytest.mark.parametrize("count", [1, MOST_SMALL - 1, MOST_SMALL, 1000])
def test_small_ones_are_few_evenly_apart_and_tiny_ones_all(count):
    glances = seen(count)
    assert len(glances.tiny) == len(glances.times) == count
    assert len(glances.small) == len(glances.small_times) <= MOST_SMALL
    assert len(glances.small) >= min(count, MOST_SMALL // 2)
    assert len(set(np.diff(glances.small_times))) <= 1
    assert [int(small[0, 0]) for small in glances.small] == [
        round(time_s / 0.5) % 256 for time_s in glances.small_times
    ]
    assert glances.small_times[0] == 0.0
    assert glances.step_s == 0.5


def test_they_are_a_half_and_a_quarter_of_the_size():
    glances = seen(3)
    assert glances.small[0].shape == (18, 32)
    assert glances.tiny[0].shape == (9, 16)


def test_another_size_is_left_out():
    glances = seen(3)
    other = np.zeros((18, 32), dtype=np.uint8)
    glances.see(Still(9.0, np.dstack([other] * 3), other))
    assert len(glances.times) == 3
