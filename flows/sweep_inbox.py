"""The flow that finds uploads whose event was lost."""

from prefect import flow

from models.inbox import SweepResult
from models.settings import Settings
from tasks.inbox import publish_sweep, sweep_uploads


@flow(name="sweep-inbox")
def sweep_inbox() -> SweepResult:
    """Start process-work for every upload whose event was lost.

    The watcher sweeps too; this one is for the hours in which no watcher runs, and for whoever
    wants to see in the UI what the inbox holds.

    | what fails | what it means |
    | --- | --- |
    | store or Prefect API away | tried again; then the run fails, and the next one sweeps |
    | one upload refused by the API | named on the artifact; the others start |
    """
    result = sweep_uploads(Settings())
    publish_sweep(result)
    return result
