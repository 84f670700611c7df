"""How commands answer when something can't be done: what happened, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.text import Text

from models.errors import HejiError, RequestInvalid

USAGE = 2


@contextmanager
def answered_errors(failed: int = USAGE) -> Iterator[None]:
    """Turn our own errors into two lines on the error stream and an exit code.

    It is 2 for a request that can't be met as it is, and `failed` for everything else.
    """
    try:
        yield
    except HejiError as error:
        console = Console(stderr=True)
        console.print(Text(f"heji: {error}", style="bold red"))
        if error.hint:
            console.print(Text(error.hint))
        raise typer.Exit(USAGE if isinstance(error, RequestInvalid) else failed) from None
