"""Who made a work is read from key, name and sidecar; what can't be read is a finding."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.profile import CampaignProfile
from tasks.media.identity import identify, parse_name, run_label

PROFILE = CampaignProfile(name="test", revision="1", title="试", topics=("教育公平", "强师兴校"))
FULL = {
    "province": "浙江省",
    "city": "杭州市",
    "school": "示例小学",
    "principal": "校长甲",
    "title": "公平之路",
}


def checks(identified):
    return {finding.check for finding in identified.findings}


@pytest.mark.parametrize(
    "stem",
    [
        "浙江省-杭州市-示例小学-校长甲-公平之路",
        "浙江省_杭州市_示例小学_校长甲_公平之路",
        "浙江省＿杭州市＿示例小学＿校长甲＿公平之路",
        "浙江省－杭州市－示例小学－校长甲－公平之路",
        "浙江省+杭州市+示例小学+校长甲+公平之路",
        "浙江省 杭州市　示例小学 - 校长甲——公平之路",
    ],
)
def test_every_separator_of_the_grammar_is_read(stem):
    assert parse_name(stem) == FULL


def test_a_title_may_hold_separators():
    assert parse_name("浙江省-杭州市-示例小学-校长甲-公平-之_路")["title"] == "公平-之_路"


@pytest.mark.parametrize("stem", ["IMG_0042", "浙江省-杭州市", "----", "", "a-b-c-d-"])
def test_a_name_outside_the_grammar_has_no_fields(stem):
    assert parse_name(stem) == {}


def test_an_unparsed_name_is_a_finding_and_the_folders_still_tell():
    told = identify("test/浙江省/杭州市/IMG_0042.mp4", "test", PROFILE)
    assert "identity.unparsed_name" in checks(told)
    assert told.identity.province == "浙江省"
    assert told.identity.city == "杭州市"


def test_the_sidecar_wins_over_the_name():
    sidecar = json.dumps({"学校": "示例中学", "话题": "教育公平", "职务": "校长"})
    told = identify(
        "test/浙江省/杭州市/浙江省-杭州市-示例小学-校长甲-题.mp4", "test", PROFILE, sidecar
    )
    assert told.identity.school == "示例中学"
    assert told.identity.topic == "教育公平"
    assert checks(told) == set()


@pytest.mark.parametrize(
    "sidecar", ["", "not json", "[1, 2]", "\x00\x01", "[" * 100_000, '{"a": ' + "1" * 5000 + "}"]
)
def test_a_broken_sidecar_is_a_finding(sidecar):
    told = identify("test/浙江省/杭州市/x.mp4", "test", PROFILE, sidecar)
    assert "identity.sidecar" in checks(told)


def test_a_topic_outside_the_list_is_a_finding():
    told = identify("test/浙江省/杭州市/x.mp4", "test", PROFILE, json.dumps({"话题": "天气"}))
    unknown = next(f for f in told.findings if f.check == "identity.unknown_topic")
    assert unknown.severity == "warn"
    assert "天气" in unknown.message


def test_a_topic_in_the_name_is_found():
    told = identify(
        "test/浙江省/杭州市/浙江省-杭州市-示例小学-校长甲-谈教育公平.mp4", "test", PROFILE
    )
    assert told.identity.topic == "教育公平"


@pytest.mark.parametrize("key", ["test/x.mp4", "x.mp4", "test/a/b/c/x.mp4"])
def test_a_flatter_or_deeper_key_is_accepted_with_a_finding(key):
    assert "identity.folder" in checks(identify(key, "test", PROFILE))


@given(st.text(max_size=300))
def test_no_name_breaks_it_and_labels_stay_printable(name):
    key = f"test/省/市/{name}.mp4"
    identify(key, "test", PROFILE, name)
    label = run_label(key, "test")
    assert label.isprintable()
    assert len(label) < 400


def test_what_no_font_can_write_is_left_out_of_names():
    told = identify("test/省/市/浙江省-杭州市-示例小学🎤-校长甲-公平😀之路.mp4", "test", PROFILE)
    assert told.identity.school == "示例小学"
    assert told.identity.title == "公平之路"
    rare = identify("test/省/市/浙江省-杭州市-示例小学-𬭎䶮-古丽·艾山.mp4", "test", PROFILE)
    assert rare.identity.principal == "𬭎䶮"
    assert rare.identity.title == "古丽·艾山"


@pytest.mark.parametrize("topic", ["\ud800x", "长" * 200_000])
def test_a_hostile_topic_is_tamed_before_it_reaches_a_finding(topic):
    told = identify("test/省/市/x.mp4", "test", PROFILE, json.dumps({"话题": topic}))
    for finding in told.findings:
        assert len(finding.message) < 400
        finding.model_dump_json()
