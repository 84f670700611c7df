"""The embedded stack as data: what runs, where it is, what it holds."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from models.base import Frozen
from models.compilation import Release

POOL = "heji"
"""The one work pool of Prefect."""

PartName = Literal["store", "prefect", "worker", "watcher"]
Phase = Literal["starting", "up", "stopping", "down", "failed"]


class PartState(Frozen):
    """One program of the stack."""

    name: PartName
    state: Literal["waiting", "starting", "up", "restarting", "silent", "down"] = "waiting"
    pid: int | None = None
    address: str | None = None
    """Where people or programs reach it; None when nothing listens."""
    restarts: int = 0
    log: str
    """Path of its log file."""


class StackState(Frozen):
    """The shape of `stack.json`; it holds the store's secret key, so only its owner reads it."""

    phase: Phase
    step: str = ""
    """What the start waits for now."""
    failure: str = ""
    """Why the start failed, for a person."""
    notes: tuple[str, ...] = ()
    """What an operator should know, such as a port that was taken."""
    supervisor_pid: int
    started_at: datetime
    store_endpoint: str
    """host:port"""
    access_key: str
    secret_key: str = Field(repr=False)
    prefect_api_url: str
    prefect_ui_url: str
    parts: tuple[PartState, ...]
    versions: dict[str, str] = {}
    interrupted_runs: tuple[str, ...] = ()
    """Flow runs that the last stop cut off; the next start takes them up again."""

    @property
    def is_up(self) -> bool:
        """Every part has started; one of them may be on its way back after a crash."""
        return self.phase == "up"


class LatestRelease(Frozen):
    """A campaign's newest final compilation and where to get it."""

    release: Release
    link: str
    """Opens without credentials, for as long as links live."""


class StackStatus(Frozen):
    """What `heji status` reports; None is unknown, because nothing runs that could tell."""

    up: bool
    phase: Phase
    home: str
    prefect_ui_url: str | None = None
    store_endpoint: str | None = None
    credentials: str
    """Path of the file that exports them; they themselves are not reported."""
    parts: tuple[PartState, ...] = ()
    notes: tuple[str, ...] = ()
    inbox: int | None = None
    """Uploads in the inbox, without sidecars."""
    works: dict[str, dict[str, int]] | None = None
    """Campaign, then state, then how many works."""
    releases: tuple[LatestRelease, ...] | None = None
    problems: tuple[str, ...] = ()
    """What could not be read, and why."""
    disk_free_bytes: int
    sandbox_layers: tuple[str, ...]
    versions: dict[str, str] = {}
