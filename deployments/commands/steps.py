"""Show on the terminal which step a benchmark is at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def shown_steps() -> Iterator[Callable[[str], None]]:
    """Show a line for each step with the time it takes; lines of finished ones stay."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as show:

        def on_step(title: str) -> None:
            finish()
            show.add_task(title, total=1)

        def finish() -> None:
            for task in show.task_ids[-1:]:
                show.update(task, completed=1)

        yield on_step
        finish()
