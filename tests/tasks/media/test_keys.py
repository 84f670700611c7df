"""Names of things in the store."""

import hashlib

import pytest

from models.errors import RequestInvalid
from tasks.media import keys


def test_a_work_keeps_its_id_over_uploads_and_the_contract_names_it():
    inbox_key = "gonghua-2022/浙江省/杭州市/a.mp4"
    digest = hashlib.sha256(f"gonghua-2022/{inbox_key}".encode()).hexdigest()
    assert keys.work_id("gonghua-2022", inbox_key) == "w" + digest[:10]


def test_a_flat_key_and_the_same_name_in_the_campaigns_folder_are_two_works():
    assert keys.work_id("c", "a.mp4") != keys.work_id("c", "c/a.mp4")


def test_a_key_without_campaign_belongs_to_the_default_one():
    assert keys.campaign_of("a.mp4", "default") == "default"
    assert keys.campaign_of("x/a.mp4", "default") == "x"
    assert keys.campaign_of("浙江省/杭州市/a.mp4", "default") == "default"


def test_equal_parts_have_equal_fingerprints_whatever_their_order():
    assert keys.fingerprint({"a": 1, "b": 2}) == keys.fingerprint({"b": 2, "a": 1})
    assert keys.fingerprint({"a": 1}) != keys.fingerprint({"a": 2})


def test_a_sidecar_belongs_to_its_file():
    assert keys.sidecar_key("c/a.mp4") == "c/a.mp4.json"
    assert keys.is_sidecar("c/a.mp4.JSON")
    assert not keys.is_sidecar("c/a.mp4")


def test_a_reference_names_bucket_and_key():
    assert keys.split_object("works/a/b.mp4", ("works",)) == ("works", "a/b.mp4")
    with pytest.raises(RequestInvalid):
        keys.split_object("elsewhere/a", ("works",))


@pytest.mark.parametrize("name", ["evidence/video.black-1.jpg", "poster.jpg"])
def test_pictures_are_served_as_pictures(name):
    assert keys.content_type(name) == "image/jpeg"
