"""Clips for tests: seconds long, tens of pixels wide, made when a test asks for them.

Everything ends up under the path that the test names; nothing is kept between runs.
"""

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import run_command, run_ffmpeg

TIME_LIMIT_S = 60.0
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25")
AAC = ("-c:a", "aac", "-b:a", "64k", "-ar", "48000", "-ac", "2")


def make_clip(
    path: Path,
    *,
    seconds: float = 2.0,
    size: str = "64x36",
    rate: str = "25",
    picture: str | None = "testsrc2",
    picture_filter: str = "null",
    sound: str | None = "sine=frequency=440:sample_rate=48000",
    sound_filter: str = "anull",
    options: Sequence[str] = (),
) -> Path:
    """Make a clip at `path`, whose suffix names the container; None leaves a stream out.

    `options` come last, so they win over what stands here.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    arguments: list[str] = []
    if picture:
        source = with_options(picture, f"size={size}:rate={rate}")
        arguments += ["-f", "lavfi", "-i", f"{source},{picture_filter}"]
    if sound:
        arguments += ["-f", "lavfi", "-i", f"{sound},{sound_filter}"]
    codecs = (*(H264 if picture else ()), *(AAC if sound else ()))
    run_here(path, [*arguments, "-t", str(seconds), *codecs, *options, f"file:{path.name}"])
    return path


def make_of_pictures(
    path: Path,
    pictures: NDArray[np.uint8] | NDArray[np.uint16],
    *,
    rate: str = "25",
    pixel_format: str = "rgb24",
    picture_filter: str = "null",
    sound: str | None = "sine=frequency=440:sample_rate=48000",
    options: Sequence[str] = (),
) -> Path:
    """Make a clip of `pictures`: an array (frames, height, width, …) laid out as `pixel_format`.

    Planar formats are arrays (frames, planes, height, width). `options` come last.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = path.with_name(f"{path.stem}.raw")
    np.ascontiguousarray(pictures).tofile(raw)
    is_planar = pictures.ndim == 4 and pictures.shape[1] == 3
    height, width = pictures.shape[2:4] if is_planar else pictures.shape[1:3]
    laid_out = ["-f", "rawvideo", "-pixel_format", pixel_format, "-video_size", f"{width}x{height}"]
    arguments = [*laid_out, "-framerate", rate, "-i", f"file:{raw.name}"]
    if sound:
        arguments += ["-f", "lavfi", "-i", sound]
    codecs = (*H264, *(AAC if sound else ()))
    seconds = len(pictures) / float(Fraction(rate))
    ends = ["-t", f"{seconds:.6f}", "-vf", picture_filter]
    run_here(path, [*arguments, *ends, *codecs, *options, f"file:{path.name}"])
    raw.unlink()
    return path


def make_rotated(path: Path, rotation_deg: int = 90, **clip: Any) -> Path:
    """Make a clip that tells players to turn its picture, as telephones do.

    `clip` is as for `make_clip`.
    """
    flat = make_clip(path.with_name(f"flat-{path.name}"), **clip)
    turn = ("-c", "copy", "-metadata:s:v:0", f"rotate={rotation_deg}")
    run_here(path, ["-i", f"file:{flat.name}", *turn, f"file:{path.name}"])
    flat.unlink()
    return path


def make_variable_rate(path: Path, *, seconds: float = 3.0) -> Path:
    """Make a clip whose frames stand at uneven distances."""
    return make_clip(
        path,
        seconds=seconds,
        rate="30",
        picture_filter="select='gt(mod(n\\,7)\\,1)*gt(mod(n\\,11)\\,2)'",
        options=("-fps_mode", "vfr"),
    )


def make_black_stretch(path: Path, start_s: float, end_s: float, *, seconds: float) -> Path:
    """Make a clip that is black between two moments."""
    black = f"drawbox=color=black:t=fill:enable='between(t,{start_s},{end_s})'"
    return make_clip(path, seconds=seconds, picture_filter=black)


