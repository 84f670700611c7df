"""Masters whose every frame says which it is, and programmes read back frame by frame.

A master carries the number of each frame as a row of black and white squares along its top, on a
colour of its own. At each flash the picture is white for one frame and the sound beeps as long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.profile import MasterSpec
from models.settings import FfmpegSettings
from models.work import Identity
from tasks.adapters.ffmpeg import run_ffmpeg
from tasks.media.encoding import audio_encoder_options, command_line, video_encoder_options

SPEC = MasterSpec(width_px=320, height_px=180, max_rate_kbps=2000, audio_bit_rate_kbps=96)
BITS, SQUARE_PX = 12, 16
RATE_HZ = 48_000
TIME_LIMIT_S = 120.0


@dataclass(frozen=True)
class Look:
    """How a master looks: luma and the two chroma values of its ground."""

    y: int
    u: int
    v: int


RED, GREEN, BLUE = Look(90, 90, 220), Look(120, 60, 60), Look(60, 220, 110)


def make_master(
    path: Path,
    frames: int,
    look: Look,
    *,
    flashes: Sequence[int] = (),
    spec: MasterSpec = SPEC,
    gop_frames: int | None = None,
    options: Sequence[str] = (),
) -> Path:
    """Make a master of so many frames at `path` with the encoder setting of `spec`.

    `gop_frames` and further `options` make one that breaks the setting.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    raw, wave = path.with_suffix(".yuv"), path.with_suffix(".f32")
    with raw.open("wb") as file:
        for number in range(frames):
            file.write(_frame(number, look, spec, is_white=number in flashes))
    wave.write_bytes(_sound(frames, flashes, spec).tobytes())
    picture = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{spec.width_px}x{spec.height_px}"]
    sound = ["-f", "f32le", "-ar", str(RATE_HZ), "-ac", "1"]
    encoder = {**video_encoder_options(spec), **audio_encoder_options(spec)}
    if gop_frames:
        encoder |= {"g": gop_frames, "keyint_min": gop_frames}
    arguments = [*picture, "-r", str(spec.frame_rate), "-i", raw.name, *sound, "-i", wave.name]
    arguments += [
        "-vf",
        "setsar=1",
        *command_line(encoder),
        "-movflags",
        "+faststart",
        "-fflags",
        "+bitexact",
    ]
    _run([*arguments, *options, path.name], path.parent)
    raw.unlink()
    wave.unlink()
    return path


@dataclass(frozen=True)
class Seen:
    """A programme decoded: planes of every frame and one channel of its sound."""

    y: NDArray[np.uint8]
    u: NDArray[np.uint8]
    v: NDArray[np.uint8]
    sound: NDArray[np.float32]

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.y)

    def number(self, frame: int) -> int:
        """Return the number that a master's frame carries."""
        bits = [
            self.y[frame, 4:12, i * SQUARE_PX + 4 : i * SQUARE_PX + 12].mean() > 128
            for i in range(BITS)
        ]
        return sum(1 << i for i, is_set in enumerate(bits) if is_set)

    def shows(self, frame: int, look: Look) -> bool:
        """Tell whether a frame's ground, right under the squares, has a master's colour."""
        rows = slice(SQUARE_PX // 2 + 4, SQUARE_PX // 2 + 12)
        u, v = self.u[frame, rows].mean(), self.v[frame, rows].mean()
        return abs(u - look.u) < 12 and abs(v - look.v) < 12

    def loud_samples(self, threshold: float = 0.1) -> NDArray[np.intp]:
        """Return the positions of samples over a level."""
        return np.nonzero(np.abs(self.sound) > threshold)[0]


def see(path: Path, width: int, height: int) -> Seen:
    """Decode a programme whole."""
    raw, wave = path.with_suffix(".seen.yuv"), path.with_suffix(".seen.f32")
    picture = ["-map", "0:v", "-f", "rawvideo", "-pix_fmt", "yuv420p", raw.name]
    sound = ["-map", "0:a", "-f", "f32le", "-ac", "1", wave.name]
    _run(["-i", path.name, *picture, *sound], path.parent)
    area, half = width * height, (width // 2) * (height // 2)
    data = np.frombuffer(raw.read_bytes(), np.uint8).reshape(-1, area + 2 * half)
    planes = Seen(
        y=data[:, :area].reshape(-1, height, width),
        u=data[:, area : area + half].reshape(-1, height // 2, width // 2),
        v=data[:, area + half :].reshape(-1, height // 2, width // 2),
        sound=np.frombuffer(wave.read_bytes(), np.float32),
    )
    raw.unlink()
    wave.unlink()
    return planes


def frame_hashes(path: Path) -> list[str]:
    """Return a hash of every decoded frame."""
    notes = path.with_suffix(".md5")
    _run(["-i", path.name, "-map", "0:v", "-f", "framemd5", notes.name], path.parent)
    lines = [line for line in notes.read_text("utf-8").splitlines() if not line.startswith("#")]
    notes.unlink()
    return [line.rpartition(",")[2].strip() for line in lines]


def identity(number: int, *, topic: str | None = None, province: str = "广东省") -> Identity:
    """Return who made the work of that number."""
    return Identity(
        province=province,
        city="深圳市",
        school=f"第{number}实验小学",
        principal="某校长",
        title=f"作品之{number}",
        topic=topic,
    )


def _frame(number: int, look: Look, spec: MasterSpec, *, is_white: bool) -> bytes:
    height, width = spec.height_px, spec.width_px
    y = np.full((height, width), 235 if is_white else look.y, np.uint8)
    u = np.full((height // 2, width // 2), 128 if is_white else look.u, np.uint8)
    v = np.full((height // 2, width // 2), 128 if is_white else look.v, np.uint8)
    u[: SQUARE_PX // 2, : BITS * SQUARE_PX // 2] = 128
    v[: SQUARE_PX // 2, : BITS * SQUARE_PX // 2] = 128
    for bit in range(BITS):
        is_set = number >> bit & 1
        y[:SQUARE_PX, bit * SQUARE_PX : (bit + 1) * SQUARE_PX] = 235 if is_set else 16
    # Something moves, so that frames predict from one another.
    x = number * 3 % (width - 20)
    y[height // 2 : height // 2 + 20, x : x + 20] = 200
    return y.tobytes() + u.tobytes() + v.tobytes()


def _sound(frames: int, flashes: Sequence[int], spec: MasterSpec) -> NDArray[np.float32]:
    each = round(spec.samples_per_frame)
    sound = np.zeros(frames * each, np.float32)
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(each) / RATE_HZ)
    for flash in flashes:
        sound[flash * each : (flash + 1) * each] = tone
    return sound


def _run(arguments: Sequence[str], folder: Path) -> None:
    run_ffmpeg(arguments, settings=FfmpegSettings(), folder=folder, timeout_s=TIME_LIMIT_S)
