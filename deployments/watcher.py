"""Watch the inbox and start a run for every upload: `python -m deployments.watcher`.

An event is a hint and a sweep the truth (design D4): one thread listens and starts what it hears
of at once; the main thread sweeps at each connect, every minute, and whenever a start failed.
Neither a store nor a Prefect server that goes away ends the watcher.
"""

import json
import logging
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from prefect.client.orchestration import SyncPrefectClient

from models.errors import HejiError, ObjectMissing, RequestInvalid
from models.settings import Settings
from tasks.adapters.store import ObjectStore, open_store
from tasks.inbox import prefect_api, start_processing, sweep
from tasks.media.keys import is_sidecar, run_key

LOG_FORMAT = "%(asctime)s %(levelname)-7s %(message)s"
log = logging.getLogger("deployments.watcher")

SWEEP_EVERY_S, TICK_S = 60.0, 0.1
DELAYS_S = (0.5, 1.0, 2.0, 4.0)
"""Pauses after failures in a row; the last one stays."""


class Watcher:
    """Starts runs until it is asked to stop."""

    def __init__(self, settings: Settings, store: ObjectStore) -> None:
        self._settings = settings
        self._store = store
        self._already: set[str] = set()
        self._stopping = False
        self._wanted = threading.Event()
        self._listening = False
        self._can_listen = True

    def run(self) -> None:
        """Sweep and listen until `stop`."""
        listener = threading.Thread(target=self._listen_always, name="listener", daemon=True)
        listener.start()
        failures = 0
        with prefect_api() as api:
            while not self._stopping:
                self._wanted.clear()
                failures = 0 if self._sweep_once(api) else failures + 1
                self._rest(_pause(failures) if failures else SWEEP_EVERY_S, early=failures == 0)
                if self._can_listen and not listener.is_alive():
                    raise RuntimeError("the listener died; a new process listens again")

    def stop(self) -> None:
        """Ask `run` to return; it does within the request that is under way.

        A plain flag, because a signal handler must not take a lock.
        """
        self._stopping = True

    def _rest(self, pause_s: float, *, early: bool) -> None:
        """Wait, at most until a sweep is wanted if `early`."""
        until = time.monotonic() + pause_s
        while not self._stopping and time.monotonic() < until:
            if early and self._wanted.is_set():
                return
            time.sleep(TICK_S)

    def _sweep_once(self, api: SyncPrefectClient) -> bool:
        try:
            found = sweep(
                self._store, self._settings, self._already, api, should_stop=lambda: self._stopping
            )
        except HejiError as error:
            log.warning("no sweep: %s", error)
            self._tell(problem=str(error))
            return False
        for run in found.started:
            log.info("started %s for %s (sweep)", run.name, run.key)
        for key, why in found.refused.items():
            log.error("no run for %s: %s", key, why)
        self._tell(problem="")
        return True

    def _listen_always(self) -> None:
        failures = 0
        with prefect_api() as api:
            while self._can_listen and not self._stopping:
                try:
                    for key in self._store.listen(self._settings.store.inbox):
                        failures = 0
                        self._hear(key, api)
                except RequestInvalid as error:
                    log.warning("sweeps alone from now on: %s", error)
                    self._can_listen = False
                except HejiError as error:
                    if failures == 0:
                        log.warning("not listening: %s", error)
                    failures += 1
                self._listening = False
                time.sleep(_pause(failures))

    def _hear(self, key: str | None, api: SyncPrefectClient) -> None:
        if key is None:
            log.info("listening to %s", self._settings.store.inbox)
            self._listening = True
            self._wanted.set()
        elif not is_sidecar(key) and not key.endswith("/"):
            self._start(key, api)

    def _start(self, key: str, api: SyncPrefectClient) -> None:
        """Start the run for what stands under the key now; leave a failure to the sweep."""
        try:
            stored = self._store.stat(self._settings.store.inbox, key)
            name = run_key(stored.bucket, stored.key, stored.etag)
            if name in self._already:
                return
            run = start_processing(stored, self._settings, api)
        except ObjectMissing:
            log.info("%s is gone again", key)
            return
        except HejiError as error:
            log.warning("no run for %s yet: %s", key, error)
            self._wanted.set()
            return
        self._already.add(name)
        log.info("started %s for %s", run.name, key)

    def _tell(self, problem: str) -> None:
        """Leave a sign of life: `heji up`, `heji status` and health checks read it."""
        told = {
            "turned_at": datetime.now(UTC).isoformat(),
            "swept_at": datetime.now(UTC).isoformat() if not problem else None,
            "listening": self._listening,
            "problem": problem,
        }
        draft = Path(f"{self._path}.{os.getpid()}")
        draft.write_text(json.dumps(told), "utf-8")
        draft.replace(self._path)

    @property
    def _path(self) -> Path:
        return self._settings.home / "watcher.json"


def _pause(failures: int) -> float:
    return DELAYS_S[min(max(failures, 1), len(DELAYS_S)) - 1]


def main() -> int:
    """Watch until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, force=True)  # over Prefect's
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    watcher = Watcher(settings, open_store(settings.store))

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        watcher.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    watcher.run()
    log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
