"""Clips for tests: seconds long, tens of pixels wide, made when a test asks for them.

Everything ends up under the path that the test names; nothing is kept between runs.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import run_ffmpeg

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


def run_here(path: Path, arguments: Sequence[str]) -> None:
    """Run ffmpeg in the folder of `path`."""
    run_ffmpeg(arguments, settings=FfmpegSettings(), folder=path.parent, timeout_s=TIME_LIMIT_S)


def with_options(source: str, options: str) -> str:
    """Add options to an ffmpeg source that may have some already."""
    return f"{source}{':' if '=' in source else '='}{options}"
