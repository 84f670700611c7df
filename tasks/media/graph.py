"""The ffmpeg commands of the media pass, as data.

One process decodes the picture and makes all that is made of it: the master with its levelled
sound, the detectors' notes, the stills, and what the master is compared with. Before it another
reads the sound alone, to know how it must be levelled; after it the master's sound is measured
again. All files are named by us and stand in one folder.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import ffmpeg

from models.media import AudioStream
from models.profile import Limits, MasterSpec
from models.settings import FfmpegSettings
from tasks.media.conforming import MasterPlan, SoundPlan
from tasks.media.encoding import (
    audio_encoder_options,
    rate_of,
    track_timescale,
    video_encoder_options,
)
from tasks.media.geometry import PicturePlan
from tasks.media.keys import MASTER
from tasks.media.picture_filters import conformed, upright
from tasks.media.quality import Windows, viewing_factor
from tasks.media.sound_filters import SPEECH_RATE_HZ, in_place, levelled, metered
from tasks.media.watching import TAP, WatchPlan, scanned, watched

INPUT = "input.bin"
CONFORMED, LEVELLED = "conformed.mp4", "levelled.mp4"
"""What the pass made, and the same with its sound made anew: neither is verified yet."""
REFERENCE, SPEECH = "reference.nut", "speech.wav"
SOUND_NOTES, MASTER_NOTES, QUALITY_NOTES = "sound.notes", "master.notes", "quality.notes"

CLEAN = {
    "movflags": "+faststart",
    "map_metadata": -1,
    "map_chapters": -1,
    "fflags": "+bitexact",
}
"""Players can start at once, and nothing of the upload's own notes stays in the master."""

BT709_LABELS = (
    "h264_metadata=colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1"
    ":video_full_range_flag=0"
)

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


def build_master_pass(
    plan: MasterPlan, settings: FfmpegSettings, demuxers: str, watch: WatchPlan
) -> list[str]:
    """Return the command that decodes the picture once and makes all that is made of it."""
    source = _source(settings, demuxers)
    decoded = _decoded(source, plan.picture)
    seen = upright(decoded[1], plan.picture).filter_multi_output("split")
    shown, references = _kept(conformed(seen[0], plan.picture, plan.spec), plan.windows)
    how = {**video_encoder_options(plan.spec), "threads": settings.threads}
    return _arguments(
        _master(shown, source, plan, how),
        *references,
        scanned(decoded[0]),
        *watched(seen[1], plan.picture, watch),
    )


def build_check_pass(
    plan: PicturePlan, settings: FfmpegSettings, demuxers: str, watch: WatchPlan
) -> list[str]:
    """Return the command that decodes the picture once for the detectors and stills alone."""
    decoded = _decoded(_source(settings, demuxers), plan)
    seen = watched(upright(decoded[1], plan), plan, watch)
    return _arguments(scanned(decoded[0]), *seen)


def build_complaints(streams: Sequence[int], settings: FfmpegSettings, demuxers: str) -> list[str]:
    """Return the command that decodes streams for what `ComplaintReader` hears.

    One thread, so that a decoder logs between the packet that it works on and the next.
    """
    source = _upload(settings, demuxers, threads=1)
    decoded = ffmpeg.output(*(source[str(index)] for index in streams), "-", f="null")
    return ["-loglevel", "level+info", "-debug_ts", *_arguments(decoded)]


def build_copy(plan: MasterPlan, settings: FfmpegSettings, demuxers: str) -> list[str]:
    """Return the command that makes the master of the very packets of the upload's picture."""
    source = _upload(settings, demuxers)
    labels = {"bsf:v": BT709_LABELS} if plan.needs_labels else {}
    how = {**_copied_picture(plan.spec), **labels}
    return _arguments(_master(source[str(plan.picture.stream_index)], source, plan, how))


def _source(settings: FfmpegSettings, demuxers: str) -> Stream:
    return _upload(
        settings,
        demuxers,
        threads=settings.decoder_threads,
        noautorotate=None,  # the plan turns, so that stills, detectors and master agree
        **{"reinit_filter:v": 0},
    )


def _decoded(source: Stream, plan: PicturePlan) -> Stream:
    """Return the decoded picture twice, for the scan and for all else, in one size throughout.

    Where a stream changes its size ffmpeg would build the graph anew and count from zero again.
    """
    picture = source[str(plan.stream_index)]
    sized = picture.filter("scale", plan.coded_width_px, plan.coded_height_px, flags="bicubic")
    return sized.filter_multi_output("split")


def _master(picture: Stream, source: Stream, plan: MasterPlan, how: dict[str, Any]) -> Stream:
    """Join the picture, made as `how` says, and the source's sound as planned."""
    return ffmpeg.output(
        picture,
        _master_sound(source, plan.sound, plan.frames, plan.spec),
        CONFORMED,
        **how,
        **({"codec:a": "copy"} if plan.sound.is_copied else audio_encoder_options(plan.spec)),
        **CLEAN,
    )


def _kept(shown: Stream, windows: Windows) -> tuple[Stream, list[Stream]]:
    """Return what the encoder is given, and the output that keeps the windows of it."""
    if not windows.count:
        return shown, []
    parts = shown.filter_multi_output("split")
    reference = ffmpeg.output(
        parts[1].filter("select", windows.expression),
        REFERENCE,
        fps_mode="passthrough",
        **{"codec:v": "rawvideo", "frames:v": windows.frames},
    )
    return parts[0], [reference]


