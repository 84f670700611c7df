"""What was made is compared with what was asked for."""

from dataclasses import replace
from fractions import Fraction

import pytest

from models.media import AudioStream, MediaInfo, VideoStream
from models.profile import MasterSpec
from tasks.media.probing import PacketFacts
from tasks.media.verification import (
    CHINESE,
    Difference,
    compare_master,
    lacks_labels,
    reasons_to_encode,
    reasons_to_encode_sound,
)

SPEC = MasterSpec()


def made(**changes):
    video = {
        "codec": "h264",
        "profile": "High",
        "pixel_format": "yuv420p",
        "width_px": 1920,
        "height_px": 1080,
        "sample_aspect": Fraction(1),
        "frame_rate": Fraction(25),
        "frame_count": 100,
        "color_space": "bt709",
        "color_primaries": "bt709",
        "color_transfer": "bt709",
        "color_range": "tv",
    }
    sound = {
        "codec": "aac",
        "profile": "LC",
        "sample_rate_hz": 48_000,
        "channels": 2,
        "duration_s": 4.0,
        "start_s": 0.0,
    }
    for name, value in changes.items():
        (sound if name in sound and name not in video else video)[name] = value
    return MediaInfo(
        container="mov,mp4,m4a",
        size_bytes=1,
        video=(VideoStream(index=0, **video),),
        audio=(AudioStream(index=1, **sound),),
    )


def packets(count=100, key_interval=2.0, **changes):
    facts = PacketFacts(count, 0, count / 25, 1, 0.04, 0, 0.04, key_interval, starts_with_key=True)
    return replace(facts, **changes)


def test_a_right_master_has_nothing_against_it():
    assert compare_master(made(), packets(), SPEC, 100) == ()


def test_each_difference_is_named():
    cases = {
        "width": made(width_px=1280),
        "frame rate": made(frame_rate=Fraction(30)),
        "frames": made(frame_count=99),
        "sound length": made(duration_s=3.5),
        "matrix": made(color_space="smpte170m"),
        "sample aspect": made(sample_aspect=Fraction(4, 3)),
    }
    for name, info in cases.items():
        told = compare_master(info, packets(), SPEC, 100)
        assert len(told) == 1, told
        assert name in told[0]


def test_long_gops_and_lost_packets_are_named():
    assert "key frames" in compare_master(made(), packets(key_interval=4.0), SPEC, 100)[0]
    assert "packets" in compare_master(made(), packets(count=98), SPEC, 100)[0]
    assert "packets" in compare_master(made(), None, SPEC, 100)[-1]


def test_a_missing_stream_is_told_first():
    bare = MediaInfo(container="mp4", size_bytes=1)
    assert "streams" in compare_master(bare, None, SPEC, 100)[0]


def test_a_source_that_is_a_master_already_needs_no_encode():
    assert reasons_to_encode(made(), packets(), SPEC) == ()
    assert reasons_to_encode_sound(made(), 4.0, SPEC) == ()
    assert not lacks_labels(made().video[0], SPEC)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("codec", {"codec": "hevc"}),
        ("profile", {"profile": "Main"}),
        ("level", {"level": 51}),
        ("pixel format", {"pixel_format": "yuv422p"}),
        ("height", {"height_px": 1088}),
        ("frame rate", {"frame_rate": Fraction(30000, 1001)}),
        ("rotation", {"rotation_deg": 180}),
        ("mirrored", {"is_mirrored": True}),
        ("scan", {"field_order": "tt"}),
        ("transfer", {"color_transfer": "arib-std-b67"}),
        ("range", {"color_range": "pc"}),
    ],
)
def test_each_reason_to_encode_a_picture_is_named_in_both_languages(name, changes):
    (why,) = reasons_to_encode(made(**changes), packets(), SPEC)
    assert why.name == name
    assert str(why).startswith(name)
    assert why.chinese.startswith(CHINESE[name])


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("GOPs", {"has_open_gops": True}),
        ("key frames", {"key_interval_max_s": 10.0}),
        ("key frames", {"starts_with_key": False}),
        ("start", {"first_s": 0.5, "end_s": 4.5}),
        ("start", {"discarded": 3}),
        ("frame intervals", {"longest_interval_s": 0.08}),
        ("frame intervals", {"end_s": 4.2}),
        ("bit rate", {"bytes_total": 10_000_000}),
    ],
)
def test_each_reason_in_the_packets_is_named(name, changes):
    (why,) = reasons_to_encode(made(), packets(**changes), SPEC)
    assert why.name == name


def test_packets_that_nobody_listed_are_not_copied():
    assert [why.name for why in reasons_to_encode(made(), None, SPEC)] == ["frame intervals"]


def test_another_container_keeps_no_exact_times():
    elsewhere = made().model_copy(update={"container": "matroska,webm"})
    assert [why.name for why in reasons_to_encode(elsewhere, packets(), SPEC)] == ["container"]


def test_a_missing_label_is_written_not_encoded():
    unlabelled = made(color_space=None, color_range=None)
    assert reasons_to_encode(unlabelled, packets(), SPEC) == ()
    assert lacks_labels(unlabelled.video[0], SPEC)
    assert compare_master(unlabelled, packets(), SPEC, 100)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("sound rate", {"sample_rate_hz": 44_100}),
        ("channels", {"channels": 1}),
        ("sound length", {"duration_s": 3.0}),
        ("start", {"start_s": 0.4}),
    ],
)
def test_each_reason_to_encode_a_sound_is_named(name, changes):
    (why,) = reasons_to_encode_sound(made(**changes), 4.0, SPEC)
    assert why.name == name


def test_reasons_read_well_in_chinese():
    (rate,) = reasons_to_encode(made(frame_rate=Fraction(625, 26)), packets(), SPEC)
    assert rate.chinese == "帧率为 24.04，应为 25"
    (tag,) = reasons_to_encode(made(field_order="tt"), packets(), SPEC)
    assert tag.chinese == "扫描方式为隔行，应为逐行"
    assert Difference("picture", "encoded").chinese == "画面为重新编码"
    assert str(Difference("picture", "encoded")) == "picture is encoded"
    assert str(Difference("mirrored", got=True, want=False)) == "mirrored is True, not False"
