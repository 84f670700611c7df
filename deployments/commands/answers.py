"""How commands answer when something can't be done: what happened, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from models.errors import HejiError, RequestInvalid

USAGE = 2
OUTSIDE_HINT = "Check that the place exists, that it may be written to and that its disk has room."


@contextmanager
def answered_errors(failed: int = USAGE) -> Iterator[None]:
    """Turn our own errors, and files that can't be read or written, into words and an exit code.

    It is 2 for a request that can't be met as it is, and `failed` for everything else.
    """
    try:
        yield
    except HejiError as error:
        _tell(str(error), error.hint)
        raise typer.Exit(USAGE if isinstance(error, RequestInvalid) else failed) from None
    except ValidationError as error:
        _tell(f"settings: {_first_problem(error)}", "Look at the HEJI_* variables that are set.")
        raise typer.Exit(USAGE) from None
    except OSError as error:
        _tell(f"{error.filename or 'file'}: {error.strerror or error}", OUTSIDE_HINT)
        raise typer.Exit(failed) from None


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _tell(what: str, hint: str) -> None:
    console = Console(stderr=True)
    console.print(Text(f"heji: {what}", style="bold red"))
    if hint:
        console.print(Text(hint))
