"""The door to Jinja: the pages that people read, each a file that needs no other."""

import base64
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from models.profile import CampaignProfile
from models.report import Report
from tasks.media.frames import timecode
from tasks.media.rules import clock

VERDICTS = {"pass": "通过", "warn": "有提醒", "block": "不合格"}
SEVERITIES = {"block": "不合格", "warn": "提醒", "info": "说明"}


def render_report(report: Report, profile: CampaignProfile, folder: Path) -> str:
    """Return the report page; pictures that lie in `folder` become part of it."""
    pictures = {f.evidence: _data_uri(folder / f.evidence) for f in report.findings if f.evidence}
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            profile=profile,
            pictures=pictures,
            sheet=_data_uri(folder / "contact-sheet.jpg"),
            poster=_data_uri(folder / "poster.jpg"),
            has_captions=(folder / "captions.vtt").exists(),
            verdicts=VERDICTS,
            severities=SEVERITIES,
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tasks.adapters", "."),
        autoescape=select_autoescape(default_for_string=True, default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["timecode"] = timecode
    environment.filters["clock"] = clock
    return environment


def _data_uri(path: Path) -> str | None:
    if not path.is_file():
        return None
    return "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode("ascii")
