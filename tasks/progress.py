"""Show progress where somebody watches: the Prefect UI in a run, the terminal outside one."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

log = logging.getLogger(__name__)

Advance = Callable[[float], None]
"""Takes the finished share of the step, 0 … 1."""

EVERY_S = 2.0
watcher: ContextVar[Callable[[str, float], None] | None] = ContextVar("watcher", default=None)
"""Outside a run, the command line puts its own listener (step, share) here."""


@contextmanager
def progress_of(step: str) -> Iterator[Advance]:
    """Give the step a way to say how far it has come.

    In a Prefect run it feeds a progress artifact, at most every two seconds; a server that can't
    be reached costs the progress, never the work.
    """
    if not _is_in_task_run():
        listen = watcher.get()
        yield (lambda share: listen(step, share)) if listen else _ignore
        if listen:
            listen(step, 1.0)
        return
    artifact = _try_create(step)
    shown_at = 0.0

    def advance(share: float) -> None:
        nonlocal shown_at
        if artifact is not None and (time.monotonic() - shown_at >= EVERY_S or share >= 1.0):
            shown_at = time.monotonic()
            _try_update(artifact, share)

    yield advance
    advance(1.0)


def _is_in_task_run() -> bool:
    """A process that never loaded Prefect is in no run, and needn't load it to know."""
    if "prefect.context" not in sys.modules:
        return False
    from prefect.context import TaskRunContext

    return TaskRunContext.get() is not None


def _ignore(_share: float) -> None:
    return


def _try_create(step: str) -> UUID | None:
    from prefect.artifacts import create_progress_artifact

    try:
        made = create_progress_artifact(progress=0.0, description=step)
    except Exception:  # noqa: BLE001 - progress is a courtesy
        log.warning("the Prefect API takes no progress for %s", step)
        return None
    return made if isinstance(made, UUID) else None


def _try_update(artifact: UUID, share: float) -> None:
    from prefect.artifacts import update_progress_artifact

    try:
        update_progress_artifact(artifact, progress=round(share * 100, 1))
    except Exception:  # noqa: BLE001 - progress is a courtesy
        log.debug("the Prefect API took no progress")
