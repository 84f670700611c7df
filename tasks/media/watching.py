"""What a pass over the picture leaves for detectors and eyes, as ffmpeg-python outputs.

The picture is scaled down once, quickly. Few frames of it, the stills, are scaled finely, and
fewer still, the details, are kept as large as they came.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import ffmpeg

from models.media import VideoStream
from tasks.media.detection import SMALL_HEIGHT_PX
from tasks.media.geometry import PicturePlan
from tasks.media.picture_filters import reduced, reduced_size, seen_in_sdr
from tasks.media.probing import PacketFacts
from tasks.media.rules import UNEVEN_SHARE

TAP = "pipe:tap"
"""The address of the output that Heji reads while the command runs."""
STILLS, DETAILS = "stills/%06d.jpg", "details/%03d.pgm"
SAMPLE_NOTES, SCAN_NOTES, REPEAT_NOTES = "samples.notes", "scan.notes", "repeats.notes"

SCAN_WIDTH_PX = 320
"""Lines tell of interlacing at any width; a strip costs less."""
SCAN_FORMATS = "yuv420p|yuvj420p|yuv422p|yuvj422p|yuv444p|yuvj444p|gray"
"""Of these luma is taken as it is; all others are converted first. Colour tells no more."""
MOST_STILLS = 600
DETAIL_STEP_S, LEAST_DETAILS, MOST_DETAILS = 5.0, 4, 24
FASTEST_SMALL_HZ = Fraction(61, 2)
USUAL_HZ = Fraction(25)

Stream = Any  # ffmpeg-python ships no types


@dataclass(frozen=True)
class WatchPlan:
    """How often and how large detectors see a picture."""

    stills_per_s: float
    still_size: tuple[int, int]
    details_per_s: float
    small_rate: Fraction
    """Constant: the stream's own where that is, halved or so until it is 30 at most."""
    small_size: tuple[int, int]
    is_even: bool
    """The stream's own frames came as regularly as the small ones."""

    @property
    def small_bytes(self) -> int:
        """Bytes of a small frame: luma, then the two chroma planes at half the size."""
        return self.small_size[0] * self.small_size[1] * 3 // 2


def plan_watch(
    plan: PicturePlan, stream: VideoStream, packets: PacketFacts | None, length_s: float | None
) -> WatchPlan:
    """Decide how a picture is watched."""
    is_even = packets is None or packets.uneven_share <= UNEVEN_SHARE
    rate = stream.frame_rate if is_even else None
    rate = rate or USUAL_HZ
    width = round(SMALL_HEIGHT_PX * plan.width_px / plan.height_px / 2) * 2
    return WatchPlan(
        stills_per_s=still_rate(length_s),
        still_size=reduced_size(plan),
        details_per_s=detail_rate(length_s),
        small_rate=rate / math.ceil(rate / FASTEST_SMALL_HZ),
        small_size=(min(max(width, 16), 4 * SMALL_HEIGHT_PX), SMALL_HEIGHT_PX),
        is_even=is_even,
    )


def still_rate(length_s: float | None) -> float:
    """Return how many stills a second are kept: two, fewer in a long video."""
    if not length_s or length_s <= MOST_STILLS / 2:
        return 2.0
    return max(0.1, MOST_STILLS / length_s)


def detail_rate(length_s: float | None) -> float:
    """Return how many details a second are kept: one in five seconds, at least 4, at most 24."""
    if not length_s:
        return 1 / DETAIL_STEP_S
    return min(max(math.ceil(length_s / DETAIL_STEP_S), LEAST_DETAILS), MOST_DETAILS) / length_s


def scanned(stream: Stream) -> Stream:
    """Look at the lines as they were coded, before anything is turned or scaled."""
    notes = (
        stream.filter("crop", f"min(iw,{SCAN_WIDTH_PX})", "ih")
        .filter("format", SCAN_FORMATS)
        .filter("extractplanes", "y")
        .filter("idet")
        .filter("metadata", mode="print", key="lavfi.idet.single.current_frame", file=SCAN_NOTES)
        .filter(
            "metadata", mode="print", key="lavfi.idet.repeated.current_frame", file=REPEAT_NOTES
        )
    )
    return ffmpeg.output(notes, "-", f="null", fps_mode="passthrough")


def watched(stream: Stream, plan: PicturePlan, watch: WatchPlan) -> tuple[Stream, ...]:
    """Return the outputs of small frames, stills and details of an upright picture."""
    seen = stream.filter_multi_output("split")
    small = (
        seen[0]
        .filter("fps", fps=_ratio(watch.small_rate), start_time=0, round="near")
        .filter("scale", *watch.still_size, flags="fast_bilinear", out_range="tv")
        .filter("scale", *watch.small_size, flags="area")
    )
    small = seen_in_sdr(small, plan).filter("format", "yuv420p")
    stills = (
        reduced(
            seen[1].filter("fps", fps=watch.stills_per_s, start_time=0, round="up"),
            plan,
            "bilinear",
        )
        .filter("cropdetect", limit=24, round=2, skip=0, reset=1)
        .filter("metadata", mode="print", file=SAMPLE_NOTES)
    )
    step_s = 1 / watch.details_per_s
    due = f"if(isnan(prev_selected_t),gte(t,{step_s / 2:.3f}),gte(t-prev_selected_t,{step_s:.3f}))"
    details = (
        seen_in_sdr(seen[2].filter("select", due), plan)
        .filter("scale", "iw", "ih", out_range="tv")
        .filter("format", "yuv420p")
        .filter("extractplanes", "y")
    )
    how = {"fps_mode": "passthrough"}
    return (
        ffmpeg.output(small, TAP, f="rawvideo", pix_fmt="yuv420p", **how),
        ffmpeg.output(stills, STILLS, f="image2", **{"q:v": 3}, **how),
        ffmpeg.output(details, DETAILS, f="image2", pix_fmt="gray", **how),
    )


def _ratio(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"
