"""How a plain function becomes a Prefect task, and how tasks are retried.

`@step("name")` and `@patient_step("name")` stand where `@task` would. The function under them is
what runs without a server; the Prefect task is made of it when a run first asks for it. Importing
Prefect takes longer than `heji check` needs for a short video, so only runs pay for it.
"""

from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State as RunState
    from prefect.client.schemas.objects import TaskRun
    from prefect.futures import PrefectFuture
    from prefect.tasks import Task

P = ParamSpec("P")
R = TypeVar("R")

DELAYS_S = [2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 300.0, 300.0, 600.0, 600.0]
"""About forty minutes: a store or a server that is restarted is back by then."""
JITTER = 0.3


class Step(Generic[P, R]):
    """A function with the policy under which runs call it."""

    def __init__(self, fn: Callable[P, R], name: str, *, is_patient: bool) -> None:
        """Keep the function; nothing of Prefect is loaded yet."""
        self.fn = fn
        self.name = name
        self.is_patient = is_patient
        update_wrapper(self, fn)

    @cached_property
    def task(self) -> "Task[P, R]":
        """The Prefect task. Results aren't cached: a step works on files that no key names."""
        from prefect import task
        from prefect.cache_policies import NO_CACHE

        if not self.is_patient:
            return task(name=self.name, cache_policy=NO_CACHE)(self.fn)
        return task(
            name=self.name,
            cache_policy=NO_CACHE,
            retries=len(DELAYS_S),
            retry_delay_seconds=DELAYS_S,
            retry_jitter_factor=JITTER,
            retry_condition_fn=retry_if_retryable,
        )(self.fn)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it as a task of the run that calls it."""
        return self.task(*args, **kwargs)

    def submit(self, *args: P.args, **kwargs: P.kwargs) -> "PrefectFuture[R]":
        """Run it as a task beside others."""
        return self.task.submit(*args, **kwargs)


def step(name: str) -> Callable[[Callable[P, R]], Step[P, R]]:
    """Declare a step that is tried once: what failed on a file fails on it again."""
    return lambda fn: Step(fn, name, is_patient=False)


def patient_step(name: str) -> Callable[[Callable[P, R]], Step[P, R]]:
    """Declare a step that asks a service: it is tried again while the service can't answer."""
    return lambda fn: Step(fn, name, is_patient=True)


def retry_if_retryable(_task: "Task[Any, Any]", _run: "TaskRun", state: "RunState[Any]") -> bool:
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
