"""Records, reports and stored versions of works, as processing leaves them."""

from datetime import UTC, datetime
from pathlib import Path

from models.report import MasterFacts, ProfileRef, Report, SourceFacts, Verdict
from models.work import Decision, Identity, State, Version, Work
from tasks.adapters.containers import sha256_of
from tasks.media.keys import record_key, version_prefix
from tests.support.fake_store import FakeObjectStore
from tests.support.programmes import PROFILE

NOW = datetime(2022, 12, 31, tzinfo=UTC)
V1, V2 = "1" * 12, "2" * 12


def record(
    number: int,
    state: State = State.APPROVED,
    *,
    version: str = V1,
    approved: str | None = V1,
    has_master: bool = True,
) -> Work:
    """Return the record of a work of that number; `approved` is the version that was."""
    decisions = (
        (Decision(action="approve", version=approved, reviewer="某人", decided_at=NOW),)
        if approved
        else ()
    )
    return Work(
        work_id=f"w{number:010d}",
        campaign=PROFILE.name,
        inbox_key=f"{PROFILE.name}/某省/某市/{number}.mp4",
        file_name=f"{number}.mp4",
        identity=Identity(school=f"第{number}小学", topic="教育公平"),
        state=state,
        current_version=version,
        versions=(
            Version(
                version=version,
                number=1,
                etag="e",
                sha256=version * 5 + "0000",
                size_bytes=1,
                received_at=NOW,
                has_master=has_master,
            ),
        ),
        decisions=decisions,
        updated_at=NOW,
    )


def report(work: Work, sha256: str) -> Report:
    """Return a report that passes a work and names its master."""
    return Report(
        work_id=work.work_id,
        version=work.current_version,
        profile=ProfileRef(name=PROFILE.name, revision="1"),
        verdict=Verdict.PASS,
        source=SourceFacts(
            key=work.inbox_key, file_name=work.file_name, size_bytes=1, sha256="0" * 64
        ),
        master=MasterFacts(sha256=sha256, size_bytes=1, duration_s=2.4),
    )


def stored(store: FakeObjectStore, work: Work, master: Path, sha256: str | None = None) -> None:
    """Put a work and its version into the store."""
    prefix = version_prefix(work.campaign, work.work_id, work.current_version)
    works = store.buckets["works"]
    works[record_key(work.campaign, work.work_id)] = work.model_dump_json().encode()
    works[prefix + "master.mp4"] = master.read_bytes()
    facts = report(work, sha256 or sha256_of(master))
    works[prefix + "report.json"] = facts.model_dump_json().encode()
    works[prefix + "captions.srt"] = b"1\n00:00:00,000 --> 00:00:01,000\nx\n"
