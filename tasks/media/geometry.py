"""Fit a picture of any shape into the master's frame."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from models.media import VideoStream
from models.profile import MasterSpec
from tasks.media.probing import display_size

SAME_SHAPE = Fraction(1, 100)
INTERLACED_ORDERS = ("tt", "bb", "tb", "bt")
HDR_TRANSFERS = ("smpte2084", "arib-std-b67")


@dataclass(frozen=True)
class PicturePlan:
    """What must be done to a decoded picture on its way into the master."""

    stream_index: int
    width_px: int
    height_px: int
    """Size as seen: square pixels, upright."""
    coded_width_px: int
    coded_height_px: int
    rotation_deg: int
    is_mirrored: bool
    """What stands it upright: mirrored first where it must be, then turned clockwise."""
    fill: Literal["none", "blur", "pad", "crop"]
    needs_deinterlacing: bool
    needs_tone_mapping: bool
    source_matrix: Literal["bt709", "bt601", "bt2020"]


def plan_picture(stream: VideoStream, spec: MasterSpec) -> PicturePlan:
    """Decide how `stream` becomes the master's picture.

    Raises:
        ValueError: the stream has no size; ask `MediaInfo.picture` for one that has.
    """
    size = display_size(stream)
    if size is None:
        raise ValueError("a picture without a size can't be planned")
    target = Fraction(spec.width_px, spec.height_px)
    is_same_shape = abs(Fraction(*size) / target - 1) <= SAME_SHAPE
    return PicturePlan(
        stream_index=stream.index,
        width_px=size[0],
        height_px=size[1],
        coded_width_px=stream.width_px or size[0],
        coded_height_px=stream.height_px or size[1],
        rotation_deg=stream.rotation_deg,
        is_mirrored=stream.is_mirrored,
        fill="none" if is_same_shape else spec.fit,
        needs_deinterlacing=stream.field_order in INTERLACED_ORDERS,
        needs_tone_mapping=stream.color_transfer in HDR_TRANSFERS,
        source_matrix=_matrix(stream),
    )


def _matrix(stream: VideoStream) -> Literal["bt709", "bt601", "bt2020"]:
    """Trust the tag; untagged pictures follow the custom of their size."""
    named = stream.color_space or ""
    if named.startswith("bt2020"):
        return "bt2020"
    if named == "bt709":
        return "bt709"
    if named in ("smpte170m", "bt470bg", "fcc"):
        return "bt601"
    return "bt709" if (stream.height_px or 0) >= 720 else "bt601"
