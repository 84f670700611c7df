"""The door to openpyxl: tables that people open in a spreadsheet and pass on."""

import io
from collections.abc import Mapping

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from models.overview import Overview, OverviewRow
from tasks.media.words import STATES, VERDICTS

COLUMNS = {
    "序号": 6,
    "结论": 9,
    "省": 12,
    "市": 12,
    "学校": 26,
    "姓名": 10,
    "题目": 34,
    "话题": 12,
    "状态": 10,
    "主要问题": 60,
    "来稿响度 LUFS": 10,
    "母版响度 LUFS": 10,
    "时长 秒": 9,
    "上传次数": 9,
    "文件名": 40,
    "作品编号": 14,
    "报告": 10,
}
"""Headings and widths in characters."""
FILLS = {"block": "F6D5D2", "warn": "FBE9C6", "pass": "D3EDDD"}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST_CHARACTERS = 32_000
"""A cell holds 32,767."""


def overview_workbook(overview: Overview, links: Mapping[str, str]) -> bytes:
    """Return a campaign's works as an XLSX file; `links` lead to their reports."""
    book = Workbook()
    sheet = book.active
    sheet.title = "作品总览"
    for number, (heading, width) in enumerate(COLUMNS.items(), 1):
        cell = _write(sheet, 1, number, heading)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E6ECF3")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(number)].width = width
    for line, row in enumerate(overview.rows, 2):
        _write_row(sheet, line, row, links.get(row.work_id, ""))
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    # Equal tables are equal bytes but for the time at which they were made.
    book.properties.creator = "Heji"
    book.properties.created = book.properties.modified = overview.made_at.replace(tzinfo=None)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def harmless(text: str) -> str:
    """Keep what senders wrote from becoming a formula, here and where the table is saved as CSV.

    >>> harmless("=1+1")
    "'=1+1"
    """
    kept = ILLEGAL_CHARACTERS_RE.sub("", text)[:MOST_CHARACTERS]
    return f"'{kept}" if kept.lstrip(" ").startswith(FORMULA_STARTS) else kept


def _write_row(sheet: Worksheet, line: int, row: OverviewRow, link: str) -> None:
    who = row.identity
    verdict = row.verdict.value if row.verdict else ""
    more = [f"另有 {row.more_problems} 项"] if row.more_problems else []
    values: list[str | float | None] = [
        line - 1,
        VERDICTS.get(verdict, "未检查"),
        who.province,
        who.city,
        who.school,
        who.principal,
        who.title,
        who.topic,
        STATES[row.state.value],
        "；".join([*row.problems, *more]),
        row.loudness_lufs,
        row.master_loudness_lufs,
        None if row.duration_s is None else round(row.duration_s, 1),
        row.number,
        row.file_name,
        row.work_id,
        "打开报告" if link else None,
    ]
    for column, value in enumerate(values, 1):
        cell = _write(sheet, line, column, value)
        cell.alignment = Alignment(vertical="top", wrap_text=isinstance(value, str))
    if verdict in FILLS:
        sheet.cell(line, 2).fill = PatternFill("solid", fgColor=FILLS[verdict])
    if link:
        linked = sheet.cell(line, len(values))
        linked.hyperlink = link
        linked.font = Font(color="36608F", underline="single")


def _write(sheet: Worksheet, line: int, column: int, value: str | float | None) -> Cell:
    cell = sheet.cell(line, column)
    if isinstance(value, str):
        cell.value = harmless(value)
        # openpyxl guesses formulas from the text: what stands here never is one.
        cell.data_type = "s"
    else:
        cell.value = value
    return cell
