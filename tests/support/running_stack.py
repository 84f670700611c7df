"""The whole embedded stack, started once a session for the tests that need the true parts."""

import os
import signal
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from deployments import stack
from models.settings import ScratchSettings, Settings, StackSettings
from models.stack import PartName, PartState, StackState
from tasks.adapters.store import ObjectStore, StoredObject, open_store
from tasks.media.keys import run_key
from tests.support.gateway import free_port

if TYPE_CHECKING:  # every test run loads this module, and Prefect takes two seconds
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun


@dataclass(frozen=True)
class RunningStack:
    """A stack of its own, in a home of its own."""

    settings: Settings

    @property
    def state(self) -> StackState:
        state = stack.read_state(self.settings)
        assert state, "the stack is down"
        return state

    @property
    def store(self) -> ObjectStore:
        return open_store(stack.with_store(self.settings).store)

    @contextmanager
    def prefect(self) -> "Iterator[SyncPrefectClient]":
        """Give a client of its Prefect server."""
        from prefect.client.orchestration import get_client

        with stack.connected(self.settings), get_client(sync_client=True) as api:
            yield api

    def part(self, name: PartName) -> PartState:
        return next(part for part in self.state.parts if part.name == name)

    def kill(self, name: PartName) -> None:
        """Kill a part without a warning, and wait until the supervisor has seen it."""
        before = self.part(name)
        assert before.pid
        os.kill(before.pid, signal.SIGKILL)
        wait_for(lambda: self.part(name).restarts > before.restarts, 5)

    def upload(self, key: str, data: bytes) -> StoredObject:
        """Put an object into the inbox by a presigned link, as somebody without keys does."""
        inbox = self.settings.store.inbox
        link = self.store.link(inbox, key, method="PUT", hours=1)
        request = urllib.request.Request(link, data=data, method="PUT")
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200
        return self.store.stat(inbox, key)

    def runs_of(self, upload: StoredObject) -> "list[FlowRun]":
        """Return the runs that an upload has: one, or none yet."""
        from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterIdempotencyKey

        name = run_key(upload.bucket, upload.key, upload.etag)
        condition = FlowRunFilter(idempotency_key=FlowRunFilterIdempotencyKey(any_=[name]))
        with self.prefect() as api:
            return api.read_flow_runs(flow_run_filter=condition)


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Run store, Prefect server, worker and watcher; a test that stops them starts them again."""
    settings = Settings(
        home=tmp_path_factory.mktemp("stack"),
        stack=StackSettings(store_port=free_port(), prefect_port=free_port()),
        scratch=ScratchSettings(reserve_bytes=50_000_000),
    )
    stack.start(settings)
    yield RunningStack(settings)
    stack.stop(settings)


def wait_for(is_true, limit_s: float, pause_s: float = 0.1) -> float:
    """Wait until a condition holds and return how many seconds that took."""
    began = time.monotonic()
    while not is_true():
        waited = time.monotonic() - began
        assert waited < limit_s, f"not within {limit_s} s"
        time.sleep(pause_s)
    return time.monotonic() - began
