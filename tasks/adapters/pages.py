"""The door to Jinja: the pages that people read, each a file that needs no other."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from models.overview import Overview
from models.profile import CampaignProfile
from models.report import Report
from models.work import Identity
from tasks.media import words
from tasks.media.captions import decode_subtitle
from tasks.media.frames import timecode
from tasks.media.notices import requests_to_school
from tasks.media.overviews import totals_of, verdict_rank
from tasks.media.rules import clock
from tasks.media.strips import lay_out

TEMPLATES = "templates"


@dataclass(frozen=True)
class Script:
    """A page's own script, and the hash by which its policy lets only this one run."""

    text: str
    hash: str


def render_report(
    report: Report, profile: CampaignProfile, folder: Path, master_url: str | None = None
) -> str:
    """Return the report page; what lies in `folder` of pictures and captions becomes part of it.

    The player takes `master_url`, or master.mp4 beside the page. A page that a signed link opens
    finds the signature of its master behind the `#`, as `tasks.media.digest.with_master` puts it.
    """
    captions = folder / "captions.srt"
    return _render(
        "report.html.j2",
        report=report,
        profile=profile,
        pictures=_pictures(report, folder),
        sheet=_data_uri(folder / "contact-sheet.jpg"),
        poster=_data_uri(folder / "poster.jpg"),
        cues=decode_subtitle(captions.read_bytes()) if captions.is_file() else (),
        master=master_url or "master.mp4",
        master_url=master_url,
        strip=lay_out(report, profile),
        not_run=words.not_run(report, profile),
        script=_script("report.js"),
    )


def render_notice(
    report: Report, profile: CampaignProfile, folder: Path, identity: Identity
) -> str:
    """Return what a school is asked to mend, as a page to print; `identity` says whom it asks."""
    asked = requests_to_school(report.findings)
    must = [request for request in asked if request.severity == "block"]
    return _render(
        "notice.html.j2",
        report=report,
        profile=profile,
        identity=identity,
        heading="退改通知" if must else "修改建议",
        addressee=_addressee(identity),
        must=must,
        should=[request for request in asked if request.severity != "block"],
        pictures=_pictures(report, folder),
    )


def render_overview(overview: Overview, links: Mapping[str, str]) -> str:
    """Return a campaign's works as a table to sort and filter; `links` lead to their reports."""
    return _render(
        "overview.html.j2",
        overview=overview,
        links={row.work_id: links.get(row.work_id, "") for row in overview.rows},
        totals=totals_of(overview.rows),
        rank={row.verdict: verdict_rank(row.verdict) for row in overview.rows},
        script=_script("overview.js"),
    )


def _render(template: str, **context: object) -> str:
    told = {"words": _WORDS, **context}
    return _environment().get_template(template).render(told)


_WORDS = {
    "verdicts": words.VERDICTS,
    "severities": words.SEVERITIES,
    "states": words.STATES,
    "check_name": words.check_name,
    "count_line": words.count_line,
    "picture_line": words.picture_line,
    "when": words.when,
    "extent": words.extent,
}


def _addressee(identity: Identity) -> str:
    # A province that is a city itself (北京市) stands in both.
    places = dict.fromkeys(p for p in (identity.province, identity.city) if p)
    school = identity.school or "报送学校"
    return "".join([*(p for p in places if not school.startswith(p)), school])


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tasks.adapters", TEMPLATES),
        autoescape=select_autoescape(default_for_string=True, default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["timecode"] = timecode
    environment.filters["clock"] = clock
    environment.filters["minutes"] = _minutes
    environment.filters["megabytes"] = _megabytes
    return environment


@lru_cache(maxsize=4)
def _script(name: str) -> Script:
    text = (Path(__file__).parent / TEMPLATES / name).read_text("utf-8")
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return Script(text, f"sha256-{base64.b64encode(digest).decode('ascii')}")


def _minutes(second: int) -> str:
    minutes, rest = divmod(second, 60)
    return f"{minutes}:{rest:02d}"


def _megabytes(size_bytes: int) -> str:
    megabytes = size_bytes / 1e6
    return f"{megabytes:.1f} MB" if megabytes >= 0.1 else f"{size_bytes / 1000:.1f} kB"


def _pictures(report: Report, folder: Path) -> dict[str, str | None]:
    return {f.evidence: _data_uri(folder / f.evidence) for f in report.findings if f.evidence}


def _data_uri(path: Path) -> str | None:
    if not path.is_file():
        return None
    return "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode("ascii")
