"""What comes out of a version: measured on the output, never on the command."""

import numpy as np
import pytest

from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import probe
from tests.support.clips import (
    make_black_stretch,
    make_clip,
    make_rotated,
    make_silent,
    make_variable_rate,
    run_here,
)
from tests.support.pixels import (
    first_bright,
    first_loud,
    measure_loudness,
    read_pictures,
    read_samples,
)
from tests.support.versions import SMALL, judge, make

pytestmark = pytest.mark.media

FLASH_AND_BEEP = {
    "picture": "color=c=black",
    "picture_filter": "drawbox=c=white:t=fill:enable='gte(mod(t,2),1)*lt(mod(t,2),1.2)'",
    "sound": "aevalsrc='0.5*sin(2*PI*1000*t)*gte(mod(t,2),1)*lt(mod(t,2),1.2)':s=48000",
}
ONE_FRAME_S = 1 / 25


def circle(ratio: float) -> dict[str, str]:
    """A white disc on grey that is round once its pixels are `ratio` wide."""
    inside = f"lt(hypot((X-W/2)*{ratio},Y-H/2),H/3)"
    drawn = f"geq=lum='if({inside},235,90)':cb=128:cr=128"
    return {"picture": "nullsrc", "picture_filter": drawn}


def disc_size(picture):
    """Width and height of the white disc in a picture."""
    white = picture.mean(axis=2) > 190
    rows, columns = np.flatnonzero(white.any(axis=1)), np.flatnonzero(white.any(axis=0))
    return columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1


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
    assert made.checks == {}
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


@pytest.mark.parametrize("rate", ["25", "30000/1001", "50", "24", "12"])
def test_sound_stays_with_the_picture_at_any_rate(tmp_path, rate):
    made = make(
        make_clip(tmp_path / "a.mp4", seconds=6, rate=rate, **FLASH_AND_BEEP), tmp_path / "o"
    )
    flashes = first_bright(read_pictures(made.master))
    beeps = first_loud(read_samples(made.master), threshold=0.02)
    assert len(flashes) == len(beeps) == 3
    for frame, sample in zip(flashes, beeps, strict=True):
        assert abs(frame / 25 - sample / 48_000) <= ONE_FRAME_S


def test_a_variable_rate_becomes_constant_and_in_step(tmp_path):
    uneven = "select='not(eq(mod(n,7),3))*not(between(n,20,24))'"
    clip = make_clip(
        tmp_path / "a.mp4",
        seconds=6,
        rate="30",
        options=("-fps_mode", "vfr"),
        **{**FLASH_AND_BEEP, "picture_filter": f"{FLASH_AND_BEEP['picture_filter']},{uneven}"},
    )
    made = make(clip, tmp_path / "out")
    assert "timing.variable_frame_rate" in made.checks
    flashes = first_bright(read_pictures(made.master))
    beeps = first_loud(read_samples(made.master), threshold=0.02)
    for frame, sample in zip(flashes, beeps, strict=True):
        assert abs(frame / 25 - sample / 48_000) <= ONE_FRAME_S


def test_a_sound_that_starts_late_stays_late(tmp_path):
    clip = make_clip(tmp_path / "clip.mp4", seconds=3, sound="sine=frequency=1000")
    late = ["-i", f"file:{clip.name}", "-itsoffset", "1.5", "-i", f"file:{clip.name}"]
    run_here(tmp_path / "a.mp4", [*late, "-map", "0:v", "-map", "1:a", "-c", "copy", "file:a.mp4"])
    made = make(tmp_path / "a.mp4", tmp_path / "out")
    heard = first_loud(read_samples(made.master), threshold=0.02)[0] / 48_000
    assert heard == pytest.approx(1.5, abs=ONE_FRAME_S)


@pytest.mark.parametrize(
    ("size", "ratio", "options"),
    [
        ("160x90", 1.0, ()),
        ("120x90", 1.0, ()),
        ("120x90", 4 / 3, ("-aspect", "16:9")),
        ("161x121", 1.0, ("-pix_fmt", "yuv444p")),
    ],
)
def test_a_circle_stays_round(tmp_path, size, ratio, options):
    clip = make_clip(tmp_path / "a.mkv", seconds=1, size=size, options=options, **circle(ratio))
    width, height = disc_size(read_pictures(make(clip, tmp_path / "out").master)[10])
    assert abs(width - height) <= 2
    assert height > 100


@pytest.mark.parametrize(("tag", "bright_side"), [(270, "top"), (90, "bottom")])
def test_a_turned_phone_picture_stands_upright(tmp_path, tag, bright_side):
    """The file's left half is white: turned clockwise it is the upper half that is white."""
    half = "drawbox=x=0:y=0:w=iw/2:h=ih:c=white:t=fill"
    clip = make_rotated(
        tmp_path / "a.mp4", tag, size="160x90", picture="color=c=black", picture_filter=half
    )
    made = make(clip, tmp_path / "out")
    assert "policy.portrait" in made.checks
    centre = read_pictures(made.master)[5][:, 130:190].mean(axis=(1, 2))
    turn = made.report.source.media.picture.rotation_deg
    top_is_bright = centre[:60].mean() > centre[-60:].mean() + 100
    assert turn in (90, 270)
    assert top_is_bright == (turn == 90)
    assert top_is_bright == (bright_side == "top")


