"""Start the parts of the embedded stack, keep them alive, and end them all.

One process, one thread. It holds the lock of HEJI_HOME for as long as it lives, writes
`stack.json` at every change, and adopts orphans, so that at its end nothing is left.
"""

import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType

from deployments.stack_parts import Part, format_argv, part_environment, part_versions, plan_parts
from deployments.stack_processes import (
    adopt_orphans,
    descendants,
    end_all,
    flow_runs_of,
    free_port,
    last_lines,
    processes_of,
    reap,
    rotate_log,
    start_part,
)
from deployments.stack_state import (
    as_down,
    choose_credentials,
    log_path,
    reach_store,
    read_last_state,
    stack_lock,
    write_credentials,
    write_state,
)
from models.errors import HejiError, Unavailable
from models.settings import Settings
from models.stack import PartName, PartState, Phase, StackState
from tasks.adapters.store import open_store

log = logging.getLogger(__name__)

TICK_S = 0.2
ROTATE_EVERY_S = 10.0
DELAYS_S = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_S = 60.0
"""A part that ran this long starts with the shortest delay again."""
WORK_GRACE_S, SERVER_GRACE_S = 6.0, 5.0
BOOTSTRAP_S = 90.0
RUN_SCRATCH = ("work", "assemble")
"""How the scratch folders of the worker's runs begin; commands use others."""


class StopAskedFor(Exception):
    """A signal asks the supervisor to end."""


@dataclass
class Running:
    """A part and what became of it so far."""

    part: Part
    process: subprocess.Popen[bytes] | None = None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = 0.0
    """Monotonic moment of the last start."""
    due: float = 0.0
    """Monotonic moment at which a dead part starts again."""
    failures: int = 0
    restarts: int = 0
    is_ready: bool = False

    def describe(self, log_file: str) -> PartState:
        """Return what others may know of it."""
        alive = self.process is not None and self.process.returncode is None
        state = "up" if self.is_ready else "restarting" if self.restarts else "starting"
        return PartState(
            name=self.part.name,
            state=state if self.process else "waiting",
            pid=self.process.pid if alive and self.process else None,
            address=self.part.address,
            restarts=self.restarts,
            log=log_file,
        )


