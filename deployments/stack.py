"""The embedded stack for whoever needs one: start it, find it, use it, stop it.

    with connected(Settings()) as settings:   # the stack of HEJI_HOME, if it is up
        open_store(settings.store)            # … with its credentials
        …                                     # Prefect clients reach its server

The stack is a supervisor process with four children: the store (JuiceFS gateway), the Prefect
server, a process worker and the inbox watcher. They listen on loopback only.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deployments.stack_processes import (
    MARKER,
    descendants,
    end_all,
    has_ended,
    last_lines,
    processes_of,
    start_detached,
)
from deployments.stack_state import (
    as_down,
    log_path,
    reach_store,
    read_last_state,
    supervisor_of,
    write_state,
)
from deployments.stack_supervisor import Supervisor
from models.errors import Unavailable
from models.settings import Settings
from models.stack import StackState

POLL_S = 0.1
STOP_S = 16.0
"""The supervisor takes 11 s at most; one that takes longer is killed."""
OnChange = Callable[[StackState], None]


def start(settings: Settings, on_change: OnChange | None = None) -> StackState:
    """Start the stack detached from this process and return when all of it serves.

    A stack that is up already, or on its way, is left alone and waited for. `on_change` hears
    of every step.

    Raises:
        Unavailable: a part did not come up; nothing is left running.
    """
    settings = _settled(settings)
    home = settings.home
    while (state := read_state(settings)) and state.phase == "stopping":
        time.sleep(POLL_S)
    started = None
    if supervisor_of(home) is None:
        started = start_detached(
            "deployments.stack_supervisor",
            environment={**os.environ, **settings.as_environment(), MARKER: str(home)},
            log_file=log_path(home, "supervisor"),
        )
    return _wait_until_up(settings, started, on_change)


def run_in_foreground(settings: Settings, on_up: OnChange | None = None) -> int:
    """Run the stack in this process until a signal stops it; return the exit code.

    Raises:
        Unavailable: another supervisor runs in this home.
    """
    return Supervisor(_settled(settings)).run(on_up)


def stop(settings: Settings) -> bool:
    """Stop the stack and leave no process of it; tell whether there was anything to stop.

    Runs that were under way are taken up again by the next start.
    """
    home = settings.home.absolute()
    supervisor = supervisor_of(home)
    if supervisor:
        _end_supervisor(home, supervisor)
    left = processes_of(home)
    end_all(lambda: processes_of(home), grace_s=0)
    state = read_last_state(home)
    if state and state.phase not in ("down", "failed"):
        write_state(home, as_down(state))
    return bool(supervisor or left)


def read_state(settings: Settings) -> StackState | None:
    """Return the state of the stack that runs, starting or stopping included; None if none does."""
    home = settings.home.absolute()
    supervisor, state = supervisor_of(home), read_last_state(home)
    # A supervisor that has just started has not written its own yet.
    return state if state and state.supervisor_pid == supervisor else None


@contextmanager
def connected(settings: Settings) -> Iterator[Settings]:
    """Give settings with the running stack's store, and point Prefect clients at its server.

    Clients made in the block use it, as do child processes. Without a running stack the
    settings and variables of the caller count as they are.
    """
    state = read_state(settings)
    if state is None:
        yield settings
        return
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415 - takes 2 s

    before = os.environ.get("PREFECT_API_URL")
    os.environ["PREFECT_API_URL"] = state.prefect_api_url
    try:
        with temporary_settings({PREFECT_API_URL: state.prefect_api_url}):
            yield with_store(settings)
    finally:
        if before is None:
            del os.environ["PREFECT_API_URL"]
        else:
            os.environ["PREFECT_API_URL"] = before


def with_store(settings: Settings) -> Settings:
    """Return settings with the running stack's store; without one they stay as they are."""
    state = read_state(settings)
    if state is None:
        return settings
    return settings.model_copy(update={"store": reach_store(settings.store, state)})


def _settled(settings: Settings) -> Settings:
    """Make the home, and every path absolute: the parts run elsewhere."""
    home = settings.home.absolute()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "logs").mkdir(exist_ok=True)
    changes: dict[str, object] = {"home": home}
    if settings.scratch.dir:
        scratch = settings.scratch.model_copy(update={"dir": settings.scratch.dir.absolute()})
        changes["scratch"] = scratch
    model = settings.whisper.model
    if model and Path(model).exists():
        changes["whisper"] = settings.whisper.model_copy(
            update={"model": str(Path(model).absolute())}
        )
    return settings.model_copy(update=changes)


def _wait_until_up(
    settings: Settings, started: int | None, on_change: OnChange | None
) -> StackState:
    home = settings.home
    deadline = time.monotonic() + settings.stack.start_timeout_s + STOP_S
    seen = None
    while time.monotonic() < deadline:
        time.sleep(POLL_S)
        state = read_state(settings)
        if state and state != seen and on_change:
            on_change(state)
        seen = state
        if state and state.is_up:
            return state
        if (started is None or has_ended(started)) and supervisor_of(home) is None:
            raise Unavailable("stack", _why_it_ended(home))
    raise Unavailable("stack", f"it did not come up in time:\n{_end(log_path(home, 'supervisor'))}")


def _why_it_ended(home: Path) -> str:
    last = read_last_state(home)
    if last and last.phase == "down":
        return "it was stopped while it started"
    return last.failure if last and last.failure else _end(log_path(home, "supervisor"))


def _end(log_file: Path) -> str:
    return f"{last_lines(log_file)}\n(from {log_file})"


def _end_supervisor(home: Path, pid: int) -> None:
    below = descendants(pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_S
        while supervisor_of(home) == pid and time.monotonic() < deadline:
            time.sleep(POLL_S)
        if supervisor_of(home) == pid:
            os.kill(pid, signal.SIGKILL)
    end_all(lambda: below, grace_s=0)
    has_ended(pid)  # collects it, if this process started it
