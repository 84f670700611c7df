"""What already is the master is copied, not encoded: proven by its packets."""

import pytest

from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import probe, run_ffmpeg
from tasks.media.encoding import audio_encoder_options, command_line, video_encoder_options
from tests.support.clips import make_clip, run_here
from tests.support.pixels import measure_loudness, read_pictures, read_samples
from tests.support.versions import SMALL, make

pytestmark = pytest.mark.media

AT_TARGET, TOO_QUIET = "volume=-2.2dB", "volume=-20dB"  # of ffmpeg's sine


def make_like_a_master(path, *, sound_filter=AT_TARGET, options=(), spec=SMALL.master, **clip):
    """Make a clip with the profile's own encoder setting, in another hand."""
    encoder = {**video_encoder_options(spec), **audio_encoder_options(spec)}
    size = f"{spec.width_px}x{spec.height_px}"
    return make_clip(
        path,
        size=size,
        seconds=clip.pop("seconds", 5),
        sound_filter=sound_filter,
        options=(*command_line(encoder), *options),
        **clip,
    )


def packets_of(path, stream):
    """Hash a stream's packets: equal hashes mean that nothing was encoded."""
    out = path.with_name(f"{path.stem}.{stream}.md5")
    copied = ["-i", f"file:{path.name}", "-map", f"0:{stream}", "-c", "copy", "-f", "md5"]
    settings = FfmpegSettings()
    run_ffmpeg([*copied, f"file:{out.name}"], settings=settings, folder=path.parent, timeout_s=60)
    return out.read_text()


def test_what_is_a_master_already_is_copied_packet_by_packet(tmp_path):
    clip = make_like_a_master(tmp_path / "a.mp4")
    made = make(clip, tmp_path / "out")
    facts = made.report.master
    assert facts.passed_through
    assert facts.sound_passed_through
    assert facts.why_encoded == facts.why_sound_encoded == ()
    assert packets_of(made.master, "v") == packets_of(clip, "v")
    assert packets_of(made.master, "a") == packets_of(clip, "a")
    assert made.report.measurements.frames == 125


def test_another_encoders_parameter_sets_pass_too(tmp_path):
    """Its GOPs are closed and short, its rate constant: nothing speaks against it."""
    foreign = ("-x264-params", "ref=4:b-pyramid=none:cabac=0", "-flags:v", "+cgop", "-g", "25")
    clip = make_like_a_master(tmp_path / "a.mp4", options=foreign)
    made = make(clip, tmp_path / "out")
    assert made.report.master.passed_through
    assert packets_of(made.master, "v") == packets_of(clip, "v")


def test_a_master_made_by_heji_passes_through_heji(tmp_path):
    first = make(make_clip(tmp_path / "a.mp4", seconds=4, rate="30"), tmp_path / "one")
    assert not first.report.master.passed_through
    second = make(first.master, tmp_path / "two")
    assert second.report.master.passed_through
    assert second.report.master.sound_passed_through


def test_a_sound_off_target_is_encoded_alone(tmp_path):
    clip = make_like_a_master(tmp_path / "a.mp4", sound_filter=TOO_QUIET)
    made = make(clip, tmp_path / "out")
    facts = made.report.master
    assert facts.passed_through
    assert not facts.sound_passed_through
    assert any("响度" in why for why in facts.why_sound_encoded)
    assert packets_of(made.master, "v") == packets_of(clip, "v")
    assert measure_loudness(made.master).integrated_lufs == pytest.approx(-24, abs=0.5)


def test_missing_colour_labels_are_written_into_the_copy(tmp_path):
    plain = (
        *("-color_range", "0", "-colorspace", "2", "-color_primaries", "2", "-color_trc", "2"),
        *("-bsf:v", "h264_metadata=colour_primaries=2:transfer_characteristics=2"),
    )
    spec = SMALL.master
    clip = make_like_a_master(tmp_path / "a.mp4", options=plain)
    source = probe(clip, settings=FfmpegSettings())["streams"][0]
    assert source.get("color_primaries", "unknown") == "unknown"
    made = make(clip, tmp_path / "out")
    assert made.report.master.passed_through
    picture = probe(made.master, settings=FfmpegSettings())["streams"][0]
    assert picture["color_primaries"] == picture["color_transfer"] == "bt709"
    assert picture["color_range"] == "tv"
    assert int(picture["nb_frames"]) == 5 * spec.frame_rate


