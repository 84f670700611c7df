"""Plan the pieces of a programme's picture and sound and build the commands that make them.

A piece is a card, packets copied from a master, or frames of a master encoded again. Pieces are
cut so that only GOPs touched by a title or by an in or out point are encoded (design D8), and
are joined without another encode.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any

import ffmpeg

from models.compilation import Card, Clip, Timeline
from models.media import VideoStream
from models.profile import MasterSpec
from tasks.media.encoding import (
    audio_encoder_options,
    rate_of,
    track_timescale,
    video_encoder_options,
)
from tasks.media.timeline import to_frames, to_seconds

FADE_S = 0.32
"""A lower third comes and goes this fast, inside its time."""
DECLICK_S = 0.01
FINER_CRF = 6
"""Cards get so much better quality: a still costs few bits, and its soft red shows every step.

The parameter sets don't hold it, so packets still stand side by side.
"""
LANGUAGES = {"zh": ("chi", "简体中文"), "en": ("eng", "English")}
"""What is spoken, as MP4 names it and as a player shows the captions' track."""
PICTURE_LIST, SOUND_LIST = "picture.ffconcat", "sound.ffconcat"
SOUND, CHAPTERS, CAPTIONS = "sound.m4a", "chapters.ffmeta", "captions.srt"
COMPILATION = "compilation.mp4"

Stream = Any  # ffmpeg-python ships no types


@dataclass(frozen=True)
class Piece:
    """A run of frames of one item of the timeline that is made in one way."""

    item: int
    kind: str
    """card, copy or encode."""
    start: int
    """First frame in the programme."""
    frames: int
    master_in: int = 0
    """First frame in the master, for copy and encode."""


@dataclass(frozen=True)
class Plate:
    """A lower third's picture, its place, and the frames of the piece that show it."""

    name: str
    x_px: int
    y_px: int
    first: int
    end: int


@dataclass(frozen=True)
class Stamp:
    """What a draft writes into its picture, with the font file for it."""

    text: str
    font_file: str


@dataclass(frozen=True)
class Burned:
    """A captions file that is drawn into the picture, and the folder of its font."""

    name: str
    fonts_dir: str


def plan_pieces(
    timeline: Timeline, spec: MasterSpec, encoded_whole: frozenset[str] | None
) -> tuple[Piece, ...]:
    """Return the pieces of the picture, in order.

    `encoded_whole` are ids of works of which nothing can be copied; None means all.
    """
    pieces: list[Piece] = []
    for number, (item, start) in enumerate(zip(timeline.items, timeline.starts, strict=True)):
        if isinstance(item, Card):
            pieces.append(Piece(number, "card", start, item.frames))
        elif encoded_whole is None or item.work.work_id in encoded_whole:
            pieces.append(Piece(number, "encode", start, item.frames, item.in_frame))
        else:
            pieces += [
                Piece(number, kind, start + first - item.in_frame, end - first, first)
                for kind, first, end in _runs(item, spec.gop_frames, timeline.frame_rate)
            ]
    return tuple(pieces)


def lower_third_span(clip: Clip, rate: Fraction) -> tuple[int, int] | None:
    """Return the first frame of the master that shows the lower third, and the first after it."""
    if clip.lower_third is None:
        return None
    first = clip.in_frame + to_frames(clip.lower_third.at_s, rate)
    end = min(first + to_frames(clip.lower_third.show_s, rate), clip.out_frame)
    return (first, end) if first < end else None


def build_card(
    picture: str,
    name: str,
    piece: Piece,
    spec: MasterSpec,
    *,
    stamp: Stamp | None = None,
    threads: int = 0,
) -> list[str]:
    """Return the command that makes a card's still picture last."""
    still = ffmpeg.input(picture, f="image2", pattern_type="none", framerate=rate_of(spec))
    stream = _to_bt709(still, "yuv420p").filter("loop", loop=piece.frames - 1, size=1)
    stream = _stamped(_renumbered(stream, spec), piece, spec, stamp)
    finer = spec.model_copy(update={"crf": max(1.0, spec.crf - FINER_CRF)})
    return _encode(stream, name, piece, finer, threads)


