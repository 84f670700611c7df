"""Keep the store's side of a work: its record, its objects, its links."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from models.errors import ObjectMissing
from models.report import Report
from models.settings import Settings
from models.work import Identity, Source, Work
from tasks.adapters.store import ObjectStore, open_store
from tasks.links import link_to
from tasks.media.history import with_failure, with_report, with_upload
from tasks.media.keys import (
    LAST,
    WORK_FILES,
    content_marker_key,
    content_type,
    version_prefix,
)
from tasks.media.keys import work_id as work_id_of
from tasks.policies import patient_step
from tasks.published import published_files
from tasks.records import find_work, save_work


@dataclass(frozen=True)
class Registered:
    """A work whose upload has been taken note of."""

    work: Work
    twins: tuple[str, ...]
    """Ids of other works with the same bytes."""
    finished: Report | None
    """The report of an earlier run on the same bytes with the same settings."""


@patient_step("register-upload")
def register_upload(
    source: Source, identity: Identity, fingerprint: str, settings: Settings
) -> Registered:
    """Note the upload in the work's record and look what already stands for it.

    Raises:
        Unavailable: the store doesn't answer.
    """
    store = open_store(settings.store)
    known = find_work(store, settings, source.campaign, work_id_of(source.campaign, source.key))
    work = save_work(store, settings, with_upload(known, source, identity, datetime.now(UTC)))
    marker = content_marker_key(source.campaign, source.sha256)
    others = (o.key.rpartition("/")[2] for o in store.list_objects(settings.store.works, marker))
    twins = tuple(sorted(other for other in others if other != work.work_id))
    store.put_bytes(settings.store.works, marker + work.work_id, b"", "text/plain")
    report = _report_of(store, settings, work)
    finished = report if report and report.fingerprint == fingerprint else None
    return Registered(work, twins, finished)


@patient_step("publish-version")
def publish_version(report: Report, campaign: str, folder: Path, settings: Settings) -> None:
    """Put a version's files under their final keys, the report last.

    Raises:
        Unavailable: the store doesn't answer.
    """
    store = open_store(settings.store)
    bucket = settings.store.works
    prefix = version_prefix(campaign, report.work_id, report.version)
    files = {path.relative_to(folder).as_posix(): path for path in published_files(folder)}
    # Made anew, a version is not whole until its new report stands.
    store.remove(bucket, prefix + LAST)
    for name, path in files.items():
        store.put_file(bucket, prefix + name, path, content_type(name))
    for stored in list(store.list_objects(bucket, prefix)):
        if stored.key.removeprefix(prefix) not in files:
            store.remove(bucket, stored.key)
    store.put_file(bucket, prefix + LAST, folder / LAST, content_type(LAST))


@patient_step("close-record")
def close_record(work: Work, report: Report, settings: Settings) -> Work:
    """Write the outcome into the record, as it stands now.

    Raises:
        Unavailable: the store doesn't answer.
    """
    store = open_store(settings.store)
    latest = find_work(store, settings, work.campaign, work.work_id) or work
    return save_work(store, settings, with_report(latest, report))


def reopen_record(work: Work, settings: Settings) -> None:
    """Say in the record that processing did not end, so that nobody waits for it."""
    store = open_store(settings.store)
    latest = find_work(store, settings, work.campaign, work.work_id) or work
    told = with_failure(latest, work.current_version)
    if told != latest:
        save_work(store, settings, told)


def links_of(report: Report, campaign: str, settings: Settings) -> dict[str, str]:
    """Return fresh links to what people open of a work, by file name."""
    store = open_store(settings.store)
    prefix = version_prefix(campaign, report.work_id, report.version)
    return {
        name: link_to(store, settings.store.works, prefix + name)
        for name in WORK_FILES
        if store.exists(settings.store.works, prefix + name)
    }


def _report_of(store: ObjectStore, settings: Settings, work: Work) -> Report | None:
    """Return the report that stands for the work's current version, if it can be used."""
    current = work.current
    if current is None:
        return None
    key = version_prefix(work.campaign, work.work_id, current.version) + LAST
    try:
        return Report.model_validate_json(store.read_bytes(settings.store.works, key))
    except (ObjectMissing, ValidationError):
        return None
