"""What a decode measured, judged: problems are named, and what only looks like one is not."""

from fractions import Fraction

import pytest

from models.media import MediaInfo, VideoStream
from models.profile import CampaignProfile
from models.report import MasterFacts
from tasks.media.checking import (
    judge_decoding,
    judge_lengths,
    judge_master,
    judge_picture,
    judge_sound,
    judge_verdict,
)
from tasks.media.complaints import Complaints
from tasks.media.detection import Problem, Verdict
from tasks.media.frames import StillFacts
from tasks.media.measurements import (
    PictureMeasurements,
    PictureSample,
    SoundMeasurements,
    decode_errors_of,
)
from tasks.media.scanning import Scan, ScanFacts
from tasks.media.watching import WatchPlan

PROFILE = CampaignProfile(name="test", revision="1", title="试")
WATCH = WatchPlan(
    stills_per_s=2.0,
    still_size=(640, 360),
    details_per_s=0.2,
    small_rate=Fraction(25),
    small_size=(160, 90),
    is_even=True,
)


def samples(count=40, *, box=(0, 0, 640, 360)):
    return tuple(PictureSample(n / 2, box) for n in range(count))


def stills(count=40, *, luma_mean=100):
    return tuple(StillFacts(f"{n}.jpg", n / 2, luma_mean, 40, 200, 5) for n in range(count))


def picture(**changes):
    facts = {
        "duration_s": 20.0,
        "frames": 500,
        "decode_errors": 0,
        "samples": samples(),
        "stills": stills(),
        "watch": WATCH,
        **changes,
    }
    return PictureMeasurements(**facts)


def sound(**changes):
    facts = {
        "duration_s": 20.0,
        "integrated_lufs": -24.0,
        "true_peak_dbtp": -6.0,
        "channel_rms_db": (-25.0, -25.0),
        **changes,
    }
    return SoundMeasurements(**facts)


def test_a_clean_picture_and_sound_have_no_findings():
    assert judge_picture(picture(), PROFILE) == ()
    assert judge_sound(sound(), PROFILE) == ()


def test_a_problem_becomes_a_finding_for_each_of_its_spans():
    seen = Problem("video.black", "3.2 秒", limit="2 秒", spans=((5.0, 8.2),), box=(0, 0, 1, 0.5))
    (finding,) = judge_verdict(Verdict((seen,)), PROFILE)
    assert (finding.check, finding.severity) == ("video.black", "warn")
    assert (finding.start_s, finding.end_s, finding.box) == (5.0, 8.2, (0, 0, 1, 0.5))
    throughout = Problem("video.black", "全片", severity="block")
    (finding,) = judge_verdict(Verdict((throughout,)), PROFILE)
    assert (finding.severity, finding.start_s) == ("block", None)


def test_a_detector_that_broke_is_told_without_alarm():
    (finding,) = judge_verdict(Verdict(failed=(("video.flash", "ValueError: x"),)), PROFILE)
    assert (finding.check, finding.severity) == ("video.not_run", "info")
    assert "video.flash" in finding.message
    assert "ValueError" in finding.message


def test_a_check_that_was_unsure_says_nothing():
    assert judge_verdict(Verdict(unsure=("video.blur",)), PROFILE) == ()


def test_bars_come_in_pairs():
    beside = samples(box=(80, 0, 480, 360))
    (finding,) = judge_picture(picture(samples=beside), PROFILE)
    assert finding.check == "video.letterbox"
    assert "左右" in finding.message
    one_edge = samples(box=(80, 0, 560, 360))
    assert judge_picture(picture(samples=one_edge), PROFILE) == ()


def test_one_bright_frame_shows_that_dark_scenes_have_no_bars():
    mixed = (*samples(39, box=(80, 40, 480, 280)), PictureSample(19.5, (0, 0, 640, 360)))
    assert judge_picture(picture(samples=mixed), PROFILE) == ()


def test_a_dark_work_says_nothing_about_bars():
    narrow = samples(box=(80, 40, 480, 280))
    assert judge_picture(picture(samples=narrow), PROFILE)
    assert judge_picture(picture(samples=narrow, stills=stills(luma_mean=20)), PROFILE) == ()


def test_at_most_ten_spans_of_a_check_are_listed_and_the_last_counts_the_rest():
    spans = [Problem("video.black", "3 秒", spans=((n * 10.0, n * 10.0 + 3),)) for n in range(15)]
    findings = judge_verdict(Verdict(tuple(reversed(spans))), PROFILE)
    assert [f.start_s for f in findings] == [n * 10.0 for n in range(10)]
    assert "另有 5 处" in findings[-1].message
    assert "另有" not in findings[-2].message


def test_silence_all_through_is_one_block():
    (finding,) = judge_sound(SoundMeasurements(duration_s=20.0), PROFILE)
    assert (finding.check, finding.severity) == ("audio.silent", "block")


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"integrated_lufs": -35.0}, "audio.loudness"),
        ({"integrated_lufs": -15.0}, "audio.loudness"),
        ({"true_peak_dbtp": 0.4}, "audio.true_peak"),
        ({"silences": ((2.0, 14.0),)}, "audio.silence"),
    ],
)
def test_each_fault_of_sound_has_its_finding(changes, check):
    assert [f.check for f in judge_sound(sound(**changes), PROFILE)] == [check]


