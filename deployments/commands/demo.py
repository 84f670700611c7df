"""`heji demo`: the whole way on sample works or on a person's own videos."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from deployments.commands.answers import answered_errors
from deployments.demo import DemoResult, DemoWork, run_demo
from deployments.runs import RunView
from models.settings import Settings
from models.stack import StackState

NOT_MADE = 1
SHOWN_ROWS = 30
STYLES = {
    "Completed": "green",
    "Running": "cyan",
    "Failed": "bold red",
    "Crashed": "bold red",
    "approved": "green",
    "returned": "yellow",
    "pass": "green",
    "warn": "yellow",
    "block": "bold red",
}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("demo")(demo)


def demo(
    works: Annotated[
        Path | None,
        typer.Option("--works", help="A folder of your own videos; sub-folders become 省/市."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Take works from upload to compilation, and leave the stack running to look around.

    Exit code: 0 a compilation was made, 1 none was, 2 the call can't be carried out.
    """
    console = Console(stderr=True)
    with answered_errors(NOT_MADE), _Screen(console) as screen:
        result = run_demo(Settings(), works.expanduser() if works else None, screen)
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        _print(result)
    raise typer.Exit(0 if result.link else NOT_MADE)


class _Screen:
    """Shows the demo's course: a line for each step, and a table that lives below them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, transient=True, refresh_per_second=4)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def step(self, text: str) -> None:
        self._console.print(Text(text))
        self._live.update(Spinner("dots"))

    def stack(self, state: StackState) -> None:
        parts = (f"{part.name}: {part.state}" for part in state.parts)
        self._live.update(Spinner("dots", Text("   ".join(parts))))

    def runs(self, rows: Sequence[tuple[str, RunView | None]]) -> None:
        """Show unfinished runs first, so that they stay in view however many there are."""
        done = sum(view is not None and view.is_final for _, view in rows)
        table = Table(box=None, show_header=False, pad_edge=False)
        open_first = sorted(rows, key=lambda row: row[1] is not None and row[1].is_final)
        for name, view in open_first[:SHOWN_ROWS]:
            state = view.state if view else "waiting"
            table.add_row(
                Text(name, overflow="ellipsis", no_wrap=True),
                Text(state, style=STYLES.get(state, "dim")),
                Text(view.step if view else "", style="dim"),
            )
        self._live.update(Group(table, Spinner("dots", Text(f"{done} of {len(rows)} done"))))


def _print(result: DemoResult) -> None:
    console = Console()
    table = Table(title=f"{result.campaign}: {len(result.works)} works", title_justify="left")
    for heading in ("work", "state", "verdict", "first finding"):
        table.add_column(heading, overflow="fold")
    for work in result.works:
        table.add_row(*_cells(work))
    console.print(table)
    for work in result.works:
        if work.problem:
            console.print(Text(f"{work.label}: {work.problem}", style="red"))
            typer.echo(f"  {work.run_url}")
    if result.release:
        console.print(
            Text(
                f"\n《{result.release.title}》 {len(result.release.works)} works, "
                f"{result.release.duration_s:.0f} s; in all this took {result.took_s:.0f} s"
            )
        )
    else:
        console.print(Text(f"\nNo compilation: {result.problem}", style="bold red"))
    typer.echo(f"Prefect UI   {result.prefect_ui_url}")
    if result.link:
        typer.echo(f"Compilation  {result.link}")  # never wrapped, so that it can be copied
    typer.echo("The stack keeps running; `heji status` looks at it, `heji down` stops it.")


def _cells(work: DemoWork) -> tuple[Text, Text, Text, Text]:
    state = work.state.value if work.state else "–"
    verdict = work.verdict.value if work.verdict else "–"
    return (
        Text(work.label),
        Text(state, style=STYLES.get(state, "")),
        Text(verdict, style=STYLES.get(verdict, "")),
        Text(work.top_finding.message if work.top_finding else ""),
    )
