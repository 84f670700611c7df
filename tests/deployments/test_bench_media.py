"""`heji bench media` measures what it shows; how fast this machine is, no test says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deployments.bench_child import peak_bytes
from deployments.bench_media import CASES, LONG_ROWS, PROFILE, MediaRow, Plan, run_media_bench
from deployments.cli import app
from models.settings import Settings


def run(*arguments: str):
    return CliRunner().invoke(app, ["bench", "media", *arguments])


def test_every_row_has_its_case_under_its_name():
    assert {row: case.name for row, case in CASES.items()} == {row: row.value for row in MediaRow}


def test_room_is_asked_for_the_longest_source_of_the_chosen_rows():
    assert Plan([MediaRow.CHECK], seconds=20).longest_s == 20
    assert Plan([MediaRow.CHECK, MediaRow.DURATION], seconds=20).longest_s == 1200
    assert Plan(list(LONG_ROWS)).longest_s == 1800


def test_the_peak_is_read_in_bytes():
    assert peak_bytes("VmPeak:\t  999 kB\nVmHWM:\t   2048 kB\nVmRSS:\t  5 kB\n") == 2048 * 1024
    with pytest.raises(ValueError, match="no peak"):
        peak_bytes("Name:\tpython\n")


def test_two_forms_of_output_are_one_too_many():
    answer = run("--json", "--markdown")
    assert answer.exit_code == 2
    assert "exclude" in answer.stderr


def test_an_unknown_row_is_a_usage_error():
    assert run("--only", "warp").exit_code == 2


CODE = """
import resource, subprocess, sys
from deployments.bench_child import adopt_orphans, wait_for_orphans
adopt_orphans()
burning = "import time\\nwhile time.process_time() < 0.4: pass"
subprocess.run(["sh", "-c", '"$@" &', "sh", sys.executable, "-c", burning], check=True)
wait_for_orphans()
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
"""


def test_the_time_of_a_process_that_nobody_waited_for_is_counted():
    used = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert float(used.stdout) > 0.4


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home in which the benchmark's campaign has small pictures."""
    monkeypatch.setenv("HEJI_HOME", str(tmp_path))
    profile = {
        "name": PROFILE,
        "revision": "1",
        "title": "t",
        "master": {"width_px": 320, "height_px": 180},
        "limits": {"short_side_block_px": None, "bit_rate_block_bps": None},
    }
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / f"{PROFILE}.yaml").write_text(json.dumps(profile))
    return tmp_path


@pytest.mark.media
def test_a_short_benchmark_from_the_command_line(home: Path):
    answer = run("--seconds", "1", "--repeats", "2", "--only", "check", "--json")
    (row,) = json.loads(answer.stdout)["rows"]
    assert row["case"]["name"] == "check"
    assert (row["flaws"], row["ratio"] > 0) == ([], True)
    assert answer.exit_code == (0 if row["verdict"] == "met" else 1)
    ours, theirs = row["sides"]
    assert (len(ours["runs"]), len(theirs["runs"])) == (2, 2)
    assert all(run["cpu_s"] > 0 for run in (*ours["runs"], *theirs["runs"]))
    assert all(20e6 < run["peak_bytes"] < 1e9 for run in ours["runs"])
    assert all(run["peak_bytes"] is None for run in theirs["runs"])
    assert list((home / "scratch").iterdir()) == []


@pytest.mark.media
def test_a_short_benchmark_of_a_script_and_of_other_lengths(home: Path):
    rows = [MediaRow.NAIVE, *LONG_ROWS]
    steps: list[str] = []
    plan = Plan(rows, seconds=1, memory_s=(1, 2), duration_s=(1, 2))
    bench = run_media_bench(plan, Settings(), steps.append)
    naive, memory, duration = bench.rows
    assert naive.flaws == duration.flaws == ()
    assert [side.name for side in naive.sides] == ["naive pipeline", "heji process"]
    assert [side.name for side in memory.sides] == ["2 s", "1 s"]
    assert [side.name for side in duration.sides] == ["1 s", "2 s"]
    assert len(steps) == 1 + 3 + 4 + 4
    assert list((home / "scratch").iterdir()) == []