def _copied_picture(spec: MasterSpec) -> dict[str, Any]:
    return {"codec:v": "copy", "video_track_timescale": track_timescale(spec.frame_rate)}


def build_sound_pass(
    sound: AudioStream, limits: Limits, settings: FfmpegSettings, demuxers: str
) -> list[str]:
    """Return the command that reads the sound alone: for the meters and for the captions."""
    heard = in_place(_upload(settings, demuxers)[str(sound.index)])
    parts = heard.filter_multi_output("asplit")
    speech = ffmpeg.output(
        parts[0].filter("aresample", SPEECH_RATE_HZ),
        SPEECH,
        **{"codec:a": "pcm_s16le"},
        ac=1,
        ar=SPEECH_RATE_HZ,
        map_metadata=-1,
    )
    blocks = ffmpeg.output(parts[2], TAP, f="f32le", **{"codec:a": "pcm_f32le"})
    return _arguments(speech, blocks, metered(parts[1], limits.silence_dbfs, SOUND_NOTES))


def build_sound_choice(
    sounds: Sequence[AudioStream], limits: Limits, settings: FfmpegSettings, demuxers: str
) -> list[str]:
    """Return the command that measures several sounds, to choose the one to hear."""
    source = _upload(settings, demuxers)
    return _arguments(
        *(
            metered(in_place(source[str(s.index)]), limits.silence_dbfs, choice_notes(s.index))
            for s in sounds
        )
    )


def choice_notes(index: int) -> str:
    """Return the name of the notes on one of several sounds."""
    return f"sound-{index}.notes"


def build_levelling(
    plan: MasterPlan, frames: int, settings: FfmpegSettings, demuxers: str
) -> list[str]:
    """Return the command that gives the master's picture, of so many frames, its sound anew."""
    source = _upload(settings, demuxers)
    sound = _master_sound(source, plan.sound, frames, plan.spec)
    made = ffmpeg.output(
        ffmpeg.input(f"file:{CONFORMED}")["v"],
        sound,
        LEVELLED,
        **_copied_picture(plan.spec),
        **audio_encoder_options(plan.spec),
        **CLEAN,
    )
    return _arguments(made)


def build_master_meter(limits: Limits) -> list[str]:
    """Return the command that measures the finished master's sound again."""
    sound = ffmpeg.input(f"file:{CONFORMED}")["a"]
    return _arguments(metered(sound, limits.silence_dbfs, MASTER_NOTES))


def build_comparison(windows: Windows, spec: MasterSpec) -> list[str]:
    """Return the command that compares the master, on `windows`, with what its encoder was given.

    Only the GOPs that the windows stand in are decoded. Both are scaled down first, as one sees
    them from where a picture is watched.
    """
    rate = rate_of(spec)
    parts = []
    for first in windows.starts:
        seek = max(Fraction(0), (first - Fraction(1, 2)) / spec.frame_rate)
        source = ffmpeg.input(f"file:{CONFORMED}", ss=f"{float(seek):.6f}")
        parts.append(source["v"].filter("trim", end_frame=windows.length))
    made = parts[0] if len(parts) == 1 else ffmpeg.concat(*parts)
    given = ffmpeg.input(f"file:{REFERENCE}")["v"]
    factor = viewing_factor(spec)
    size = (spec.width_px // factor, spec.height_px // factor)
    streams = (
        s.filter("setpts", f"N/({rate})/TB").filter("scale", *size, flags="area")
        for s in (made, given)
    )
    compared = ffmpeg.filter(list(streams), "ssim", shortest=1).filter(
        "metadata", mode="print", key="lavfi.ssim.All", file=QUALITY_NOTES
    )
    return _arguments(ffmpeg.output(compared, "-", f="null", fps_mode="passthrough"))


def build_poster(moment_s: float, name: str) -> list[str]:
    """Return the command that takes one frame of the master as a picture."""
    source = ffmpeg.input(f"file:{MASTER}", ss=f"{moment_s:.3f}")
    still = source["v"].filter("scale", 1280, -2, flags="lanczos")
    return _arguments(ffmpeg.output(still, name, f="image2", update=1, **{"frames:v": 1, "q:v": 2}))


def _upload(settings: FfmpegSettings, demuxers: str, **more: int | None) -> Stream:
    return ffmpeg.input(
        f"file:{INPUT}", **input_options(settings, demuxers), t=settings.max_duration_s, **more
    )


def _master_sound(source: Stream, plan: SoundPlan, frames: int, spec: MasterSpec) -> Stream:
    """Return the master's sound, which ends with the last of `frames`."""
    if plan.is_copied:
        return source[str(plan.stream_index)]
    if plan.stream_index is None or plan.gain is None:
        silence = f"anullsrc=r={spec.audio_rate_hz}:cl=stereo"
        sound = ffmpeg.input(silence, f="lavfi")["a"]
    else:
        sound = levelled(in_place(source[str(plan.stream_index)]), plan.gain, spec)
    return sound.filter("apad").filter("atrim", end_sample=round(frames * spec.samples_per_frame))


def _arguments(*outputs: Stream) -> list[str]:
    graph = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    arguments: Sequence[str] = graph.get_args()
    return list(arguments)
