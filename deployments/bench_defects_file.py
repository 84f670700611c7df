"""Faults of container, timing and form that the checks' benchmark puts into clean clips."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from deployments.bench_defects import STRENGTHS, Defect
from models.profile import Limits
from tasks.media.notes import Span

Surgery = Callable[[bytes], bytes]
TIMING = frozenset(
    {
        *("timing.av_duration", "timing.gaps", "timing.variable_frame_rate"),
        *("policy.frame_rate", "audio.dropout"),
    }
)
"""What follows from a clock that is stretched or jumps: the mean rate falls, sound has holes."""
BROKEN = frozenset({"container.decode_errors", "video.corrupt_frames", "timing.av_duration"})
AV_GAP_WARN_S = 2.0


def file_defects(limits: Limits) -> Iterator[Defect]:
    """Return the faults of container, timing and form."""
    yield from _of_container()
    yield from _of_timing(limits)
    yield from _of_policy()


def cut_short(share: float) -> Surgery:
    """Return what keeps the first part of a file, as a broken transfer does."""
    return lambda data: data[: int(len(data) * share)]


def scrambled(blows: int) -> Surgery:
    """Return what overwrites short runs of bytes inside the media data, evenly spread."""

    def scramble(data: bytes) -> bytes:
        hurt = bytearray(data)
        first = data.index(b"mdat") + len(data) // 20
        step = (len(data) - first) // blows
        for number in range(blows):
            at = first + number * step
            hurt[at : at + 48] = bytes((37 * k + number) % 251 for k in range(48))
        return bytes(hurt[: len(data)])

    return scramble


def _of_container() -> Iterator[Defect]:
    for share in (0.4, 0.8):
        cut = cut_short(share)
        yield Defect("container.truncated", f"keeps-{share}", surgery=cut, also=BROKEN)
    for blows in (6, 40):
        also = BROKEN | {"container.truncated", "video.freeze"}
        hurt = scrambled(blows)
        yield Defect("container.decode_errors", f"{blows}-blows", surgery=hurt, also=also)
    yield Defect("container.extension_mismatch", "avi", options=("-f", "mp4"), suffix=".avi")
    again = frozenset({"audio.several_tracks"})
    yield Defect("container.extra_streams", "sound", options=("-map", "0:a"), also=again)
    place = ("-metadata", "location=+31.2304+121.4737/", "-metadata", "location-eng=+31.2+121.4/")
    yield Defect("container.private_metadata", "location", options=place)
    tags = "com.apple.quicktime."
    phone = ("-metadata", f"{tags}location.ISO6709=+31.2304+121.4737+004.000/")
    maker = ("-metadata", f"{tags}make=Heji", "-metadata", f"{tags}model=H1")
    flags = ("-movflags", "+use_metadata_tags+faststart")
    yield Defect("container.private_metadata", "telephone", options=(*phone, *maker, *flags))


def _of_timing(limits: Limits) -> Iterator[Defect]:
    for strength, keeps in (("mild", "mod(n,7)"), ("strong", "mod(n,4)*mod(n,11)")):
        cut = f"select='gt({keeps},0)'"
        vfr = ("-fps_mode", "vfr")
        also = frozenset({"policy.frame_rate", "video.dropped_frames"})
        yield Defect("timing.variable_frame_rate", strength, picture=cut, options=vfr, also=also)
    for times in STRENGTHS:
        shorter = f"atrim=0:{25 - AV_GAP_WARN_S * times}"
        yield Defect("timing.av_duration", f"{times:g}x", sound=shorter)
        apart_s = limits.av_offset_s or 0.1
        late_s = round(apart_s * times, 3)
        shift = ("-itsoffset", str(late_s), "-i", "lesson.mp4")
        options = ("-map", "-0:a", "-map", "1:a:0")
        yield Defect("timing.av_start", f"late-{late_s}", inputs=shift, options=options)
        slower = f"asetpts=PTS*{1 + apart_s * times / 25:.6f}"
        yield Defect("timing.av_drift", f"{times:g}x", sound=slower, also=TIMING)
        gap: Span = (10.0, 10.0 + round((limits.gap_s or 0.5) * times, 2))
        jump = f"setpts='PTS+gte(T,{gap[0] - 0.001})*{gap[1] - gap[0]}/TB'"
        late = f"asetpts='PTS+gte(T,{gap[0]})*{gap[1] - gap[0]}/TB'"
        vfr = ("-fps_mode", "vfr")
        yield Defect(
            *("timing.gaps", f"{times:g}x", "lesson", jump, late),
            options=vfr,
            spans=(gap,),
            also=TIMING,
        )


def _of_policy() -> Iterator[Defect]:
    for limit, asked in (("duration_max_warn_s", 25 / 1.5), ("duration_min_warn_s", 25 * 1.5)):
        yield Defect("policy.duration", limit, limits={limit: asked})
    short = {"short_side_block_px": 720}
    yield Defect("policy.resolution", "480", picture="scale=854:480", limits=short)
    slow = {"frame_rate_block": Fraction(20)}
    yield Defect("policy.frame_rate", "12", picture="fps=12", limits=slow)
    yield Defect("policy.frame_rate", "30", picture="fps=30")
    thin = ("-crf", "40", "-b:v", "200k", "-maxrate", "250k", "-bufsize", "250k")
    poor = {"bit_rate_block_bps": 1_000_000}
    soft = frozenset({"video.blur", "video.blocky", "video.upscaled"})
    yield Defect(
        "policy.bit_rate", "0.25-Mbit", picture="null", options=thin, limits=poor, also=soft
    )
    yield Defect("policy.aspect", "4-3", picture="crop=960:720")
    upright = "crop=406:720,scale=720:1280"
    yield Defect("policy.portrait", "9-16", picture=upright, also=frozenset({"video.upscaled"}))
    for strength, codec in (("mpeg4", "mpeg4"), ("hevc", "libx265")):
        coded = ("-c:v", codec, "-preset", "ultrafast", "-q:v", "4")
        yield Defect("policy.codec", strength, picture="null", options=coded)
