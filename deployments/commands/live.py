"""Show a command's steps while it works."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tasks.progress import watcher


@contextmanager
def shown_progress(name: str) -> Iterator[None]:
    """Show each step's progress on the error stream, so that output stays clean."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        shown = {}

        def listen(step: str, share: float) -> None:
            if step not in shown:
                shown[step] = bars.add_task(f"{name[:40]} · {step}", total=1.0)
            bars.update(shown[step], completed=share)

        token = watcher.set(listen)
        try:
            yield
        finally:
            watcher.reset(token)
