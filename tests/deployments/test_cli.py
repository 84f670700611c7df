"""Every command is there, and a call loads only what it needs."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deployments import commands
from deployments.cli import COMMANDS, app, load_commands

FOLDER = Path(commands.__path__[0])


def test_each_module_adds_the_commands_that_are_named_for_it():
    for module in set(COMMANDS.values()):
        named = {name for name, place in COMMANDS.items() if place == module}
        assert load_commands(module).keys() == named


def test_no_module_of_commands_is_left_out():
    registering = {p.stem for p in FOLDER.glob("*.py") if "def register(" in p.read_text("utf-8")}
    assert registering == set(COMMANDS.values())


def test_the_help_names_every_command_and_what_it_does():
    answer = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"})
    assert answer.exit_code == 0
    lines = [line.strip("│ \n").split(maxsplit=1) for line in answer.stdout.splitlines()]
    told = {line[0]: line[1] for line in lines if len(line) == 2}
    assert [name for name in COMMANDS if len(told.get(name, "")) < 20] == []


@pytest.mark.parametrize("arguments", [["-h"], ["check", "-h"]])
def test_the_short_option_for_help_holds_everywhere(arguments):
    assert CliRunner().invoke(app, arguments).exit_code == 0


def test_a_mistyped_command_is_answered_with_the_likely_one():
    answer = CliRunner().invoke(app, ["proces"])
    assert answer.exit_code == 2
    assert "'process'" in answer.stderr


def test_starting_loads_no_command():
    code = "import sys, deployments.cli; print(*sys.modules, sep='\\n')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {n for n in run.stdout.split() if n.startswith(("prefect", "flows", "tasks"))}
    loaded |= {n for n in run.stdout.split() if n.startswith("deployments.commands")}
    assert loaded == set()
