"""`heji check` and `heji process`: one work, without any server."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deployments.commands.answers import answered_errors
from deployments.commands.live import shown_progress
from flows.make_version import check_version, make_version
from models.errors import RequestInvalid
from models.profile import CampaignProfile
from models.report import Report, Verdict
from models.settings import Settings
from models.work import Source, Work
from tasks.adapters.profiles import load_profile
from tasks.adapters.scratch import scratch_folder
from tasks.local_file import take_local
from tasks.media.history import with_report, with_upload
from tasks.media.identity import Identified, identify
from tasks.media.keys import LAST
from tasks.media.rules import clock
from tasks.media.words import SEVERITIES, VERDICTS, check_name, count_line, extent, picture_line
from tasks.published import published_files
from tasks.running import Inline

BLOCKED = 1
STYLES = {"block": "bold red", "warn": "yellow", "info": "cyan", "pass": "bold green"}
WIDE = 110
"""Columns of a terminal from which on check ids get a place of their own."""

Files = Annotated[list[Path], typer.Argument(help="Video files, as they would be uploaded.")]
Profile = Annotated[
    str | None,
    typer.Option("--profile", "-p", help="Campaign profile: its name, or a YAML file."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("check")(check)
    app.command("process")(process)


def check(files: Files, profile: Profile = None, as_json: AsJson = False) -> None:
    """Say what is wrong with FILES before anybody uploads them.

    Nothing is written and no server is needed. Exit code: 0 all pass or warn, 1 at least one is
    blocked, 2 the call can't be carried out.
    """
    with answered_errors():
        settings = Settings()
        chosen = load_profile(profile or settings.campaign, settings)
        reports = [_checked(path, chosen, settings) for path in _distinct(files)]
        _answer(reports, as_json=as_json)
    raise typer.Exit(_exit_code(reports))


def process(
    files: Files,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")],
    profile: Profile = None,
    no_captions: Annotated[bool, typer.Option("--no-captions", help="Make no captions.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make master, captions, pictures and report of FILES, without any server.

    Writes OUT/<work id>/ with master.mp4, captions.srt, captions.vtt, transcript.json, poster.jpg,
    contact-sheet.jpg, report.json, report.html, notice.html unless it passes, evidence/ and
    record.json. A second run replaces a work whole. Exit code: 0 all pass or warn, 1 at least
    one is blocked, 2 usage.
    """
    with answered_errors():
        settings = Settings()
        chosen = load_profile(profile or settings.campaign, settings)
        reports = [
            _processed(path, out, chosen, settings, has_captions=not no_captions)
            for path in _distinct(files)
        ]
        _answer(reports, as_json=as_json, out=out)
    raise typer.Exit(_exit_code(reports))


def _checked(path: Path, profile: CampaignProfile, settings: Settings) -> Report:
    with scratch_folder(settings, "check") as folder, shown_progress(path.name):
        source, identified = _taken(path, folder, profile)
        return check_version(Inline(), source, identified.findings, folder, profile, settings)


def _processed(
    path: Path, out: Path, profile: CampaignProfile, settings: Settings, *, has_captions: bool
) -> Report:
    with scratch_folder(settings, "process") as folder, shown_progress(path.name):
        source, identified = _taken(path, folder, profile)
        report = make_version(
            Inline(),
            source,
            identified.findings,
            folder,
            profile,
            settings,
            has_captions=has_captions,
        )
        now = datetime.now(UTC)
        record = with_report(with_upload(None, source, identified.identity, now), report)
        _deliver(folder, out / report.work_id, record)
        return report


def _taken(path: Path, folder: Path, profile: CampaignProfile) -> tuple[Source, Identified]:
    source = take_local(path, folder, profile.name)
    identified = identify(
        source.key, source.campaign, profile, source.sidecar, expects_folders=False
    )
    return source, identified


def _deliver(folder: Path, target: Path, record: Work) -> None:
    """Put the files in place whole: what stood there is replaced only by a finished set."""
    fresh = target.with_name(f".{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for path in [*published_files(folder), folder / LAST]:
        place = fresh / path.relative_to(folder)
        place.parent.mkdir(exist_ok=True)
        shutil.move(path, place)
    (fresh / "record.json").write_text(record.model_dump_json(indent=2), "utf-8")
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def _distinct(files: list[Path]) -> list[Path]:
    names = [path.name for path in files]
    twice = sorted({name for name in names if names.count(name) > 1})
    missing = [str(path) for path in files if not path.is_file()]
    problems = [f"no such file: {path}" for path in missing]
    problems += [f"two files are called {name}: process them in two calls" for name in twice]
    if problems:
        raise RequestInvalid("files", tuple(problems))
    return files


def _exit_code(reports: list[Report]) -> int:
    return BLOCKED if any(report.verdict is Verdict.BLOCK for report in reports) else 0


def _answer(reports: list[Report], *, as_json: bool, out: Path | None = None) -> None:
    if as_json:
        typer.echo(json.dumps([r.model_dump(mode="json") for r in reports], ensure_ascii=False))
        return
    console = Console()
    for report in reports:
        console.print(_heading(report))
        if report.findings:
            console.print(_table(report, has_ids=console.width >= WIDE))
        console.print(Text(_summary(report), style="dim"))
        if out:
            console.print(Text(f"→ {out / report.work_id}", style="dim"))
        console.print()
    if len(reports) > 1:
        verdicts = [report.verdict.value for report in reports]
        told = [f"{word} {verdicts.count(v)}" for v, word in VERDICTS.items() if v in verdicts]
        console.print(Text(f"共 {len(reports)} 个文件：{'，'.join(told)}", style="bold"))


def _heading(report: Report) -> Text:
    verdict = report.verdict.value
    return Text.assemble(
        (f"{VERDICTS[verdict]} {verdict}", STYLES[verdict]),
        "  ",
        (_shown(report.source.file_name), "bold"),
    )


def _table(report: Report, *, has_ids: bool) -> Table:
    table = Table(show_lines=True, expand=False)
    table.add_column("", no_wrap=True)
    table.add_column("时间", no_wrap=True)
    table.add_column("问题 / 怎么改", overflow="fold", ratio=3, min_width=24)
    table.add_column("实测 / 要求", overflow="fold", ratio=2, min_width=12)
    if has_ids:
        table.add_column("检查", no_wrap=True)
    for finding in report.findings:
        problem = Text.assemble(finding.message, "\n", (finding.hint, "dim"))
        values = [v for v in (finding.measured, finding.limit and f"→ {finding.limit}") if v]
        cells = [
            Text(SEVERITIES[finding.severity], style=STYLES[finding.severity]),
            Text(extent(finding).replace(" – ", "–\n")),
            problem,
            Text("\n".join(values)),
            *([Text(finding.check, style="dim")] if has_ids else []),
        ]
        table.add_row(*cells)
    return table


def _summary(report: Report) -> str:
    """Return one line on a file: the counts, its form, its sound, what could not be told."""
    m = report.measurements
    told = [count_line(report.findings), picture_line(report)]
    if m.duration_s is not None:
        told.append(f"时长 {clock(m.duration_s)}")
    if m.loudness_lufs is not None:
        told.append(f"响度 {m.loudness_lufs} LUFS")
    if report.unsure:
        told.append(f"未能判定：{'、'.join(map(check_name, report.unsure))}")
    told.append(f"要求 {report.profile.name} {report.profile.revision}")
    return "，".join(part for part in told if part)


def _shown(name: str) -> str:
    """Keep a file name from writing on the terminal what is no letter."""
    return "".join(c if c.isprintable() else "�" for c in name)
