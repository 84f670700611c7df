"""Only families that hold their own pictures and sound pass the sniff."""

import pytest

from tasks.media.sniffing import extension_fits, sniff

TS_PACKET = b"\x47" + bytes(187)


@pytest.mark.parametrize(
    ("head", "family"),
    [
        (b"\x00\x00\x00\x18ftypmp42", "mp4"),
        (b"\x00\x00\x00\x08wide\x00\x00", "mp4"),
        (b"\x1a\x45\xdf\xa3rest", "matroska"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "avi"),
        (b"FLV\x01\x05", "flv"),
        (TS_PACKET * 6, "mpegts"),
        ((bytes(4) + TS_PACKET) * 6, "mpegts"),
        (b"\x00\x00\x01\xba\x44", "mpeg"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    ],
)
def test_a_video_is_told_by_its_content(head, family):
    sniffed = sniff(head)
    assert sniffed.family == family
    assert sniffed.refusal is None


@pytest.mark.parametrize(
    ("head", "check"),
    [
        (b"", "container.unrecognised"),
        (b"hello, this is a letter", "container.unrecognised"),
        (b"PK\x03\x04rest", "container.unrecognised"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd", "container.playlist"),
        (b"\xef\xbb\xbf\n  #EXTM3U\n", "container.playlist"),
        (b"ffconcat version 1.0\nfile other.mp4", "container.playlist"),
        (b"<?xml version='1.0'?><MPD type='static'>", "container.playlist"),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1", "container.playlist"),
        (b"\x89PNG\r\n\x1a\n", "container.unrecognised"),
        (b"GIF89a", "container.unrecognised"),
    ],
)
def test_anything_else_is_refused_by_name(head, check):
    sniffed = sniff(head)
    assert sniffed.family is None
    assert sniffed.refusal is not None
    assert sniffed.refusal[0] == check


def test_the_white_list_holds_only_the_family_that_was_seen():
    assert sniff(b"\x00\x00\x00\x18ftypmp42").demuxers == "mov,mp4,m4a,3gp,3g2,mj2"
    assert sniff(b"FLV\x01\x05").demuxers == "flv"


def test_names_are_held_against_contents():
    assert extension_fits("mp4", "a.MOV") is True
    assert extension_fits("matroska", "a.mp4") is False
    assert extension_fits("mp4", "a.backup") is None
