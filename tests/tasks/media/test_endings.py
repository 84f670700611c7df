"""A file that ends before its container says is told, whatever the container; a whole one isn't."""

import subprocess

import pytest

from tasks.media.endings import Box, boxes_end_early, ends_early
from tasks.media.sniffing import HEAD_BYTES, sniff

FAMILIES = {"mkv": "matroska", "webm": "matroska", "avi": "avi", "ts": "mpegts", "m2ts": "mpegts"}


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """One short clip in each container, as bytes."""
    folder = tmp_path_factory.mktemp("endings")
    made = {}
    for suffix in FAMILIES:
        codec = (
            ("-c:v", "libvpx", "-deadline", "realtime") if suffix == "webm" else ("-c:v", "mpeg4")
        )
        source = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=2")
        subprocess.run(
            ["ffmpeg", "-v", "error", *source, *codec, str(folder / f"clip.{suffix}")], check=True
        )
        made[suffix] = (folder / f"clip.{suffix}").read_bytes()
    return made


def ends(data, *, size=None):
    head = data[:HEAD_BYTES]
    return ends_early(sniff(head).family, head, len(data) if size is None else size)


@pytest.mark.parametrize("suffix", FAMILIES)
def test_a_whole_file_ends_where_it_should(clips, suffix):
    assert sniff(clips[suffix][:HEAD_BYTES]).family == FAMILIES[suffix]
    assert not ends(clips[suffix])


@pytest.mark.parametrize("suffix", FAMILIES)
@pytest.mark.parametrize("lost", [1, 100, 5000])
def test_a_file_that_lost_its_end_is_told(clips, suffix, lost):
    assert ends(clips[suffix][:-lost])


def test_a_stream_that_starts_within_a_packet_is_whole_when_it_ends_with_one(clips):
    assert not ends(clips["ts"][100:])
    assert ends(clips["ts"][100:-1])


def test_sizes_that_were_never_filled_in_say_nothing(clips):
    avi = clips["avi"]
    for untold in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
        assert not ends(avi[:4] + untold + avi[8:], size=5000)
    live = b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01" + b"\xff" * 7
    assert not ends(live + bytes(100), size=50)


def test_heads_that_are_cut_or_wrong_say_nothing():
    for head in (
        b"",
        b"\x1a\x45\xdf\xa3",
        b"\x1a\x45\xdf\xa3\x00",
        b"\x1a\x45\xdf\xa3\x81\x00\x11",
    ):
        assert not ends_early("matroska", head, len(head))
    assert not ends_early("mpegts", b"\x47" * 10, 10)
    assert not ends_early("flv", b"FLV\x01", 4)


def test_an_mp4_ends_before_its_boxes_or_its_index():
    whole = (Box("ftyp", 0, 24), Box("moov", 24, 100), Box("mdat", 124, 1000))
    assert not boxes_end_early(whole, 1124)
    assert boxes_end_early(whole, 900)
    assert boxes_end_early(whole[:1], 24)
    assert boxes_end_early((), 10)
