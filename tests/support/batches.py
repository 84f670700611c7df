"""Make what many tests look at side by side: most of it is programs that start and wait."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

AT_ONCE = 3
Made = TypeVar("Made")


def batch(
    request: pytest.FixtureRequest,
    folders: pytest.TempPathFactory,
    argument: str,
    make: Callable[[Path, Any], Made],
) -> Iterator[Mapping[Any, Future[Made]]]:
    """Call `make` with a folder and each value of `argument` that tests of this module ask for.

    Only tests that were selected count. What goes wrong is raised in the test that asks for it.
    """
    values = {
        item.callspec.params[argument]: None
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.module is request.module
        and argument in getattr(getattr(item, "callspec", None), "params", {})
    }
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {value: pool.submit(make, folders.mktemp(argument), value) for value in values}
        pool.shutdown(cancel_futures=True)
