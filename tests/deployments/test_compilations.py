"""`heji compile` as somebody at a terminal uses it."""

import json
import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from deployments.commands import compilations
from deployments.commands.compilations import read_spec
from models.compilation import CardTimes
from models.errors import RequestInvalid
from tasks.media.releases import MANIFEST, RELEASE_FILES
from tests.support.masters import GREEN, RED, make_master

PROFILE = """
name: small
revision: "1"
title: 小样
topics: [党的领导, 教育公平]
credits: [{role: 主办, names: [某某单位]}]
master: {width_px: 320, height_px: 180, max_rate_kbps: 2000}
"""
SPEC = """
campaign: small
title: 小样合辑
works:
  - {work: works/one, in_s: 0.4, out_s: 2.0, topic: 教育公平}
  - work: works/two
cards: {opening: 0.4, topic: 0.4, work: 0.4, closing: 0.4}
lower_third: {show_s: 0}
"""


@pytest.fixture
def app():
    made = typer.Typer()
    compilations.register(made)
    made.command("other")(lambda: None)  # with a single command typer asks for no name
    return made


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with a spec, a profile and two processed works."""
    folder = tmp_path_factory.mktemp("desk")
    for name, look in (("one", RED), ("two", GREEN)):
        make_master(folder / "works" / name / "master.mp4", 60, look)
    (folder / "small.yaml").write_text(PROFILE, "utf-8")
    (folder / "spec.yaml").write_text(SPEC, "utf-8")
    return folder


def run(app, desk, out, *more, spec="spec.yaml"):
    call = ["compile", str(desk / spec), "--out", str(out), "--profile", str(desk / "small.yaml")]
    return CliRunner().invoke(app, [*call, *more])


@pytest.mark.media
def test_the_results_stand_in_the_folder_that_was_asked_for(app, desk, tmp_path):
    out = tmp_path / "new" / "out"
    result = run(app, desk, out)
    assert result.exit_code == 0, result.output
    assert {path.name for path in out.iterdir()} == {*RELEASE_FILES, MANIFEST}
    assert "小样合辑" in result.stdout
    assert "教育公平" in result.stdout
    stored = json.loads((out / MANIFEST).read_text("utf-8"))
    assert stored["release"]["duration_s"] == pytest.approx(0.4 * 6 + 1.6 + 2.4)


@pytest.mark.media
def test_the_spec_is_found_its_works_whatever_the_current_folder_is(
    app, desk, tmp_path, monkeypatch
):
    monkeypatch.chdir(desk)
    result = CliRunner().invoke(
        app, ["compile", "spec.yaml", "--out", str(tmp_path), "-p", "small.yaml", "--json"]
    )
    assert result.exit_code == 0, result.output
    assert len(json.loads(result.stdout)["works"]) == 2


@pytest.mark.media
def test_works_may_lie_in_another_folder_and_a_draft_is_one(app, desk, tmp_path):
    text = SPEC.replace("works/one", "one").replace("works/two", "two")
    (tmp_path / "spec.yaml").write_text(text, "utf-8")
    call = ["compile", str(tmp_path / "spec.yaml"), "--out", str(tmp_path / "out"), "--json"]
    more = ["-p", str(desk / "small.yaml"), "--works", str(desk / "works"), "--draft"]
    result = CliRunner().invoke(app, [*call, *more])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["release"]["quality"] == "draft"


@pytest.mark.media
def test_a_second_run_replaces_the_first_and_leaves_nothing_half_done(app, desk, tmp_path):
    for name in ("compilation.mp4", MANIFEST):
        (tmp_path / name).write_text("old", "utf-8")
    assert run(app, desk, tmp_path).exit_code == 0
    assert json.loads((tmp_path / MANIFEST).read_text("utf-8"))["schema"] == 1
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]
    assert list((Path(os.environ["HEJI_HOME"]) / "scratch").glob("compile-*")) == []


@pytest.mark.media
def test_every_problem_is_told_and_nothing_is_written(app, desk, tmp_path):
    text = SPEC.replace("out_s: 2.0", "out_s: 9").replace("works/two", "works/none")
    (desk / "bad.yaml").write_text(text.replace("title: 小样", "title: 小样😀"), "utf-8")
    result = run(app, desk, tmp_path / "out", spec="bad.yaml")
    assert result.exit_code == 2
    told = "".join(result.stderr.split())
    assert "one(one):outat9sisbeyonditsendat2.4s" in told
    assert "works/noneisnotthefolderofaprocessedwork" in told
    assert "noglyphfor😀" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.media
def test_a_campaign_that_is_not_the_profile_is_told(app, desk, tmp_path):
    (desk / "other.yaml").write_text(SPEC.replace("campaign: small", "campaign: other"), "utf-8")
    result = run(app, desk, tmp_path, spec="other.yaml")
    assert result.exit_code == 2
    assert "campaign other is not the profile small" in " ".join(result.stderr.split())


def test_an_unknown_campaign_is_told_with_those_there_are(app, desk, tmp_path):
    (desk / "none.yaml").write_text(SPEC.replace("campaign: small", "campaign: none"), "utf-8")
    result = CliRunner().invoke(app, ["compile", str(desk / "none.yaml"), "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert "gonghua-2022" in result.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "No such file"),
        ("works: [", "not YAML"),
        ("- a", "spec: Input should be"),
        ("campaign: c\ntitle: t\nworks: []", "works: Tuple should have at least 1 item"),
        ("campaign: c\nworks: [{work: a}]", "title: Field required"),
        (
            "campaign: c\ntitle: t\nwork: [{work: a}]",
            "works: Field required; work: Extra inputs are not permitted",
        ),
        ("campaign: c\ntitle: t\nworks: [{work: a, in_s: -1}]", "works.0.in_s"),
        ("campaign: c\ntitle: t\nworks: [{work: a}]\ncaptions: loud", "captions: Input should be"),
    ],
)
def test_a_spec_that_is_none_is_refused_with_the_place_and_the_reason(tmp_path, text, words):
    path = tmp_path / "spec.yaml"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(RequestInvalid) as caught:
        read_spec(path)
    assert words in str(caught.value)


def test_what_a_short_spec_leaves_open_has_its_default(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text("campaign: c\ntitle: t\nworks: [{work: a}]\n", "utf-8")
    spec = read_spec(path)
    assert (spec.group_by, spec.captions, spec.cards) == ("topic", "soft", CardTimes())
