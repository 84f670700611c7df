"""Write what a school is asked to mend, beside the report."""

from pathlib import Path

from models.profile import CampaignProfile
from models.report import Report, Verdict
from models.work import Source
from tasks.adapters.pages import render_notice
from tasks.media.identity import identify
from tasks.media.keys import NOTICE


def write_notice(report: Report, source: Source, profile: CampaignProfile, folder: Path) -> None:
    """Write the notice to the school that sent `source`, unless its work passes."""
    if report.verdict is Verdict.PASS:
        return
    identity = identify(source.key, source.campaign, profile, source.sidecar).identity
    page = render_notice(report, profile, folder, identity)
    (folder / NOTICE).write_text(page, "utf-8")