def test_a_pause_is_not_silence():
    assert judge_sound(sound(silences=((2.0, 6.0),)), PROFILE) == ()


def test_scanning_faults_are_told_with_what_becomes_of_them():
    film = picture(scan=ScanFacts(Scan.TELECINE))
    assert [(f.check, f.severity) for f in judge_picture(film, PROFILE)] == [
        ("video.telecine", "info")
    ]
    mixed = picture(scan=ScanFacts(Scan.MIXED, ((2.0, 5.0), (9.0, 11.0))))
    (finding,) = judge_picture(mixed, PROFILE)
    assert (finding.check, finding.start_s, finding.end_s) == ("video.interlaced", 2.0, 11.0)
    assert "5 秒" in finding.message


def test_decode_errors_stand_where_they_are():
    first, second = judge_decoding(
        5, [Complaints((1.0, 1.5), 3), Complaints((6.0, 6.04), 2)], PROFILE
    )
    assert (first.measured, first.start_s, first.end_s) == ("3 次", 1.0, 1.5)
    assert (second.measured, second.start_s) == ("2 次", 6.0)


def test_decode_errors_whose_place_is_unknown_are_told_together():
    errors = decode_errors_of(picture(decode_errors=2), sound(decode_errors=3))
    (finding,) = judge_decoding(errors, (), PROFILE)
    assert (finding.measured, finding.start_s) == ("5 次", None)
    assert judge_decoding(0, (), PROFILE) == ()


def test_of_many_decode_errors_ten_places_are_told():
    places = [Complaints((5.0 * n, 5.0 * n + 0.04), 1) for n in range(13)]
    told = judge_decoding(13, places, PROFILE)
    assert len(told) == 10
    assert told[-1].measured == "1 次（另有 3 处）"


def master(**changes):
    return MasterFacts(sha256="0", size_bytes=1, duration_s=20.0, gain_db=3.0, **changes)


def test_a_master_on_target_has_nothing_against_it():
    assert judge_master(master(ssim=0.98), sound(), PROFILE) == ()


@pytest.mark.parametrize(
    ("facts", "heard", "check"),
    [
        ({"ssim": 0.7}, {}, "video.quality"),
        ({"is_limited": True}, {}, "audio.limited"),
        ({}, {"integrated_lufs": -25.1}, "audio.master_loudness"),
        ({}, {"true_peak_dbtp": -1.2}, "audio.master_loudness"),
    ],
)
def test_where_a_master_falls_short_is_told(facts, heard, check):
    assert [f.check for f in judge_master(master(**facts), sound(**heard), PROFILE)] == [check]


def test_silence_that_was_left_alone_is_not_off_target():
    quiet = MasterFacts(sha256="0", size_bytes=1, duration_s=20.0, gain_db=0.0)
    assert judge_master(quiet, sound(integrated_lufs=-66.0), PROFILE) == ()


def info(container="mov,mp4", promised=60.0):
    stream = VideoStream(index=0, codec="h264", width_px=64, height_px=36, duration_s=promised)
    return MediaInfo(container=container, size_bytes=1, duration_s=promised, video=(stream,))


def test_a_file_that_stops_early_is_truncated():
    found = judge_lengths(info(), picture(), None, PROFILE, is_cut_off=True)
    assert [(f.check, f.severity) for f in found] == [("container.truncated", "block")]


def test_a_whole_file_may_promise_too_much():
    """A fragmented MP4 of one second was seen to claim 39 hours."""
    assert judge_lengths(info(promised=143_165.0), picture(), None, PROFILE) == ()


def test_sound_that_ends_early_is_told():
    found = judge_lengths(info(promised=20.0), picture(), sound(duration_s=12.0), PROFILE)
    assert [(f.check, f.severity) for f in found] == [("timing.av_duration", "warn")]
    assert "短" in found[0].message


def test_a_small_gap_is_told_without_a_warning_and_a_tiny_one_not_at_all():
    (finding,) = judge_lengths(info(promised=20.0), picture(), sound(duration_s=20.6), PROFILE)
    assert (finding.check, finding.severity) == ("timing.av_duration", "info")
    assert "已截去" in finding.message
    assert judge_lengths(info(promised=20.0), picture(), sound(duration_s=20.1), PROFILE) == ()


def test_a_flag_that_the_lines_neither_bear_out_nor_refute_is_told_without_alarm():
    flagged = picture(scan=ScanFacts(Scan.UNKNOWN, is_flagged=True))
    assert [(f.check, f.severity) for f in judge_picture(flagged, PROFILE)] == [
        ("video.interlaced", "info")
    ]
    assert judge_picture(picture(scan=ScanFacts(Scan.UNKNOWN)), PROFILE) == ()
    assert judge_picture(picture(scan=ScanFacts(Scan.PROGRESSIVE, is_flagged=True)), PROFILE) == ()
