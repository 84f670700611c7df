"""Stills are measured as they look."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import OutputRejected
from tasks.adapters import frames
from tasks.adapters.frames import measure_stills, show_details, with_faces
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


def measured(paths):
    return measure_stills(paths, 2, lambda _: None)


def test_each_still_is_shown_in_color_and_in_gray_with_its_moment(tmp_path):
    seen = []
    measure_stills([write(tmp_path, n, flat(90)) for n in range(3)], 2, seen.append)
    assert [still.time_s for still in seen] == [0.0, 0.5, 1.0]
    assert (seen[0].image.ndim, seen[0].gray.ndim) == (3, 2)


def test_details_stand_amid_equal_stretches(tmp_path):
    seen = []
    show_details([write(tmp_path, n, flat(90)) for n in range(2)], 0.2, seen.append)
    assert [detail.time_s for detail in seen] == [2.5, 7.5]
    assert seen[0].luma.mean() == pytest.approx(90, abs=1)


def test_light_contrast_and_sharpness_are_told(tmp_path):
    dark, sharp = measured([write(tmp_path, 1, flat(30)), write(tmp_path, 2, striped())])
    assert dark.luma_mean == pytest.approx(30, abs=1)
    assert (dark.contrast, dark.sharpness) == pytest.approx((0, 0), abs=0.5)
    assert sharp.contrast > 20
    assert sharp.sharpness > 100
    assert (dark.time_s, sharp.time_s) == (0, 0.5)


def test_change_is_the_larger_of_both_sides(tmp_path):
    lumas = (100, 100, 180, 100, 100, 90)
    paths = [write(tmp_path, n, flat(luma)) for n, luma in enumerate(lumas)]
    changes = [round(s.change) for s in measured(paths)]
    assert changes == [0, 80, 80, 80, 10, 10]


def test_one_still_has_nothing_to_differ_from(tmp_path):
    (only,) = measured([write(tmp_path, 1, flat(90))])
    assert only.change == 0


def test_faces_are_sought_in_a_bounded_number_of_stills(tmp_path, monkeypatch):
    monkeypatch.setattr(frames, "_face_share", lambda _: 0.2)
    paths = [write(tmp_path, n, flat(90)) for n in range(2 * FACE_STILLS)]
    shares = [s.face_share for s in with_faces(measured(paths))]
    assert shares.count(0.2) == FACE_STILLS
    assert len(shares) == 2 * FACE_STILLS


def test_an_upright_picture_is_measured_too(tmp_path):
    (still,) = measured([write(tmp_path, 1, np.full((360, 202, 3), 128, np.uint8))])
    assert still.luma_mean == pytest.approx(128, abs=1)


def test_a_still_that_is_no_picture_is_rejected(tmp_path):
    path = tmp_path / "1.jpg"
    path.write_bytes(b"nothing")
    with pytest.raises(OutputRejected):
        measured([path])
