"""Whatever a school's camera or editor writes becomes a master with the same picture and sound."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.batches import batch
from tests.support.clips import encoders, make_clip
from tests.support.pixels import distance, loudest_tone, read_planes, read_samples, render
from tests.support.versions import Made, make

pytestmark = pytest.mark.media

SECONDS = 1.2
TONE_HZ = 880
SAME, OTHER = 4, 25
"""Mean difference of two codings of one frame at most, and of frames of two clips at least."""
AV1 = ("-c:v", "libaom-av1", "-cpu-used", "8", "-row-mt", "1", "-b:v", "400k")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "800k")
VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "800k")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:pools=1")
MPEG2 = ("-c:v", "mpeg2video", "-q:v", "3", "-bf", "2")
H263 = ("-c:v", "h263", "-q:v", "3", "-aspect", "4:3")
MP3, PCM = ("-c:a", "libmp3lame"), ("-c:a", "pcm_s16le")
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "MPEG-TS, H.264, AAC": ("ts", ()),
    "MPEG-TS, MPEG-2, MP2": ("ts", (*MPEG2, "-c:a", "mp2")),
    "AVCHD, AC-3": ("mts", ("-f", "mpegts", "-mpegts_m2ts_mode", "1", "-c:a", "ac3")),
    "MPEG-PS, MPEG-2, MP2": ("mpg", ("-f", "vob", *MPEG2, "-c:a", "mp2")),
    "AVI, MPEG-4 ASP, MP3": ("avi", ("-c:v", "mpeg4", "-q:v", "3", "-bf", "2", *MP3)),
    "AVI, Motion JPEG, PCM": ("avi", ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "3", *PCM)),
    "FLV, Sorenson, MP3": ("flv", ("-c:v", "flv", "-q:v", "3", *MP3, "-ar", "44100")),
    "FLV, H.264, AAC": ("flv", ()),
    "WMV 8, WMA": ("wmv", ("-c:v", "wmv2", "-q:v", "3", "-c:a", "wmav2")),
    "WebM, VP8, Vorbis": ("webm", (*VP8, "-c:a", "libvorbis")),
    "WebM, VP9, Opus": ("webm", (*VP9, "-c:a", "libopus")),
    "WebM, AV1, Opus": ("webm", (*AV1, "-c:a", "libopus")),
    "MKV, H.264, FLAC": ("mkv", ("-c:a", "flac")),
    "MOV, ProRes, PCM": ("mov", ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le", *PCM)),
    "MOV, Motion JPEG, PCM": ("mov", ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "3", *PCM)),
    "MOV, DNxHR, PCM": ("mov", ("-c:v", "dnxhd", "-profile:v", "dnxhr_lb", "-pix_fmt", "yuv422p")),
    "MP4, HEVC, AAC": ("mp4", (*HEVC, "-tag:v", "hvc1")),
    "3GP, H.263, AMR": ("3gp", (*H263, "-c:a", "libopencore_amrnb")),
    "3GP, H.263, AAC": ("3gp", H263),
    "Ogg, Theora, Vorbis": ("ogv", ("-c:v", "libtheora", "-q:v", "8", "-c:a", "libvorbis")),
    "MXF, MPEG-2, PCM": ("mxf", (*MPEG2, *PCM)),
}


def make_kind(path: Path, options: tuple[str, ...]) -> Path:
    """Make the clip, or skip where this ffmpeg can't write such a thing."""
    named = {options[n + 1] for n, word in enumerate(options) if word in ("-c:v", "-c:a")}
    missing = named - encoders()
    if missing:
        pytest.skip(f"this ffmpeg has no encoder {', '.join(sorted(missing))}")
    is_h263 = "h263" in options
    more = ("-ar", "8000", "-ac", "1") if "libopencore_amrnb" in options else ()
    return make_clip(
        path,
        seconds=SECONDS,
        size="352x288" if is_h263 else "256x144",
        sound=f"sine=frequency={TONE_HZ}:sample_rate=48000",
        options=(*options, *more),
    )


@dataclass(frozen=True)
class Seen:
    """A master beside its source as stock ffmpeg shows it: frames of the same part and samples."""

    made: Made
    source: NDArray[np.uint8]
    master: NDArray[np.uint8]
    samples: NDArray[np.float32]


def make_seen(folder: Path, kind: str) -> Seen:
    ending, options = KINDS[kind]
    clip = make_kind(folder / f"a.{ending}", options)
    made = make(clip, folder / "out")
    assert made.report.master is not None, made.checks
    width = 240 if "h263" in options else 320  # CIF is 4:3
    inner = slice((320 - width) // 2, (320 + width) // 2)
    master = read_planes(made.master).luma[:, :, inner]
    return Seen(made, render(clip, (width, 180)).luma, master, read_samples(made.master))


@pytest.fixture(scope="module")
def seen(request, tmp_path_factory):
    yield from batch(request, tmp_path_factory, "kind", make_seen)


@pytest.mark.parametrize("kind", KINDS)
def test_picture_and_sound_of_any_kind_of_file_are_kept(seen, kind):
    one = seen[kind].result()
    checks = one.made.checks
    assert "block" not in {s for c, s in checks.items() if c.startswith("container.")}
    assert abs(len(one.master) - SECONDS * 25) <= 2
    for moment in (4, 12, 20):
        near = one.source[moment - 1 : moment + 2]
        assert min(distance(one.master[moment], picture) for picture in near) < SAME
    assert len(one.samples) == pytest.approx(len(one.master) * 1920, abs=1024)
    assert loudest_tone(one.samples) == pytest.approx(TONE_HZ, abs=3)
    assert np.abs(one.samples).max() > 0.02


def test_the_measure_tells_another_picture(tmp_path):
    clips = [
        make_clip(tmp_path / f"{picture}.mp4", seconds=1, size="256x144", picture=picture)
        for picture in ("testsrc2", "testsrc", "smptebars")
    ]
    shown = [render(clip).luma for clip in clips]
    assert distance(shown[0][12], shown[1][12]) > OTHER
    assert distance(shown[0][12], shown[2][12]) > OTHER
    mirrored, lower = shown[0][12][:, ::-1], np.roll(shown[0][12], 40, axis=0)
    assert distance(shown[0][12], mirrored) > OTHER
    assert distance(shown[0][12], lower) > OTHER
    assert distance(shown[0][12], shown[0][0]) > 1
