"""The watcher with a store in memory: it hears, sweeps, outlives outages and ends when asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from deployments import watcher
from deployments.watcher import Watcher
from models.errors import HejiError, Unavailable
from models.inbox import StartedRun, SweepResult
from models.settings import Settings
from tasks.media.keys import is_sidecar
from tests.support.fake_store import FakeObjectStore
from tests.support.running_stack import wait_for

SOON_S = 5.0


class Started:
    """What stands for Prefect: keys that were started, each by whom."""

    def __init__(self) -> None:
        self.by_event: list[str] = []
        self.by_sweep: list[str] = []
        self.sweeps = 0
        self.failure: HejiError | None = None

    def start(self, upload, _settings, _api):
        if self.failure:
            raise self.failure
        self.by_event.append(upload.key)
        return SimpleNamespace(name=upload.key)

    def sweep(self, store, _settings, _already, _api, *, should_stop):
        found = [o for o in store.list_objects("inbox") if not is_sidecar(o.key)]
        if self.failure:
            raise self.failure
        self.sweeps += 1
        fresh = [o for o in found if o.key not in (*self.by_sweep, *self.by_event)]
        self.by_sweep += [o.key for o in fresh]
        assert not should_stop()
        runs = tuple(StartedRun(key=o.key, run_id="1", name=o.key) for o in fresh)
        return SweepResult(found=len(found), known=len(found) - len(fresh), started=runs)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    fake = Started()

    @contextmanager
    def no_api() -> Iterator[None]:
        yield None

    monkeypatch.setattr(watcher, "start_processing", fake.start)
    monkeypatch.setattr(watcher, "sweep", fake.sweep)
    monkeypatch.setattr(watcher, "prefect_api", no_api)
    monkeypatch.setattr(watcher, "DELAYS_S", (0.05,))
    monkeypatch.setattr(watcher, "TICK_S", 0.01)
    return fake


@pytest.fixture
def store() -> FakeObjectStore:
    return FakeObjectStore("inbox")


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


@contextmanager
def watching(settings: Settings, store: FakeObjectStore) -> Iterator[Watcher]:
    running = Watcher(settings, store)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        yield running
    finally:
        running.stop()
        store.cut_listeners(Unavailable("store", "the test is over"))
        thread.join(SOON_S)
        assert not thread.is_alive()


def put(store: FakeObjectStore, key: str) -> None:
    store.put_bytes("inbox", key, b"data", "video/mp4")


def test_what_lies_there_is_swept_and_what_comes_is_heard(
    settings: Settings, store: FakeObjectStore, started: Started
):
    put(store, "before.mp4")
    with watching(settings, store):
        wait_for(lambda: told(settings).get("listening"), SOON_S)
        put(store, "after.mp4")
        wait_for(lambda: started.by_event, SOON_S)
    assert started.by_sweep == ["before.mp4"]
    assert started.by_event == ["after.mp4"]


def test_sidecars_and_folders_are_not_started(
    settings: Settings, store: FakeObjectStore, started: Started
):
    with watching(settings, store):
        wait_for(lambda: told(settings).get("listening"), SOON_S)
        for key in ("a.mp4.json", "folder/", "a.mp4"):
            put(store, key)
        wait_for(lambda: started.by_event, SOON_S)
    assert started.by_event == ["a.mp4"]


def test_a_failed_start_is_left_to_a_sweep(
    settings: Settings, store: FakeObjectStore, started: Started
):
    with watching(settings, store):
        wait_for(lambda: told(settings).get("listening"), SOON_S)
        started.failure = Unavailable("Prefect API", "away")
        put(store, "meanwhile.mp4")
        wait_for(lambda: told(settings).get("problem"), SOON_S)
        started.failure = None
        wait_for(lambda: started.by_sweep == ["meanwhile.mp4"], SOON_S)
        wait_for(lambda: told(settings)["problem"] == "", SOON_S)


def test_a_lost_connection_is_made_again_and_swept_after(
    settings: Settings, store: FakeObjectStore, started: Started
):
    with watching(settings, store):
        wait_for(lambda: told(settings).get("listening"), SOON_S)
        store.failure = Unavailable("store", "away")
        store.cut_listeners(store.failure)
        store.buckets["inbox"]["unheard.mp4"] = b"data"
        store.failure = None
        wait_for(lambda: started.by_sweep == ["unheard.mp4"], SOON_S)
        wait_for(lambda: told(settings)["listening"], SOON_S)
        put(store, "heard.mp4")
        wait_for(lambda: started.by_event == ["heard.mp4"], SOON_S)


def test_a_store_without_events_is_swept_alone(
    settings: Settings,
    store: FakeObjectStore,
    started: Started,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(watcher, "SWEEP_EVERY_S", 0.1)
    store.has_events = False
    with watching(settings, store):
        put(store, "film.mp4")
        wait_for(lambda: started.by_sweep == ["film.mp4"], SOON_S)
        wait_for(lambda: started.sweeps > 3, SOON_S)
    assert not told(settings)["listening"]


def test_an_upload_that_is_gone_again_is_no_failure(
    settings: Settings, store: FakeObjectStore, started: Started
):
    with watching(settings, store):
        wait_for(lambda: told(settings).get("listening"), SOON_S)
        store.announce("never-there.mp4")
        put(store, "there.mp4")
        wait_for(lambda: started.by_event == ["there.mp4"], SOON_S)


def test_a_second_event_for_the_same_bytes_asks_nobody(
    settings: Settings, store: FakeObjectStore, started: Started
):
    with watching(settings, store):
        wait_for(lambda: told(settings).get("listening"), SOON_S)
        for key in ("twice.mp4", "twice.mp4", "last.mp4"):
            put(store, key)
        wait_for(lambda: "last.mp4" in started.by_event, SOON_S)
    assert started.by_event == ["twice.mp4", "last.mp4"]


@pytest.mark.usefixtures("started")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_listener_that_dies_ends_the_process(
    settings: Settings, store: FakeObjectStore, monkeypatch: pytest.MonkeyPatch
):
    """The supervisor starts a new one, which sweeps; a deaf watcher would look healthy."""

    def broken(_bucket: str) -> Iterator[str | None]:
        raise SystemExit

    monkeypatch.setattr(store, "listen", broken)
    monkeypatch.setattr(watcher, "SWEEP_EVERY_S", 0.05)
    with pytest.raises(RuntimeError, match="listener"):
        Watcher(settings, store).run()


def told(settings: Settings) -> dict:
    path = settings.home / "watcher.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}