@pytest.mark.parametrize(("fit", "is_dark"), [("blur", False), ("pad", True)])
def test_the_sides_of_a_tall_picture_are_filled_as_the_profile_says(tmp_path, fit, is_dark):
    clip = make_clip(tmp_path / "a.mp4", seconds=1, size="90x160", picture="color=c=0xCC8844")
    master = SMALL.master.model_copy(update={"fit": fit})
    made = make(clip, tmp_path / "out", SMALL.model_copy(update={"master": master}))
    side = read_pictures(made.master)[5][:, :60].mean()
    assert (side < 20) == is_dark


def test_crop_fills_the_frame(tmp_path):
    clip = make_clip(tmp_path / "a.mp4", seconds=1, size="90x160", **circle(1.0))
    master = SMALL.master.model_copy(update={"fit": "crop"})
    made = make(clip, tmp_path / "out", SMALL.model_copy(update={"master": master}))
    frame = read_pictures(made.master)[5]
    assert frame[:, 0].mean() > 60  # the grey of the source, not a bar


def test_missing_sound_becomes_silence_and_a_finding(tmp_path):
    made = make(make_clip(tmp_path / "a.mp4", sound=None), tmp_path / "out")
    assert made.checks == {"audio.missing": "block"}
    samples = read_samples(made.master)
    assert len(samples) == pytest.approx(2 * 48_000, abs=1100)
    assert np.abs(samples).max() < 1e-4


def test_silence_is_told_and_not_boosted(tmp_path):
    made = make(make_silent(tmp_path / "a.mp4"), tmp_path / "out")
    assert made.checks["audio.silent"] == "block"
    assert np.abs(read_samples(made.master)).max() < 1e-3


@pytest.mark.parametrize("volume_db", [-38, -12, 4])
def test_loudness_meets_the_target(tmp_path, volume_db):
    noise = "anoisesrc=color=pink:sample_rate=48000:seed=7"
    clip = make_clip(
        tmp_path / "a.mp4", seconds=6, sound=noise, sound_filter=f"volume={volume_db}dB"
    )
    made = make(clip, tmp_path / "out")
    measured = measure_loudness(made.master)
    assert measured.integrated_lufs == pytest.approx(-24, abs=0.5)
    assert measured.true_peak_dbtp <= -2
    assert "audio.loudness" in made.checks


def test_one_sided_sound_is_heard_on_both_sides(tmp_path):
    clip = make_clip(tmp_path / "a.mp4", seconds=5, sound_filter="pan=stereo|c0=c0|c1=0*c0")
    made = make(clip, tmp_path / "out")
    assert "audio.one_sided" in made.checks
    samples = read_samples(made.master)
    left, right = np.sqrt((samples**2).mean(axis=0))
    assert left == pytest.approx(right, rel=0.02)
    assert measure_loudness(made.master).integrated_lufs == pytest.approx(-24, abs=0.5)


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
    assert finding.start_s == pytest.approx(1, abs=0.2)
    assert finding.end_s == pytest.approx(7.5, abs=0.2)


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


def test_cover_art_is_not_taken_for_the_picture(tmp_path):
    clip = make_clip(tmp_path / "plain.mp4", seconds=2)
    cover = make_clip(
        tmp_path / "cover.png",
        size="400x400",
        picture="color=c=red",
        sound=None,
        options=("-c:v", "png", "-frames:v", "1"),
    )
    both = ["-i", f"file:{clip.name}", "-i", f"file:{cover.name}", "-map", "0", "-map", "1"]
    run_here(
        tmp_path / "a.mp4", [*both, "-c", "copy", "-disposition:v:1", "attached_pic", "file:a.mp4"]
    )
    made = make(tmp_path / "a.mp4", tmp_path / "out")
    frame = read_pictures(made.master)[5]
    assert frame.std() > 40  # the test picture, not the red cover
    assert made.checks["container.extra_streams"] == "info"


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


def make_late(path):
    clip = make_clip(path.with_name("clip.mp4"), seconds=3)
    late = ["-i", f"file:{clip.name}", "-itsoffset", "1.5", "-i", f"file:{clip.name}"]
    run_here(path, [*late, "-map", "1:v", "-map", "0:a", "-c", "copy", f"file:{path.name}"])
    return path


OF_THE_MASTER = {"audio.limited", "audio.master_loudness", "video.quality"}


@pytest.mark.parametrize(
    "maker",
    [
        make_clip,
        make_late,
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