@pytest.mark.parametrize(
    ("reason", "clip"),
    [
        ("帧率", {"rate": "30"}),
        ("图像组", {"options": ("-flags:v", "-cgop", "-x264-params", "open-gop=1")}),
        ("关键帧间隔", {"options": ("-g", "100", "-keyint_min", "100"), "seconds": 6}),
        ("编码档次", {"options": ("-profile:v", "main")}),
        ("像素格式", {"options": ("-pix_fmt", "yuv422p", "-profile:v", "high422")}),
        ("色彩矩阵", {"options": ("-colorspace", "smpte170m")}),
    ],
)
def test_whatever_is_not_the_masters_is_encoded_and_the_reason_told(tmp_path, reason, clip):
    options = clip.pop("options", ())
    if "rate" in clip:
        options = (*options, "-r", clip["rate"])
    source = make_like_a_master(tmp_path / "a.mp4", options=options, **clip)
    made = make(source, tmp_path / "out")
    facts = made.report.master
    assert not facts.passed_through
    assert [why for why in facts.why_encoded if reason in why], facts.why_encoded
    assert facts.ssim is not None
    assert facts.ssim > 0.95


def test_a_start_cut_off_by_an_edit_list_is_not_copied_back_in(tmp_path):
    clip = make_like_a_master(tmp_path / "long.mp4", seconds=6)
    cut = ["-ss", "1.2", "-i", f"file:{clip.name}", "-c", "copy", "file:a.mp4"]
    run_here(tmp_path / "a.mp4", cut)
    made = make(tmp_path / "a.mp4", tmp_path / "out")
    assert not made.report.master.passed_through
    assert made.report.measurements.frames == pytest.approx(4.8 * 25, abs=2)


def test_a_picture_with_broken_packets_is_encoded_although_its_headers_are_right(tmp_path):
    clip = make_like_a_master(tmp_path / "a.mp4")
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    clip.write_bytes(data)
    made = make(clip, tmp_path / "out")
    assert made.report.measurements.decode_errors
    assert not made.report.master.passed_through
    assert any("解码错误" in why for why in made.report.master.why_encoded)


def test_interlaced_lines_under_a_progressive_flag_are_not_copied(tmp_path):
    clip = make_like_a_master(
        tmp_path / "a.mp4",
        rate="50",
        picture="mandelbrot",
        picture_filter="tinterlace=interleave_top,setfield=prog",
    )
    made = make(clip, tmp_path / "out")
    assert not made.report.master.passed_through
    assert made.checks["video.interlaced"] == "warn"


def test_a_master_below_the_floor_is_encoded_again_finer(tmp_path):
    noisy = {"picture_filter": "noise=alls=60:allf=t"}
    clip = make_clip(tmp_path / "a.mp4", size="320x180", seconds=2, **noisy)
    coarse = SMALL.master.model_copy(update={"crf": 38, "max_rate_kbps": 400, "ssim_floor": 0.99})
    made = make(clip, tmp_path / "out", SMALL.model_copy(update={"master": coarse}))
    assert made.report.master.is_finer
    assert made.checks["video.quality"] == "warn"
    first = coarse.model_copy(update={"ssim_floor": 0.01})
    once = make(clip, tmp_path / "once", SMALL.model_copy(update={"master": first}))
    assert not once.report.master.is_finer
    assert made.report.master.ssim > once.report.master.ssim
    without = coarse.model_copy(update={"ssim_floor": 0})
    none = make(clip, tmp_path / "none", SMALL.model_copy(update={"master": without}))
    assert none.report.master.ssim is None


def test_the_score_sees_what_the_encoder_lost_not_where_it_stands(tmp_path):
    """The same frames are compared, at the start, amid and at the end of a picture that moves."""
    clip = make_clip(tmp_path / "a.mp4", size="320x180", seconds=9, picture="mandelbrot", rate="30")
    made = make(clip, tmp_path / "out")
    assert made.report.master.ssim > 0.98
    assert len(read_pictures(made.master)) == 225
    assert len(read_samples(made.master)) == pytest.approx(9 * 48_000, abs=2100)
