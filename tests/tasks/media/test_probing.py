"""ffprobe's words become typed facts, and what it doesn't know is None."""

from fractions import Fraction

import pytest

from models.media import VideoStream
from tasks.media.probing import (
    PacketReader,
    display_size,
    orientation_of,
    parse_frame_rate,
    parse_number,
    parse_probe,
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


def matrix(a, b, c, d):
    rows = ((a, b, 0), (c, d, 0), (0, 0, 1 << 30))
    lines = (
        f"{n:08d}: " + " ".join(f"{int(v * 65536) if n < 2 else v:11d}" for v in row)
        for n, row in enumerate(rows)
    )
    text = "\n" + "\n".join(lines) + "\n"
    return {"side_data_list": [{"displaymatrix": text, "rotation": -90}]}


@pytest.mark.parametrize(
    ("numbers", "orientation"),
    [
        ((1, 0, 0, 1), (0, False)),
        ((0, 1, -1, 0), (90, False)),
        ((-1, 0, 0, -1), (180, False)),
        ((0, -1, 1, 0), (270, False)),
        ((-1, 0, 0, 1), (0, True)),
        ((1, 0, 0, -1), (180, True)),
        ((0, 1, 1, 0), (270, True)),
        ((0, -1, -1, 0), (90, True)),
    ],
)
def test_a_display_matrix_is_a_clockwise_turn_after_a_mirror(numbers, orientation):
    assert orientation_of(matrix(*numbers)) == orientation


@pytest.mark.parametrize("numbers", [(0, 0, 0, 0), (0.8, 0.6, -0.6, 0.8), (1, 0, 0, 0)])
def test_a_matrix_that_nobody_means_turns_nothing(numbers):
    assert orientation_of(matrix(*numbers)) == (0, False)
    assert orientation_of({"side_data_list": [{"rotation": -2147483648}]}) == (0, False)


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


def gop(*frames):
    reader = PacketReader()
    for time, flags in frames:
        reader.read(f"pts_time={time}|duration_time=0.040000|size=100|flags={flags}\n")
    return reader.facts()


def test_gops_are_closed_unless_a_frame_before_a_key_frame_follows_it():
    closed = gop((0, "K_"), (0.08, "__"), (0.04, "__"), (0.12, "K_"), (0.16, "__"))
    assert closed.starts_with_key
    assert not closed.has_open_gops
    opened = gop((0, "K_"), (0.04, "__"), (0.12, "K_"), (0.08, "__"), (0.16, "__"))
    assert opened.has_open_gops
    assert not gop((0, "__"), (0.04, "K_")).starts_with_key


def test_the_way_from_the_last_key_frame_to_the_end_counts_as_a_gop():
    facts = gop((0, "K_"), (0.04, "K_"), *((0.04 * n, "__") for n in range(2, 10)))
    assert facts.key_interval_max_s == pytest.approx(0.36)


def test_discarded_and_timeless_packets_tell_nothing():
    assert packets([0.0, 0.04], flags="KD") is None
    assert gop((0, "KD"), (0.04, "K_")).discarded == 1
    assert packets(["N/A"]) is None


def test_a_pixel_shape_that_nobody_means_is_passed_over():
    stream = VideoStream(
        index=0, width_px=1920, height_px=1080, sample_aspect=Fraction(1, 4000), rotation_deg=90
    )
    assert display_size(stream) == (1080, 1920)
