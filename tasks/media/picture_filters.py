"""What is done to a picture between decoder and encoder, as ffmpeg-python streams."""

from typing import Any

import ffmpeg

from models.profile import MasterSpec
from tasks.media.encoding import rate_of
from tasks.media.geometry import PicturePlan

REDUCED_HEIGHT_PX = 360
TURNS = {90: "clock", 270: "cclock"}

Stream = Any  # ffmpeg-python ships no types


def upright(stream: Stream, plan: PicturePlan) -> Stream:
    """Stand the picture as a player would show it."""
    if plan.is_mirrored:
        stream = stream.filter("hflip")
    if plan.rotation_deg == 180:
        return stream.filter("hflip").filter("vflip")
    if plan.rotation_deg in TURNS:
        return stream.filter("transpose", TURNS[plan.rotation_deg])
    return stream


def conformed(stream: Stream, plan: PicturePlan, spec: MasterSpec) -> Stream:
    """Make an upright picture what the master's encoder takes: shape, rate, colour, scan."""
    if plan.needs_deinterlacing:
        # Flags lie in both directions: idet sets them to what each frame shows.
        stream = stream.filter("idet").filter("bwdif", mode="send_frame", deint="interlaced")
    if plan.needs_tone_mapping:
        stream = _tone_mapped(stream)
    stream = stream.filter("fps", fps=rate_of(spec), start_time=0, round="near")
    stream = _fitted(stream, plan, spec)
    return (
        stream.filter("setsar", "1")
        .filter("format", "yuv420p")
        .filter(
            "setparams",
            range="tv",
            color_primaries="bt709",
            color_trc="bt709",
            colorspace="bt709",
            field_mode="prog",
        )
    )


def _fitted(stream: Stream, plan: PicturePlan, spec: MasterSpec) -> Stream:
    width, height = spec.width_px, spec.height_px
    colors = {
        "in_color_matrix": plan.source_matrix if plan.source_matrix != "bt2020" else "auto",
        "out_color_matrix": "bt709",
        "out_range": "tv",
    }
    if plan.needs_tone_mapping:
        colors = {}
    inside = {
        "w": f"min({width},2*round({height}*dar/2))",
        "h": f"min({height},2*round({width}/dar/2))",
        "flags": "bicubic",
        **colors,
    }
    cover = {
        "w": f"max({width},2*ceil({height}*dar/2))",
        "h": f"max({height},2*ceil({width}/dar/2))",
        **colors,
    }
    if plan.fill == "crop":
        return stream.filter("scale", **cover).filter("crop", width, height)
    if plan.fill == "blur":
        parts = stream.filter_multi_output("split")
        small = {
            **cover,
            "w": f"max({width // 8 * 2},2*ceil({height // 8 * 2}*dar/2))",
            "h": f"max({height // 8 * 2},2*ceil({width // 8 * 2}/dar/2))",
        }
        behind = (
            parts[0]
            .filter("scale", **small)
            .filter("setsar", "1")
            .filter("crop", width // 8 * 2, height // 8 * 2)
            .filter("gblur", sigma=12)
            .filter("eq", brightness=-0.06, saturation=0.85)
            .filter("scale", width, height, flags="bilinear")
            .filter("format", "yuv420p")
        )
        front = parts[1].filter("scale", **inside).filter("setsar", "1").filter("format", "yuv420p")
        return ffmpeg.overlay(behind, front, x="(W-w)/2", y="(H-h)/2", format="yuv420")
    return stream.filter("scale", **inside).filter(
        "pad", width, height, "(ow-iw)/2", "(oh-ih)/2", color="black"
    )


def _tone_mapped(stream: Stream) -> Stream:
    return (
        stream.filter("zscale", transfer="linear", npl=100)
        .filter("format", "gbrpf32le")
        .filter("zscale", primaries="bt709")
        .filter("tonemap", "hable", desat=0)
        .filter("zscale", transfer="bt709", matrix="bt709", range="tv")
        .filter("format", "yuv420p")
    )


def reduced(stream: Stream, plan: PicturePlan, flags: str) -> Stream:
    """Scale an upright picture to what detectors and stills see."""
    size = reduced_size(plan)
    if plan.needs_tone_mapping:
        stream = seen_in_sdr(stream.filter("scale", *size, flags=flags), plan)
    return (
        stream.filter("scale", *size, flags=flags, out_range="tv")
        .filter("setsar", "1")
        .filter("format", "yuv420p")
    )


def seen_in_sdr(stream: Stream, plan: PicturePlan) -> Stream:
    """Show a picture of high dynamic range as the master will."""
    return _tone_mapped(stream) if plan.needs_tone_mapping else stream


def reduced_size(plan: PicturePlan) -> tuple[int, int]:
    """Return the size of the reduced picture that detectors and stills see."""
    width = round(REDUCED_HEIGHT_PX * plan.width_px / plan.height_px / 2) * 2
    return min(max(width, 16), 4 * REDUCED_HEIGHT_PX), REDUCED_HEIGHT_PX
