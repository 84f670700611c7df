"""A report as markdown and table, for the Prefect UI: failures first."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from models.profile import CampaignProfile
from models.report import Finding, Report, Verdict
from models.work import Identity
from tasks.media.markup import plain
from tasks.media.rules import clock
from tasks.media.words import SEVERITIES, check_name, count_line, extent, not_run, picture_line

MARKS = {"block": "⛔", "warn": "⚠️", "info": "ℹ️"}
VERDICTS = {
    Verdict.PASS: "✅ 通过 pass",
    Verdict.WARN: "⚠️ 有提醒 warn",
    Verdict.BLOCK: "⛔ 不合格 block",
}


LINK_NAMES = {
    "report.html": "检查报告 report",
    "notice.html": "退改通知 notice",
    "master.mp4": "母版 master",
    "captions.srt": "字幕 SRT",
    "captions.vtt": "字幕 VTT",
    "transcript.json": "逐字稿 transcript",
    "poster.jpg": "封面 poster",
    "contact-sheet.jpg": "画面一览 contact sheet",
}


def report_markdown(
    report: Report,
    label: str,
    identity: Identity,
    links: Mapping[str, str],
    folder: str,
    profile: CampaignProfile | None = None,
) -> str:
    """Return a report with its findings, numbers and links; its files stand in `folder`."""
    where = " · ".join(p for p in (identity.province, identity.city, identity.topic) if p)
    parts = [f"# {VERDICTS[report.verdict]}", f"**{plain(label)}**  {plain(where)}"]
    if report.findings:
        parts.append(f"**{count_line(report.findings)}**")
    parts.append(findings_table(report.findings) or "没有发现问题。")
    parts += [part for part in (_facts(report), _why(report), _untold(report, profile)) if part]
    if links:
        listed = " · ".join(f"[{LINK_NAMES[n]}]({links[n]})" for n in LINK_NAMES if n in links)
        parts.append(f"{listed}\n\n链接七天内有效；过期后：`heji link {folder}report.html`")
    revision = f"要求 {report.profile.name}，修订 {plain(report.profile.revision)}"
    parts.append(
        f"{plain(report.source.key)} · `{report.work_id}` · `{report.version}` · {revision}"
    )
    return "\n\n".join(parts)


def findings_table(findings: tuple[Finding, ...]) -> str:
    """Return the findings as a markdown table; empty when there are none."""
    if not findings:
        return ""
    rows = [
        f"| {MARKS[f.severity]} | {plain(f.message)} | {extent(f)} | {plain(f.measured or '')} "
        f"| {plain(f.limit or '')} | {plain(f.hint)} | `{f.check}` |"
        for f in findings
    ]
    head = ["| | 问题 | 时间 | 实测 | 要求 | 怎么改 | 检查 |", "|---|---|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def findings_rows(findings: tuple[Finding, ...]) -> list[dict[str, str]]:
    """Return the findings as rows of a table artifact."""
    return [
        {
            "级别": f"{MARKS[f.severity]} {SEVERITIES[f.severity]}",
            "问题": f.message,
            "时间": extent(f),
            "实测": f.measured or "",
            "要求": f.limit or "",
            "怎么改": f.hint,
            "检查": f.check,
        }
        for f in findings
    ]


def with_master(page: str, master: str) -> str:
    """Return a signed link to a report page that lets its player open the master as well.

    The master's own signature stands behind the `#`, where it is sent to nobody; the page takes
    nothing else from there, so that no link can show it another video.
    """
    signature = urlsplit(master).query
    return f"{page}#master={quote(signature, safe='')}" if signature else page


def _facts(report: Report) -> str:
    m, media = report.measurements, report.source.media
    told = []
    if picture_line(report):
        told.append(f"来稿画面 {picture_line(report)}")
    if media and media.picture:
        codecs = [s.codec or "?" for s in (media.picture, media.sound) if s]
        told.append(f"编码 {' + '.join(codecs)}")
    told.append(f"{report.source.size_bytes / 1e6:.1f} MB")
    if m.duration_s is not None:
        told.append(f"时长 {clock(m.duration_s)}")
    if m.loudness_lufs is not None:
        told.append(f"来稿响度 {m.loudness_lufs} LUFS")
    if m.master_loudness_lufs is not None:
        told.append(
            f"母版响度 {m.master_loudness_lufs} LUFS、真峰值 {m.master_true_peak_dbtp} dBTP"
        )
    return "，".join(told)


def _why(report: Report) -> str:
    master = report.master
    if master is None:
        return "母版：未生成"
    reasons = [
        f"{name}重新编码：{plain('；'.join(why))}"
        for name, why in (("画面", master.why_encoded), ("声音", master.why_sound_encoded))
        if why
    ]
    return "\n\n".join(reasons)


def _untold(report: Report, profile: CampaignProfile | None) -> str:
    told = []
    if report.unsure:
        told.append(f"未能判定，请人工看一看：{'、'.join(map(check_name, report.unsure))}")
    if profile and not_run(report, profile):
        told.append(f"未检查：{'；'.join(not_run(report, profile))}")
    return "\n\n".join(told)
