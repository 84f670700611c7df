"""Write a reviewer's decision into a work's record."""

from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from models.settings import Settings
from models.work import ReviewRequest, Work
from tasks.adapters.store import open_store
from tasks.media.history import with_decision
from tasks.policies import DELAYS_S, JITTER, RETRIES, retry_if_retryable
from tasks.records import read_work, save_work


@task(
    name="record-decision",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=DELAYS_S,
    retry_jitter_factor=JITTER,
    retry_condition_fn=retry_if_retryable,
)
def record_decision(request: ReviewRequest, settings: Settings) -> Work:
    """Record the decision about the work's current version.

    Raises:
        ObjectMissing: there is no such work.
        RequestInvalid: the decision doesn't fit the work.
        Unavailable: the store doesn't answer.
    """
    store = open_store(settings.store)
    work = read_work(store, settings, request.campaign, request.work_id)
    return save_work(store, settings, with_decision(work, request, datetime.now(UTC)))
