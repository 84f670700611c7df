"""`heji compile`: a compilation of processed works, without any server."""

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deployments.commands.answers import answered_errors
from deployments.commands.live import shown_progress
from flows.make_programme import compile_programme
from models.compilation import CompilationSpec, Manifest
from models.errors import RequestInvalid
from models.settings import Settings
from tasks.adapters.profiles import load_profile
from tasks.adapters.scratch import scratch_folder
from tasks.assemble import deliver
from tasks.media.chapters import clock
from tasks.media.releases import Quality
from tasks.running import Inline
from tasks.selection import ROOM_FACTOR, select_folders

FAILED = 1
QUALITIES = {"draft": "样片", "final": "成片"}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("compile")(compile_works)


def compile_works(
    spec: Annotated[Path, typer.Argument(help="The compilation as YAML: title, works, cards.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")],
    works: Annotated[
        Path | None,
        typer.Option("--works", "-w", help="Folder of processed works; else the spec's own."),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", "-p", help="Profile file, in place of the campaign's own."),
    ] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="640×360 with time code and work ids, to check order.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest as JSON.")] = False,
) -> None:
    """Assemble the compilation that SPEC describes from processed works.

    SPEC names works by id or by folder, as `heji process --out` writes them, relative to itself.
    Writes OUT/compilation.mp4 with captions, chapters, poster, timeline and manifest. Exit code:
    0 done, 1 it failed, 2 the request can't be met; every reason is named before anything is
    rendered.
    """
    with answered_errors(FAILED):
        settings = Settings()
        asked = read_spec(spec)
        chosen = load_profile(profile or asked.campaign, settings)
        places = [works] if works else []
        selection = select_folders(asked, [*places, spec.parent], chosen, settings)
        needs = sum(Path(work.master_path).stat().st_size for work in selection.works)
        with (
            scratch_folder(settings, "compile", needs_bytes=round(needs * ROOM_FACTOR)) as folder,
            shown_progress(asked.title),
        ):
            quality: Quality = "draft" if draft else "final"
            manifest = compile_programme(Inline(), selection, quality, folder, chosen, settings)
            deliver(folder, out)
        _answer(manifest, out, as_json=as_json)


def read_spec(path: Path) -> CompilationSpec:
    """Return the compilation that a YAML file describes.

    Raises:
        RequestInvalid: there is no such file, or it describes none; every problem is named.
    """
    try:
        raw: Any = yaml.safe_load(path.read_bytes())
        return CompilationSpec.model_validate(raw)
    except OSError as error:
        raise RequestInvalid(str(path), (error.strerror or str(error),)) from error
    except yaml.YAMLError as error:
        raise RequestInvalid(str(path), (f"not YAML: {' '.join(str(error).split())}",)) from error
    except ValidationError as error:
        problems = (
            f"{'.'.join(str(part) for part in found['loc']) or 'spec'}: {found['msg']}"
            for found in error.errors()
        )
        raise RequestInvalid(str(path), tuple(problems)) from error


def _answer(manifest: Manifest, out: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(manifest.model_dump_json())
        return
    release = manifest.release
    table = Table(
        title=f"{QUALITIES[release.quality]} {release.title}", title_justify="left", expand=False
    )
    for heading in ("时间", "时长", "内容"):
        table.add_column(heading, overflow="fold")
    for chapter in manifest.chapters:
        length = clock(chapter.end_s - chapter.start_s, decimals=0)
        table.add_row(clock(chapter.start_s, decimals=0), length, Text(chapter.title))
    table.add_row(clock(release.duration_s, decimals=0), "", "结束")
    console = Console()
    console.print(table)
    for work in manifest.works:
        for reason in work.why_encoded:
            console.print(Text(f"{work.work_id} 整段重新编码: {reason}", style="yellow"))
    console.print(Text(f"→ {out / 'compilation.mp4'} ({release.size_bytes / 1e6:.1f} MB)"))