def build_copy(master: str, name: str, piece: Piece, spec: MasterSpec) -> list[str]:
    """Return the command that takes packets out of a master; the piece begins with a key frame.

    The end is given as a count of packets: in a closed GOP they are the same frames in either
    order, while a time would be compared with decoding times.
    """
    seek = {} if piece.master_in == 0 else {"ss": _seconds_up(piece.master_in, spec)}
    output = ffmpeg.output(
        _master(master, **seek)["v"],
        name,
        **{"codec:v": "copy", "frames:v": piece.frames},
        **_container(spec),
    )
    return _arguments(output)


def build_encode(
    master: str,
    name: str,
    piece: Piece,
    spec: MasterSpec,
    *,
    plate: Plate | None = None,
    burned: Burned | None = None,
    stamp: Stamp | None = None,
    is_draft: bool = False,
    threads: int = 0,
) -> list[str]:
    """Return the command that encodes frames of a master, with what is drawn over them."""
    options: dict[str, Any] = {}
    if piece.master_in:
        # Half a frame early, so that rounding can't lose the first one.
        options["ss"] = f"{float((piece.master_in - Fraction(1, 2)) / spec.frame_rate):.6f}"
    if is_draft:
        options["skip_loop_filter"] = "noref"
    stream = _renumbered(_master(master, **options)["v"], spec)
    stream = _fitted(stream, spec, "fast_bilinear" if is_draft else "bicubic")
    if plate:
        stream = _with_plate(stream, plate, piece, spec)
    if burned:
        stream = stream.filter("ass", burned.name, fontsdir=burned.fonts_dir)
    return _encode(_stamped(stream, piece, spec, stamp), name, piece, spec, threads)


def build_reference(name: str, spec: MasterSpec) -> list[str]:
    """Return the command that encodes one frame, whose parameter sets every master must share."""
    black = ffmpeg.input(
        f"color=black:s={spec.width_px}x{spec.height_px}:r={rate_of(spec)}", f="lavfi"
    )
    return _encode(black, name, Piece(0, "card", 0, 1), spec, 1)


def build_silence(name: str, frames: int, spec: MasterSpec) -> list[str]:
    """Return the command that makes the silence under a card."""
    source = ffmpeg.input(f"anullsrc=r={spec.audio_rate_hz}:cl=stereo", f="lavfi")
    sound = source["a"].filter("atrim", end_sample=samples_of(frames, spec))
    return _arguments(_wave(sound, name))


