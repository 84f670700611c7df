"""Stills are measured as they look."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import OutputRejected
from tasks.adapters import frames
from tasks.adapters.frames import measure_stills
from tasks.media.frames import FACE_STILLS


def write(folder: Path, number: int, image) -> Path:
    path = folder / f"{number:06d}.jpg"
    cv2.imwrite(str(path), image)
    return path


def flat(luma: int):
    return np.full((360, 640, 3), luma, dtype=np.uint8)


def striped():
    image = flat(40)
    image[:, ::8] = image[:, 1::8] = 220
    return image


def test_light_contrast_and_sharpness_are_told(tmp_path):
    dark, sharp = measure_stills([write(tmp_path, 1, flat(30)), write(tmp_path, 2, striped())], 2)
    assert dark.luma_mean == pytest.approx(30, abs=1)
    assert (dark.contrast, dark.sharpness) == pytest.approx((0, 0), abs=0.5)
    assert sharp.contrast > 20
    assert sharp.sharpness > 100
    assert (dark.time_s, sharp.time_s) == (0, 0.5)


def test_change_is_the_larger_of_both_sides(tmp_path):
    lumas = (100, 100, 180, 100, 100, 90)
    paths = [write(tmp_path, n, flat(luma)) for n, luma in enumerate(lumas)]
    changes = [round(s.change) for s in measure_stills(paths, 2)]
    assert changes == [0, 80, 80, 80, 10, 10]


def test_one_still_has_nothing_to_differ_from(tmp_path):
    (only,) = measure_stills([write(tmp_path, 1, flat(90))], 2)
    assert only.change == 0


def test_faces_are_sought_in_a_bounded_number_of_stills(tmp_path, monkeypatch):
    monkeypatch.setattr(frames, "_face_share", lambda _: 0.2)
    paths = [write(tmp_path, n, flat(90)) for n in range(2 * FACE_STILLS)]
    shares = [s.face_share for s in measure_stills(paths, 2)]
    assert shares.count(0.2) == FACE_STILLS
    assert len(shares) == 2 * FACE_STILLS


def test_an_upright_picture_is_measured_too(tmp_path):
    (still,) = measure_stills([write(tmp_path, 1, np.full((360, 202, 3), 128, np.uint8))], 2)
    assert still.luma_mean == pytest.approx(128, abs=1)


def test_a_still_that_is_no_picture_is_rejected(tmp_path):
    path = tmp_path / "1.jpg"
    path.write_bytes(b"nothing")
    with pytest.raises(OutputRejected):
        measure_stills([path], 2)
