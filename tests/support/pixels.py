"""Look at finished media as numbers: pictures and samples as numpy arrays.

The measures here are the tests' own: none asks the code under test what it measured.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import probe, run_ffmpeg

TIME_LIMIT_S = 120.0
RATE_HZ = 48_000
LUMA_709, LUMA_601 = (0.2126, 0.7152, 0.0722), (0.299, 0.587, 0.114)
K_WEIGHTING = (
    (
        (1.53512485958697, -2.69169618940638, 1.19839281085285),
        (1, -1.69065929318241, 0.73248077421585),
    ),
    ((1.0, -2.0, 1.0), (1, -1.99004745483398, 0.99007225036621)),
)
"""Both filters of ITU-R BS.1770 at 48 kHz: numerator and denominator in powers of 1/z."""

Pixels = NDArray[np.float64]


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


@dataclass(frozen=True)
class Planes:
    """Frames as coded: luma (frames, height, width), the two others half as wide and high."""

    luma: NDArray[np.uint8]
    cb: NDArray[np.uint8]
    cr: NDArray[np.uint8]

    def color_at(self, frame: int, x: float, y: float, reach: int = 3) -> Pixels:
        """Return red, green and blue around a point, as BT.709 in limited range has them."""
        parts = []
        for plane, scale in ((self.luma, 1), (self.cb, 2), (self.cr, 2)):
            row, column = round(y / scale), round(x / scale)
            away = max(1, reach // scale)
            part = plane[frame, row - away : row + away + 1, column - away : column + away + 1]
            parts.append(part.mean())
        return to_rgb(np.array(parts))


def read_planes(path: Path, size: tuple[int, int] = (320, 180), count: int | None = None) -> Planes:
    """Return the planes of a 4:2:0 file whose pictures are `size`, without any conversion."""
    raw = path.with_name(f"{path.stem}.yuv")
    limit = ["-frames:v", str(count)] if count is not None else []
    source = ["-noautorotate", "-i", f"file:{path.name}", "-map", "0:v:0", *limit]
    run(path, [*source, "-fps_mode", "passthrough", "-pix_fmt", "yuv420p"], raw)
    width, height = size
    area = width * height
    frames = np.fromfile(raw, dtype=np.uint8).reshape(-1, area * 3 // 2)
    raw.unlink()
    half = (len(frames), height // 2, width // 2)
    return Planes(
        frames[:, :area].reshape(-1, height, width),
        frames[:, area : area * 5 // 4].reshape(half),
        frames[:, area * 5 // 4 :].reshape(half),
    )


def render(path: Path, size: tuple[int, int] = (320, 180), rate: str = "25") -> Planes:
    """Return a file's frames as stock ffmpeg shows them, stretched to `size`, in BT.709."""
    flat = path.with_name(f"{path.stem}.rendered.nut")
    scaled = f"scale={size[0]}:{size[1]}:flags=bicubic:out_range=tv:out_color_matrix=bt709"
    shown = f"fps={rate},{scaled},format=yuv420p"
    run(
        path,
        ["-i", f"file:{path.name}", "-map", "0:v:0", "-vf", shown, "-c:v", "rawvideo", "-f", "nut"],
        flat,
    )
    planes = read_planes(flat, size)
    flat.unlink()
    return planes


def to_rgb(ycc: Pixels, luma: tuple[float, float, float] = LUMA_709, bits: int = 8) -> Pixels:
    """Return red, green and blue (0 … 255) of limited-range Y, Cb, Cr in the last axis."""
    unit = 2.0 ** (bits - 8)
    y = (ycc[..., 0] / unit - 16) * 255 / 219
    cb, cr = ((ycc[..., n] / unit - 128) * 255 / 224 for n in (1, 2))
    red, green_share, blue = luma
    r = y + 2 * (1 - red) * cr
    b = y + 2 * (1 - blue) * cb
    return np.stack([r, (y - red * r - blue * b) / green_share, b], axis=-1)


def from_rgb(rgb: Pixels, luma: tuple[float, float, float] = LUMA_709, bits: int = 8) -> Pixels:
    """Return limited-range Y, Cb, Cr of red, green and blue (0 … 255): `to_rgb` backwards."""
    y = rgb @ np.array(luma)
    cb, cr = ((rgb[..., n] - y) / (2 * (1 - luma[n])) for n in (2, 0))
    unit = 2.0 ** (bits - 8)
    ycc = np.stack([16 + y * 219 / 255, 128 + cb * 224 / 255, 128 + cr * 224 / 255], axis=-1)
    return ycc * unit


