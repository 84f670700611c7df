"""What was made is compared with what was asked for."""

from fractions import Fraction

from models.media import AudioStream, MediaInfo, VideoStream
from models.profile import MasterSpec
from tasks.media.probing import PacketFacts
from tasks.media.verification import compare_master

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
    sound = {"codec": "aac", "sample_rate_hz": 48_000, "channels": 2, "duration_s": 4.0}
    for name, value in changes.items():
        (sound if name in sound else video)[name] = value
    return MediaInfo(
        container="mov,mp4",
        size_bytes=1,
        video=(VideoStream(index=0, **video),),
        audio=(AudioStream(index=1, **sound),),
    )


def packets(count=100, key_interval=2.0):
    return PacketFacts(count, 0, 4, 1, 0.04, 0, 0.04, key_interval)


def test_a_right_master_has_nothing_against_it():
    assert compare_master(made(), packets(), SPEC, 100) == ()


def test_each_difference_is_named():
    cases = {
        "width": made(width_px=1280),
        "frame rate": made(frame_rate=Fraction(30)),
        "frames": made(frame_count=99),
        "sound lasts": made(duration_s=3.5),
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
    assert "packets" in compare_master(made(), None, SPEC, 100)[0]


def test_a_missing_stream_is_told_first():
    bare = MediaInfo(container="mp4", size_bytes=1)
    assert "streams" in compare_master(bare, None, SPEC, 100)[0]
