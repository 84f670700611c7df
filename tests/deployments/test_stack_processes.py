"""No process of the stack outlives it, whatever ends it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deployments.stack_processes import (
    MARKER,
    descendants,
    end_all,
    flow_runs_of,
    free_port,
    last_lines,
    living,
    open_log,
    processes_of,
    rotate_log,
    start_part,
)
from tests.support.running_stack import wait_for

SAY = "import signal, time; print('here', flush=True); time.sleep(60)"
SLEEP = [sys.executable, "-c", SAY]
IGNORE = "signal.signal(signal.SIGTERM, signal.SIG_IGN); print"
STUBBORN = [sys.executable, "-c", SAY.replace("print", IGNORE)]
PARENT = """
import os, sys, time
from pathlib import Path
from deployments.stack_processes import start_part
folder = Path(sys.argv[1])
child = start_part(
    [sys.executable, "-c", "import time; time.sleep(60)"],
    environment=dict(os.environ), folder=folder, log_file=folder / "child.log",
)
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def start(
    started: list[subprocess.Popen[bytes]], argv: list[str], **environment: str
) -> psutil.Process:
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, env={**os.environ, **environment})
    started.append(process)
    assert process.stdout
    process.stdout.readline()
    return psutil.Process(process.pid)


def test_a_part_dies_with_a_killed_parent(tmp_path: Path):
    argv = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        assert living([child])
        parent.send_signal(signal.SIGKILL)
    wait_for(lambda: not living([child]), 5)


def test_a_part_writes_to_its_log_and_reads_nothing(tmp_path: Path):
    log = tmp_path / "logs" / "part.log"
    code = "import sys; print(repr(sys.stdin.read())); print('err', file=sys.stderr)"
    part = start_part([sys.executable, "-c", code], environment={}, folder=tmp_path, log_file=log)
    assert part.wait(20) == 0
    assert set(last_lines(log).splitlines()) == {"''", "err"}
    assert log.stat().st_mode & 0o077 == 0


def test_who_ignores_the_request_is_killed(started):
    process = start(started, STUBBORN)
    began = time.monotonic()
    end_all(lambda: [process], grace_s=0.5)
    assert not living([process])
    assert 0.5 <= time.monotonic() - began < 5


def test_who_ends_when_asked_is_not_waited_for(started):
    process = start(started, SLEEP)
    began = time.monotonic()
    end_all(lambda: [process], grace_s=20)
    assert not living([process])
    assert time.monotonic() - began < 5


def test_the_marker_finds_what_a_killed_supervisor_left(started, tmp_path: Path):
    ours = start(started, SLEEP, **{MARKER: str(tmp_path)})
    theirs = start(started, SLEEP, **{MARKER: str(tmp_path / "other")})
    assert processes_of(tmp_path) == [ours]
    assert theirs in descendants()


def test_the_run_of_a_process_is_known(started):
    processes = [start(started, SLEEP, PREFECT__FLOW_RUN_ID="r1"), start(started, SLEEP)]
    assert flow_runs_of(processes) == {"r1"}


def test_a_taken_port_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port
    assert free_port(port) == port
    assert free_port(port, taken=[port]) != port


def test_a_long_log_is_turned_over_under_its_writer(tmp_path: Path):
    path = tmp_path / "part.log"
    with open_log(path) as log:
        log.write(b"a" * 100 + b"\n")
        log.flush()
        rotate_log(path, limit_bytes=200)
        assert path.stat().st_size == 101
        rotate_log(path, limit_bytes=100)
        log.write(b"next\n")
    assert path.read_bytes() == b"next\n"
    assert path.with_suffix(".log.1").read_bytes() == b"a" * 100 + b"\n"
