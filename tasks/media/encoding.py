"""The one encoder setting that masters and compilations share, as data (design D8).

A compilation copies the packets of masters between pieces it encodes itself. That works only
while every piece is made with the same parameter sets (SPS, PPS) and starts at a closed GOP, so
nothing but a `MasterSpec` may change what these functions return.
"""

from fractions import Fraction
from typing import Any

from models.profile import MasterSpec

B_FRAMES = 2
BUFFER_S = 2
LEAST_TIMESCALE = 10_000


def video_encoder_options(spec: MasterSpec) -> dict[str, Any]:
    """Return the output options of every picture stream, as keywords of ffmpeg-python.

    The filter graph before it ends in the spec's size, `setsar=1` and BT.709 limited range.
    """
    return {
        "codec:v": "libx264",
        "preset:v": spec.preset,
        "profile:v": spec.codec_profile,
        "level:v": spec.level,
        "crf": spec.crf,
        "maxrate:v": f"{spec.max_rate_kbps}k",
        "bufsize:v": f"{spec.max_rate_kbps * BUFFER_S}k",
        "g": spec.gop_frames,
        "keyint_min": spec.gop_frames,
        "sc_threshold": 0,  # a key frame at a scene cut would move the GOP grid
        "bf": B_FRAMES,
        "flags:v": "+cgop+bitexact",
        # stitchable: no header depends on the content; force-cfr: nor on the input's time base.
        "x264-params": "stitchable=1:force-cfr=1",
        "pix_fmt": "yuv420p",
        "color_range": "tv",
        "colorspace": "bt709",
        "color_primaries": "bt709",
        "color_trc": "bt709",
        "r": rate_of(spec),
        "video_track_timescale": track_timescale(spec.frame_rate),
    }


def audio_encoder_options(spec: MasterSpec) -> dict[str, Any]:
    """Return the output options of every sound stream, as keywords of ffmpeg-python."""
    return {
        "codec:a": "aac",
        "b:a": f"{spec.audio_bit_rate_kbps}k",
        "ar": spec.audio_rate_hz,
        "ac": 2,
        "flags:a": "+bitexact",
    }


def rate_of(spec: MasterSpec) -> str:
    """Return the frame rate as ffmpeg takes it."""
    return f"{spec.frame_rate.numerator}/{spec.frame_rate.denominator}"


def track_timescale(frame_rate: Fraction) -> int:
    """Return ticks a second in which every frame lasts a whole number: 12800 for 25 fps."""
    scale = frame_rate.numerator
    while scale < LEAST_TIMESCALE:
        scale *= 2
    return scale


def command_line(options: dict[str, Any]) -> list[str]:
    """Return `options` as ffmpeg takes them, for commands that are built without ffmpeg-python."""
    return [part for key, value in options.items() for part in (f"-{key}", str(value))]
