"""The flow that finds uploads whose event was lost, and keeps the campaigns' overviews."""

from prefect import flow

from models.inbox import SweepResult
from models.settings import Settings
from tasks.inbox import publish_sweep, sweep_uploads
from tasks.overview import update_overviews
from tasks.show_overview import show_overviews


@flow(name="sweep-inbox")
def sweep_inbox() -> SweepResult:
    """Start process-work for every upload whose event was lost, and show all works at a glance.

    The watcher sweeps too; this one is for the hours in which no watcher runs, and for whoever
    wants to see in the UI what the inbox holds. An overview is made anew only when a record of
    its campaign has changed.

    | what fails | what it means |
    | --- | --- |
    | store or Prefect API away | tried again; then the run fails, and the next one sweeps |
    | one upload refused by the API | named on the artifact; the others start |
    | one record can't be read | left out of the overview, with a line in the log |
    """
    settings = Settings()
    result = sweep_uploads(settings)
    publish_sweep(result)
    show_overviews(update_overviews(settings), settings)
    return result
