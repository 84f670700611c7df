"""A report as markdown, for the Prefect UI: failures first."""

from collections.abc import Mapping

from models.report import Finding, Report, Verdict
from models.work import Identity
from tasks.media.frames import timecode
from tasks.media.markup import plain
from tasks.media.rules import clock

MARKS = {"block": "⛔", "warn": "⚠️", "info": "ℹ️"}
VERDICTS = {
    Verdict.PASS: "✅ 通过 pass",
    Verdict.WARN: "⚠️ 有提醒 warn",
    Verdict.BLOCK: "⛔ 不合格 block",
}


LINK_NAMES = {
    "report.html": "检查报告 report",
    "master.mp4": "母版 master",
    "captions.srt": "字幕 SRT",
    "captions.vtt": "字幕 VTT",
    "transcript.json": "逐字稿 transcript",
    "poster.jpg": "封面 poster",
    "contact-sheet.jpg": "画面一览 contact sheet",
}


def report_markdown(
    report: Report, label: str, identity: Identity, links: Mapping[str, str], folder: str
) -> str:
    """Return a report with its findings, numbers and links; its files stand in `folder`."""
    where = " · ".join(p for p in (identity.province, identity.city, identity.topic) if p)
    parts = [f"# {VERDICTS[report.verdict]}", f"**{plain(label)}**  {plain(where)}"]
    parts.append(findings_table(report.findings) or "没有发现问题。")
    parts.append(_numbers(report))
    if links:
        listed = " · ".join(f"[{LINK_NAMES[n]}]({links[n]})" for n in LINK_NAMES if n in links)
        parts.append(f"{listed}\n\n链接七天内有效；过期后：`heji link {folder}report.html`")
    parts.append(f"{plain(report.source.key)} · `{report.work_id}` · `{report.version}`")
    return "\n\n".join(parts)


def findings_table(findings: tuple[Finding, ...]) -> str:
    """Return the findings as a markdown table; empty when there are none."""
    if not findings:
        return ""
    rows = [
        f"| {MARKS[f.severity]} | {plain(f.message)} | {_when(f)} | {plain(f.hint)} | `{f.check}` |"
        for f in findings
    ]
    return "\n".join(["| | 问题 | 时间 | 怎么改 | 检查 |", "|---|---|---|---|---|", *rows])


def _when(finding: Finding) -> str:
    if finding.start_s is None:
        return ""
    if finding.end_s is None:
        return timecode(finding.start_s)
    return f"{timecode(finding.start_s)} – {timecode(finding.end_s)}"


def _numbers(report: Report) -> str:
    m = report.measurements
    told = []
    if m.duration_s is not None:
        told.append(f"时长 {clock(m.duration_s)}")
    if m.loudness_lufs is not None:
        told.append(f"来稿响度 {m.loudness_lufs} LUFS")
    if m.master_loudness_lufs is not None:
        told.append(
            f"母版响度 {m.master_loudness_lufs} LUFS、真峰值 {m.master_true_peak_dbtp} dBTP"
        )
    return "，".join(told)
