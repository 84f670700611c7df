"""What a look into the inbox found and started."""

from models.base import Frozen


class StartedRun(Frozen):
    """A run that was started for an upload."""

    key: str
    run_id: str
    name: str


class SweepResult(Frozen):
    """One pass over the inbox."""

    found: int
    """Uploads in the inbox, sidecars not counted."""
    known: int
    """Those that have a run, or were processed before."""
    started: tuple[StartedRun, ...] = ()
    refused: dict[str, str] = {}
    """Key to the reason why the Prefect API takes no run for it."""
