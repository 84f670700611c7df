"""A campaign's profile is found by its name, and bears it."""

from pathlib import Path

import pytest

from models.errors import RequestInvalid
from models.settings import Settings
from tasks.adapters.profiles import load_profile, profile_for, profile_names


def own_profile(home: Path, file_name: str, text: str) -> Settings:
    (home / "campaigns").mkdir()
    (home / "campaigns" / file_name).write_text(text, "utf-8")
    return Settings(home=home)


def test_an_own_profile_stands_beside_the_shipped_ones(tmp_path):
    settings = own_profile(tmp_path, "autumn.yaml", "{name: autumn, revision: '1', title: 秋}")
    assert load_profile("autumn", settings).title == "秋"
    assert {"autumn", "gonghua-2022"} <= set(profile_names(settings))


def test_a_copy_that_kept_its_old_name_is_refused(tmp_path):
    """Its releases would go to the other campaign."""
    text = "{name: gonghua-2022, revision: '1', title: 秋}"
    with pytest.raises(RequestInvalid, match="bears the name of its file"):
        load_profile("autumn", own_profile(tmp_path, "autumn.yaml", text))


def test_a_file_of_any_name_can_be_tried_out(tmp_path):
    path = tmp_path / "draft.yaml"
    path.write_text("{name: autumn, revision: '1', title: 秋}", "utf-8")
    assert load_profile(str(path), Settings(home=tmp_path)).name == "autumn"


def test_a_campaign_without_a_profile_gets_the_default_one(tmp_path):
    profile, is_known = profile_for("nowhere", Settings(home=tmp_path))
    assert (profile.name, is_known) == ("gonghua-2022", False)


@pytest.mark.parametrize("text", ["[", "{name: autumn}", "{name: autumn, title: 1, colour: 2}"])
def test_a_broken_profile_says_what_is_wrong(tmp_path, text):
    with pytest.raises(RequestInvalid, match="profile autumn"):
        load_profile("autumn", own_profile(tmp_path, "autumn.yaml", text))