class Supervisor:
    """Runs the embedded stack of one HEJI_HOME until it is asked to stop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._home = settings.home
        self._asked_to_stop = False
        self._rotated = 0.0
        self._cut_off: tuple[str, ...] = ()
        self._state: StackState
        self._parts: dict[PartName, Running] = {}

    def run(self, on_up: Callable[[StackState], None] | None = None) -> int:
        """Bring the stack up, look after it, and return the exit code when it is down again.

        Raises:
            Unavailable: another supervisor runs in this home.
        """
        with stack_lock(self._home):
            adopt_orphans()
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, self._on_signal)
            end_all(lambda: processes_of(self._home), grace_s=0)
            self._clear_scratch()
            self._plan()
            try:
                self._bring_up()
                if on_up:
                    on_up(self._state)
                while True:
                    self._turn()
            except StopAskedFor:
                self._shut_down("down")
                return 0
            except (HejiError, OSError) as error:
                log.error("the stack can't go on: %s", error)  # noqa: TRY400 - it says why
                self._shut_down("failed", failure=str(error))
                return 1

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop = True

    def _clear_scratch(self) -> None:
        """Remove what killed runs left in folders of our own; none of them lives now."""
        temporary = self._home / "tmp"
        left = [f for name in RUN_SCRATCH for f in (self._home / "scratch").glob(f"{name}-*")]
        for folder in (temporary, *left):
            shutil.rmtree(folder, ignore_errors=True)
        temporary.mkdir(exist_ok=True)

    def _plan(self) -> None:
        last = read_last_state(self._home)
        self._cut_off = last.interrupted_runs if last else ()
        self._state = plan_state(self._settings).model_copy(
            update={"interrupted_runs": self._cut_off}
        )
        planned = plan_parts(self._settings, self._state)
        self._parts = {name: Running(part) for name, part in planned.items()}

    def _bring_up(self) -> None:
        deadline = time.monotonic() + self._settings.stack.start_timeout_s
        self._tell(phase="starting", step="store")
        write_credentials(self._home, self._state, self._settings.store)
        for note in self._state.notes:
            log.warning("%s", note)
        self._format_store()
        # The server needs the longest and the bootstrap long imports, so they start together.
        self._start("store")
        self._start("prefect")
        bootstrap = self._start_bootstrap(self._cut_off)
        self._await("store", deadline)
        self._make_buckets()
        self._await("prefect", deadline)
        self._finish("bootstrap", bootstrap)
        self._start("worker")
        self._start("watcher")
        self._await("worker", deadline)
        self._await("watcher", deadline)
        self._tell(phase="up", step="", interrupted_runs=())
        log.info("up: UI %s, store %s", self._state.prefect_ui_url, self._state.store_endpoint)

    def _turn(self) -> None:
        """Look after every part once."""
        self._pause()
        for running in self._parts.values():
            if running.process and running.process.poll() is not None:
                self._restart_when_due(running)
            elif not running.is_ready and running.part.is_ready(running.started_at):
                log.info("%s is up again", running.part.name)
                running.is_ready = True
                self._tell()

    def _restart_when_due(self, running: Running) -> None:
        name = running.part.name
        if running.is_ready or running.due == 0:
            if time.monotonic() - running.began > STEADY_S:
                running.failures = 0
            delay = DELAYS_S[min(running.failures, len(DELAYS_S) - 1)]
            running.due, running.is_ready = time.monotonic() + delay, False
            running.failures, running.restarts = running.failures + 1, running.restarts + 1
            code = running.process.returncode if running.process else None
            log.warning("%s ended with %s; it starts again in %.1f s", name, code, delay)
            self._tell()
        if time.monotonic() < running.due:
            return
        if name == "worker" and not self._can_take_up_runs():
            running.due = time.monotonic() + DELAYS_S[2]
            return
        self._start(name)

    def _can_take_up_runs(self) -> bool:
        """Free the runs of a dead worker, so that the next one takes them; not without a server."""
        if not self._parts["prefect"].is_ready:
            return False
        try:
            self._finish("bootstrap", self._start_bootstrap(()))
        except Unavailable as error:
            log.warning("%s", error)
            return False
        return True

    def _start(self, name: PartName) -> None:
        running = self._parts[name]
        running.started_at, running.began, running.due = datetime.now(UTC), time.monotonic(), 0.0
        running.process = start_part(
            running.part.argv,
            environment=running.part.environment,
            folder=self._home,
            log_file=log_path(self._home, name),
        )
        log.info("started %s as process %s", name, running.process.pid)
        self._tell(step=name if self._state.phase == "starting" else "")

    def _await(self, name: PartName, deadline: float) -> None:
        """Wait until a part serves.

        Raises:
            Unavailable: it ended, or the time is up.
        """
        running = self._parts[name]
        self._tell(step=name)
        while not running.part.is_ready(running.started_at):
            self._pause()
            if running.process is None or running.process.poll() is not None:
                raise Unavailable(name, f"it ended at once:\n{self._last_words(name)}")
            if time.monotonic() > deadline:
                raise Unavailable(name, f"it did not answer in time:\n{self._last_words(name)}")
        running.is_ready = True
        log.info("%s is up after %.1f s", name, time.monotonic() - running.began)
        self._tell()

    def _format_store(self) -> None:
        folder = self._home / "s3"
        folder.mkdir(parents=True, exist_ok=True)
        self._finish("store", self._start_once("store", format_argv(folder)))

    def _make_buckets(self) -> None:
        store = reach_store(self._settings.store, self._state)
        open_store(store).ensure_buckets((store.inbox, store.works, store.releases))

    def _start_bootstrap(self, cut_off: tuple[str, ...]) -> subprocess.Popen[bytes]:
        """Register the deployments and free the runs that no process carries out any more."""
        alive = [f"--alive={run}" for run in sorted(flow_runs_of(descendants()))]
        cut = [f"--cut-off={run}" for run in cut_off]
        module = (sys.executable, "-m", "deployments.bootstrap")
        wait = str(self._settings.stack.start_timeout_s)
        return self._start_once(
            "bootstrap", (*module, "--wait", wait, "--take-up-runs", *alive, *cut)
        )

    def _start_once(self, name: str, argv: tuple[str, ...]) -> subprocess.Popen[bytes]:
        return start_part(
            argv,
            environment=part_environment(self._settings, self._state, os.environ),
            folder=self._home,
            log_file=log_path(self._home, name),
        )

    def _finish(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Wait for a short command to end well.

        Raises:
            Unavailable: it failed.
        """
        self._tell(step=name if self._state.phase == "starting" else "")
        deadline = time.monotonic() + BOOTSTRAP_S
        while process.poll() is None and time.monotonic() < deadline:
            self._pause(process)
        if process.returncode != 0:
            process.kill()
            raise Unavailable(name, f"it failed:\n{self._last_words(name)}")

    def _pause(self, *others: subprocess.Popen[bytes]) -> None:
        """Wait a moment, collect the dead, keep logs small, and notice a wish to stop."""
        time.sleep(TICK_S)
        reap([*others, *(r.process for r in self._parts.values() if r.process)])
        if time.monotonic() - self._rotated > ROTATE_EVERY_S:
            self._rotated = time.monotonic()
            for path in (self._home / "logs").glob("*.log"):
                rotate_log(path)
        if self._asked_to_stop:
            raise StopAskedFor

    def _shut_down(self, phase: Phase, failure: str = "") -> None:
        """End the runs and who starts them first, then the servers that they report to."""
        cut_off = set(self._cut_off) if self._state.phase == "starting" else set()
        cut_off |= flow_runs_of(descendants())
        self._tell(phase="stopping", step="", interrupted_runs=tuple(sorted(cut_off)))
        kept = {r.process.pid for n in ("store", "prefect") if (r := self._parts[n]).process}
        end_all(lambda: [p for p in descendants() if p.pid not in kept], WORK_GRACE_S)
        end_all(descendants, SERVER_GRACE_S)
        reap(())
        self._state = as_down(self._state.model_copy(update={"failure": failure}), phase)
        write_state(self._home, self._state)
        log.info("everything has ended")

    def _last_words(self, name: str) -> str:
        return last_lines(log_path(self._home, name))

    def _tell(self, **changes: object) -> None:
        """Write down what is true now."""
        parts = tuple(
            running.describe(str(log_path(self._home, name)))
            for name, running in self._parts.items()
        )
        self._state = self._state.model_copy(update={"parts": parts, **changes})
        write_state(self._home, self._state)


