"""Complaints of decoders are counted and found again."""

import pytest

from tasks.media.complaints import (
    ComplaintReader,
    Complaints,
    complaints_at,
    count_decode_errors,
)


def test_harmless_lines_are_no_decode_errors():
    lines = ["[h264 @ 0x1] [error] error while decoding MB 4 0", "[mp4 @ 0x2] [error] deprecated x"]
    assert count_decode_errors(lines, total=2) == 1
    assert count_decode_errors(lines, total=1002) == 1001


def packet(pts: str, dts: str) -> str:
    times = f"pkt_pts:1 pkt_pts_time:{pts} pkt_dts:0 pkt_dts_time:{dts} duration:512"
    return f"[info] demuxer+ffmpeg -> ist_index:0 type:video {times} off:0 off_time:0"


def test_each_complaint_stands_at_the_packet_that_it_is_about():
    reader = ComplaintReader()
    for line in (
        "[info] Stream #0:0: Video: h264",
        packet("0", "-0.08"),
        packet("1.2", "1"),
        "[h264 @ 0x1] [error] cabac decode of qscale diff failed at 64 6",
        "[h264 @ 0x1] [error] error while decoding MB 64 6, bytestream 30492",
        packet("NOPTS", "1.04"),
        "[aac @ 0x2] [error] channel element 0.0 duplicate",
        "[mp4 @ 0x3] [error] Application provided invalid, harmless",
        packet("NOPTS", "NOPTS"),
        "[h264 @ 0x1] [error] Invalid NAL unit size (0 > 4858).",
    ):
        reader.read(line)
    assert reader.times == (1.2, 1.2, 1.04, 1.04)


def test_neighbours_are_one():
    assert complaints_at([7.0, 1.0, 1.04, 1.9], 0.04) == (
        Complaints((1.0, pytest.approx(1.94)), 3),
        Complaints((7.0, pytest.approx(7.04)), 1),
    )
    assert complaints_at([], 0.04) == ()
