"""Two ways to run the same steps: as Prefect tasks, or plainly, without any server."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, Protocol, TypeVar

from tasks.policies import Step

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Started(Protocol[R_co]):
    """A step that runs beside others."""

    def result(self) -> R_co:
        """Wait for the step and return what it made, or raise what it raised."""
        ...


class Runner(Protocol):
    """How a step is run."""

    def call(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a step and wait for it."""
        ...

    def start(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> Started[R]:
        """Run a step beside others."""
        ...


class InPrefect:
    """Steps are Prefect tasks: seen in the UI, retried by their policy."""

    def call(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a step and wait for it."""
        return step(*args, **kwargs)

    def start(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> Started[R]:
        """Run a step beside others."""
        return step.submit(*args, **kwargs)


class Inline:
    """Steps are the plain functions under the decorators."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=2)

    def call(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a step and wait for it."""
        return step.fn(*args, **kwargs)

    def start(self, step: Step[P, R], *args: P.args, **kwargs: P.kwargs) -> Started[R]:
        """Run a step beside others, in the caller's context."""
        function: Callable[..., R] = step.fn
        context = copy_context()
        future: Future[R] = self._pool.submit(lambda: context.run(function, *args, **kwargs))
        return future
