"""No detector breaks on what is short, tiny, flat or loud: uploads are all of that."""

from fractions import Fraction

import numpy as np
import pytest

from models.profile import CampaignProfile
from tasks.media.detection import Detail, SmallFrame, SoundBlock, Still
from tasks.media.panels import frame_panel, hearing, still_panels
from tasks.media.watching import WatchPlan

PROFILE = CampaignProfile(name="test", revision="1", title="试")
COUNTS = (0, 1, 2, 3, 7, 31)
WIDTHS = (16, 50, 160, 360)
"""Of small frames: the narrowest and the widest there are, an upright and the usual one."""
LOOKS = ("noise", "black", "white", "stripes")


def plane(look: str, height: int, width: int, seed: int) -> np.ndarray:
    """Return a picture that changes with `seed`, limited range."""
    if look == "noise":
        return np.random.default_rng(seed).integers(16, 236, (height, width), dtype=np.uint8)
    if look == "stripes":
        rows = np.where((np.arange(height) + seed) % 8 < 4, 16, 235)
        return np.repeat(rows.astype(np.uint8)[:, None], width, axis=1)
    return np.full((height, width), 16 if look == "black" else 235, dtype=np.uint8)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("count", COUNTS)
def test_no_detector_of_motion_breaks(count, width, look):
    watch = WatchPlan(2.0, (640, 360), 0.2, Fraction(25), (width, 90), is_even=True)
    panel = frame_panel(PROFILE, watch, lambda: True)
    for n in range(count):
        chroma = plane(look, 45, width // 2, n + 1)
        panel.see(SmallFrame(n / 25, plane(look, 90, width, n), chroma, chroma))
    assert panel.verdict().failed == ()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("small", "full"),
    [(640, (720, 1280)), (202, (1080, 608)), (16, (900, 30)), (1440, (30, 900)), (360, (2, 2))],
)
@pytest.mark.parametrize("count", COUNTS)
def test_no_detector_of_stills_and_details_breaks(count, small, full, look):
    stills, details = still_panels(PROFILE, full[0], lambda _luma: ())
    for n in range(count):
        gray = plane(look, 360, small, n)
        stills.see(Still(n / 2, np.repeat(gray[:, :, None], 3, axis=2), gray))
        if n % 10 == 0:
            details.see(Detail(n / 2, plane(look, *full, n)))
    assert stills.verdict().also(details.verdict()).failed == ()


SOUNDS = {
    "silence": lambda count, _: np.zeros((count, 2)),
    "noise": lambda count, seed: np.random.default_rng(seed).normal(0, 0.1, (count, 2)),
    "far over full scale": lambda count, seed: np.full((count, 2), 50.0 * (-1) ** seed),
    "one side": lambda count, seed: np.random.default_rng(seed).normal(0, 0.1, (count, 2)) * [1, 0],
    "no number": lambda count, _: np.full((count, 2), np.nan),
}


@pytest.mark.parametrize("kind", SOUNDS)
@pytest.mark.parametrize("last", [1, 100, 48_000])
@pytest.mark.parametrize("count", [0, 1, 2, 12])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_detector_of_sound_breaks(count, last, kind):
    panel = hearing(PROFILE).panel
    for n in range(count):
        samples = SOUNDS[kind](last if n == count - 1 else 48_000, n)
        panel.see(SoundBlock(float(n), samples.astype(np.float32)))
    assert panel.verdict().failed == ()
