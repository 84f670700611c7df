"""Pictures out of focus are told; one sharp part, fog, night, small uploads are not blurred."""

import numpy as np
import pytest

from tasks.media.detection import Still
from tasks.media.detectors.sharpness import CHECK, BlurDetector, edge_width_px

SIZE = (360, 640)


def blurred(picture, pixels):
    if not pixels:
        return picture
    reach = int(4 * pixels) + 1
    kernel = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * pixels**2))
    kernel /= kernel.sum()
    for axis in (0, 1):
        wide = np.pad(picture, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)], "edge")
        picture = np.apply_along_axis(np.convolve, axis, wide, kernel, "valid")
    return picture


def filmed(seed=0, lens_px=0.5):
    """Return leaves of all sizes before one another, through a lens, (height, width) float."""
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    picture = np.full(SIZE, 110.0)
    for radius in 1 / np.sqrt(rng.uniform(90.0**-2, 7.0**-2, 260)):
        row, column = rng.uniform(0, SIZE[0]), rng.uniform(0, SIZE[1])
        inside = (down - row) ** 2 + (across - column) ** 2 < radius**2
        picture[inside] = rng.uniform(30, 220)
    return blurred(picture, lens_px)


def judged(pictures, height_px=720, noise=1.0):
    rng, detector = np.random.default_rng(3), BlurDetector(height_px)
    for n, picture in enumerate(pictures):
        noisy = picture + rng.normal(0, noise, SIZE)
        gray = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
        detector.see(Still(n * 0.5, np.stack([gray] * 3, axis=2), gray))
    return detector.verdict()


SHARP = [filmed(n) for n in range(3)]
SOFT = [blurred(picture, 2.5) for picture in SHARP]


@pytest.mark.parametrize("pixels", [0.6, 1.0, 1.5, 2.0])
def test_the_width_of_edges_is_measured(pixels):
    bars = np.where((np.arange(SIZE[1]) - 8) // 48 % 2 == 0, 60.0, 180.0)
    gray = np.rint(blurred(np.tile(bars, (SIZE[0], 1)), pixels)).astype(np.uint8)
    assert edge_width_px(gray) == pytest.approx(pixels, rel=0.15)


@pytest.mark.parametrize("pixels", [2.0, 2.5, 4.0])
@pytest.mark.parametrize("noise", [0.5, 2.0])
def test_a_picture_out_of_focus_is_told(pixels, noise):
    """A blur of 4 pixels at 720 lines is one of 2 in a still."""
    (problem,) = judged([blurred(picture, pixels) for picture in SHARP] * 3, noise=noise).problems
    assert problem.check == CHECK
    assert problem.spans == ((0.0, 4.5),)
    assert problem.measured.endswith("%")


@pytest.mark.parametrize("lens_px", [0.4, 0.6])
def test_a_sharp_picture_is_none(lens_px):
    verdict = judged([filmed(n, lens_px) for n in range(3)] * 3)
    assert (verdict.problems, verdict.unsure) == ((), ())


def test_a_stretch_out_of_focus_has_its_moments():
    (problem,) = judged([SOFT[0] if 12 <= n < 26 else SHARP[0] for n in range(60)]).problems
    ((start, end),) = problem.spans
    assert (start, end) == pytest.approx((6, 13), abs=0.5)


def test_one_moment_out_of_focus_is_none():
    assert judged([SOFT[0] if 12 <= n < 18 else SHARP[0] for n in range(60)]).problems == ()


def test_a_sharp_speaker_before_a_soft_room_is_none():
    picture = blurred(SHARP[1], 5)
    picture[110:330, 260:400] = SHARP[0][110:330, 260:400]
    assert judged([picture] * 9).problems == ()


def test_a_sharp_mark_in_a_corner_hides_no_blur():
    picture = SOFT[0].copy()
    picture[12:36, 540:620:4] = 250
    assert judged([picture] * 9).problems


def test_fog_can_not_be_told():
    fog = 200 + 0.05 * (SOFT[0] - 110)
    verdict = judged([fog] * 9)
    assert (verdict.problems, verdict.unsure) == ((), (CHECK,))


def test_a_small_upload_that_was_sharp_is_none():
    small = [blurred(picture, 1.1) for picture in SHARP]
    assert judged(small * 3, height_px=144).problems == ()


def test_nothing_was_seen():
    assert judged([]).problems == ()
