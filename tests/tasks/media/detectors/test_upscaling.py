"""Small pictures sold as large are told; soft, noisy, drawn and truly large ones are not."""

import numpy as np
import pytest

from tasks.media.detection import Detail
from tasks.media.detectors.upscaling import CHECK, UpscalingDetector

HD, FULL_HD = (720, 1280), (1080, 1920)


def filmed(height, width, seed=0):
    """Return what a sharp camera sees: detail of all sizes, (height, width) float."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(rng.normal(0, 1, (height, width)))
    far = np.hypot(*np.meshgrid(np.fft.fftfreq(height), np.fft.rfftfreq(width), indexing="ij"))
    picture = np.fft.irfft2(spectrum / np.maximum(far, 1 / width), (height, width))
    return 120 + 35 * picture / picture.std()


def _weights(small, large, kind):
    """Return the matrix that interpolates `small` samples to `large`."""
    at = (np.arange(large) + 0.5) * small / large - 0.5
    far = np.abs(at[:, None] - np.arange(small)[None, :])
    if kind == "linear":
        weights = np.clip(1 - far, 0, None)
    else:
        near = 1.5 * far**3 - 2.5 * far**2 + 1
        beyond = -0.5 * far**3 + 2.5 * far**2 - 4 * far + 2
        weights = np.where(far <= 1, near, np.where(far < 2, beyond, 0))
    return weights / weights.sum(1, keepdims=True)


def _scaled(picture, height, width, kind):
    down = _weights(picture.shape[0], height, kind)
    return down @ picture @ _weights(picture.shape[1], width, kind).T


def blurred(picture, pixels):
    kernel = np.exp(-(np.arange(-12, 13) ** 2) / (2 * pixels**2))
    kernel /= kernel.sum()
    for axis in (0, 1):
        picture = np.apply_along_axis(np.convolve, axis, picture, kernel, "same")
    return picture


def judged(pictures, noise=0.6):
    detector, rng = UpscalingDetector(), np.random.default_rng(5)
    for n, picture in enumerate(pictures):
        noisy = picture + rng.normal(0, noise, picture.shape)
        detector.see(Detail(5.0 * n, np.clip(np.rint(noisy), 16, 235).astype(np.uint8)))
    return detector.verdict()


@pytest.mark.parametrize("kind", ["linear", "cubic"])
@pytest.mark.parametrize(
    ("small", "large"),
    [
        ((480, 854), HD),
        ((576, 1024), HD),
        ((360, 640), HD),
        ((480, 854), FULL_HD),
        ((576, 1024), FULL_HD),
    ],
)
def test_a_small_picture_is_told_with_its_size(small, large, kind):
    verdict = judged([_scaled(filmed(*small, seed=n), *large, kind) for n in range(2)])
    (problem,) = verdict.problems
    assert problem.check == CHECK
    assert (problem.spans, problem.severity) == ((), None)
    lines = int(problem.measured.split("，")[0].split("×")[1])
    assert lines == pytest.approx(small[0], abs=2)
    assert problem.measured.endswith(f"{large[1]}×{large[0]}")


def test_a_small_picture_that_was_turned_is_told():
    tall = [np.ascontiguousarray(_scaled(filmed(480, 854, n), *HD, "cubic").T) for n in range(2)]
    assert judged(tall).problems


@pytest.mark.parametrize("size", [HD, (1080, 1080)])
@pytest.mark.parametrize("noise", [0.6, 3.0])
def test_a_large_picture_is_none(size, noise):
    verdict = judged([filmed(*size, seed=n) for n in range(2)], noise)
    assert (verdict.problems, verdict.unsure) == ((), ())


@pytest.mark.parametrize("pixels", [1, 2, 4])
def test_a_large_picture_out_of_focus_is_none(pixels):
    assert judged([blurred(filmed(*HD, seed=n), pixels) for n in range(2)]).problems == ()


def test_blocks_of_an_encoder_are_none():
    def coded(seed):
        picture = filmed(*HD, seed)
        blocks = picture.reshape(90, 8, 160, 8)
        return (0.5 * blocks + 0.5 * blocks.mean(axis=(1, 3), keepdims=True)).reshape(HD)

    assert judged([coded(n) for n in range(2)]).problems == ()


def test_a_slide_can_not_be_told():
    slide = np.full(HD, 230.0)
    slide[100:400:40, 100:1000:6] = 30
    verdict = judged([slide] * 2, noise=0)
    assert (verdict.problems, verdict.unsure) == ((), (CHECK,))


def test_a_picture_without_detail_can_not_be_told():
    fog = blurred(_scaled(filmed(46, 82), *HD, "cubic"), 6)
    assert judged([fog] * 2, noise=0).unsure == (CHECK,)


def test_a_small_upload_is_sold_as_what_it_is():
    verdict = judged([_scaled(filmed(240, 426), 480, 854, "cubic")])
    assert (verdict.problems, verdict.unsure) == ((), ())
