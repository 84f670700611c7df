"""The ffmpeg commands of the media pass, as data.

One process decodes the picture and feeds the encoder, every detector and the stills; one reads
the sound alone; a last one joins the two. All files are named by us and stand in one folder.
"""

from collections.abc import Sequence
from typing import Any

import ffmpeg

from models.media import AudioStream, MediaInfo
from models.profile import Limits, MasterSpec
from models.settings import FfmpegSettings
from tasks.media.encoding import audio_encoder_options, video_encoder_options
from tasks.media.geometry import PicturePlan
from tasks.media.loudness import GainPlan

INPUT = "input.bin"
PICTURE, SOUND, SPEECH, MASTER = "picture.mp4", "sound.w64", "speech.wav", "master.mp4"
STILLS = "stills/%06d.jpg"
EVENT_NOTES, SAMPLE_NOTES, SOUND_NOTES = "events.notes", "samples.notes", "sound.notes"
MASTER_NOTES = "master.notes"

REDUCED_HEIGHT_PX = 360
BLACK_AT_LEAST_S, FROZEN_AT_LEAST_S, SILENT_AT_LEAST_S = 0.4, 1.0, 0.5
SPEECH_RATE_HZ = 16_000
MOST_STILLS = 600

Stream = Any  # ffmpeg-python ships no types


def input_options(settings: FfmpegSettings, demuxers: str) -> dict[str, Any]:
    """Return the options under which an upload may be read (design D10).

    `demuxers` is the white list for what the first bytes said the file is.
    """
    return {
        "protocol_whitelist": "file",
        "format_whitelist": demuxers,
        "max_pixels": settings.max_pixels,
        "max_streams": settings.max_streams,
        "probesize": "20M",
        "analyzeduration": "20M",
    }


def as_arguments(options: dict[str, Any]) -> list[str]:
    """Return options as ffprobe takes them."""
    return [part for name, value in options.items() for part in (f"-{name}", str(value))]


def still_rate(duration_s: float | None) -> float:
    """Return how many stills a second are kept: two, fewer in a long video."""
    if not duration_s or duration_s <= MOST_STILLS / 2:
        return 2.0
    return max(0.1, MOST_STILLS / duration_s)


def build_picture_pass(
    plan: PicturePlan,
    spec: MasterSpec,
    settings: FfmpegSettings,
    demuxers: str,
    stills_per_s: float,
) -> list[str]:
    """Return the command that decodes the picture once and makes all that is made of it."""
    seen = _picture(plan, settings, demuxers).filter_multi_output("split")
    encoded = ffmpeg.output(
        _master_picture(seen[0], plan, spec),
        PICTURE,
        **video_encoder_options(spec),
        threads=settings.threads,
        map_metadata=-1,
        map_chapters=-1,
    )
    return _arguments(encoded, *_watched(seen[1], plan, stills_per_s))


def build_check_pass(
    plan: PicturePlan, settings: FfmpegSettings, demuxers: str, stills_per_s: float
) -> list[str]:
    """Return the command that decodes the picture once for the detectors and stills alone."""
    return _arguments(*_watched(_picture(plan, settings, demuxers), plan, stills_per_s))


def _picture(plan: PicturePlan, settings: FfmpegSettings, demuxers: str) -> Stream:
    source = ffmpeg.input(
        f"file:{INPUT}",
        **input_options(settings, demuxers),
        threads=settings.threads,
        t=settings.max_duration_s,
    )
    return source[str(plan.stream_index)]


def _watched(stream: Stream, plan: PicturePlan, stills_per_s: float) -> tuple[Stream, Stream]:
    """Scale the picture down once, for the detectors at full rate and the stills at theirs."""
    watched = _reduced(stream, plan).filter_multi_output("split")
    events = (
        watched[0]
        .filter("blackdetect", d=BLACK_AT_LEAST_S, pic_th=0.98, pix_th=0.10)
        .filter("freezedetect", n="-50dB", d=FROZEN_AT_LEAST_S)
        .filter("metadata", mode="print", file=EVENT_NOTES)
    )
    samples = (
        watched[1]
        .filter("fps", fps=stills_per_s, start_time=0, round="up")
        .filter("signalstats")
        .filter("cropdetect", limit=24, round=2, skip=0, reset=1)
        .filter("metadata", mode="print", file=SAMPLE_NOTES)
    )
    nowhere = ffmpeg.output(events, "-", f="null", fps_mode="passthrough")
    stills = ffmpeg.output(samples, STILLS, f="image2", fps_mode="passthrough", **{"q:v": 3})
    return nowhere, stills


def reduced_size(plan: PicturePlan) -> tuple[int, int]:
    """Return the size of the reduced picture that detectors and stills see."""
    return _reduced_width(plan), REDUCED_HEIGHT_PX


def build_sound_pass(
    sound: AudioStream, limits: Limits, settings: FfmpegSettings, demuxers: str
) -> list[str]:
    """Return the command that decodes the sound once: for the master, the meters and captions."""
    source = ffmpeg.input(
        f"file:{INPUT}", **input_options(settings, demuxers), t=settings.max_duration_s
    )
    heard = (
        source[str(sound.index)]
        # Flat tops show only before resampling.
        .filter(
            "astats",
            metadata=1,
            measure_perchannel="none",
            measure_overall="Flat_factor",
        )
        # Gaps become silence and a late start too: the sound keeps its place beside the picture.
        .filter("aresample", 48_000, **{"async": 1, "first_pts": 0})
        .filter("aformat", sample_fmts="flt", channel_layouts="stereo")
        .filter_multi_output("asplit", 3)
    )
    full = ffmpeg.output(heard[0], SOUND, **{"codec:a": "pcm_f32le"}, map_metadata=-1)
    speech = ffmpeg.output(
        heard[1].filter("aresample", SPEECH_RATE_HZ),
        SPEECH,
        **{"codec:a": "pcm_s16le"},
        ac=1,
        ar=SPEECH_RATE_HZ,
        map_metadata=-1,
    )
    meters = _metered(heard[2], limits.silence_dbfs, SOUND_NOTES)
    return _arguments(full, speech, meters)


