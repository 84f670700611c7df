"""The `heji` command."""

from importlib import import_module

import typer
from typer._click import Command, Context  # typer carries a click of its own
from typer.core import TyperGroup
from typer.main import get_group

COMMANDS = {
    "check": "works",
    "checks": "checks",
    "process": "works",
    "compile": "compilations",
    "up": "stack",
    "down": "stack",
    "status": "stack",
    "link": "stack",
    "upload": "stack",
    "demo": "demo",
    "bench": "bench",
}
"""Each command, in the order of the help, and its module in `deployments/commands`."""


class CommandsOnDemand(TyperGroup):
    """Imports the module of a command when that command is called: a call loads what it needs."""

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - the group's signature
        """Return the names of all commands; nothing is imported for that."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return a command; for a name that is none all are loaded, so that one is suggested."""
        wanted = [cmd_name] if cmd_name in COMMANDS else list(COMMANDS)
        for name in wanted:
            if name not in self.commands:
                self.commands.update(load_commands(COMMANDS[name]))
        return super().get_command(ctx, cmd_name)


def load_commands(module: str) -> dict[str, Command]:
    """Import a module of `deployments/commands` and return its commands by name."""
    part = typer.Typer()
    import_module(f"deployments.commands.{module}").register(part)
    return dict(get_group(part).commands)


app = typer.Typer(
    name="heji",
    cls=CommandsOnDemand,
    callback=lambda: None,  # without a command of its own typer takes an app for empty
    help="Heji 合辑: from a campaign's uploads to one checked, captioned, titled compilation.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
