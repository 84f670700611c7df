"""`heji up`, `down`, `status`, `link`, `upload`: the embedded stack and what lies in its store."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from deployments import stack
from deployments.commands.answers import answered_errors
from deployments.stack_state import credentials_path
from deployments.stack_status import gather_status
from models.errors import ObjectMissing, RequestInvalid
from models.settings import Settings
from models.stack import PartName, PartState, StackState, StackStatus
from tasks.adapters.store import open_store
from tasks.links import link_to
from tasks.media.keys import content_type, split_object

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
FAILED = 1
COLOURS = {"up": "green", "down": "red", "silent": "red", "failed": "red"}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (up, down, status, link, upload):
        app.command()(command)


def up(
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay, for containers and systemd.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Start store, Prefect server, worker and watcher; return when all of them serve."""
    settings = Settings()
    with answered_errors(FAILED):
        if foreground:
            raise typer.Exit(stack.run_in_foreground(settings, _print_places))
        running = stack.read_state(settings)
        if running and running.is_up:
            Console(stderr=True).print("Already up.")
            state = running
        else:
            with _watching_start() as on_change:
                state = stack.start(settings, on_change)
    if as_json:
        typer.echo(state.model_dump_json(indent=2, exclude={"secret_key", "access_key"}))
    else:
        _print_places(state)


def down() -> None:
    """Stop everything; objects, runs and credentials stay for the next `heji up`."""
    with answered_errors(FAILED), Console(stderr=True).status("stopping"):
        stopped = stack.stop(Settings())
    typer.echo("Stopped; nothing runs any more." if stopped else "Nothing was running.")


def status(as_json: Json = False) -> None:
    """Tell what runs and where, and how the works stand; exit code 1 unless all is up."""
    with answered_errors(FAILED):
        found = gather_status(Settings())
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        _print_status(found)
    raise typer.Exit(0 if found.up else 1)


def link(
    reference: Annotated[str, typer.Argument(metavar="BUCKET/KEY")],
    put: Annotated[bool, typer.Option("--put", help="For an upload instead.")] = False,
    hours: Annotated[
        float | None, typer.Option(min=0.01, max=7 * 24, help="Life of the link.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print a fresh link to an object: it works without credentials until it expires."""
    with answered_errors(FAILED):
        settings = stack.with_store(Settings())
        names = (settings.store.inbox, settings.store.works, settings.store.releases)
        bucket, key = split_object(reference, names)
        store = open_store(settings.store)
        if not put and not store.exists(bucket, key):
            raise ObjectMissing(bucket, key)
        life = timedelta(hours=hours or settings.store.link_hours)
        url = (
            store.link(bucket, key, method="PUT", hours=hours)
            if put
            else link_to(store, bucket, key, hours=hours)
        )
    if as_json:
        told = {
            "url": url,
            "method": "PUT" if put else "GET",
            "expires_at": (datetime.now(UTC) + life).isoformat(),
        }
        Console().print_json(data=told)
    else:
        typer.echo(url)


def upload(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True)],
    province: Annotated[str, typer.Option("--province", help="省")],
    city: Annotated[str, typer.Option("--city", help="市")],
    campaign: Annotated[str | None, typer.Option(help="Profile name of the campaign.")] = None,
    as_json: Json = False,
) -> None:
    """Put files into the inbox, as any S3 client could; each starts its own processing."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    show = Progress(*columns, TransferSpeedColumn(), console=Console(stderr=True))
    stored = []
    with answered_errors(FAILED), show:
        settings = stack.with_store(Settings())
        store = open_store(settings.store)
        folder = "/".join(_folder(part) for part in (campaign or settings.campaign, province, city))
        for path in files:
            task = show.add_task(path.name, total=path.stat().st_size)
            key = f"{folder}/{path.name}"
            kept = store.put_file(
                settings.store.inbox,
                key,
                path,
                content_type(path.name.lower()),
                on_bytes=partial(show.advance, task),
            )
            stored.append({"bucket": kept.bucket, "key": kept.key, "etag": kept.etag})
    if as_json:
        Console().print_json(data=stored)
    else:
        for one in stored:
            typer.echo(f"{one['bucket']}/{one['key']}")


@contextmanager
def _watching_start() -> Iterator[stack.OnChange]:
    """Show each part on its way, one line for each."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as show:
        lines = {name: show.add_task(f"{name}: waiting", total=1) for name in get_args(PartName)}

        def on_change(state: StackState) -> None:
            for part in state.parts:
                show.update(
                    lines[part.name],
                    description=f"{part.name}: {part.state}",
                    completed=part.state == "up",
                )

        yield on_change


def _print_places(state: StackState) -> None:
    settings = Settings()
    for note in state.notes:
        Console(stderr=True).print(f"note: {note}", style="yellow", markup=False)
    typer.echo(
        f"Prefect UI   {state.prefect_ui_url}\n"
        f"Store (S3)   http://{state.store_endpoint}   inbox: {settings.store.inbox}\n"
        f"Credentials  source {credentials_path(settings.home.absolute())}"
    )
    sys.stdout.flush()


def _print_status(found: StackStatus) -> None:
    console = Console()
    table = Table("part", "state", "process", "address", "restarts", title=f"Heji: {found.phase}")
    for part in found.parts:
        table.add_row(*_part_cells(part))
    console.print(table if found.parts else "Heji: down (never started here)")
    facts = Table.grid(padding=(0, 2))
    for name, value in _facts(found):
        facts.add_row(name, value)
    console.print(facts)
    for text in (*found.notes, *found.problems):
        console.print(f"! {text}", style="yellow", markup=False, highlight=False)
    for latest in found.releases or ():
        release = latest.release
        console.print(
            f"\n《{release.title}》 {release.campaign} {release.release_id}: "
            f"{len(release.works)} works, {release.duration_s:.0f} s",
            markup=False,
            highlight=False,
        )
        typer.echo(latest.link)  # never wrapped, so that it can be copied


def _part_cells(part: PartState) -> tuple[str, ...]:
    colour = COLOURS.get(part.state, "yellow")
    return (
        part.name,
        f"[{colour}]{part.state}[/{colour}]",
        str(part.pid or ""),
        part.address or "",
        str(part.restarts),
    )


def _facts(found: StackStatus) -> Iterator[tuple[str, str]]:
    yield "home", found.home
    yield "credentials", f"source {found.credentials}"
    if found.inbox is not None:
        yield "inbox", f"{found.inbox} uploads"
    for campaign, states in (found.works or {}).items():
        yield f"works of {campaign}", ", ".join(f"{n} {s}" for s, n in sorted(states.items()))
    yield "disk", f"{found.disk_free_bytes / 1e9:.1f} GB free"
    yield "sandbox", ", ".join(found.sandbox_layers) or "none"


def _folder(name: str) -> str:
    """Return a key's folder.

    Raises:
        RequestInvalid: the name would make other folders than asked for.
    """
    if not name.strip() or "/" in name:
        raise RequestInvalid("upload", (f"{name!r} can't be a folder",))
    return name.strip()
