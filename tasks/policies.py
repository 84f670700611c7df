"""How tasks are retried: one attribute of an error decides."""

from typing import Any

from prefect.client.schemas.objects import State as RunState
from prefect.client.schemas.objects import TaskRun
from prefect.tasks import Task, exponential_backoff

RETRIES = 5
DELAYS_S = exponential_backoff(backoff_factor=2)


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
