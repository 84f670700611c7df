"""How tasks are retried: one attribute of an error decides."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State as RunState
from prefect.client.schemas.objects import TaskRun
from prefect.tasks import Task

P = ParamSpec("P")
R = TypeVar("R")

DELAYS_S = [2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 300.0, 300.0, 600.0, 600.0]
"""About forty minutes: a store or a server that is restarted is back by then."""
RETRIES = len(DELAYS_S)
JITTER = 0.3


def patient_task(name: str) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Declare a task that asks a service: it is tried again while the service can't answer."""
    return task(
        name=name,
        cache_policy=NO_CACHE,
        retries=RETRIES,
        retry_delay_seconds=DELAYS_S,
        retry_jitter_factor=JITTER,
        retry_condition_fn=retry_if_retryable,
    )


def retry_if_retryable(_task: "Task[Any, Any]", _run: TaskRun, state: "RunState[Any]") -> bool:
    """Tell Prefect to try again when the error says that it can help.

    A plain function on purpose: Prefect silently turns retries off for partials and methods.
    """
    if not state.is_failed():
        return False
    try:
        state.result()
    except BaseException as error:  # noqa: BLE001 - whatever it is, only its attribute counts
        return bool(getattr(error, "retryable", False))
    return False
