"""Clocks of picture and sound: late starts, gaps and drift are told; habits of recorders aren't."""

import pytest

from models.media import MediaInfo
from models.profile import CampaignProfile, Limits
from tasks.media.probing import PacketReader
from tasks.media.sound_packets import SoundReader
from tasks.media.timing import judge_timing

PROFILE = CampaignProfile(name="test", revision="1", title="试")
AAC_S = 1024 / 48_000


def seen(times, duration_s=0.04):
    reader = PacketReader()
    for n, at in enumerate(times):
        flags = "K_" if n == 0 else "__"
        reader.read(f"pts_time={at:.6f}|duration_time={duration_s:.6f}|size=9|flags={flags}\n")
    return reader.facts()


def heard(times, codec="aac", rate_hz=48_000, flags="K_"):
    reader = SoundReader(codec, rate_hz)
    for at in times:
        reader.read(f"pts_time={at:.6f}|duration_time={AAC_S:.6f}|size=9|flags={flags}\n")
    return reader.facts()


def steady(seconds, start_s=0.0, step_s=0.04, gaps=()):
    """Return moments at a constant rate, with (moment, length) left out."""
    times = (start_s + n * step_s for n in range(round(seconds / step_s)))
    return [t for t in times if not any(a < t < a + length for a, length in gaps)]


PICTURE = seen(steady(20))
SOUND = heard(steady(20, step_s=AAC_S))


def judged(picture=PICTURE, sound=SOUND, container="mov,mp4", start_s=0.0, limits=None):
    info = MediaInfo(container=container, size_bytes=1, start_s=start_s)
    profile = PROFILE.model_copy(update={"limits": limits}) if limits else PROFILE
    return judge_timing(info, picture, sound, profile)


def test_a_true_clock_has_no_findings():
    assert judged() == ()
    assert judged(picture=None, sound=None) == ()
    assert judged(sound=None) == ()


@pytest.mark.parametrize("late_s", [0.15, 0.3, 1.0, -0.15, -2.0])
def test_sound_that_starts_apart_from_the_picture_is_told(late_s):
    start_s = max(0.0, -late_s)
    picture = seen(steady(20, start_s=start_s))
    sound = heard(steady(20, start_s=start_s + late_s, step_s=AAC_S))
    (finding,) = judged(picture, sound)
    assert (finding.check, finding.severity) == ("timing.av_start", "warn")
    assert f"{abs(late_s):.2f} 秒" in finding.message
    assert ("晚" if late_s > 0 else "早") in finding.message


@pytest.mark.parametrize("late_s", [0.044, -0.0213, 0.09])
def test_priming_and_a_frame_of_delay_are_no_late_start(late_s):
    assert judged(sound=heard(steady(20, start_s=late_s, step_s=AAC_S))) == ()


def test_a_cut_broadcast_starts_with_sound():
    picture = seen(steady(20, start_s=2.0))
    sound = heard(steady(20, start_s=1.5, step_s=AAC_S))
    (finding,) = judged(picture, sound, container="mpegts", start_s=1.5)
    assert (finding.check, finding.severity) == ("timing.av_start", "info")


@pytest.mark.parametrize("length_s", [0.75, 1.5, 6.0, 15.0])
def test_a_gap_in_the_picture_has_its_moment(length_s):
    (finding,) = judged(picture=seen(steady(20, gaps=[(3, length_s)])))
    assert (finding.check, finding.severity) == ("timing.gaps", "warn")
    assert finding.start_s == pytest.approx(3, abs=0.05)
    assert finding.end_s == pytest.approx(3 + length_s, abs=0.05)


@pytest.mark.parametrize("length_s", [0.75, 4.0])
def test_a_gap_in_the_sound_has_its_moment_and_is_no_drift(length_s):
    (finding,) = judged(sound=heard(steady(20, step_s=AAC_S, gaps=[(5, length_s)])))
    assert finding.check == "timing.gaps"
    assert "声音" in finding.message
    assert finding.start_s == pytest.approx(5, abs=0.05)
    assert finding.end_s == pytest.approx(5 + length_s, abs=0.05)


def test_a_gap_in_both_is_one_finding():
    gap = [(5, 1.0)]
    picture, sound = seen(steady(20, gaps=gap)), heard(steady(20, step_s=AAC_S, gaps=gap))
    (finding,) = judged(picture, sound)
    assert "画面和声音中断" in finding.message
    assert (finding.start_s, finding.end_s) == pytest.approx((5, 6), abs=0.05)


def test_times_count_from_the_start_of_the_container():
    (finding,) = judged(seen(steady(20, start_s=1.4, gaps=[(4.4, 1)])), None, start_s=1.4)
    assert finding.start_s == pytest.approx(3, abs=0.05)


@pytest.mark.parametrize("step_s", [1.0, 0.5, 0.4])
def test_slides_at_a_slow_rate_have_no_gaps(step_s):
    assert judged(picture=seen(steady(40, step_s=step_s), step_s), sound=None) == ()


def test_a_recorder_that_leaves_out_what_does_not_move_has_no_gaps():
    still = [(t, 1.5) for t in range(0, 40, 2)]
    assert judged(picture=seen(steady(40, gaps=still)), sound=None) == ()


def test_a_short_stall_is_no_gap():
    assert judged(picture=seen(steady(20, gaps=[(3, 0.4)]))) == ()


def test_many_gaps_are_counted_not_listed():
    gaps = [(t, 0.8) for t in range(2, 60, 3)]
    found = judged(picture=seen(steady(70, gaps=gaps)), sound=None)
    assert len(found) == 10
    assert "另有 10 处" in found[-1].message


def test_a_codec_that_rests_with_the_speaker_has_no_gaps():
    sound = heard(steady(20, step_s=0.02, gaps=[(5, 3)]), codec="opus")
    assert judged(sound=sound) == ()


@pytest.mark.parametrize("factor", [1.0075, 0.9925, 1.02])
def test_a_clock_that_runs_apart_from_its_samples_is_told(factor):
    sound = heard(steady(20, step_s=AAC_S * factor))
    (finding,) = judged(sound=sound)
    assert (finding.check, finding.severity) == ("timing.av_drift", "warn")
    told_s = float(finding.measured.split()[1])
    assert told_s == pytest.approx(abs(factor - 1) * 20, abs=0.015)


@pytest.mark.parametrize("samples", [1024, 2048])
def test_the_frame_sizes_of_aac_are_true_clocks(samples):
    facts = heard(steady(20, step_s=samples / 44_100), rate_hz=44_100)
    assert facts.drift_s == pytest.approx(0, abs=0.001)


def test_a_codec_without_a_frame_size_has_unknown_drift():
    assert heard(steady(20, step_s=AAC_S * 1.02), codec="vorbis").drift_s is None


def test_discarded_packets_tell_nothing():
    assert heard(steady(1, step_s=AAC_S), flags="KD") is None


def test_a_campaign_may_switch_the_limits_off():
    limits = Limits(av_offset_s=None, gap_s=None)
    picture = seen(steady(20, start_s=1, gaps=[(5, 3)]))
    assert judged(picture, heard(steady(20, step_s=AAC_S * 1.02)), limits=limits) == ()
