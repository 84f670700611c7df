"""The `heji` command."""

import typer

from deployments.commands import compilations, demo, stack, works

app = typer.Typer(
    name="heji",
    help="Heji 合辑: from a campaign's uploads to one checked, captioned, titled compilation.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (works, compilations, stack, demo):
    commands.register(app)
