"""`heji bench checks`: what the checks find, miss and imagine, on clips with known faults."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deployments.bench_checks import ChecksBench, ChecksPlan, run_checks_bench
from deployments.bench_score_tables import HEADINGS, as_cells, as_markdown, missed_lines, told_whole
from deployments.commands.answers import answered_errors
from deployments.commands.steps import shown_steps
from models.errors import RequestInvalid
from models.settings import Settings

MISSED = 1


def checks(
    only: Annotated[
        list[str] | None,
        typer.Option(help="A check, or a family such as audio; give it once for each."),
    ] = None,
    media: Annotated[
        Path | None,
        typer.Option(help="A folder of videos into which the faults are put as well."),
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="A folder where clips stay, and serve again.")
    ] = None,
    no_clean: Annotated[bool, typer.Option("--no-clean", help="Leave out clean clips.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print every trial as JSON.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the table of docs/benchmarks.md.")
    ] = False,
) -> None:
    """Put known faults into clips and see which checks find them, and which cry wolf.

    Clean clips are made here: scenes, slides, title cards, night, fades, music. Then one fault is
    put into one clip, at a known time and strength, and the clip is checked. Files of --media may
    have faults of their own: only what was not told before the fault was put in counts as false.

    Bars: each check finds 95 of 100, times within 0.5 s, and says nothing false; on clean clips
    no block and at most one warning in five clips; a second look says the same.

    It takes about a quarter of an hour on two cores. Exit code: 0 every bar is met, 1 one is not,
    2 the call can't be carried out.
    """
    plan = ChecksPlan(tuple(only or ()), media, keep, has_clean=not no_clean)
    with answered_errors():
        if as_json and markdown:
            raise RequestInvalid("bench checks", ("--json and --markdown exclude each other",))
        with shown_steps() as on_step:
            done = run_checks_bench(plan, Settings(), on_step)
    if as_json:
        typer.echo(done.model_dump_json(indent=2))
    elif markdown:
        typer.echo(as_markdown(done))
    else:
        _print(done)
    raise typer.Exit(0 if done.all_met else MISSED)


def _print(done: ChecksBench) -> None:
    table = Table(title=f"{len(done.trials)} clips", title_justify="left")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "check" else "right")
    for score in done.scores:
        style = "green" if score.verdict == "met" else "bold red"
        table.add_row(*as_cells(score), style=None if score.verdict == "met" else style)
    console = Console()
    console.print(table)
    for line in missed_lines(done.trials):
        console.print(Text(line, style="yellow"))
    console.print(Text(told_whole(done.whole), style="green" if done.whole.is_met else "bold red"))
    console.print(Text(f"{done.seconds:.0f} s; {done.machine}", style="dim"))
