"""A work: one school's video from upload to decision; the shape of `record.json`."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from models.base import Frozen
from models.report import Verdict


class State(StrEnum):
    """Where a work stands."""

    RECEIVED = "received"
    PROCESSING = "processing"
    BLOCKED = "blocked"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class Identity(Frozen):
    """Who made the work and what it is called; an unknown part is None."""

    province: str | None = None
    city: str | None = None
    school: str | None = None
    principal: str | None = None
    post: str | None = None
    title: str | None = None
    topic: str | None = None
    stage: str | None = None
    """学段: kindergarten, primary, secondary, special or vocational."""


class Version(Frozen):
    """One set of bytes that was uploaded under the work's key."""

    version: str
    """First 12 hex digits of the source's SHA-256."""
    number: int
    """1 for the first upload under the key, then counting."""
    etag: str
    sha256: str
    size_bytes: int
    received_at: datetime
    verdict: Verdict | None = None
    """None until the version has been processed."""
    has_master: bool = False


class Decision(Frozen):
    """What a reviewer decided about one version."""

    action: Literal["approve", "return", "withdraw"]
    version: str
    reviewer: str
    reasons: tuple[str, ...] = ()
    decided_at: datetime


class Work(Frozen):
    """The record of one work."""

    schema_version: int = Field(default=1, alias="schema")
    work_id: str
    campaign: str
    inbox_key: str
    file_name: str
    identity: Identity = Identity()
    state: State = State.RECEIVED
    current_version: str | None = None
    versions: tuple[Version, ...] = ()
    decisions: tuple[Decision, ...] = ()
    updated_at: datetime

    @property
    def current(self) -> Version | None:
        """The version that counts now."""
        return next((v for v in self.versions if v.version == self.current_version), None)

    @property
    def label(self) -> str:
        """What to call the work in a list: school, principal and title, else its file name."""
        identity = self.identity
        named = [p for p in (identity.school, identity.principal, identity.title) if p]
        return " · ".join(named) or self.file_name


class Upload(Frozen):
    """An object that somebody put into the inbox."""

    bucket: str
    key: str
    etag: str
    size_bytes: int | None = None


class Source(Frozen):
    """An upload that lies in a run's scratch folder, with what was told beside it."""

    campaign: str
    key: str
    """Inbox key; for a local file its name below the campaign."""
    file_name: str
    etag: str
    size_bytes: int
    sha256: str
    sidecar: str | None = None
    is_local: bool = False
    """True outside the store, where folders mean nothing."""


class ProcessRequest(Frozen):
    """Process one upload: what the watcher sends for each object in the inbox."""

    key: str = Field(
        title="Inbox key",
        description="Key in the inbox bucket: <campaign>/<省>/<市>/<file name>",
    )
    etag: str = Field(
        default="",
        title="ETag",
        description="The upload that is meant; empty takes what stands under the key now",
    )
    force: bool = Field(
        default=False,
        title="Do it again",
        description="Process even when the same bytes were already processed with these settings",
    )


class ReviewRequest(Frozen):
    """Record a reviewer's decision about one work."""

    campaign: str = Field(
        default="gonghua-2022",
        title="Campaign 活动",
        description="Profile name of the campaign",
        pattern=r"^[a-z0-9][a-z0-9-]*$",
    )
    work_id: str = Field(
        title="Work 作品",
        description="The work's id (w + 10 hex digits), as in the name of its process-work run",
        pattern=r"^w[0-9a-f]{10}$",
    )
    action: Literal["approve", "return", "withdraw"] = Field(
        default="approve",
        title="Decision 审核意见",
        description="approve 通过, return 退回修改, withdraw 撤回",
    )
    reasons: list[str] = Field(
        default_factory=list,
        title="Reasons 理由",
        description="Needed to return a work: what the school must mend, one reason a line",
    )
    reviewer: str = Field(title="Reviewer 审核人", description="Who decides", min_length=1)
