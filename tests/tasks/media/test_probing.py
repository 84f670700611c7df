"""ffprobe's words become typed facts, and what it doesn't know is None."""

from fractions import Fraction

import pytest

from models.media import VideoStream
from tasks.media.probing import (
    PacketReader,
    display_size,
    parse_frame_rate,
    parse_number,
    parse_probe,
    rotation_of,
)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("30000/1001", Fraction(30000, 1001)),
        ("25", Fraction(25)),
        ("24.5", Fraction(49, 2)),
        ("64:45", Fraction(64, 45)),
        ("0/0", None),
        ("0/1", None),
        ("1/0", None),
        ("N/A", None),
        (None, None),
        ("-25/1", None),
    ],
)
def test_a_rate_is_exact_or_unknown(text, rate):
    assert parse_frame_rate(text) == rate


@pytest.mark.parametrize("text", ["N/A", "inf", "nan", None, ""])
def test_a_number_that_is_none_is_unknown(text):
    assert parse_number(text) is None


def test_zero_is_a_measurement():
    assert parse_number("0.000") == 0.0


@pytest.mark.parametrize(
    ("angle", "turn"),
    [(-90, 90), (90, 270), (180, 180), (-180, 180), (0, 0), (-2147483648, 0), (33, 0)],
)
def test_rotation_is_clockwise(angle, turn):
    assert rotation_of({"side_data_list": [{"rotation": angle}]}) == turn


def test_facts_are_typed_and_unknown_is_none():
    info = parse_probe(
        {
            "format": {"format_name": "mov,mp4", "duration": "N/A"},
            "streams": [
                {
                    "index": 0,
                    "codec_type": "video",
                    "codec_name": "h264",
                    "width": 64,
                    "height": 36,
                    "avg_frame_rate": "0/0",
                    "color_space": "unknown",
                },
                {
                    "index": 1,
                    "codec_type": "audio",
                    "codec_name": "aac",
                    "channels": 2,
                    "sample_rate": "44100",
                },
                {"index": 2, "codec_type": "data"},
            ],
        },
        100,
    )
    assert info.duration_s is None
    assert info.picture is not None
    assert info.picture.frame_rate is None
    assert info.picture.color_space is None
    assert info.sound is not None
    assert info.sound.sample_rate_hz == 44100
    assert [o.kind for o in info.others] == ["data"]


def test_cover_art_is_not_the_picture():
    cover = {
        "index": 0,
        "codec_type": "video",
        "codec_name": "png",
        "width": 4000,
        "height": 4000,
        "disposition": {"attached_pic": 1},
    }
    real = {"index": 1, "codec_type": "video", "codec_name": "h264", "width": 64, "height": 36}
    info = parse_probe({"format": {}, "streams": [cover, real]}, 1)
    assert info.picture is not None
    assert info.picture.index == 1
    assert parse_probe({"format": {}, "streams": [cover]}, 1).picture is None


def test_a_viewer_sees_square_pixels_upright():
    stream = VideoStream(
        index=0, width_px=720, height_px=576, sample_aspect=Fraction(64, 45), rotation_deg=90
    )
    assert display_size(stream) == (576, 1024)


def packets(times, flags="K_"):
    reader = PacketReader()
    for time in times:
        reader.read(f"pts_time={time}|duration_time=0.040000|size=100|flags={flags}\n")
    return reader.facts()


def test_packets_tell_rate_and_length():
    facts = packets([0.0, 0.04, 0.12, 0.08])
    assert facts.count == 4
    assert facts.end_s == pytest.approx(0.16)
    assert facts.frame_rate == pytest.approx(25)
    assert facts.bit_rate_bps == pytest.approx(20_000)
    assert facts.uneven_share == 0


def test_uneven_packets_show():
    assert packets([0.0, 0.04, 0.08, 0.5, 0.54]).uneven_share == pytest.approx(1 / 4)


def test_discarded_and_timeless_packets_tell_nothing():
    assert packets([0.0, 0.04], flags="KD") is None
    assert packets(["N/A"]) is None


def test_a_pixel_shape_that_nobody_means_is_passed_over():
    stream = VideoStream(
        index=0, width_px=1920, height_px=1080, sample_aspect=Fraction(1, 4000), rotation_deg=90
    )
    assert display_size(stream) == (1080, 1920)
