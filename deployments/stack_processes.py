"""Processes of the embedded stack: start them so that none outlives it, and end them all."""

import contextlib
import ctypes
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
MARKER = "STACK_OF_HEJI"
"""Environment variable that every process of a stack carries; its value is the stack's home."""
LOG_BYTES = 20_000_000
PORTS_TRIED = 100


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, so none gets away."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this kernel lets nobody adopt orphans")


def start_part(
    argv: Sequence[str], *, environment: Mapping[str, str], folder: Path, log_file: Path
) -> subprocess.Popen[bytes]:
    """Start a program that the kernel kills when this process dies.

    The kernel binds that promise to the thread that starts it: call from the main thread.
    """
    with open_log(log_file) as output:
        return subprocess.Popen(  # noqa: S603 - an argument list of our own, never a shell
            argv,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 - only the main thread runs
        )


def start_detached(module: str, *, environment: Mapping[str, str], log_file: Path) -> int:
    """Start a module of ours that goes on when its caller and the terminal are gone.

    It returns the process id. Descriptors above 2 are passed on: the module closes them.
    """
    with open_log(log_file) as output:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", module],
            dict(environment),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, output.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, output.fileno(), 2),
            ],
            setsid=True,
        )


def has_ended(pid: int) -> bool:
    """Tell whether a child of this process has ended; one that isn't its child counts as ended."""
    try:
        return os.waitpid(pid, os.WNOHANG) != (0, 0)
    except ChildProcessError:
        return True


def open_log(path: Path) -> IO[bytes]:
    """Open a log to append to, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def rotate_log(path: Path, limit_bytes: int = LOG_BYTES) -> None:
    """Keep a log and its predecessor below the limit; whoever writes it goes on at its start."""
    if path.exists() and path.stat().st_size > limit_bytes:
        shutil.copyfile(path, path.with_suffix(".log.1"))
        os.truncate(path, 0)


def last_lines(path: Path, count: int = 12) -> str:
    """Return the end of a log."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8000))
        return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-count:])


def reap(known: Iterable[subprocess.Popen[bytes]]) -> None:
    """Collect dead children, adopted ones too; `known` keep their exit codes."""
    own = {process.pid: process for process in known}
    while True:
        try:
            dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if dead is None:
            return
        if dead.si_pid in own:
            own[dead.si_pid].poll()
        else:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(dead.si_pid, os.WNOHANG)


def descendants(pid: int | None = None) -> list[psutil.Process]:
    """Return every living process below `pid`, which is this process unless named."""
    try:
        return living(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def living(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Return those that are neither gone nor zombies, which only wait to be collected."""
    return [p for p in processes if _is_alive(p)]


def processes_of(home: Path) -> list[psutil.Process]:
    """Return every living process that carries the marker of this home, except the caller's line.

    It finds what a killed supervisor left behind.
    """
    spared = {os.getpid(), *(p.pid for p in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        if process.pid not in spared and _is_alive(process):
            with contextlib.suppress(psutil.Error):
                if process.environ().get(MARKER) == str(home):
                    found.append(process)
    return found


def flow_runs_of(processes: Iterable[psutil.Process]) -> set[str]:
    """Return the ids of the flow runs that these processes carry out."""
    found = set()
    for process in processes:
        with contextlib.suppress(psutil.Error):
            found.add(process.environ().get("PREFECT__FLOW_RUN_ID", ""))
    return found - {""}


def end_all(find: Callable[[], Iterable[psutil.Process]], grace_s: float) -> None:
    """Ask what `find` finds to end, then kill what is left and what it started meanwhile."""
    _signal_all(find(), signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while (left := living(find())) and time.monotonic() < deadline:
        time.sleep(0.1)
    for _ in range(20):
        if not left:
            return
        _signal_all(left, signal.SIGKILL)
        time.sleep(0.1)
        left = living(find())
    log.warning("processes that can't be killed: %s", [p.pid for p in left])


def free_port(wanted: int, taken: Iterable[int] = ()) -> int:
    """Return `wanted` if nobody listens there, else the next port that is free."""
    last = min(wanted + PORTS_TRIED, 65536)
    candidates = [p for p in range(wanted, last) if p not in set(taken)]
    for port in candidates:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    return wanted


def _die_with(parent: int) -> Callable[[], None]:
    libc = ctypes.CDLL(None)  # before the fork: the child must not load anything

    def in_child() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return in_child


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _signal_all(processes: Iterable[psutil.Process], number: int) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)
