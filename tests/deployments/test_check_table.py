"""What `heji check` writes on a terminal."""

import pytest

from deployments.commands.works import _answer
from models.report import Report
from tests.support.reports import many_findings, report


def written(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *reports: Report,
    width: int = 200,
) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    _answer(list(reports), as_json=False)
    return capsys.readouterr().out


def test_failures_stand_first_with_times_values_and_hints(capsys, monkeypatch):
    text = written(capsys, monkeypatch, report(many_findings(), unsure=("video.interlaced",)))
    found = many_findings()
    places = [text.index(finding.message) for finding in found]
    assert places == sorted(places)
    for finding in found:
        assert finding.hint in text
        assert finding.check in text
    assert "01:01.2–" in text
    assert "→ 5 秒" in text
    assert "不合格 2 · 提醒 9 · 说明 1" in text
    assert "未能判定：隔行扫描画面" in text


def test_several_files_are_summed_up(capsys, monkeypatch):
    text = written(capsys, monkeypatch, report(many_findings()), report(()), report(()))
    assert "共 3 个文件：通过 2，不合格 1" in text
    assert "没有发现问题" in text


def test_a_name_cannot_colour_the_terminal_or_be_markup(capsys, monkeypatch):
    text = written(capsys, monkeypatch, report((), file_name="\x1b[31m[bold]x[/bold].mp4"))
    assert "\x1b" not in text
    assert "[bold]x[/bold].mp4" in text


def test_a_narrow_terminal_keeps_every_line_inside(capsys, monkeypatch):
    from rich.cells import cell_len

    text = written(capsys, monkeypatch, report(many_findings()), width=80)
    assert max(cell_len(line) for line in text.splitlines()) <= 80
