"""Pictures too dark or too bright are told; nights, stages, slides and high key are not."""

import numpy as np
import pytest

from models.profile import Limits
from tasks.media.detection import Still
from tasks.media.detectors.exposure import CHECK, ExposureDetector

SIZE = (360, 640)


def filmed(seed=0):
    """Return a room in good light as a camera sees it, full range, (height, width) float."""
    rng = np.random.default_rng(seed)
    height, width = SIZE
    far = np.hypot(*np.meshgrid(np.fft.fftfreq(height), np.fft.rfftfreq(width), indexing="ij"))
    spectrum = np.fft.rfft2(rng.normal(0, 1, SIZE)) / np.maximum(far, 1 / width) ** 1.3
    picture = np.fft.irfft2(spectrum, SIZE)
    return np.clip(125 + 45 * picture / picture.std() + rng.normal(0, 1.5, SIZE), 0, 255)


def judged(pictures, limits=None, step_s=0.5):
    detector = ExposureDetector(limits or Limits())
    for n, picture in enumerate(pictures):
        gray = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
        detector.see(Still(n * step_s, np.stack([gray] * 3, axis=2), gray))
    return detector.verdict()


def street(lamp, side=3, seed=0):
    """Return a night: dim houses, and lamps that light little."""
    picture = 20 + 0.12 * (filmed(seed) - 125)
    for left in range(60, 640, 110):
        picture[80 : 80 + side, left : left + side] = lamp
    return picture


@pytest.mark.parametrize("share", [0.16, 0.1])
def test_a_dark_picture_is_told_throughout(share):
    (problem,) = judged([share * filmed(n) for n in range(12)]).problems
    assert problem.check == CHECK
    assert problem.measured.startswith("曝光不足，亮度中值")
    assert (problem.limit, problem.spans) == ("≥ 40", ((0.0, 6.0),))


def test_dark_moments_have_their_times():
    (problem,) = judged([(0.12 if 10 <= n < 24 else 1) * filmed(n % 3) for n in range(60)]).problems
    assert problem.spans == ((5.0, 12.0),)


def test_a_dark_moment_that_does_not_last_is_none():
    assert judged([(0.12 if 10 <= n < 16 else 1) * filmed(n % 3) for n in range(60)]).problems == ()


@pytest.mark.parametrize(("lift", "share"), [(235, 0.15), (242, 0.25)])
def test_a_burnt_out_picture_is_told(lift, share):
    (problem,) = judged([lift + share * (filmed(n) - 125) for n in range(12)]).problems
    assert problem.measured.startswith("曝光过度，亮度中值")
    assert problem.limit == "≤ 215"


@pytest.mark.parametrize("gain", [0.5, 1.0, 1.3])
def test_good_light_is_none(gain):
    verdict = judged([gain * filmed(n) for n in range(12)])
    assert (verdict.problems, verdict.unsure) == ((), ())


@pytest.mark.parametrize("lamp", [110, 180, 250])
@pytest.mark.parametrize("side", [3, 5, 12])
def test_a_street_at_night_with_its_lamps_is_none(lamp, side):
    assert judged([street(lamp, side, n) for n in range(12)]).problems == ()


def test_a_speaker_in_a_spotlight_is_none():
    stage = 0.08 * filmed()
    stage[100:260, 280:360] = filmed(1)[100:260, 280:360] + 40
    assert judged([stage] * 12).problems == ()


def test_a_black_picture_is_another_checks():
    assert judged([np.full(SIZE, 2.0)] * 12).problems == ()


def slide(ground, ink):
    page = np.full(SIZE, float(ground))
    for row in range(60, 300, 40):
        page[row : row + 20, 60:500:9] = ink
        page[row : row + 3, 60:500] = ink
    return page


@pytest.mark.parametrize(("ground", "ink"), [(255, 20), (245, 60), (5, 235), (12, 90)])
def test_slides_and_titles_are_none(ground, ink):
    assert judged([slide(ground, ink)] * 12).problems == ()


def test_a_white_wall_behind_a_person_is_none():
    picture = np.full(SIZE, 246.0) + 0.04 * (filmed() - 125)
    picture[120:, 230:410] = 0.8 * filmed(1)[120:, 230:410]
    assert judged([picture] * 12).problems == ()


def test_the_limit_is_the_campaigns():
    dark = [0.16 * filmed(n) for n in range(12)]
    assert judged(dark, Limits(dark_luma=20)).problems == ()


def test_nothing_was_seen():
    assert judged([]).problems == ()
