"""`heji checks`: which problems are looked for, and what a campaign makes of each."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deployments.commands.answers import answered_errors
from deployments.commands.works import STYLES, Profile
from models.settings import Settings
from tasks.adapters.profiles import load_profile
from tasks.media.catalogue import CATALOGUE, severity_of
from tasks.media.words import AREAS, SEVERITIES, area_name, check_name

AsJson = Annotated[bool, typer.Option("--json", help="Print the list as JSON.")]
OFF = "不检查"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("checks")(checks)


def checks(profile: Profile = None, as_json: AsJson = False) -> None:
    """List all checks, and what the campaign makes of what each finds.

    `severities:` in a campaign's profile changes it: block, warn, info or off; `limits:` says from
    where on something is a problem.
    """
    with answered_errors():
        settings = Settings()
        chosen = load_profile(profile or settings.campaign, settings)
    ordered = sorted(CATALOGUE, key=lambda check: list(AREAS).index(check.split(".")[0]))
    if as_json:
        rows = [
            {"check": check, "name": check_name(check), "severity": severity_of(check, chosen)}
            for check in ordered
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table(title=f"{chosen.name} {chosen.revision}", title_justify="left")
    for heading in ("", "检查", "查什么", "结论"):
        table.add_column(heading, no_wrap=heading != "查什么")
    before = ""
    for check in ordered:
        severity, area = severity_of(check, chosen), area_name(check)
        word = OFF if severity == "off" else SEVERITIES[severity]
        told = Text(word, style=STYLES.get(severity, "dim"))
        table.add_row("" if area == before else area, check, check_name(check), told)
        before = area
    Console().print(table)
