"""`heji check` and `heji process` as a person calls them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deployments.cli import app
from tasks.media.keys import WORK_FILES
from tests.support.clips import make_clip

pytestmark = pytest.mark.media

CAPTIONS = {"captions.srt", "captions.vtt", "transcript.json"}


def run(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def good_clip(folder: Path, **options) -> Path:
    clip = {"seconds": 2, "size": "1280x720", **options}
    return make_clip(folder / "浙江省-杭州市-示例小学-校长甲-教育公平.mp4", **clip)


def test_check_judges_and_writes_nothing(tmp_path):
    clip = good_clip(tmp_path)
    answer = run("check", clip, "--json")
    assert answer.exit_code == 0
    (report,) = json.loads(answer.stdout)
    assert report["schema"] == 1
    assert report["verdict"] == "warn"
    assert report["master"] is None
    assert "policy.duration" in {f["check"] for f in report["findings"]}
    assert list(tmp_path.iterdir()) == [clip]


def test_a_blocked_file_is_exit_code_one(tmp_path):
    clip = good_clip(tmp_path, sound=None)
    answer = run("check", clip)
    assert answer.exit_code == 1
    assert "没有声音轨道" in answer.stdout


def test_a_missing_file_is_exit_code_two_with_a_reason(tmp_path):
    answer = run("check", tmp_path / "nothing.mp4")
    assert answer.exit_code == 2
    assert "no such file" in answer.stderr


def test_an_unknown_profile_names_the_ones_there_are(tmp_path):
    answer = run("check", good_clip(tmp_path), "--profile", "nowhere")
    assert answer.exit_code == 2
    assert "gonghua-2022" in answer.stderr


def test_process_writes_every_file_of_the_contract(tmp_path):
    answer = run("process", good_clip(tmp_path), "--out", tmp_path / "out", "--no-captions")
    assert answer.exit_code == 0, answer.stderr
    (folder,) = (tmp_path / "out").iterdir()
    names = {p.name for p in folder.iterdir()} - {"evidence"}  # where something is to be shown
    assert names == set(WORK_FILES) - CAPTIONS | {"record.json"}
    record = json.loads((folder / "record.json").read_text("utf-8"))
    assert folder.name == record["work_id"]
    assert record["state"] == "in_review"
    assert record["identity"]["school"] == "示例小学"


def test_process_again_replaces_the_work_whole(tmp_path):
    clip = good_clip(tmp_path)
    for _ in range(2):
        assert run("process", clip, "--out", tmp_path / "out", "--no-captions").exit_code == 0
        (folder,) = (tmp_path / "out").iterdir()
        (folder / "left-over").touch()
    assert run("process", clip, "--out", tmp_path / "out", "--no-captions").exit_code == 0
    assert not (folder / "left-over").exists()


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "taken").write_text("a file")
    answer = run("process", good_clip(tmp_path), "--out", tmp_path / "taken", "--no-captions")
    assert answer.exit_code == 2
    assert "taken" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_one_broken_file_does_not_spoil_the_others(tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"nothing of a video")
    answer = run("check", good_clip(tmp_path), broken, "--json")
    assert answer.exit_code == 1
    assert [r["verdict"] for r in json.loads(answer.stdout)] == ["warn", "block"]
