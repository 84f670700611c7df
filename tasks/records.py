"""Read and write the records of works: the only objects that change (design D1)."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import ValidationError

from models.errors import ObjectMissing, RequestInvalid
from models.settings import Settings
from models.work import Work
from tasks.adapters.store import ObjectStore
from tasks.media.keys import record_key

log = logging.getLogger(__name__)


def read_work(store: ObjectStore, settings: Settings, campaign: str, work_id: str) -> Work:
    """Return a work's record.

    Raises:
        ObjectMissing: there is no such work.
        RequestInvalid: the record isn't one.
    """
    key = record_key(campaign, work_id)
    try:
        return Work.model_validate_json(store.read_bytes(settings.store.works, key))
    except ValidationError as error:
        raise RequestInvalid(key, (f"not a record: {error.error_count()} problems",)) from error


def find_work(store: ObjectStore, settings: Settings, campaign: str, work_id: str) -> Work | None:
    """Return a work's record, or None for a new work."""
    try:
        return read_work(store, settings, campaign, work_id)
    except ObjectMissing:
        return None


def save_work(store: ObjectStore, settings: Settings, work: Work) -> Work:
    """Write a record, stamped with the time, and return it as written."""
    stamped = work.model_copy(update={"updated_at": datetime.now(UTC)})
    store.put_bytes(
        settings.store.works,
        record_key(work.campaign, work.work_id),
        stamped.model_dump_json(indent=2).encode(),
        "application/json",
    )
    return stamped


def list_works(store: ObjectStore, settings: Settings, campaign: str) -> Iterator[Work]:
    """Yield the records of a campaign."""
    for folder in store.list_folders(settings.store.works, f"{campaign}/"):
        try:
            work = find_work(store, settings, campaign, folder)
        except RequestInvalid as error:  # one broken record must not hide all others
            log.warning("left out: %s", error)
            continue
        if work:
            yield work


def list_campaigns(store: ObjectStore, settings: Settings) -> tuple[str, ...]:
    """Return the campaigns that have works."""
    folders = store.list_folders(settings.store.works)
    return tuple(name for name in folders if not name.startswith("."))
