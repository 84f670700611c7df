"""How commands answer when something can't be done: what happened, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.text import Text

from models.errors import HejiError

USAGE = 2


@contextmanager
def answered_errors() -> Iterator[None]:
    """Turn our own errors into two lines on the error stream and exit code 2."""
    try:
        yield
    except HejiError as error:
        console = Console(stderr=True)
        console.print(Text(f"heji: {error}", style="bold red"))
        if error.hint:
            console.print(Text(error.hint))
        raise typer.Exit(USAGE) from None