def build_sound(master: str, name: str, clip: Clip, spec: MasterSpec) -> list[str]:
    """Return the command that takes a clip's sound, exactly as long as its picture."""
    first, wanted = samples_of(clip.in_frame, spec), samples_of(clip.frames, spec)
    fade = min(round(DECLICK_S * spec.audio_rate_hz), wanted // 2)
    sound = (
        _master(master)["a"]
        .filter("aresample", spec.audio_rate_hz)
        .filter("aformat", channel_layouts="stereo")
        .filter("atrim", start_sample=first, end_sample=first + wanted)
        .filter("asetpts", "PTS-STARTPTS")
        .filter("apad", whole_len=wanted)
        .filter("afade", type="in", start_sample=0, nb_samples=fade)
        .filter("afade", type="out", start_sample=wanted - fade, nb_samples=fade)
    )
    return _arguments(_wave(sound, name))


def build_sound_join(spec: MasterSpec) -> list[str]:
    """Return the command that encodes the whole programme's sound, once."""
    joined = ffmpeg.input(SOUND_LIST, f="concat", safe=0)["a"]
    output = ffmpeg.output(
        joined, SOUND, **audio_encoder_options(spec), map_metadata=-1, fflags="+bitexact"
    )
    return _arguments(output)


def build_join(spec: MasterSpec, language: str | None, *, has_captions: bool) -> list[str]:
    """Return the command that joins picture, sound, chapters and captions without encoding."""
    code, name = LANGUAGES.get(language or "", ("und", "Captions"))
    inputs = ["-f", "concat", "-safe", "0", "-auto_convert", "0", "-i", PICTURE_LIST]
    inputs += ["-f", "mov", "-i", SOUND, "-f", "ffmetadata", "-i", CHAPTERS]
    maps = ["-map", "0:v", "-map", "1:a", "-map_metadata", "2", "-map_chapters", "2"]
    if has_captions:
        inputs += ["-f", "srt", "-i", CAPTIONS]
        maps += ["-map", "3:s", "-codec:s", "mov_text", "-metadata:s:s:0", f"language={code}"]
        maps += ["-metadata:s:s:0", f"handler_name={name}", "-disposition:s:0", "default"]
    coding = ["-codec:v", "copy", "-codec:a", "copy", "-metadata:s:a:0", f"language={code}"]
    container = ["-video_track_timescale", str(track_timescale(spec.frame_rate))]
    container += ["-movflags", "+faststart", "-fflags", "+bitexact"]
    return [*inputs, *maps, *coding, *container, COMPILATION]


def render_concat_list(parts: Iterable[tuple[str, int]], rate: Fraction) -> str:
    """Return the list that ffmpeg joins: names with their lengths in frames.

    Lengths are differences of rounded moments, so that rounding never adds up.
    """
    lines, at = ["ffconcat version 1.0"], 0
    for name, frames in parts:
        microseconds = _microseconds(at + frames, rate) - _microseconds(at, rate)
        whole, part = divmod(microseconds, 1_000_000)
        lines += [f"file '{name}'", f"duration {whole}.{part:06d}"]
        at += frames
    return "\n".join(lines) + "\n"


def parameter_sets(raw: Mapping[str, Any]) -> str | None:
    """Return the hash of the first picture's parameter sets in ffprobe's JSON, if it has any."""
    pictures = (s for s in raw.get("streams", []) if s.get("codec_type") == "video")
    return next((s.get("extradata_hash") for s in pictures), None)


def check_copy(made: VideoStream | None, piece: Piece, rate: Fraction) -> tuple[str, ...]:
    """Return what is wrong with copied packets: they don't begin at a key frame, or aren't all."""
    if made is None or made.start_s is None or made.duration_s is None:
        return ("the copied packets can't be read",)
    half_frame_s = float(1 / rate) / 2
    is_whole = (
        made.frame_count == piece.frames
        and abs(made.start_s) < half_frame_s
        and abs(made.duration_s - to_seconds(piece.frames, rate)) < half_frame_s
    )
    if is_whole:
        return ()
    return (f"no closed GOP of it begins at frame {piece.master_in} or ends where it should",)


def draft_spec(spec: MasterSpec) -> MasterSpec:
    """Return the small, quick setting of a draft, in the shape of the master."""
    height = 360
    width = round(height * Fraction(spec.width_px, spec.height_px) / 2) * 2
    changes = {"width_px": width, "height_px": height, "preset": "ultrafast", "crf": 28.0}
    return spec.model_copy(update={**changes, "max_rate_kbps": 2_000, "audio_bit_rate_kbps": 96})


def samples_of(frames: int, spec: MasterSpec) -> int:
    """Return the sound samples that last as long as the frames."""
    return round(frames * spec.samples_per_frame)


def _runs(clip: Clip, gop: int, rate: Fraction) -> list[tuple[str, int, int]]:
    """Split a clip at its master's key frames into runs to copy and runs to encode."""
    titled = lower_third_span(clip, rate)
    edges = sorted({clip.in_frame, clip.out_frame, *range(0, clip.out_frame, gop)})
    cells = [(a, b) for a, b in pairwise(edges) if a >= clip.in_frame]

    def kind(cell: tuple[int, int]) -> str:
        is_whole = cell[0] % gop == 0 and (cell[1] % gop == 0 or cell[1] == clip.work.frames)
        is_titled = titled is not None and cell[0] < titled[1] and titled[0] < cell[1]
        return "copy" if is_whole and not is_titled else "encode"

    grouped = [(name, list(run)) for name, run in groupby(cells, kind)]
    return [(name, run[0][0], run[-1][1]) for name, run in grouped]


def _with_plate(stream: Stream, plate: Plate, piece: Piece, spec: MasterSpec) -> Stream:
    fade = max(1, min(to_frames(FADE_S, spec.frame_rate), (plate.end - plate.first) // 3))
    still = ffmpeg.input(plate.name, f="image2", pattern_type="none", framerate=rate_of(spec))
    title = _to_bt709(still, "yuva420p").filter("loop", loop=piece.frames - 1, size=1)
    title = (
        _renumbered(title, spec)
        .filter("fade", type="in", start_frame=plate.first, nb_frames=fade, alpha=1)
        .filter("fade", type="out", start_frame=plate.end - fade, nb_frames=fade, alpha=1)
    )
    shown = f"between(n,{plate.first},{plate.end - 1})"
    return stream.overlay(title, x=plate.x_px, y=plate.y_px, eof_action="pass", enable=shown)


def _fitted(stream: Stream, spec: MasterSpec, flags: str) -> Stream:
    """Bring another size into the spec's, with bars where it must; its own passes untouched."""
    size = {"w": spec.width_px, "h": spec.height_px}
    fit = {"force_original_aspect_ratio": "decrease", "force_divisible_by": 2, "flags": flags}
    return stream.filter("scale", **size, **fit).filter("pad", **size, x="-1", y="-1")


def _stamped(stream: Stream, piece: Piece, spec: MasterSpec, stamp: Stamp | None) -> Stream:
    if stamp is None:
        return stream
    return stream.filter(
        "drawtext",
        fontfile=stamp.font_file,
        text=stamp.text,
        timecode=_timecode(piece.start, spec.frame_rate),
        rate=rate_of(spec),
        fontsize=round(spec.height_px / 16),
        fontcolor="white",
        box=1,
        boxcolor="black@0.6",
        boxborderw=round(spec.height_px / 60),
        x="(w-text_w)/2",
        y=round(spec.height_px * 0.05),
    )


def _encode(stream: Stream, name: str, piece: Piece, spec: MasterSpec, threads: int) -> list[str]:
    finished = stream.filter("format", "yuv420p").filter("setsar", "1")
    options = {**video_encoder_options(spec), **_container(spec)}
    options |= {"frames:v": piece.frames, "threads": threads}
    return _arguments(ffmpeg.output(finished, name, **options))


def _renumbered(stream: Stream, spec: MasterSpec) -> Stream:
    return stream.filter("setpts", f"N/({rate_of(spec)})/TB")


def _to_bt709(stream: Stream, pixel_format: str) -> Stream:
    return stream.filter("scale", out_color_matrix="bt709", out_range="tv").filter(
        "format", pixel_format
    )


def _wave(stream: Stream, name: str) -> Stream:
    return ffmpeg.output(
        stream, name, **{"codec:a": "pcm_s16le"}, fflags="+bitexact", map_metadata=-1
    )


def _master(path: str, **options: Any) -> Stream:  # noqa: ANN401 - ffmpeg's own options
    """Open a master: nothing but an MP4, and no other file."""
    return ffmpeg.input(f"file:{path}", f="mov", protocol_whitelist="file", **options)


def _container(spec: MasterSpec) -> dict[str, Any]:
    return {
        "video_track_timescale": track_timescale(spec.frame_rate),
        "fflags": "+bitexact",
        "map_metadata": -1,
        "map_chapters": -1,
    }


def _timecode(frame: int, rate: Fraction) -> str:
    nominal = round(rate)
    seconds, frames = divmod(frame, nominal)
    minutes, hours = seconds // 60, seconds // 3600
    return f"{hours:02d}:{minutes % 60:02d}:{seconds % 60:02d}:{frames:02d}"


def _seconds_up(frame: int, spec: MasterSpec) -> str:
    """Return a frame's time, rounded up: ffmpeg seeks to the key frame at or before it."""
    return f"{-((-frame * 1_000_000) // spec.frame_rate) / 1_000_000:.6f}"


def _microseconds(frames: int, rate: Fraction) -> int:
    return round(frames * 1_000_000 / rate)


def _arguments(output: Stream) -> list[str]:
    arguments: Sequence[str] = ffmpeg.get_args(output)
    return [str(part) for part in arguments]