@dataclass(frozen=True)
class Disc:
    """A bright disc on a darker ground, in pixels; sizes and place are finer than a pixel."""

    width: float
    height: float
    x: float
    y: float


def disc_of(luma: NDArray[np.uint8], ground: float = 90, bright: float = 235) -> Disc:
    """Measure a disc by its moments: an ellipse's axes are four standard deviations long."""
    share = (luma.astype(float) - ground) / (bright - ground)
    weight = np.where(share > 0.15, np.minimum(share, 1), 0)
    rows, columns = np.indices(luma.shape)
    total = weight.sum()
    x, y = (weight * columns).sum() / total, (weight * rows).sum() / total
    width, height = (
        4 * math.sqrt((weight * (axis - centre) ** 2).sum() / total)
        for axis, centre in ((columns, x), (rows, y))
    )
    return Disc(width, height, x, y)


def combing(luma: NDArray[np.uint8], step: int = 20) -> float:
    """Return the share of pixels that stand out from the lines above and below, either way.

    Two fields of different moments woven into one frame do so at every moving edge.
    """
    lines = luma.astype(int)
    above = lines[..., 1:-1, :] - lines[..., :-2, :]
    below = lines[..., 1:-1, :] - lines[..., 2:, :]
    return float(((above * below) > step**2).mean())


def distance(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the mean difference of two pictures' pixels."""
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def still(path: Path, at_s: float) -> NDArray[np.uint8] | None:
    """Return one picture as stock ffmpeg shows it, fitted into 320x180 with black beside."""
    raw = path.with_name(f"{path.stem}.still")
    fitted = "scale='min(320,2*round(90*dar))':'min(180,2*round(160/dar))',setsar=1"
    shown = f"{fitted},format=rgb24,pad=320:180:(ow-iw)/2:(oh-ih)/2"
    arguments = ["-ss", f"{at_s:.3f}", "-i", f"file:{path.name}", "-frames:v", "1", "-an"]
    run(path, [*arguments, "-vf", shown, "-f", "rawvideo"], raw)
    pixels = np.fromfile(raw, dtype=np.uint8)
    raw.unlink()
    return pixels.reshape(180, 320, 3) if pixels.size else None


def likeness(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the correlation of two stills, looked at from afar: 1 is the same."""
    far = [p.reshape(18, 10, 32, 10, 3).mean(axis=(1, 3)).ravel() for p in (one, other)]
    return float(np.corrcoef(*far)[0, 1]) if min(p.std() for p in far) else 0.0


@dataclass(frozen=True)
class Loudness:
    """Programme loudness and true peak."""

    integrated_lufs: float
    true_peak_dbtp: float


def measure_loudness(path: Path) -> Loudness:
    """Measure a file's sound after ITU-R BS.1770, with nothing of ffmpeg's but its decoder."""
    return loudness_of(read_samples(path))


def loudness_of(samples: NDArray[np.float32]) -> Loudness:
    """Measure stereo samples at 48 kHz; silence is −inf."""
    padded = np.concatenate([samples, np.zeros((RATE_HZ // 10, 2), np.float32)])
    spectrum = np.fft.rfft(padded, axis=0)
    turn = np.exp(-2j * np.pi * np.arange(len(spectrum)) / len(padded))[:, None]
    weighted = spectrum
    for above, below in K_WEIGHTING:
        weighted = weighted * np.polyval(above[::-1], turn) / np.polyval(below[::-1], turn)
    energy = (np.fft.irfft(weighted, len(padded), axis=0) ** 2).sum(axis=1)
    block, hop = RATE_HZ * 4 // 10, RATE_HZ // 10
    sums = np.concatenate([[0], np.cumsum(energy)])
    starts = np.arange(0, len(samples) - block + 1, hop)
    power = (sums[starts + block] - sums[starts]) / block
    heard = power[power > lufs_to_power(-70)]
    if heard.size:
        heard = heard[heard > heard.mean() / 10]
    level = -0.691 + 10 * math.log10(heard.mean()) if heard.size else -math.inf
    finer = np.zeros((2 * len(padded) + 1, 2), complex)
    finer[: len(spectrum)] = spectrum
    peak = float(np.abs(np.fft.irfft(finer, 4 * len(padded), axis=0)).max()) * 4
    return Loudness(level, 20 * math.log10(peak) if peak else -math.inf)


def lufs_to_power(level: float) -> float:
    return 10 ** ((level + 0.691) / 10)


def level_db(samples: NDArray[np.float32]) -> float:
    """Return the RMS level in dB of full scale; digital silence is −inf."""
    rms = float(np.sqrt((samples.astype(float) ** 2).mean()))
    return 20 * math.log10(rms) if rms else -math.inf


def tone_db(samples: NDArray[np.float32], frequency_hz: float) -> float:
    """Return the level of a sine of `frequency_hz` in the samples' mean, in dB of full scale."""
    mono = samples.mean(axis=1)
    window = np.hanning(len(mono))
    at = np.exp(-2j * np.pi * frequency_hz * np.arange(len(mono)) / RATE_HZ)
    size = 2 * abs(float(np.abs((mono * window) @ at))) / window.sum()
    return 20 * math.log10(size) if size else -math.inf


def loudest_tone(samples: NDArray[np.float32]) -> float:
    """Return the frequency at which the samples have most energy, in Hz."""
    mono = samples.mean(axis=1)
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono))))
    return float(np.argmax(spectrum)) * RATE_HZ / len(mono)


