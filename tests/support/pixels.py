"""Look at finished media as numbers: pictures and samples as numpy arrays."""

from pathlib import Path

import numpy as np

from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import probe, run_ffmpeg
from tasks.media.measurements import SoundMeasurements, read_sound

TIME_LIMIT_S = 120.0


def read_pictures(path: Path, *, start_s: float | None = None, count: int | None = None):
    """Return frames as an array (frames, height, width, 3), RGB, at the file's own size."""
    stream = next(s for s in probe(path, settings=FfmpegSettings())["streams"] if "width" in s)
    raw = path.with_name(f"{path.stem}.rgb")
    seek = ["-ss", str(start_s)] if start_s is not None else []
    limit = ["-frames:v", str(count)] if count is not None else []
    run(path, [*seek, "-i", f"file:{path.name}", "-map", "0:v:0", *limit, "-pix_fmt", "rgb24"], raw)
    pixels = np.fromfile(raw, dtype=np.uint8)
    raw.unlink()
    return pixels.reshape(-1, stream["height"], stream["width"], 3)


def read_samples(path: Path, rate_hz: int = 48_000):
    """Return sound as an array (samples, 2) of floats in −1 … 1."""
    raw = path.with_name(f"{path.stem}.f32")
    options = ["-i", f"file:{path.name}", "-map", "0:a:0", "-ar", str(rate_hz), "-ac", "2"]
    run(path, [*options, "-f", "f32le"], raw)
    samples = np.fromfile(raw, dtype=np.float32)
    raw.unlink()
    return samples.reshape(-1, 2)


def measure_loudness(path: Path) -> SoundMeasurements:
    """Measure a file's sound with a meter of the test's own."""
    notes = path.with_name(f"{path.stem}.meter")
    meter = f"ebur128=metadata=1:peak=true,ametadata=mode=print:file={notes.name}"
    arguments = ["-i", f"file:{path.name}", "-map", "0:a:0", "-af", meter, "-f", "null", "-"]
    run_ffmpeg(arguments, settings=FfmpegSettings(), folder=path.parent, timeout_s=TIME_LIMIT_S)
    measured = read_sound(notes.read_text().splitlines(), 0.0)
    notes.unlink()
    return measured


def first_bright(pictures, threshold: float = 180) -> list[int]:
    """Return the frames at which the picture turns bright."""
    bright = pictures.mean(axis=(1, 2, 3)) > threshold
    return [int(n) for n in np.flatnonzero(bright[1:] & ~bright[:-1]) + 1]


def first_loud(samples, threshold: float = 0.05, quiet: int = 4800) -> list[int]:
    """Return the samples at which sound begins after at least `quiet` samples of none."""
    loud = np.flatnonzero(np.abs(samples).max(axis=1) > threshold)
    if loud.size == 0:
        return []
    starts = np.flatnonzero(np.diff(loud) > quiet) + 1
    return [int(loud[0]), *(int(loud[n]) for n in starts)]


def run(path: Path, arguments: list[str], out: Path) -> None:
    kind = [] if "-f" in arguments else ["-f", "rawvideo"]
    run_ffmpeg(
        [*arguments, *kind, f"file:{out.name}"],
        settings=FfmpegSettings(),
        folder=path.parent,
        timeout_s=TIME_LIMIT_S,
    )