def plan_state(settings: Settings) -> StackState:
    """Decide where the parts will listen and with which keys; nothing runs yet."""
    wanted = settings.stack
    store_port = free_port(wanted.store_port)
    prefect_port = free_port(wanted.prefect_port, taken=[store_port])
    moved = (("store", wanted.store_port, store_port), ("UI", wanted.prefect_port, prefect_port))
    access_key, secret_key = choose_credentials(settings)
    return StackState(
        phase="starting",
        notes=tuple(
            f"port {asked} is taken by another program, so the {what} listens on {got}"
            for what, asked, got in moved
            if asked != got
        ),
        supervisor_pid=os.getpid(),
        started_at=datetime.now(UTC),
        store_endpoint=f"127.0.0.1:{store_port}",
        access_key=access_key,
        secret_key=secret_key,
        prefect_api_url=f"http://127.0.0.1:{prefect_port}/api",
        prefect_ui_url=f"http://127.0.0.1:{prefect_port}",
        parts=(),
        versions=part_versions(),
    )


def main() -> int:
    """Run the stack of the HEJI_HOME that the environment names."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)-7s %(message)s", stream=sys.stderr
    )
    os.closerange(3, 256)  # whoever reads the caller's pipes must not wait for this process
    settings = Settings()
    os.chdir(settings.home)
    try:
        return Supervisor(settings).run()
    except Unavailable as error:
        log.warning("%s", error)
        return 3


if __name__ == "__main__":
    sys.exit(main())
