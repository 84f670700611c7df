"""`heji bench`: what things cost, as ratios measured in one run, and what the checks find."""

from typing import Annotated

import typer
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from deployments.bench_media import LONG_ROWS, MediaRow, Plan, run_media_bench
from deployments.bench_rows import Bench, as_markdown, as_ratio
from deployments.commands.answers import answered_errors
from deployments.commands.bench_checks import checks
from deployments.commands.steps import shown_steps
from models.errors import RequestInvalid
from models.settings import Settings

MISSED = 1
HEADINGS: dict[str, JustifyMethod] = {
    "row": "left",
    "measured": "left",
    "ratio": "right",
    "of CPU": "right",
    "bar": "right",
    "verdict": "left",
}
STYLES = {"met": "green", "missed": "bold red", "void": "yellow"}

bench = typer.Typer(
    help="Measure what Heji costs, as ratios in one run, and how far its checks can be trusted.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    app.add_typer(bench, name="bench")
    bench.command()(checks)


@bench.command()
def media(
    seconds: Annotated[
        int, typer.Option(min=1, help="Length of the source on which times are compared.")
    ] = 60,
    repeats: Annotated[
        int, typer.Option(min=1, help="Runs of each; they take turns and the median counts.")
    ] = 1,
    only: Annotated[
        list[MediaRow] | None, typer.Option(help="Rows to measure; give it once for each.")
    ] = None,
    long: Annotated[
        bool, typer.Option(help="Also memory and duration, on sources of up to 30 minutes.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print every run as JSON.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the table of docs/benchmarks.md.")
    ] = False,
) -> None:
    """Compare Heji with bare ffmpeg, on 1080p sources that are made here.

    process: the whole pass without captions, against a bare encode
    passthrough, check: what needs no encode, against a bare decode
    naive: a script with a process for each check and step, against Heji
    memory: Heji's own process on 30 minutes of source, against one
    duration: a minute of source at lengths of 1, 5 and 20 minutes

    Each row has a bar. A row is void, and not met, when Heji did something
    else than the row is about, such as encode what should pass through.

    On two cores it takes about eight times --seconds for each of --repeats,
    and --long an hour more; nothing else should run meanwhile. Exit code:
    0 every bar is met, 1 one is not, 2 the call can't be carried out.
    """
    chosen = only or [row for row in MediaRow if long or row not in LONG_ROWS]
    with answered_errors():
        if as_json and markdown:
            raise RequestInvalid("bench media", ("--json and --markdown exclude each other",))
        with shown_steps() as on_step:
            done = run_media_bench(Plan(chosen, seconds, repeats), Settings(), on_step)
    if as_json:
        typer.echo(done.model_dump_json(indent=2))
    elif markdown:
        typer.echo(as_markdown(done))
    else:
        _print(done)
    if not (long or only):
        Console(stderr=True).print("Not measured: memory, duration. --long adds them.")
    raise typer.Exit(0 if done.all_met else MISSED)


def _print(done: Bench) -> None:
    title = f"{done.seconds} s of source, median of {done.repeats}"
    table = Table(title=title, title_justify="left")
    for heading, side in HEADINGS.items():
        table.add_column(heading, justify=side, overflow="fold")
    for row in done.rows:
        table.add_row(
            row.case.name,
            "\n".join(f"{s.name}: {f}" for s, f in zip(row.sides, row.figures, strict=True)),
            as_ratio(row.ratio),
            as_ratio(row.cpu_ratio),
            str(row.case.bar),
            Text(row.verdict, style=STYLES[row.verdict]),
        )
    console = Console()
    console.print(table)
    for row in done.rows:
        for flaw in row.flaws:
            console.print(Text(f"{row.case.name}: {flaw}", style=STYLES["void"]))
    console.print(Text(f"{done.machine}", style="dim"))