def make_silent(path: Path, *, seconds: float = 2.0) -> Path:
    """Make a clip with a sound track on which nothing is to be heard."""
    return make_clip(path, seconds=seconds, sound="anullsrc=sample_rate=48000")


def make_apart(clip: Path, path: Path, apart_s: float, *, late: str = "picture") -> Path:
    """Let the picture or the sound of a clip in the same folder begin so much later."""
    inputs = ["-i", f"file:{clip.name}", "-itsoffset", str(apart_s), "-i", f"file:{clip.name}"]
    maps = ["-map", "0:v", "-map", "1:a"] if late == "sound" else ["-map", "1:v", "-map", "0:a"]
    run_here(path, [*inputs, *maps, "-c", "copy", f"file:{path.name}"])
    return path


def make_truncated(path: Path, *, keeps: float = 0.6) -> Path:
    """Make an MP4 whose end is missing, index first, as a broken transfer leaves it."""
    make_clip(path, seconds=4, options=("-movflags", "+faststart"))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keeps)])
    return path


def make_playlist(path: Path, target: str) -> Path:
    """Make an HLS playlist that points at `target`, under a name that says something else."""
    lines = ("#EXTM3U", "#EXT-X-TARGETDURATION:10", "#EXTINF:10,", target, "#EXT-X-ENDLIST")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def join_streams(path: Path, *parts: Path, options: Sequence[str] = ()) -> Path:
    """Put the streams of several files into one, uncoded; `options` come last."""
    inputs = [word for part in parts for word in ("-i", f"file:{part.name}")]
    maps = [word for number in range(len(parts)) for word in ("-map", str(number))]
    run_here(path, [*inputs, *maps, "-c", "copy", *options, f"file:{path.name}"])
    return path


Matrix = tuple[int, int, int, int, int, int]
"""a, b, c, d, x and y of a display matrix, which takes (p, q) to (a·p + c·q + x, b·p + d·q + y)."""


def set_display_matrix(path: Path, matrix: Matrix) -> Path:
    """Write `matrix` into the picture's track header of an MP4 (ISO/IEC 14496-12, 8.3.2)."""
    data = bytearray(path.read_bytes())
    written = 0
    for kind, start, end in mp4_boxes(data, within=(b"moov", b"trak", b"mdia")):
        if kind == b"tkhd":
            times = {0: 20, 1: 32}[data[start]]
            at = start + 4 + times + 16
        elif kind == b"hdlr" and data[start + 8 : start + 12] == b"vide":
            a, b, c, d, x, y = (value << 16 for value in matrix)
            struct.pack_into(">9i", data, at, a, b, 0, c, d, 0, x, y, 1 << 30)
            written += 1
        assert end <= len(data)
    assert written == 1, f"{path.name} has {written} pictures"
    path.write_bytes(data)
    return path


def mp4_boxes(
    data: bytes | bytearray, start: int = 0, end: int | None = None, within: Sequence[bytes] = ()
) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start of the body and end of each box, and of those inside the ones `within`."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, start + 8), 16
        stop = start + size if size else end
        yield kind, start + head, stop
        if kind in within:
            yield from mp4_boxes(data, start + head, stop, within)
        start = stop


@lru_cache(maxsize=1)
def encoders() -> frozenset[str]:
    """Name the encoders that this ffmpeg has."""
    listed = run_command(["ffmpeg", "-hide_banner", "-encoders"], folder=Path.cwd(), timeout_s=30)
    return frozenset(
        line.split()[1] for line in listed.stdout.splitlines() if len(line.split()) > 2
    )


def run_here(path: Path, arguments: Sequence[str]) -> None:
    """Run ffmpeg in the folder of `path`."""
    run_ffmpeg(arguments, settings=FfmpegSettings(), folder=path.parent, timeout_s=TIME_LIMIT_S)


def with_options(source: str, options: str) -> str:
    """Add options to an ffmpeg source that may have some already."""
    return f"{source}{':' if '=' in source else '='}{options}"
