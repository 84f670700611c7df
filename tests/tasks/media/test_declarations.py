"""What a file says of itself is told in a clerk's words, and what is private is only named."""

import pytest

from models.media import MediaInfo, VideoStream
from models.profile import CampaignProfile
from tasks.media.declarations import judge_declarations
from tasks.media.probing import parse_probe

PROFILE = CampaignProfile(name="test", revision="1", title="试")


def told(private=(), **picture):
    stream = VideoStream(index=0, codec="h264", width_px=64, height_px=36, **picture)
    info = MediaInfo(container="mp4", size_bytes=1, video=(stream,), private_metadata=private)
    return {f.check: (f.severity, f.measured) for f in judge_declarations(info, PROFILE)}


def test_an_ordinary_file_has_nothing_to_declare():
    assert told(color_transfer="bt709") == {}


@pytest.mark.parametrize(
    ("picture", "measured"),
    [
        ({"color_transfer": "arib-std-b67"}, "HLG"),
        ({"color_transfer": "smpte2084"}, "PQ"),
        ({"color_transfer": "arib-std-b67", "dolby_vision_profile": 8}, "HLG、杜比视界"),
        ({"dolby_vision_profile": 5}, "杜比视界"),
    ],
)
def test_high_dynamic_range_is_named(picture, measured):
    assert told(**picture) == {"video.hdr": ("warn", measured)}


@pytest.mark.parametrize(
    ("picture", "measured"),
    [
        ({"rotation_deg": 90}, "顺时针 90°"),
        ({"rotation_deg": 180}, "顺时针 180°"),
        ({"is_mirrored": True}, "镜像"),
        ({"rotation_deg": 270, "is_mirrored": True}, "顺时针 270°、镜像"),
    ],
)
def test_a_turned_picture_is_told(picture, measured):
    assert told(**picture) == {"video.rotated": ("info", measured)}


def test_private_notes_are_named_in_one_finding():
    found = told(("location", "device", "person", "timed"))
    severity, measured = found["container.private_metadata"]
    assert severity == "info"
    assert measured.split("、") == ["位置", "设备", "作者", "随时间记录的位置或设备数据"]


@pytest.mark.parametrize(
    ("tags", "kinds"),
    [
        ({"location": "+27.2939+112.6932/"}, ("location",)),
        ({"com.apple.quicktime.location.ISO6709": "+51.5-0.1/"}, ("location",)),
        ({"com.apple.quicktime.make": "Apple"}, ("device",)),
        ({"com.android.manufacturer": "X"}, ("device",)),
        ({"com.android.version": "14"}, ("device",)),
        ({"model": "A7M3"}, ("device",)),
        ({"artist": "张三"}, ("person",)),
        ({"com.apple.quicktime.author": "李四"}, ("person",)),
        ({"LOCATION-eng": "+1+1/", "AUTHOR": "王五"}, ("location", "person")),
        ({"artist": ""}, ()),
        ({"encoder": "Lavf59", "title": "题目", "creation_time": "2022-12-01"}, ()),
        ({"handler_name": "Core Media Video", "minor_version": "512"}, ()),
    ],
)
@pytest.mark.parametrize("part", ["format", "stream"])
def test_tags_are_sorted_into_kinds(tags, kinds, part):
    stream = {"index": 0, "codec_type": "video", "tags": tags if part == "stream" else {}}
    info = parse_probe(
        {"format": {"tags": tags if part == "format" else {}}, "streams": [stream]}, 1
    )
    assert info.private_metadata == kinds


def test_a_track_of_timed_notes_is_private():
    data = {"index": 2, "codec_type": "data", "codec_tag_string": "mebx"}
    assert parse_probe({"format": {}, "streams": [data]}, 1).private_metadata == ("timed",)


def test_what_private_notes_say_is_kept_nowhere():
    tags = {"location": "+27.2939+112.6932/", "artist": "张三", "encoder": "Lavf59"}
    text = parse_probe({"format": {"tags": tags}, "streams": []}, 1).model_dump_json()
    assert "27.29" not in text
    assert "张三" not in text
    assert "Lavf59" in text


def test_dolby_vision_stands_in_the_side_data():
    side = [{"side_data_type": "DOVI configuration record", "dv_profile": 8}]
    stream = {"index": 0, "codec_type": "video", "codec_name": "hevc", "side_data_list": side}
    (picture,) = parse_probe({"format": {}, "streams": [stream]}, 1).video
    assert picture.dolby_vision_profile == 8
