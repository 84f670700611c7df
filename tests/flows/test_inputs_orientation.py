"""A display matrix of any of the eight kinds is obeyed: each corner lands where it sends it."""

import numpy as np
import pytest

from tests.support.batches import batch
from tests.support.clips import Matrix, make_of_pictures, set_display_matrix
from tests.support.pixels import read_planes
from tests.support.versions import make

pytestmark = pytest.mark.media

WIDTH, HEIGHT = 160, 90
COLORS = {"red": (200, 30, 30), "green": (30, 160, 30), "blue": (40, 40, 210), "grey": (200,) * 3}
CORNERS = {"red": (0, 0), "green": (1, 0), "blue": (0, 1), "grey": (1, 1)}
"""Column and row of the quarter that has the colour, in the coded picture."""
KINDS: dict[str, Matrix] = {
    "upright": (1, 0, 0, 1, 0, 0),
    "turned 90": (0, 1, -1, 0, HEIGHT, 0),
    "turned 180": (-1, 0, 0, -1, WIDTH, HEIGHT),
    "turned 270": (0, -1, 1, 0, 0, WIDTH),
    "mirrored": (-1, 0, 0, 1, WIDTH, 0),
    "mirrored, turned 90": (0, -1, -1, 0, HEIGHT, WIDTH),
    "mirrored, turned 180": (1, 0, 0, -1, 0, HEIGHT),
    "mirrored, turned 270": (0, 1, 1, 0, 0, 0),
}


def quarters():
    """A picture whose four quarters differ, for half a second."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for name, (column, row) in CORNERS.items():
        top, left = row * HEIGHT // 2, column * WIDTH // 2
        picture[top : top + HEIGHT // 2, left : left + WIDTH // 2] = COLORS[name]
    return np.repeat(picture[None], 25, axis=0)


def expected_places(matrix: Matrix) -> dict[str, tuple[float, float]]:
    """Where each quarter's centre is to be seen in a 320x180 master, by the matrix alone.

    The shift is left out: it only says where a player's window lies.
    """
    a, b, c, d, *_ = matrix
    shown = (abs(a) * WIDTH + abs(c) * HEIGHT, abs(b) * WIDTH + abs(d) * HEIGHT)
    scale = min(320 / shown[0], 180 / shown[1])
    places = {}
    for name, (column, row) in CORNERS.items():
        x, y = (column - 0.5) * WIDTH / 2, (row - 0.5) * HEIGHT / 2
        places[name] = (160 + scale * (a * x + c * y), 90 + scale * (b * x + d * y))
    return places


def colors_at(master, places) -> dict[str, str]:
    """Name the colour that is seen at each place."""
    planes = read_planes(master)
    seen = {}
    for name, (x, y) in places.items():
        color = planes.color_at(8, x, y, reach=6)
        seen[name] = min(COLORS, key=lambda other: float(np.abs(color - COLORS[other]).max()))
        assert np.abs(color - COLORS[seen[name]]).max() < 25
    return seen


def make_kind(folder, kind):
    clip = set_display_matrix(make_of_pictures(folder / "a.mp4", quarters()), KINDS[kind])
    made = make(clip, folder / "out")
    return made, colors_at(made.master, expected_places(KINDS[kind]))


@pytest.fixture(scope="module")
def turned(request, tmp_path_factory):
    yield from batch(request, tmp_path_factory, "kind", make_kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_display_matrix_is_obeyed(turned, kind):
    made, colors = turned[kind].result()
    assert colors == {name: name for name in COLORS}
    assert ("policy.portrait" in made.checks) == (KINDS[kind][0] == 0)


def test_the_matrix_of_a_track_with_64_bit_times_is_obeyed(tmp_path):
    """Such a track header (version 1) is twelve bytes longer in front of the matrix."""
    clip = make_of_pictures(tmp_path / "a.mp4", quarters(), options=("-f", "ismv"))
    assert b"tkhd\x01" in clip.read_bytes()
    made = make(set_display_matrix(clip, KINDS["mirrored, turned 90"]), tmp_path / "out")
    places = expected_places(KINDS["mirrored, turned 90"])
    assert colors_at(made.master, places) == {name: name for name in COLORS}


def test_a_matrix_without_its_shift_turns_all_the_same(tmp_path):
    clip = make_of_pictures(tmp_path / "a.mp4", quarters())
    made = make(set_display_matrix(clip, (0, -1, 1, 0, 0, 0)), tmp_path / "out")
    places = expected_places(KINDS["turned 270"])
    assert colors_at(made.master, places) == {name: name for name in COLORS}


def test_a_matrix_that_shows_nothing_is_not_obeyed(tmp_path):
    clip = make_of_pictures(tmp_path / "a.mp4", quarters())
    made = make(set_display_matrix(clip, (0, 0, 0, 0, 0, 0)), tmp_path / "out")
    places = expected_places(KINDS["upright"])
    assert colors_at(made.master, places) == {name: name for name in COLORS}


def test_the_eight_kinds_are_told_apart():
    """No two matrices send all corners to the same places, so obeying a wrong one is seen."""
    seen = [
        tuple(sorted(expected_places(matrix), key=lambda n: expected_places(matrix)[n][::-1]))
        for matrix in KINDS.values()
    ]
    assert len(set(seen)) == len(KINDS)
