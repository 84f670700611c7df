"""How a picture of any shape gets into the master's frame."""

from fractions import Fraction

import pytest

from models.media import VideoStream
from models.profile import MasterSpec
from tasks.media.geometry import plan_picture

SPEC = MasterSpec()


def stream(**facts):
    return VideoStream(index=0, **{"width_px": 1920, "height_px": 1080, **facts})


def test_the_masters_own_shape_needs_no_fill():
    assert plan_picture(stream(), SPEC).fill == "none"


@pytest.mark.parametrize(
    "facts",
    [
        {"rotation_deg": 90},
        {"width_px": 1440},
        {"width_px": 720, "height_px": 576, "sample_aspect": Fraction(16, 15)},
    ],
)
def test_other_shapes_are_filled_as_the_profile_says(facts):
    assert plan_picture(stream(**facts), SPEC).fill == "blur"
    assert plan_picture(stream(**facts), SPEC.model_copy(update={"fit": "pad"})).fill == "pad"


def test_anamorphic_widescreen_is_wide():
    wide = stream(width_px=1440, height_px=1080, sample_aspect=Fraction(4, 3))
    assert plan_picture(wide, SPEC).fill == "none"


def test_hdr_interlaced_and_untagged_pictures_are_known():
    plan = plan_picture(stream(color_transfer="arib-std-b67", field_order="tt"), SPEC)
    assert plan.needs_tone_mapping
    assert plan.needs_deinterlacing
    assert plan_picture(stream(width_px=720, height_px=576), SPEC).source_matrix == "bt601"
    assert plan_picture(stream(), SPEC).source_matrix == "bt709"


def test_a_picture_without_a_size_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="size"):
        plan_picture(VideoStream(index=0), SPEC)
