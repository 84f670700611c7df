"""Pictures of any shape: nothing is squeezed, and what fills the frame is what the profile says."""

from fractions import Fraction

import numpy as np
import pytest

from tests.support.batches import batch
from tests.support.clips import make_of_pictures, set_display_matrix
from tests.support.pixels import disc_of, read_planes
from tests.support.versions import SMALL, make

pytestmark = pytest.mark.media

GROUND, BRIGHT = 90, 235
MASTER = (320, 180)


def disc(width: int, height: int, *, aspect: float = 1.0, count: int = 6):
    """A bright disc that is round once pixels are `aspect` wide: 2/3 of the shorter side."""
    radius = min(width * aspect, height) / 3
    rows, columns = np.indices((height, width), dtype=np.float32)
    away = np.hypot((columns - (width - 1) / 2) * aspect, rows - (height - 1) / 2)
    picture = GROUND + (BRIGHT - GROUND) * np.clip(radius - away + 0.5, 0, 1)
    return np.repeat(picture.astype(np.uint8)[None], count, axis=0)


def make_disc(path, width, height, *, aspect=1.0, pixel_aspect=None, options=(), **more):
    """Make a clip of a disc; `pixel_aspect` is what its file says of its pixels."""
    told = f"setsar={pixel_aspect or 1}"
    return make_of_pictures(
        path,
        disc(width, height, aspect=aspect, **more),
        pixel_format="gray",
        picture_filter=f"scale=out_range=tv,format=yuv420p,{told}",
        options=options,
    )


def profile_that_fits(fit: str):
    return SMALL.model_copy(update={"master": SMALL.master.model_copy(update={"fit": fit})})


def shown(made):
    """The master's luma in the middle of the clip."""
    return read_planes(made.master).luma[3]


def front(luma, width: float, height: float):
    """The part of a master in which a picture of this shape stands."""
    scale = min(MASTER[0] / width, MASTER[1] / height)
    across, down = round(width * scale), round(height * scale)
    left, top = (MASTER[0] - across) // 2, (MASTER[1] - down) // 2
    return luma[top : top + down, left : left + across], (across, down)


SHAPES: dict[str, tuple[tuple[int, int], Fraction]] = {
    "16:9": ((160, 90), Fraction(1)),
    "4:3": ((120, 90), Fraction(1)),
    "wide pixels, 16:9": ((120, 90), Fraction(4, 3)),
    "the pixels of PAL": ((120, 90), Fraction(16, 15)),
    "narrow pixels": ((240, 90), Fraction(2, 3)),
    "portrait": ((90, 160), Fraction(1)),
    "square": ((90, 90), Fraction(1)),
    "wider than 16:9": ((320, 120), Fraction(1)),
    "480p": ((854, 480), Fraction(1)),
}


def make_shape(folder, shape):
    size, aspect = SHAPES[shape]
    told = f"{aspect.numerator}/{aspect.denominator}"
    clip = make_disc(folder / "a.mp4", *size, aspect=float(aspect), pixel_aspect=told)
    return shown(make(clip, folder / "out"))


