"""What comes out of a version: measured on the output, never on the command."""

import pytest

from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import probe
from tests.support.clips import (
    make_apart,
    make_black_stretch,
    make_clip,
    make_rotated,
    make_silent,
    make_variable_rate,
    run_here,
)
from tests.support.pixels import (
    read_pictures,
)
from tests.support.versions import judge, make

pytestmark = pytest.mark.media


def test_the_master_is_what_the_profile_asks_for(tmp_path):
    level = "volume=-2.9dB"  # of ffmpeg's sine, so that it meets the target as it stands
    clip = make_clip(tmp_path / "a.mp4", seconds=5, size="128x72", sound_filter=level)
    made = make(clip, tmp_path / "out")
    streams = probe(made.master, settings=FfmpegSettings())["streams"]
    picture, sound = streams
    assert (picture["codec_name"], picture["profile"], picture["pix_fmt"]) == (
        "h264",
        "High",
        "yuv420p",
    )
    assert (picture["width"], picture["height"], picture["avg_frame_rate"]) == (320, 180, "25/1")
    assert picture["sample_aspect_ratio"] == "1:1"
    assert picture["nb_frames"] == "125"
    assert (sound["codec_name"], sound["sample_rate"], sound["channels"]) == ("aac", "48000", 2)
    assert made.checks == {"audio.tone": "warn"}  # what it is
    head = made.master.read_bytes()[:64]
    assert b"mdat" not in head  # the index comes first, so players can start at once


def test_key_frames_stand_every_two_seconds_and_gops_are_closed(tmp_path):
    clip = make_clip(tmp_path / "a.mp4", seconds=7, rate="30")
    made = make(clip, tmp_path / "out")
    packets = probe(
        made.master,
        settings=FfmpegSettings(),
        extra=("-select_streams", "v", "-show_entries", "packet=pts_time,dts_time,flags"),
    )["packets"]
    keys = [float(p["pts_time"]) for p in packets if p["flags"].startswith("K")]
    assert keys == [0, 2, 4, 6]
    for key in keys:
        later = [p for p in packets if float(p["dts_time"]) > key]
        assert all(float(p["pts_time"]) >= key for p in later if "K" not in p["flags"])


def test_black_is_found_where_it_is(tmp_path):
    made = make(make_black_stretch(tmp_path / "a.mp4", 2, 5.5, seconds=8), tmp_path / "out")
    (finding,) = [f for f in made.report.findings if f.check == "video.black"]
    assert finding.start_s == pytest.approx(2, abs=0.1)
    assert finding.end_s == pytest.approx(5.5, abs=0.1)
    assert (made.folder / finding.evidence).stat().st_size > 500


def test_a_frozen_picture_is_found_where_it_is(tmp_path):
    clip = make_clip(
        tmp_path / "a.mp4",
        seconds=9,
        size="160x90",
        picture="mandelbrot",
        picture_filter="loop=loop=162:size=1:start=25,setpts=N/25/TB",
    )
    made = make(clip, tmp_path / "out")
    (finding,) = [f for f in made.report.findings if f.check == "video.freeze"]
    assert finding.start_s == pytest.approx(1, abs=0.5)
    assert finding.end_s == pytest.approx(7.5, abs=0.5)


def test_bars_are_found_and_boxed(tmp_path):
    barred = "scale=iw:ih*3/4,pad=iw:ih*4/3:0:(oh-ih)/2"
    clip = make_clip(tmp_path / "a.mp4", seconds=4, size="128x72", picture_filter=barred)
    made = make(clip, tmp_path / "out")
    (finding,) = [f for f in made.report.findings if f.check == "video.letterbox"]
    assert "上下" in finding.message
    assert (made.folder / finding.evidence).exists()


def test_poster_and_sheet_show_the_picture(tmp_path):
    made = make(make_black_stretch(tmp_path / "a.mp4", 0, 3, seconds=6), tmp_path / "out")
    (poster,) = read_pictures(made.folder / "poster.jpg")
    assert poster.mean() > 40
    assert poster.shape[:2] == (720, 1280)
    (sheet,) = read_pictures(made.folder / "contact-sheet.jpg")
    height, width = sheet.shape[:2]
    assert width > 3 * height / 2


def test_the_same_file_gives_the_same_findings(tmp_path):
    clip = make_variable_rate(tmp_path / "a.mp4")
    first, second = (make(clip, tmp_path / name).report.findings for name in ("one", "two"))
    assert first == second
    assert first


def test_a_sound_that_cannot_be_decoded_is_told_and_blocks(tmp_path):
    clip = make_clip(tmp_path / "clip.mkv", seconds=3)
    noise = ["-i", f"file:{clip.name}", "-c", "copy", "-bsf:a", "noise=amount=1"]
    run_here(tmp_path / "a.mkv", [*noise, "file:a.mkv"])
    made = make(tmp_path / "a.mkv", tmp_path / "out")
    assert made.checks.get("audio.undecodable") == "block", made.checks


OF_THE_MASTER = {"audio.limited", "audio.master_loudness", "video.quality"}


@pytest.mark.parametrize(
    "maker",
    [
        make_clip,
        lambda path: make_apart(make_clip(path.with_name("clip.mp4"), seconds=3), path, 1.5),
        make_silent,
        make_rotated,
        make_variable_rate,
        lambda path: make_black_stretch(path, 1, 5, seconds=7),
        lambda path: make_clip(path, rate="50", picture_filter="tinterlace=interleave_top"),
    ],
    ids=["plain", "late", "silent", "rotated", "variable", "black", "interlaced"],
)
def test_a_check_before_the_upload_says_what_the_report_will_say(tmp_path, maker):
    clip = maker(tmp_path / "a.mp4")
    before, after = judge(clip, tmp_path / "judged"), make(clip, tmp_path / "made").report
    told = {(f.check, f.severity, f.measured, f.start_s) for f in before.findings}
    assert told == {
        (f.check, f.severity, f.measured, f.start_s)
        for f in after.findings
        if f.check not in OF_THE_MASTER
    }
    assert before.measurements.duration_s == pytest.approx(after.measurements.duration_s, abs=0.05)
