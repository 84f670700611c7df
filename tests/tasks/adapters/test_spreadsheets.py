"""The overview as a spreadsheet."""

import io

import pytest
from openpyxl import load_workbook

from models.overview import OverviewRow
from tasks.adapters.spreadsheets import COLUMNS, FORMULA_STARTS, harmless, overview_workbook
from tests.support.reports import overview


def opened(made=None, links=None):
    data = overview_workbook(made or overview(), links or {})
    return load_workbook(io.BytesIO(data)).active


def column(sheet, heading: str) -> list:
    place = list(COLUMNS).index(heading) + 1
    return [sheet.cell(line, place).value for line in range(2, sheet.max_row + 1)]


def test_every_work_has_its_line_worst_first():
    sheet = opened()
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    assert sheet.max_row == 26
    assert column(sheet, "结论")[:5] == ["不合格"] * 5
    assert column(sheet, "结论")[-5:] == ["未检查"] * 5
    assert set(column(sheet, "时长 秒")) >= {300.0, 293.0, None}


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_text_becomes_a_formula(start):
    first = overview().rows[0]
    names = {"title": f"{start}1+1", "school": f" {start}cmd"}
    identity = first.identity.model_copy(update=names)
    row: OverviewRow = first.model_copy(
        update={"identity": identity, "file_name": f"{start}x", "problems": (f"{start}2",)}
    )
    sheet = opened(overview().model_copy(update={"rows": (row,)}))
    for cell in sheet[2]:
        assert cell.data_type != "f"
        if isinstance(cell.value, str):
            assert not cell.value.lstrip().startswith(FORMULA_STARTS)


def test_what_a_spreadsheet_cannot_hold_is_left_out():
    assert harmless("a\x00b\x1fc") == "abc"
    assert len(harmless("长" * 100_000)) < 32_767
    assert harmless("公平-之路") == "公平-之路"


def test_reports_are_linked():
    sheet = opened(links={"w0000000000": "https://store.test/r?x=1&y=2"})
    line = column(sheet, "作品编号").index("w0000000000") + 2
    linked = sheet.cell(line, len(COLUMNS))
    assert linked.hyperlink.target == "https://store.test/r?x=1&y=2"
    assert [cell for cell in column(sheet, "报告") if cell] == ["打开报告"]
