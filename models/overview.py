"""All works of a campaign at a glance: the shape of `overview.json`."""

from datetime import datetime

from pydantic import Field

from models.base import Frozen
from models.report import Verdict
from models.work import Identity, State


class OverviewRow(Frozen):
    """One work."""

    work_id: str
    record_etag: str
    """Of the record from which the row was made."""
    identity: Identity
    file_name: str
    state: State
    version: str | None = None
    number: int | None = None
    """How many uploads there were under the key."""
    verdict: Verdict | None = None
    """None until it has been processed."""
    problems: tuple[str, ...] = ()
    """The worst findings, block and warn, worst first."""
    more_problems: int = 0
    duration_s: float | None = None
    loudness_lufs: float | None = None
    master_loudness_lufs: float | None = None
    updated_at: datetime

    @property
    def title(self) -> str:
        """The work's title, else its file name."""
        return self.identity.title or self.file_name


class Overview(Frozen):
    """The works of a campaign, worst first."""

    schema_version: int = Field(default=1, alias="schema")
    campaign: str
    title: str
    digest: str
    """Names the records it was made from: equal digests make a new one needless."""
    made_at: datetime
    """Its links expire some days later."""
    rows: tuple[OverviewRow, ...] = ()
