"""The picture of a sound shows its envelope, the problem's stretch and the threshold."""

import cv2
import numpy as np
import pytest

from models.errors import OutputRejected
from tasks.adapters.level_pictures import write_level_picture


def draw(folder, peaks, span, **options):
    path = folder / "evidence" / "audio.x-1.jpg"
    low, high = -np.float32(peaks), np.float32(peaks) * 0.5
    write_level_picture(low, high, 0.1, span, path, **options)
    picture = cv2.imread(str(path))
    assert picture.shape == (180, 640, 3)
    return picture.astype(int)


def test_louder_sound_stands_higher(tmp_path):
    picture = draw(tmp_path, [0.5] * 50 + [0.01] * 50, (4.0, 6.0))
    wave = picture.max(axis=2) > 120
    assert wave[:150, 150].sum() > 2 * wave[:150, 550].sum() > 0


def test_silence_leaves_the_marked_stretch_empty(tmp_path):
    picture = draw(tmp_path, [0.5] * 50 + [0.0] * 20 + [0.5] * 50, (5.0, 7.0))
    middle = picture[40:120, 320:330].mean(axis=(0, 1))
    beside = picture[40:120, 100:110].mean(axis=(0, 1))
    assert middle.max() < 100 < beside.max()
    assert middle[2] > middle[1] + 10


def test_the_threshold_is_drawn(tmp_path):
    quiet = [0.0] * 100
    plain = draw(tmp_path, quiet, (4.0, 6.0))
    lined = draw(tmp_path, quiet, (4.0, 6.0), threshold_dbfs=-50.0)
    changed = np.flatnonzero(np.abs(plain - lined).max(axis=(1, 2)) > 60)
    assert 125 <= changed.mean() <= 139


@pytest.mark.parametrize(
    "span", [(0.0, 0.0), (0.0, 12.0), (11.9, 12.3), (500.0, 501.0), (3.0, 3.02)]
)
@pytest.mark.parametrize("count", [0, 1, 120])
def test_any_span_of_any_sound_can_be_drawn(tmp_path, span, count):
    draw(tmp_path, [0.3] * count, span)


def test_four_hours_are_drawn(tmp_path):
    draw(tmp_path, np.full(144_000, 0.3), (0.0, 14_400.0))


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "evidence" / "audio.x-1.jpg").mkdir(parents=True)
    with pytest.raises(OutputRejected):
        draw(tmp_path, [0.3] * 10, (0.0, 1.0))
