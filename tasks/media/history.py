"""How a work's record changes: pure steps from one record to the next."""

from datetime import datetime

from models.errors import RequestInvalid
from models.report import Report, Verdict
from models.work import Decision, Identity, ReviewRequest, Source, State, Version, Work
from tasks.media.keys import version_of, work_id

DECIDED: dict[str, State] = {
    "approve": State.APPROVED,
    "return": State.RETURNED,
    "withdraw": State.WITHDRAWN,
}


def with_upload(work: Work | None, source: Source, identity: Identity, now: datetime) -> Work:
    """Return the record after an upload: other bytes under the key are the next version."""
    version = version_of(source.sha256)
    work = work or Work(
        work_id=work_id(source.campaign, source.key),
        campaign=source.campaign,
        inbox_key=source.key,
        file_name=source.file_name,
        updated_at=now,
    )
    versions = work.versions
    if all(v.version != version for v in versions):
        added = Version(
            version=version,
            number=len(versions) + 1,
            etag=source.etag,
            sha256=source.sha256,
            size_bytes=source.size_bytes,
            received_at=now,
        )
        versions = (*versions, added)
    return work.model_copy(
        update={
            "identity": identity,
            "versions": versions,
            "current_version": version,
            "state": State.PROCESSING,
            "updated_at": now,
        }
    )


def with_report(work: Work, report: Report) -> Work:
    """Return the record after processing; a decision on these very bytes stands.

    A version that has been replaced meanwhile keeps its verdict, but says nothing of the work.
    """
    versions = tuple(
        v.model_copy(update={"verdict": report.verdict, "has_master": report.master is not None})
        if v.version == report.version
        else v
        for v in work.versions
    )
    told = work.model_copy(update={"versions": versions})
    if report.version != work.current_version:
        return told
    return told.model_copy(update={"state": _settled_state(told)})


def with_failure(work: Work, version: str | None) -> Work:
    """Return the record after a run on `version` that did not end: no state claims that it runs.

    What was known before the run holds again; a version that was never judged is `received`.
    """
    if version != work.current_version or work.state is not State.PROCESSING:
        return work
    return work.model_copy(update={"state": _settled_state(work)})


def with_decision(work: Work, request: ReviewRequest, now: datetime) -> Work:
    """Return the record after a review.

    Raises:
        RequestInvalid: the decision doesn't fit the work; every reason is named.
    """
    problems = []
    current = work.current
    if current is None or current.verdict is None:
        problems.append("the work has not been processed yet")
    elif request.action == "approve" and not current.has_master:
        problems.append("there is no master to approve: the upload could not be used")
    if request.action == "return" and not any(r.strip() for r in request.reasons):
        problems.append("returning a work needs at least one reason for the school")
    if problems or current is None:
        raise RequestInvalid(f"{request.action} {work.work_id}", tuple(problems))
    decision = Decision(
        action=request.action,
        version=current.version,
        reviewer=request.reviewer,
        reasons=tuple(r.strip() for r in request.reasons if r.strip()),
        decided_at=now,
    )
    return work.model_copy(
        update={"decisions": (*work.decisions, decision), "state": DECIDED[request.action]}
    )


def _settled_state(work: Work) -> State:
    """Return what the decisions on the current version say, else its verdict."""
    decided = [d for d in work.decisions if d.version == work.current_version]
    if decided:
        return DECIDED[decided[-1].action]
    verdict = work.current.verdict if work.current else None
    if verdict is None:
        return State.RECEIVED
    return State.BLOCKED if verdict is Verdict.BLOCK else State.IN_REVIEW
