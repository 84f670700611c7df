"""Review one work: write a reviewer's decision into its record.

| step | its failure means |
|---|---|
| decide | a request that doesn't fit the work changes nothing, and the run says every reason |
"""

from prefect import flow
from prefect.runtime import flow_run

from models.settings import Settings
from models.work import ReviewRequest
from tasks.decide import record_decision
from tasks.show import show_decision


def _run_name() -> str:
    request = flow_run.parameters["request"]
    return f"{request.action} · {request.work_id} · {request.reviewer}"


@flow(name="review-work", flow_run_name=_run_name)
def review_work(request: ReviewRequest) -> dict[str, str]:
    """Approve a work, return it with reasons, or withdraw it."""
    settings = Settings()
    work = record_decision(request, settings)
    show_decision(work)
    return {"work_id": work.work_id, "state": work.state}
