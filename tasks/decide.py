"""Write a reviewer's decision into a work's record."""

from datetime import UTC, datetime

from models.settings import Settings
from models.work import ReviewRequest, Work
from tasks.adapters.store import open_store
from tasks.media.history import with_decision
from tasks.policies import patient_step
from tasks.records import read_work, save_work


@patient_step("record-decision")
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
