"""Real files of real devices, and files broken in the wild, where a folder of them lies beside.

Each ends in a verified master that shows what stock ffmpeg shows, or in a refusal that says why.
"""

import time
from pathlib import Path

import numpy as np
import pytest

from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import probe
from tests.support.batches import batch
from tests.support.clips import make_clip
from tests.support.pixels import likeness, read_samples, still
from tests.support.shared_media import MEDIA
from tests.support.versions import SMALL, make

FILES = sorted(path.name for path in MEDIA.glob("*") if path.suffix != ".tsv")

pytestmark = [
    pytest.mark.media,
    pytest.mark.skipif(not FILES, reason="there is no folder of shared media beside the project"),
]

REFUSED = {
    "broken.mp4": "container.truncated",
    "empty.flv": "container.undecodable",
    "invalid-bitstream.webm": "container.undecodable",
    "nostreams.mp4": "container.no_video",
    "sample_fragmented_widevine.mp4": "container.encrypted",
    "sample_vvc.mp4": "container.unsupported_codec",
    "sony-a7-xavc.MP4": "container.undecodable",
    "testspeech.mp4": "container.no_video",
}
"""Files that hold no picture that anybody could decode, and what a clerk is told of them."""
PADDED = SMALL.model_copy(update={"master": SMALL.master.model_copy(update={"fit": "pad"})})
"""Black beside the picture, as in a still that stock ffmpeg fits into the frame."""
ALIKE = 0.9
LEAST_CONTRAST = 6.0
"""Standard deviation below which a picture shows nothing to compare."""


def make_real(folder, name):
    started = time.monotonic()
    made = make(MEDIA / name, folder / "out", PADDED)
    took_s = time.monotonic() - started
    if made.report.master is not None:
        assert_whole(made)
        assert_shows_the_source(MEDIA / name, made, folder)
    return made, took_s


@pytest.fixture(scope="module")
def real(request, tmp_path_factory):
    yield from batch(request, tmp_path_factory, "name", make_real)


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_becomes_a_master_or_is_refused_by_name(real, name):
    made, took_s = real[name].result()
    report = made.report
    blocks = [f for f in report.findings if f.severity == "block"]
    assert (report.master is None) == (name in REFUSED)
    if report.master is None:
        assert report.verdict == "block"
        assert [f.check for f in blocks] == [REFUSED[name]]
        assert all(f.message and f.hint for f in blocks)
        assert not made.master.exists()
    assert took_s < max(120, 8 * (report.measurements.duration_s or 0))


def assert_whole(made):
    picture, sound = probe(made.master, settings=FfmpegSettings())["streams"]
    assert (picture["width"], picture["height"], picture["avg_frame_rate"]) == (320, 180, "25/1")
    assert (sound["codec_name"], sound["channels"]) == ("aac", 2)
    frames = int(picture["nb_frames"])
    assert frames / 25 == pytest.approx(made.report.master.duration_s, abs=0.001)
    assert float(sound["duration"]) == pytest.approx(frames / 25, abs=0.05)
    assert np.isfinite(read_samples(made.master)).all()


def assert_shows_the_source(source: Path, made, folder: Path):
    """Half-way through, the master shows what stock ffmpeg shows there, if that is anything."""
    if "container.decode_errors" in made.checks:  # each decoder hides damage in its own way
        return
    middle_s = made.report.master.duration_s / 2
    copied = folder / f"source{source.suffix}"
    copied.write_bytes(source.read_bytes())
    shown = still(copied, middle_s)
    if shown is not None and shown.std() > LEAST_CONTRAST:
        assert likeness(shown, still(made.master, middle_s)) > ALIKE, middle_s


def test_the_measure_tells_a_turned_a_mirrored_and_another_picture(tmp_path):
    names = ("mandelbrot", "testsrc2", "smptebars")
    pictures = [
        still(make_clip(tmp_path / f"{n}.mp4", size="320x180", picture=name), 1)
        for n, name in enumerate(names)
    ]
    assert likeness(pictures[0], pictures[0]) > 0.999
    for picture, name in zip(pictures, names, strict=True):
        others = [other for other in pictures if other is not picture]
        turned = [picture[::-1, ::-1], picture[:, ::-1]]
        for wrong in [*others, *turned]:
            assert likeness(picture, wrong) < ALIKE - 0.1, name
