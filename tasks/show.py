"""Show a work in the Prefect UI, as artifacts of its run."""

from prefect import task
from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)
from prefect.cache_policies import NO_CACHE

from models.report import Report
from models.settings import Settings
from models.work import Identity, Work
from tasks.adapters.profiles import profile_for
from tasks.media.digest import findings_rows, report_markdown
from tasks.media.identity import label_of
from tasks.media.keys import version_prefix
from tasks.media.words import count_line
from tasks.publish import links_of

DECISIONS = {"approve": "通过", "return": "退回修改", "withdraw": "撤回"}
LINKED = {
    "report.html": "检查报告 report page",
    "notice.html": "退改通知 notice to the school",
    "master.mp4": "母版 master",
    "captions.srt": "字幕 captions (SRT)",
    "poster.jpg": "封面 poster",
}


@task(name="show-report", cache_policy=NO_CACHE, retries=4, retry_delay_seconds=[2, 5, 15, 30])
def show_report(report: Report, campaign: str, identity: Identity, settings: Settings) -> None:
    """Make the artifacts of a processed work: report, findings, contact sheet, links."""
    links = links_of(report, campaign, settings)
    label = label_of(identity, report.source.file_name)
    folder = f"{settings.store.works}/{version_prefix(campaign, report.work_id, report.version)}"
    profile, _ = profile_for(campaign, settings)
    create_markdown_artifact(
        report_markdown(report, label, identity, links, folder, profile),
        key=f"report-{report.work_id}",
        description=f"检查报告 {label}",
    )
    if report.findings:
        create_table_artifact(
            findings_rows(report.findings),
            key=f"findings-{report.work_id}",
            description=f"{count_line(report.findings)} {label}",
        )
    if sheet := links.get("contact-sheet.jpg"):
        create_image_artifact(
            sheet, key=f"contact-sheet-{report.work_id}", description=f"画面一览 {label}"
        )
    for name, text in LINKED.items():
        if name in links:
            key = f"{name.replace('.', '-')}-{report.work_id}"
            create_link_artifact(links[name], link_text=text, key=key, description=label)


def show_decision(work: Work) -> None:
    """Make the artifact of a review: what was decided, and the work's history."""
    rows = [
        {
            "时间": decision.decided_at.strftime("%Y-%m-%d %H:%M"),
            "审核人": decision.reviewer,
            "意见": DECISIONS[decision.action],
            "版本": decision.version,
            "理由": "；".join(decision.reasons),
        }
        for decision in reversed(work.decisions)
    ]
    create_table_artifact(
        rows, key=f"decisions-{work.work_id}", description=f"审核记录 {work.label}"
    )