def build_join(spec: MasterSpec, frames: int, gain: GainPlan | None) -> list[str]:
    """Return the command that makes the master of its picture and its levelled sound.

    The sound is padded or cut to end with the last of `frames`; without `gain` it is silence.
    """
    samples = round(frames * spec.samples_per_frame)
    if gain is None:
        silence = f"anullsrc=r={spec.audio_rate_hz}:cl=stereo"
        sound = ffmpeg.input(silence, f="lavfi")["a"]
    else:
        sound = _levelled(ffmpeg.input(f"file:{SOUND}")["a"], gain, spec)
    sound = sound.filter("apad").filter("atrim", end_sample=samples)
    joined = ffmpeg.output(
        ffmpeg.input(f"file:{PICTURE}")["v"],
        sound,
        MASTER,
        **{"codec:v": "copy"},
        **audio_encoder_options(spec),
        video_track_timescale=video_encoder_options(spec)["video_track_timescale"],
        movflags="+faststart",
        map_metadata=-1,
        map_chapters=-1,
        fflags="+bitexact",
    )
    return _arguments(joined)


def build_master_meter(limits: Limits) -> list[str]:
    """Return the command that measures the finished master's sound again."""
    sound = ffmpeg.input(f"file:{MASTER}")["a"]
    return _arguments(_metered(sound, limits.silence_dbfs, MASTER_NOTES))


def build_poster(moment_s: float, name: str) -> list[str]:
    """Return the command that takes one frame of the master as a picture."""
    source = ffmpeg.input(f"file:{MASTER}", ss=f"{moment_s:.3f}")
    still = source["v"].filter("scale", 1280, -2, flags="lanczos")
    return _arguments(ffmpeg.output(still, name, f="image2", update=1, **{"frames:v": 1, "q:v": 2}))


def other_streams(info: MediaInfo) -> tuple[str, ...]:
    """Name the streams that don't go into the master."""
    kept = {s.index for s in (info.picture, info.sound) if s}
    named = [
        (v.index, f"{'封面图' if v.is_cover_art else '视频'} {v.codec or '?'}") for v in info.video
    ]
    named += [(a.index, f"音频 {a.codec or '?'}") for a in info.audio]
    named += [(o.index, f"{o.kind} {o.codec or '?'}") for o in info.others]
    return tuple(name for index, name in sorted(named) if index not in kept)


def _master_picture(stream: Stream, plan: PicturePlan, spec: MasterSpec) -> Stream:
    if plan.needs_deinterlacing:
        stream = stream.filter("bwdif", mode="send_frame", parity="auto", deint="interlaced")
    if plan.needs_tone_mapping:
        stream = _tone_mapped(stream)
    rate = f"{spec.frame_rate.numerator}/{spec.frame_rate.denominator}"
    stream = stream.filter("fps", fps=rate, start_time=0, round="near")
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


def _reduced(stream: Stream, plan: PicturePlan) -> Stream:
    if plan.needs_tone_mapping:
        stream = stream.filter("format", "yuv420p")
    return (
        stream.filter(
            "scale",
            _reduced_width(plan),
            REDUCED_HEIGHT_PX,
            flags="bilinear",
            out_range="tv",
        )
        .filter("setsar", "1")
        .filter("format", "yuv420p")
    )


def _reduced_width(plan: PicturePlan) -> int:
    width = round(REDUCED_HEIGHT_PX * plan.width_px / plan.height_px / 2) * 2
    return min(max(width, 16), 4 * REDUCED_HEIGHT_PX)


def _metered(stream: Stream, silence_dbfs: float, notes: str) -> Stream:
    measured = (
        stream.filter("astats", metadata=1, measure_perchannel="RMS_level", measure_overall="none")
        .filter("ebur128", metadata=1, peak="true", framelog="verbose")
        .filter("silencedetect", n=f"{silence_dbfs}dB", d=SILENT_AT_LEAST_S)
        .filter("ametadata", mode="print", file=notes)
    )
    return ffmpeg.output(measured, "-", f="null")


def _levelled(stream: Stream, gain: GainPlan, spec: MasterSpec) -> Stream:
    if gain.heard_side is not None:
        side = f"c{gain.heard_side}"  # `<` for `=`: ffmpeg-python would escape the latter away
        stream = stream.filter("pan", f"stereo|c0<{side}|c1<{side}")
    stream = stream.filter("volume", f"{gain.gain_db:.3f}dB", precision="float")
    if gain.ceiling_dbtp is not None:
        # Peaks between samples show at four times the rate.
        stream = (
            stream.filter("aresample", spec.audio_rate_hz * 4)
            .filter(
                "alimiter",
                limit=f"{10 ** (gain.ceiling_dbtp / 20):.6f}",
                attack=5,
                release=50,
                level="disabled",
            )
            .filter("aresample", spec.audio_rate_hz)
        )
    return stream


def _arguments(*outputs: Stream) -> list[str]:
    graph = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    arguments: Sequence[str] = graph.get_args()
    return list(arguments)
