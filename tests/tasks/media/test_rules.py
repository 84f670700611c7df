"""The limits of a profile, applied to facts; what is unknown breaks no limit."""

from fractions import Fraction

import pytest

from models.media import AudioStream, MediaInfo, VideoStream
from models.profile import CampaignProfile
from tasks.media.probing import PacketFacts
from tasks.media.rules import clock, judge_facts

PROFILE = CampaignProfile(name="test", revision="1", title="试")


def media(*, size_bytes=50_000_000, duration_s=60.0, container="mov,mp4", audio=True, **picture):
    facts = {
        "codec": "h264",
        "width_px": 1920,
        "height_px": 1080,
        "frame_rate": Fraction(25),
        "bit_rate_bps": 10_000_000,
        **picture,
    }
    sound = AudioStream(
        index=1, codec="aac", sample_rate_hz=48_000, channels=2, bit_rate_bps=128_000
    )
    return MediaInfo(
        container=container,
        size_bytes=size_bytes,
        duration_s=duration_s,
        video=(VideoStream(index=0, **facts),),
        audio=(sound,) if audio else (),
    )


def found(info, packets=None, profile=PROFILE):
    return {f.check: f.severity for f in judge_facts(info, packets, profile)}


def test_a_work_as_asked_for_has_no_findings():
    assert found(media()) == {}


@pytest.mark.parametrize(
    ("facts", "check", "severity"),
    [
        ({"duration_s": 301.0}, "policy.duration", "block"),
        ({"duration_s": 200.0}, "policy.duration", "warn"),
        ({"duration_s": 20.0}, "policy.duration", "warn"),
        ({"duration_s": 0.5}, "policy.duration", "block"),
        ({"size_bytes": 1_100_000_000}, "policy.file_size", "block"),
        ({"size_bytes": 600_000_000}, "policy.file_size", "warn"),
        ({"width_px": 1280, "height_px": 700}, "policy.resolution", "block"),
        ({"width_px": 1280, "height_px": 720}, "policy.resolution", "warn"),
        ({"frame_rate": Fraction(15)}, "policy.frame_rate", "block"),
        ({"frame_rate": Fraction(30)}, "policy.frame_rate", "warn"),
        ({"bit_rate_bps": 900_000}, "policy.bit_rate", "block"),
        ({"bit_rate_bps": 5_000_000}, "policy.bit_rate", "warn"),
        ({"rotation_deg": 90}, "policy.portrait", "warn"),
        ({"width_px": 1440}, "policy.aspect", "warn"),
        ({"codec": "hevc"}, "policy.codec", "warn"),
        ({"container": "avi"}, "policy.codec", "warn"),
        ({"audio": False}, "audio.missing", "block"),
    ],
)
def test_each_limit_has_its_finding(facts, check, severity):
    assert found(media(**facts))[check] == severity


def test_one_problem_is_one_finding():
    assert list(found(media(duration_s=400.0))) == ["policy.duration"]


def test_unknown_facts_break_no_limit():
    info = media(duration_s=None, frame_rate=None, bit_rate_bps=None)
    assert found(info) == {}


def test_a_small_picture_owes_only_its_share_of_the_bit_rate():
    info = media(width_px=1280, height_px=720, bit_rate_bps=4_000_000)
    assert "policy.bit_rate" not in found(info)


def test_uneven_frames_are_a_variable_rate_judged_by_what_was_counted():
    packets = PacketFacts(
        count=900,
        first_s=0,
        end_s=60,
        bytes_total=75_000_000,
        median_interval_s=0.04,
        uneven_share=0.2,
        longest_interval_s=0.5,
        key_interval_max_s=2,
    )
    checks = found(media(), packets)
    assert checks["timing.variable_frame_rate"] == "warn"
    assert checks["policy.frame_rate"] == "block"  # 15 frames a second on average


@pytest.mark.parametrize(("rate", "severity"), [(25, None), (30, "warn"), (15, "block")])
@pytest.mark.parametrize("lost_s", [2.0, 6.0])
def test_a_gap_in_the_picture_is_not_its_frame_rate(rate, severity, lost_s):
    packets = PacketFacts(
        count=round((20 - lost_s) * rate),
        first_s=0,
        end_s=20,
        bytes_total=25_000_000,
        median_interval_s=1 / rate,
        uneven_share=0.002,
        longest_interval_s=lost_s + 1 / rate,
        key_interval_max_s=2,
        pauses=((8.0, 8.0 + lost_s + 1 / rate),),
    )
    checks = found(media(frame_rate=Fraction(packets.count, 20)), packets)
    assert checks.get("policy.frame_rate") == severity


@pytest.mark.parametrize(
    ("rate_bps", "silent_share", "is_found"),
    [(64_000, 0.0, True), (64_000, 0.5, False), (64_000, 0.2, True), (2_000, 1.0, False)],
)
def test_silence_needs_no_bit_rate(rate_bps, silent_share, is_found):
    info = media()
    sound = info.audio[0].model_copy(update={"bit_rate_bps": rate_bps})
    info = info.model_copy(update={"audio": (sound,)})
    checks = {f.check for f in judge_facts(info, None, PROFILE, None, silent_share)}
    assert ("policy.codec" in checks) is is_found


def test_a_profile_sets_severities_and_switches_checks_off():
    profile = PROFILE.model_copy(
        update={"severities": {"policy.portrait": "block", "policy.resolution": "off"}}
    )
    info = media(width_px=1280, height_px=720, rotation_deg=90)
    checks = found(info, profile=profile)
    assert checks["policy.portrait"] == "block"
    assert "policy.resolution" not in checks


def test_every_finding_tells_measure_limit_and_what_to_do():
    for finding in judge_facts(media(duration_s=400.0, codec="vp9"), None, PROFILE):
        assert finding.measured in finding.message
        assert finding.limit in finding.message
        assert finding.hint


@pytest.mark.parametrize(
    ("seconds", "text"), [(45.24, "45.2 秒"), (185, "3:05"), (3725, "1:02:05")]
)
def test_lengths_read_as_people_say_them(seconds, text):
    assert clock(seconds) == text