@pytest.fixture(scope="module")
def shapes(request, tmp_path_factory):
    yield from batch(request, tmp_path_factory, "shape", make_shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_disc_stays_round_and_in_the_middle(shapes, shape):
    size, aspect = SHAPES[shape]
    luma, inner = front(shapes[shape].result(), size[0] * float(aspect), size[1])
    seen = disc_of(luma)
    assert abs(seen.width - seen.height) <= 1
    assert seen.height == pytest.approx(min(inner) * 2 / 3, abs=1)
    assert seen.x == pytest.approx((inner[0] - 1) / 2, abs=1)
    assert seen.y == pytest.approx((inner[1] - 1) / 2, abs=1)


def test_a_4k_picture_becomes_small_and_stays_round(tmp_path):
    clip = make_disc(tmp_path / "a.mp4", 3840, 2160, count=6)
    seen = disc_of(shown(make(clip, tmp_path / "out")))
    assert abs(seen.width - seen.height) <= 1
    assert seen.height == pytest.approx(120, abs=1)


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_odd_sizes_are_shown_whole(tmp_path, ending):
    clip = make_of_pictures(
        tmp_path / f"a.{ending}",
        disc(161, 121),
        pixel_format="gray",
        picture_filter="scale=out_range=tv,format=yuv444p",
        options=("-pix_fmt", "yuv444p"),
    )
    luma, inner = front(shown(make(clip, tmp_path / "out")), 161, 121)
    seen = disc_of(luma)
    assert abs(seen.width - seen.height) <= 1
    assert seen.height == pytest.approx(120, abs=1)
    assert seen.x == pytest.approx((inner[0] - 1) / 2, abs=1)


def test_wide_pixels_that_are_turned_stay_wide(tmp_path):
    """The pixels' shape belongs to the coded picture: turned, they are high."""
    clip = make_disc(tmp_path / "a.mp4", 120, 90, aspect=4 / 3, pixel_aspect="4/3")
    set_display_matrix(clip, (0, 1, -1, 0, 90, 0))
    luma, inner = front(shown(make(clip, tmp_path / "out")), 90, 160)
    assert inner[1] == 180
    seen = disc_of(luma)
    assert abs(seen.width - seen.height) <= 1
    assert seen.height == pytest.approx(inner[0] * 2 / 3, abs=1)


@pytest.mark.parametrize("size", [(90, 160), (120, 90)])
def test_a_blurred_ground_fills_the_frame_unless_another_is_asked_for(tmp_path, size):
    """Beside the picture stands the picture itself: lit, and without any edge of its own."""
    rows, columns = np.indices((size[1], size[0]))
    checks = np.where((rows // 4 + columns // 4) % 2, 200, 80).astype(np.uint8)
    clip = make_of_pictures(
        tmp_path / "a.mp4",
        np.repeat(checks[None], 6, axis=0),
        pixel_format="gray",
        picture_filter="scale=out_range=tv,format=yuv420p",
    )
    luma = shown(make(clip, tmp_path / "out"))
    inner, (across, _) = front(luma, *size)
    side = luma[:, : (MASTER[0] - across) // 2 - 4]
    assert side.mean() == pytest.approx(inner.mean(), abs=30)
    assert side.min() > 60
    assert edges(inner) > 8
    assert edges(side) < 1.5


def edges(luma) -> float:
    """The mean difference of neighbours in a line."""
    return float(np.abs(np.diff(luma.astype(int), axis=1)).mean())


@pytest.mark.parametrize("size", [(90, 160), (120, 90), (320, 120)])
def test_padding_is_black_and_leaves_the_picture_whole(tmp_path, size):
    clip = make_disc(tmp_path / "a.mp4", *size)
    luma = shown(make(clip, tmp_path / "out", profile_that_fits("pad")))
    inner, (across, down) = front(luma, *size)
    seen = disc_of(luma)
    assert abs(seen.width - seen.height) <= 1
    assert inner.mean() > GROUND - 10
    left, top = (MASTER[0] - across) // 2, (MASTER[1] - down) // 2
    bar = luma[:, : left - 3] if left else luma[: top - 3]
    assert bar.max() <= 20
    assert bar.size > 2000


@pytest.mark.parametrize("size", [(90, 160), (120, 90), (320, 120)])
def test_cropping_fills_the_frame_and_keeps_the_middle(tmp_path, size):
    width, height = size
    rows, columns = np.indices((height, width), dtype=np.float32)
    away = np.hypot(columns - (width - 1) / 2, rows - (height - 1) / 2)
    radius = min(width, height) / 8
    picture = (GROUND + (BRIGHT - GROUND) * np.clip(radius - away + 0.5, 0, 1)).astype(np.uint8)
    clip = make_of_pictures(
        tmp_path / "a.mp4",
        np.repeat(picture[None], 6, axis=0),
        pixel_format="gray",
        picture_filter="scale=out_range=tv,format=yuv420p",
    )
    luma = shown(make(clip, tmp_path / "out", profile_that_fits("crop")))
    seen = disc_of(luma)
    scale = max(MASTER[0] / width, MASTER[1] / height)
    assert abs(seen.width - seen.height) <= 1
    assert seen.height == pytest.approx(2 * radius * scale, abs=1.5)
    assert (seen.x, seen.y) == pytest.approx((159.5, 89.5), abs=1.5)
    rim = np.concatenate([luma[0], luma[-1], luma[:, 0], luma[:, -1]])
    assert rim.min() > GROUND - 10


def test_the_measure_tells_a_squeezed_disc():
    """Two per cent of 120 lines is more than the pixel that is allowed."""
    squeezed = disc_of(disc(320, 180, aspect=1.02)[0])
    assert abs(squeezed.width - squeezed.height) > 2
    whole = disc_of(disc(320, 180)[0])
    assert abs(whole.width - whole.height) < 0.1
    assert whole.height == pytest.approx(120, abs=0.2)
