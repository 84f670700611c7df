"""Keep each campaign's overview in step with its records: a page and a spreadsheet in the store."""

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import ValidationError

from models.errors import ObjectMissing, RequestInvalid
from models.overview import Overview, OverviewRow
from models.profile import CampaignProfile
from models.report import Report
from models.settings import Settings
from models.work import Work
from tasks.adapters.profiles import profile_for
from tasks.adapters.store import ObjectStore, open_store
from tasks.links import link_to
from tasks.media.keys import (
    CAMPAIGN,
    LAST,
    OVERVIEW_INDEX,
    OVERVIEW_PAGE,
    OVERVIEW_SHEET,
    PAGE,
    content_type,
    overview_key,
    record_key,
    version_prefix,
)
from tasks.media.overviews import digest_of, in_table_order, is_current, row_of
from tasks.policies import patient_step
from tasks.records import list_campaigns, read_work

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Requests to the store at a time: what they wait for is its answer, not a processor."""
A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class Updated:
    """An overview as it stands in the store."""

    overview: Overview
    is_new: bool
    """False when no record had changed, so nothing was written."""


@patient_step("update-overviews")
def update_overviews(settings: Settings) -> tuple[Updated, ...]:
    """Write the overview of every campaign in which a record has changed.

    Raises:
        Unavailable: the store doesn't answer.
    """
    store = open_store(settings.store)
    campaigns = [name for name in list_campaigns(store, settings) if CAMPAIGN.fullmatch(name)]
    updated = (update_overview(store, settings, name, datetime.now(UTC)) for name in campaigns)
    return tuple(one for one in updated if one)


def update_overview(
    store: ObjectStore, settings: Settings, campaign: str, now: datetime
) -> Updated | None:
    """Write one campaign's overview unless it still holds; None when it has no works.

    Only the ETags of its records are asked for each time; a record and its report are read when
    it has another one than the overview remembers.

    Raises:
        Unavailable: the store doesn't answer.
    """
    etags = dict(_etags(store, settings, campaign))
    if not etags:
        return None
    profile, _ = profile_for(campaign, settings)
    digest = digest_of(etags, profile.title)
    known = _known(store, settings, campaign)
    if known and is_current(known, digest, now, settings.store.link_hours):
        return Updated(known, is_new=False)
    rows = _rows(store, settings, campaign, etags, known)
    overview = Overview(
        campaign=campaign, title=_title(profile), digest=digest, made_at=now, rows=rows
    )
    _write(store, settings, overview)
    return Updated(overview, is_new=True)


def report_links(
    store: ObjectStore, settings: Settings, campaign: str, rows: Iterable[OverviewRow]
) -> dict[str, str]:
    """Return links to the reports of works that have one, by work id; asks nothing of the store."""
    bucket = settings.store.works
    links = {}
    for row in rows:
        if row.version and row.verdict:
            prefix = version_prefix(campaign, row.work_id, row.version)
            links[row.work_id] = link_to(store, bucket, prefix + PAGE)
    return links


def _write(store: ObjectStore, settings: Settings, overview: Overview) -> None:
    """Put page and sheet, and last what says that they stand."""
    from tasks.adapters.pages import render_overview
    from tasks.adapters.spreadsheets import overview_workbook

    campaign, bucket = overview.campaign, settings.store.works
    links = report_links(store, settings, campaign, overview.rows)
    files = {
        OVERVIEW_PAGE: render_overview(overview, links).encode(),
        OVERVIEW_SHEET: overview_workbook(overview, links),
        OVERVIEW_INDEX: overview.model_dump_json().encode(),
    }
    for name, data in files.items():
        store.put_bytes(bucket, overview_key(campaign, name), data, content_type(name))


def _etags(store: ObjectStore, settings: Settings, campaign: str) -> Iterator[tuple[str, str]]:
    def ask(work: str) -> tuple[str, str] | None:
        try:
            return work, store.stat(settings.store.works, record_key(campaign, work)).etag
        except ObjectMissing:
            return None

    folders = store.list_folders(settings.store.works, f"{campaign}/")
    yield from (told for told in _beside(ask, folders) if told)


def _known(store: ObjectStore, settings: Settings, campaign: str) -> Overview | None:
    key = overview_key(campaign, OVERVIEW_INDEX)
    try:
        return Overview.model_validate_json(store.read_bytes(settings.store.works, key))
    except (ObjectMissing, ValidationError):
        return None


def _rows(
    store: ObjectStore,
    settings: Settings,
    campaign: str,
    etags: dict[str, str],
    known: Overview | None,
) -> tuple[OverviewRow, ...]:
    kept = {row.work_id: row for row in known.rows} if known else {}

    def row(work_id: str) -> OverviewRow | None:
        before = kept.get(work_id)
        if before and before.record_etag == etags[work_id]:
            return before
        try:
            work = read_work(store, settings, campaign, work_id)
        except (ObjectMissing, RequestInvalid) as error:  # one broken record hides no other
            log.warning("left out of the overview: %s", error)
            return None
        return row_of(work, etags[work_id], _report(store, settings, work))

    return in_table_order(found for found in _beside(row, etags) if found)


def _report(store: ObjectStore, settings: Settings, work: Work) -> Report | None:
    if not work.current_version:
        return None
    key = version_prefix(work.campaign, work.work_id, work.current_version) + LAST
    try:
        return Report.model_validate_json(store.read_bytes(settings.store.works, key))
    except (ObjectMissing, ValidationError):
        return None


def _title(profile: CampaignProfile) -> str:
    return "——".join(part for part in (profile.title, profile.subtitle) if part)


def _beside(ask: Callable[[A], B], of: Iterable[A]) -> list[B]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(ask, of))
