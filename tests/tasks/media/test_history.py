"""A work's record from upload to decision."""

from datetime import UTC, datetime

import pytest

from models.errors import RequestInvalid
from models.report import MasterFacts, ProfileRef, Report, SourceFacts, Verdict
from models.work import Identity, ReviewRequest, Source, State
from tasks.media.history import with_decision, with_failure, with_report, with_upload
from tasks.media.keys import version_of

NOW = datetime(2022, 12, 30, tzinfo=UTC)


def source(sha="a" * 64):
    return Source(
        campaign="c", key="c/省/市/x.mp4", file_name="x.mp4", etag=sha[:8], size_bytes=9, sha256=sha
    )


def report(work, verdict=Verdict.WARN, *, has_master=True):
    return Report(
        work_id=work.work_id,
        version=work.current_version,
        profile=ProfileRef(name="c", revision="1"),
        verdict=verdict,
        source=SourceFacts(key="k", file_name="x.mp4", size_bytes=9, sha256="a" * 64),
        master=MasterFacts(sha256="m", size_bytes=1, duration_s=1) if has_master else None,
    )


def decide(work, action="approve", reasons=()):
    request = ReviewRequest(
        work_id=work.work_id, action=action, reasons=list(reasons), reviewer="审核员"
    )
    return with_decision(work, request, NOW)


def uploaded(work=None, sha="a" * 64):
    return with_upload(work, source(sha), Identity(), NOW)


def reviewed(sha="a" * 64, **facts):
    work = uploaded(sha=sha)
    return with_report(work, report(work, **facts))


def test_other_bytes_under_the_key_are_version_two():
    work = uploaded(uploaded(), sha="b" * 64)
    assert [v.number for v in work.versions] == [1, 2]
    assert work.current_version == version_of("b" * 64)


def test_the_same_bytes_again_are_no_new_version():
    assert len(uploaded(uploaded()).versions) == 1


def test_earlier_bytes_again_are_the_earlier_version():
    work = uploaded(uploaded(uploaded(), sha="b" * 64))
    assert len(work.versions) == 2
    assert work.current.number == 1


def test_the_verdict_sets_the_state():
    assert reviewed().state is State.IN_REVIEW
    assert reviewed(verdict=Verdict.BLOCK).state is State.BLOCKED


def test_a_decision_stands_when_the_same_bytes_are_processed_again():
    work = decide(reviewed())
    again = uploaded(work)
    assert with_report(again, report(again)).state is State.APPROVED


def test_an_approval_does_not_pass_to_new_bytes():
    work = uploaded(decide(reviewed()), sha="b" * 64)
    work = with_report(work, report(work))
    assert work.state is State.IN_REVIEW
    assert work.decisions[0].version == version_of("a" * 64)


def test_a_return_needs_a_reason():
    with pytest.raises(RequestInvalid, match="reason"):
        decide(reviewed(), "return", ["  "])
    assert decide(reviewed(), "return", ["片头过长"]).state is State.RETURNED


def test_what_has_no_master_cannot_be_approved():
    with pytest.raises(RequestInvalid, match="master"):
        decide(reviewed(verdict=Verdict.BLOCK, has_master=False))


def test_what_is_not_processed_cannot_be_decided():
    with pytest.raises(RequestInvalid, match="processed"):
        decide(uploaded())


def test_a_late_run_on_replaced_bytes_says_nothing_of_the_work():
    first = uploaded()
    second = uploaded(first, sha="b" * 64)
    blocked = with_report(second, report(second, Verdict.BLOCK))
    late = with_report(blocked, report(first))
    assert late.state is State.BLOCKED
    assert [v.verdict for v in late.versions] == [Verdict.WARN, Verdict.BLOCK]


def test_a_run_that_fails_gives_back_what_was_known():
    approved = decide(reviewed())
    again = uploaded(approved)
    assert with_failure(again, again.current_version).state is State.APPROVED
    fresh = uploaded()
    assert with_failure(fresh, fresh.current_version).state is State.RECEIVED


def test_the_failure_of_an_older_run_changes_nothing():
    first = uploaded()
    second = uploaded(first, sha="b" * 64)
    assert with_failure(second, first.current_version) == second
