"""What `heji status` says of a store, and of nothing at all."""

from datetime import UTC, datetime

import pytest

from deployments.stack_status import add_store_facts, gather_status
from models.compilation import Release
from models.errors import Unavailable
from models.settings import Settings
from models.stack import StackStatus
from models.work import State, Work
from tasks.records import save_work
from tests.support.fake_store import FakeObjectStore

CAMPAIGN = "gonghua-2022"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def store() -> FakeObjectStore:
    return FakeObjectStore("inbox", "works", "releases")


@pytest.fixture
def nothing(settings: Settings) -> StackStatus:
    return gather_status(settings)


def put(store: FakeObjectStore, bucket: str, key: str, data: bytes = b"") -> None:
    store.put_bytes(bucket, key, data, "application/json")


def put_work(store: FakeObjectStore, settings: Settings, number: int, state: State) -> None:
    work = Work(
        work_id=f"w{number:010x}",
        campaign=CAMPAIGN,
        inbox_key=f"{CAMPAIGN}/{number}.mp4",
        file_name=f"{number}.mp4",
        state=state,
        updated_at=datetime.now(UTC),
    )
    save_work(store, settings, work)


def test_without_a_stack_only_this_machine_is_known(nothing: StackStatus, settings: Settings):
    assert (nothing.up, nothing.phase, nothing.parts) == (False, "down", ())
    assert (nothing.inbox, nothing.works, nothing.releases) == (None, None, None)
    assert nothing.disk_free_bytes > 0
    assert nothing.credentials == str(settings.home / "store.env")


def test_an_empty_store_is_zero_and_not_unknown(
    nothing: StackStatus, store: FakeObjectStore, settings: Settings
):
    found = add_store_facts(nothing, store, settings)
    assert (found.inbox, found.works, found.releases, found.problems) == (0, {}, (), ())


def test_works_are_counted_by_state(
    nothing: StackStatus, store: FakeObjectStore, settings: Settings
):
    states = [State.APPROVED, State.BLOCKED, State.APPROVED]
    for number, state in enumerate(states):
        put_work(store, settings, number, state)
    put(store, "works", f".content/{CAMPAIGN}/0/w0")
    put(store, "inbox", "a.mp4")
    put(store, "inbox", "a.mp4.json")
    found = add_store_facts(nothing, store, settings)
    assert found.works == {CAMPAIGN: {"approved": 2, "blocked": 1}}
    assert found.inbox == 1


def test_a_broken_record_is_named_and_the_rest_counted(
    nothing: StackStatus, store: FakeObjectStore, settings: Settings
):
    put_work(store, settings, 1, State.IN_REVIEW)
    put(store, "works", f"{CAMPAIGN}/w2/record.json", b"torn")
    found = add_store_facts(nothing, store, settings)
    assert found.works == {CAMPAIGN: {"in_review": 1}}
    assert len(found.problems) == 1
    assert "w2/record.json" in found.problems[0]


def test_the_newest_release_has_a_link_to_its_film(
    nothing: StackStatus, store: FakeObjectStore, settings: Settings
):
    release = Release(
        campaign=CAMPAIGN,
        release_id="r1",
        title="合辑",
        quality="final",
        created_at=datetime.now(UTC),
        duration_s=60,
        works=("w1",),
        sha256="0" * 64,
        size_bytes=1,
    )
    put(store, "releases", f"{CAMPAIGN}/latest.json", release.model_dump_json().encode())
    put(store, "releases", "draft-only/r2/compilation.mp4")
    (latest,) = add_store_facts(nothing, store, settings).releases or ()
    assert latest.release == release
    assert f"/releases/{CAMPAIGN}/r1/compilation.mp4?GET" in latest.link


def test_a_store_that_goes_away_meanwhile_is_a_problem(
    nothing: StackStatus, store: FakeObjectStore, settings: Settings
):
    store.failure = Unavailable("store", "gone")
    found = add_store_facts(nothing, store, settings)
    assert found.problems == ("store is unavailable: gone",)
    assert found.inbox is None