def first_bright(pictures, threshold: float = 180) -> list[int]:
    """Return the frames at which the picture turns bright."""
    bright = pictures.reshape(len(pictures), -1).mean(axis=1) > threshold
    return [int(n) for n in np.flatnonzero(bright[1:] & ~bright[:-1]) + 1]


def first_loud(samples, threshold: float = 0.05, quiet: int = 4800) -> list[int]:
    """Return the samples at which sound begins after at least `quiet` samples of none."""
    loud = np.flatnonzero(np.abs(samples).max(axis=1) > threshold)
    if loud.size == 0:
        return []
    starts = np.flatnonzero(np.diff(loud) > quiet) + 1
    return [int(loud[0]), *(int(loud[n]) for n in starts)]


def onsets_s(samples: NDArray[np.float32]) -> list[float]:
    """Return the moments at which beeps begin, whatever their level."""
    loudest = float(np.abs(samples).max())
    return [n / RATE_HZ for n in first_loud(samples, threshold=0.2 * loudest)]


@dataclass(frozen=True)
class Events:
    """When flashes and beeps begin in a source, and when its picture and sound do and end."""

    flashes_s: list[float]
    beeps_s: list[float]
    picture_s: tuple[float, float]
    sound_s: tuple[float, float]


def events_of(path: Path) -> Events:
    """Read a source's events off its own time stamps, as a player that obeys edit lists does."""
    notes = [path.with_name(f"{path.stem}.{kind}.notes") for kind in ("picture", "sound")]
    seen = f"scale=16:16,format=gray,signalstats,metadata=print:file={notes[0].name}"
    heard = (
        "aresample=48000,asetnsamples=n=48:p=0,astats=metadata=1:reset=1:measure_perchannel=none:"
        f"measure_overall=Peak_level,ametadata=print:file={notes[1].name}"
    )
    source = ["-copyts", "-i", f"file:{path.name}"]
    picture = ["-map", "0:v:0", "-vf", seen, "-fps_mode", "passthrough"]
    sound = ["-map", "0:a:0", "-af", heard]
    nowhere = ["-f", "null", "-"]
    run_ffmpeg(
        [*source, *picture, *nowhere, *sound, *nowhere],
        settings=FfmpegSettings(),
        folder=path.parent,
        timeout_s=TIME_LIMIT_S,
    )
    frames = read_notes(notes[0], "lavfi.signalstats.YAVG")
    blocks = read_notes(notes[1], "lavfi.astats.Overall.Peak_level")
    for note in notes:
        note.unlink()
    loud = max(level for _, level in blocks) - 14
    flashes = [b[0] for a, b in pairwise(frames) if a[1] < 128 <= b[1]]
    beeps = [b[0] for a, b in pairwise(blocks) if a[1] < loud <= b[1]]
    last_frame_s = frames[-1][0] - frames[-2][0]
    return Events(
        flashes,
        [b for a, b in pairwise([-math.inf, *beeps]) if b - a > 0.3],
        (frames[0][0], frames[-1][0] + last_frame_s),
        (blocks[0][0], blocks[-1][0] + 0.001),
    )


def read_notes(path: Path, name: str) -> list[tuple[float, float]]:
    """Return the times and values of one name in what `metadata=print` wrote."""
    found, at = [], 0.0
    for line in path.read_text("utf-8").splitlines():
        if "pts_time:" in line:
            at = float(line.rpartition("pts_time:")[2])
        elif line.startswith(f"{name}="):
            found.append((at, float(line.rpartition("=")[2])))
    return found


def run(path: Path, arguments: list[str], out: Path) -> None:
    kind = [] if "-f" in arguments else ["-f", "rawvideo"]
    run_ffmpeg(
        [*arguments, *kind, f"file:{out.name}"],
        settings=FfmpegSettings(),
        folder=path.parent,
        timeout_s=TIME_LIMIT_S,
    )
