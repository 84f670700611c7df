"""`heji checks` lists the catalogue as a campaign uses it."""

import json
from pathlib import Path

from typer.testing import CliRunner

from deployments.cli import app
from tasks.media.catalogue import CATALOGUE

PROFILE = """
name: mine
revision: "7"
title: 我的
severities: {video.black: block, video.qr_code: "off"}
"""


def listed(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["checks", *arguments], env={"COLUMNS": "120"})
    assert result.exit_code == 0, result.output
    return result.output


def test_every_check_is_listed_with_the_campaigns_severity(tmp_path: Path):
    (tmp_path / "mine.yaml").write_text(PROFILE, "utf-8")
    rows = {r["check"]: r for r in json.loads(listed("-p", str(tmp_path / "mine.yaml"), "--json"))}
    assert rows.keys() == CATALOGUE.keys()
    assert rows["video.black"]["severity"] == "block"
    assert rows["video.qr_code"]["severity"] == "off"
    assert rows["audio.missing"]["severity"] == "block"
    assert all(row["name"] for row in rows.values())


def test_people_read_a_table():
    text = listed()
    assert "video.black" in text
    assert "画面全黑" in text
