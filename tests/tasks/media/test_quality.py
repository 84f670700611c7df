"""Where a master is compared with its source, and what is read of it."""

import pytest

from models.profile import MasterSpec
from tasks.media.quality import plan_windows, read_similarity, viewing_factor

SPEC = MasterSpec()


def test_windows_are_spread_over_the_picture_amid_gops():
    windows = plan_windows(7500, SPEC)
    assert windows.count == 6
    assert windows.frames == 30
    assert all(start % SPEC.gop_frames == SPEC.gop_frames // 2 for start in windows.starts)
    assert windows.starts[0] < 1250
    assert windows.starts[-1] > 6250


@pytest.mark.parametrize("frames", [1, 3, 5, 30, 49, 51, 120])
def test_short_pictures_have_windows_inside_them(frames):
    windows = plan_windows(frames, SPEC)
    assert windows.count >= 1
    assert len(set(windows.starts)) == windows.count
    assert all(start >= 0 and start + windows.length <= frames for start in windows.starts)


def test_windows_beyond_a_picture_that_ended_early_are_left_out():
    windows = plan_windows(7500, SPEC)
    assert windows.within(7500) == windows
    assert windows.within(windows.starts[2] + 2).starts == windows.starts[:2]


def test_a_floor_of_zero_compares_nothing():
    assert plan_windows(7500, SPEC.model_copy(update={"ssim_floor": 0.0})).count == 0


def test_the_expression_lets_the_windows_through():
    assert plan_windows(50, SPEC).expression == "between(n,25,29)"


def test_similarity_is_the_mean_and_unknown_without_frames():
    lines = ["frame:0 pts:0 pts_time:0", "lavfi.ssim.All=0.9", "frame:1 pts:1 pts_time:0.04"]
    assert read_similarity([*lines, "lavfi.ssim.All=0.8"]) == pytest.approx(0.85)
    assert read_similarity([]) is None


@pytest.mark.parametrize(("size", "factor"), [((1920, 1080), 4), ((1280, 720), 3), ((320, 180), 1)])
def test_pictures_are_compared_at_viewing_size(size, factor):
    spec = SPEC.model_copy(update={"width_px": size[0], "height_px": size[1]})
    assert viewing_factor(spec) == factor
