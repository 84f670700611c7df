"""Blocks of strong compression are told; fine ones, slides, drawings, grain and blur are not."""

import numpy as np
import pytest

from tasks.media.detection import Detail
from tasks.media.detectors.blockiness import CHECK, BlockinessDetector

SIZE = (480, 640)
at = np.arange(8)
COSINES = np.sqrt(2 / 8) * np.cos(np.pi * (2 * at[None, :] + 1) * at[:, None] / 16)
COSINES[0] /= np.sqrt(2)


def filmed(seed=0, noise=1.0):
    """Return what a camera sees: detail of all sizes, (height, width) float, limited range."""
    rng = np.random.default_rng(seed)
    height, width = SIZE
    far = np.hypot(*np.meshgrid(np.fft.fftfreq(height), np.fft.rfftfreq(width), indexing="ij"))
    spectrum = np.fft.rfft2(rng.normal(0, 1, SIZE)) / np.maximum(far, 1 / width) ** 1.6
    picture = np.fft.irfft2(spectrum, SIZE)
    return 120 + 30 * picture / picture.std() + rng.normal(0, noise, SIZE)


def tiled(picture, side):
    height, width = picture.shape
    return picture.reshape(height // side, side, width // side, side).transpose(0, 2, 1, 3)


def joined(tiles):
    rows, columns, side, _ = tiles.shape
    return tiles.transpose(0, 2, 1, 3).reshape(rows * side, columns * side)


def quantised(picture, quantiser):
    """Code blocks of 8 as MPEG-4 does: cosines in steps of twice the quantiser."""
    step = 2 * quantiser
    terms = np.rint(COSINES @ tiled(picture, 8) @ COSINES.T / step) * step
    return joined(COSINES.T @ terms @ COSINES)


def smoothed(picture, side=16):
    """Keep a mean and a little of each block, and filter between blocks, as H.264 does."""
    tiles = tiled(picture, side)
    coarse = joined(0.95 * tiles.mean(axis=(2, 3), keepdims=True) + 0.05 * tiles)
    for lines in (coarse, coarse.T):
        before, after = lines[side - 1 : -1 : side].copy(), lines[side::side].copy()
        lines[side - 1 : -1 : side] = (3 * before + after) / 4
        lines[side::side] = (3 * after + before) / 4
    return coarse


def judged(pictures):
    detector = BlockinessDetector()
    for n, picture in enumerate(pictures):
        detector.see(Detail(5.0 * n, np.clip(np.rint(picture), 16, 235).astype(np.uint8)))
    return detector.verdict()


@pytest.mark.parametrize("quantiser", [8, 16, 24, 31])
def test_blocks_without_a_filter_are_told(quantiser):
    (problem,) = judged([quantised(filmed(n), quantiser) for n in range(3)]).problems
    assert problem.check == CHECK
    assert (problem.spans, problem.severity) == ((), None)
    assert problem.measured.endswith("%")


@pytest.mark.parametrize("cut", [(3, 5), (0, 4)])
def test_blocks_of_a_picture_that_was_cropped_are_told(cut):
    down, right = cut
    assert judged([quantised(filmed(n), 24)[down:, right:] for n in range(3)]).problems


def test_blocks_that_were_smoothed_are_told():
    assert judged([smoothed(filmed(n)) for n in range(3)]).problems


@pytest.mark.parametrize("noise", [0.5, 2.0, 6.0])
def test_a_camera_is_none(noise):
    verdict = judged([filmed(n, noise) for n in range(3)])
    assert (verdict.problems, verdict.unsure) == ((), ())


@pytest.mark.parametrize("quantiser", [1, 2])
def test_blocks_that_nobody_sees_are_none(quantiser):
    assert judged([quantised(filmed(n), quantiser) for n in range(3)]).problems == ()


def test_grain_over_a_picture_hides_nothing_that_is_not_there():
    rng = np.random.default_rng(8)
    assert judged([filmed(1) + rng.normal(0, 10, SIZE)] * 2).problems == ()


def slide():
    page = np.full(SIZE, 228.0)
    for row in range(60, 420, 36):
        page[row : row + 18, 64:560:11] = 40
        page[row : row + 2, 64:560] = 40
    return page


def tiles():
    rng = np.random.default_rng(3)
    return np.kron(rng.choice([40.0, 120.0, 200.0], (30, 40)), np.ones((16, 16)))


def test_slides_and_flat_drawings_are_none():
    assert judged([slide()] * 3) == judged([tiles()] * 3)
    assert judged([slide()] * 3).problems == ()


@pytest.mark.parametrize("pixel", [2, 4])
def test_large_pixels_that_were_compressed_are_none(pixel):
    rng = np.random.default_rng(5)
    cells = rng.choice([40.0, 46.0, 90.0], (SIZE[0] // pixel, SIZE[1] // pixel), p=[0.8, 0.1, 0.1])
    drawn = np.kron(cells, np.ones((pixel, pixel)))
    assert judged([0.85 * drawn + 0.15 * quantised(drawn, 31)] * 3).problems == ()


def test_a_soft_ramp_is_none():
    ramp = np.linspace(40, 200, SIZE[1])[None, :] + np.linspace(0, 20, SIZE[0])[:, None]
    assert judged([ramp] * 3).problems == ()


def test_detail_that_hides_blocks_is_none():
    verdict = judged([0.4 * smoothed(filmed(n)) + 0.6 * filmed(n) for n in range(3)])
    assert verdict.problems == ()


def test_another_size_begins_anew():
    small = [quantised(filmed(n), 24)[:240, :320] for n in range(2)]
    assert judged([*small, *(filmed(n) for n in range(3))]).problems == ()


def test_nothing_was_seen():
    assert judged([]).problems == ()
