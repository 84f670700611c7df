"""Whatever is encoded with one spec can stand beside everything else encoded with it."""

from fractions import Fraction

import pytest

from models.profile import MasterSpec
from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import probe
from tasks.adapters.packets import read_packets
from tasks.media.encoding import command_line, track_timescale, video_encoder_options
from tasks.media.rendering import parameter_sets
from tests.support.clips import run_here
from tests.support.masters import SPEC


def test_every_frame_lasts_whole_ticks():
    for rate in (Fraction(25), Fraction(50), Fraction(30000, 1001), Fraction(24)):
        ticks = track_timescale(rate) / rate
        assert ticks == int(ticks)
    assert track_timescale(Fraction(25)) == 12_800


def test_options_become_arguments_in_pairs():
    assert command_line({"codec:v": "libx264", "g": 50}) == ["-codec:v", "libx264", "-g", "50"]


@pytest.mark.media
def test_no_content_length_or_thread_count_changes_the_parameter_sets(tmp_path):
    sources = {
        "moving": ("testsrc2=s=320x180:r=25", 130, ()),
        "one frame": ("color=white:s=320x180:r=25", 1, ()),
        "other rate": ("mandelbrot=s=320x180:r=60", 60, ("-threads", "1")),
        "noise": ("nullsrc=s=320x180:r=25,geq=random(1)*255:128:128", 30, ("-threads", "3")),
        "finer": ("testsrc2=s=320x180:r=25", 10, ("-crf", "14")),
    }
    found = set()
    for name, (source, frames, options) in sources.items():
        path = tmp_path / f"{name}.mp4"
        encoder = command_line(video_encoder_options(SPEC))
        shape = ["-vf", "setsar=1", "-frames:v", str(frames), *encoder, *options]
        run_here(path, ["-f", "lavfi", "-i", source, *shape, path.name])
        raw = probe(path, settings=FfmpegSettings(), extra=("-show_data_hash", "sha256"))
        found.add(parameter_sets(raw))
        assert raw["streams"][0]["time_base"] == "1/12800"
    assert len(found) == 1
    assert None not in found


@pytest.mark.media
def test_key_frames_stand_on_the_grid_even_at_a_cut(tmp_path):
    path = tmp_path / "cuts.mp4"
    cuts = "color=white:s=320x180:r=25,drawbox=t=fill:c=black:enable='mod(floor(n/7)\\,2)'"
    encoder = command_line(video_encoder_options(SPEC))
    run_here(path, ["-f", "lavfi", "-i", cuts, "-frames:v", "230", *encoder, path.name])
    packets = read_packets(path, 0, settings=FfmpegSettings())
    assert packets is not None
    assert packets.count == 230
    assert packets.key_interval_max_s == pytest.approx(2.0)
    keys = [
        frame["pts_time"]
        for frame in probe(
            path, settings=FfmpegSettings(), extra=("-show_packets", "-select_streams", "v")
        )["packets"]
        if frame["flags"].startswith("K")
    ]
    assert [float(at) for at in keys] == [0.0, 2.0, 4.0, 6.0, 8.0]


def test_another_spec_has_other_options():
    other = MasterSpec(crf=23, frame_rate=Fraction(50))
    assert video_encoder_options(other) != video_encoder_options(MasterSpec())
    assert video_encoder_options(other)["g"] == 100
