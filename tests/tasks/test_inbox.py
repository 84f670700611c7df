"""Each upload gets one run, whoever sees it first and however often."""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest
from prefect.exceptions import ObjectNotFound

from models.errors import RequestInvalid, Unavailable
from models.inbox import StartedRun, SweepResult
from models.report import Verdict
from models.settings import Settings
from models.work import State, Upload, Version, Work
from tasks import inbox
from tasks.inbox import describe_sweep, prefect_api, start_processing, sweep
from tasks.media.keys import run_key, work_id
from tasks.records import save_work
from tests.support.fake_store import FakeObjectStore

FOLDER = "gonghua-2022/省/市"
KEY = f"{FOLDER}/广东省-深圳市-示例小学-示例校长-题目.mp4"


class FakeApi:
    """The part of Prefect's client that starts runs; one run for each idempotency key."""

    def __init__(self) -> None:
        self.runs: dict[str, SimpleNamespace] = {}
        self.asked = 0
        self.failures: list[Exception] = []
        self.refused: set[str] = set()

    def read_deployment_by_name(self, name: str) -> SimpleNamespace:
        assert name == "process-work/process-work"
        if self.failures:
            raise self.failures.pop()
        return SimpleNamespace(id=uuid4())

    def create_flow_run_from_deployment(self, _deployment, *, idempotency_key, **facts):
        self.asked += 1
        if idempotency_key in self.refused:
            raise status_error(422)
        run = SimpleNamespace(id=uuid4(), idempotency_key=idempotency_key, **facts)
        return self.runs.setdefault(idempotency_key, run)

    def read_flow_runs(self, *, flow_run_filter, limit):
        wanted = flow_run_filter.idempotency_key.any_
        assert len(wanted) <= limit
        return [run for key, run in self.runs.items() if key in wanted]


def status_error(status: int) -> httpx.HTTPStatusError:
    request = httpx.Request("POST", "http://prefect.test")
    response = httpx.Response(status, request=request, text="because")
    return httpx.HTTPStatusError("refused", request=request, response=response)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def store() -> FakeObjectStore:
    return FakeObjectStore("inbox", "works", "releases")


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "PATIENCE_S", (0.0, 0.0))


def put(store: FakeObjectStore, key: str, data: bytes = b"video"):
    return store.put_bytes("inbox", key, data, "video/mp4")


def test_a_run_says_what_it_is_for(store: FakeObjectStore, settings: Settings, api: FakeApi):
    stored = put(store, KEY)
    run = start_processing(stored, settings, api)
    work = work_id("gonghua-2022", KEY)
    assert run.parameters == {"request": {"key": KEY, "etag": stored.etag, "force": False}}
    assert run.tags == ["gonghua-2022", work]
    assert run.name == f"示例小学 · 示例校长 · 题目 · {work}"
    assert run.idempotency_key == f"inbox/{KEY}@{stored.etag}"


def test_the_same_upload_gets_the_same_run(settings: Settings, api: FakeApi):
    upload = Upload(bucket="inbox", key=KEY, etag="e1")
    assert start_processing(upload, settings, api).id == start_processing(upload, settings, api).id


def test_other_bytes_under_the_key_get_a_run_of_their_own(
    store: FakeObjectStore, settings: Settings, api: FakeApi
):
    sweep(store, settings, set(), api)
    put(store, KEY, b"one")
    sweep(store, settings, set(), api)
    put(store, KEY, b"two")
    sweep(store, settings, set(), api)
    assert len(api.runs) == 2


def test_an_upload_outside_any_folder_counts_for_the_default_campaign(
    store: FakeObjectStore, settings: Settings, api: FakeApi
):
    run = start_processing(put(store, "film.mp4"), settings, api)
    assert run.tags[0] == settings.campaign


def test_sweeping_again_starts_nothing(store: FakeObjectStore, settings: Settings, api: FakeApi):
    for number in range(5):
        put(store, f"{FOLDER}/{number}.mp4")
    already: set[str] = set()
    first = sweep(store, settings, already, api)
    again = sweep(store, settings, already, api)
    elsewhere = sweep(store, settings, set(), api)
    assert (len(first.started), first.known) == (5, 0)
    assert (len(again.started), again.known, again.found) == (0, 5, 5)
    assert elsewhere == again
    assert api.asked == 5


def test_more_uploads_than_one_question_holds(
    store: FakeObjectStore, settings: Settings, api: FakeApi
):
    for number in range(2 * inbox.PAGE + 1):
        put(store, f"{FOLDER}/{number}.mp4")
    assert len(sweep(store, settings, set(), api).started) == 2 * inbox.PAGE + 1
    assert sweep(store, settings, set(), api).started == ()


def test_sidecars_and_folders_start_nothing_but_empty_files_do(
    store: FakeObjectStore, settings: Settings, api: FakeApi
):
    put(store, f"{FOLDER}/film.mp4")
    put(store, f"{FOLDER}/film.mp4.json", b"{}")
    put(store, f"{FOLDER}/FILM.MP4.JSON", b"{}")
    put(store, f"{FOLDER}/folder/", b"")
    put(store, f"{FOLDER}/empty.mp4", b"")
    found = sweep(store, settings, set(), api)
    assert {run.key for run in found.started} == {f"{FOLDER}/film.mp4", f"{FOLDER}/empty.mp4"}
    assert found.found == 2


def test_what_was_processed_needs_no_run_again(
    store: FakeObjectStore, settings: Settings, api: FakeApi
):
    """A new Prefect database, or an operator who deletes old runs, sets nothing going."""
    processed, unfinished = put(store, KEY), put(store, f"{FOLDER}/other.mp4")
    remember(store, settings, processed.key, processed.etag, Verdict.WARN)
    remember(store, settings, unfinished.key, unfinished.etag, None)
    found = sweep(store, settings, set(), api)
    assert [run.key for run in found.started] == [unfinished.key]
    put(store, KEY, b"new bytes")
    assert [run.key for run in sweep(store, settings, set(), api).started] == [KEY]


def test_a_record_that_is_none_stops_nobody(
    store: FakeObjectStore, settings: Settings, api: FakeApi
):
    put(store, KEY)
    name = f"gonghua-2022/{work_id('gonghua-2022', KEY)}/record.json"
    store.put_bytes("works", name, b"not json", "application/json")
    assert len(sweep(store, settings, set(), api).started) == 1


def test_one_refused_upload_does_not_hold_up_the_others(
    store: FakeObjectStore, settings: Settings, api: FakeApi
):
    bad, good = put(store, f"{FOLDER}/a.mp4"), put(store, f"{FOLDER}/b.mp4")
    api.refused = {run_key(bad.bucket, bad.key, bad.etag)}
    found = sweep(store, settings, set(), api)
    assert [run.key for run in found.started] == [good.key]
    assert "422" in found.refused[bad.key]
    assert found.known == 0


def test_a_sweep_that_is_asked_to_stop_starts_no_more(
    store: FakeObjectStore, settings: Settings, api: FakeApi
):
    for number in range(3):
        put(store, f"{FOLDER}/{number}.mp4")
    found = sweep(store, settings, set(), api, should_stop=lambda: len(api.runs) == 1)
    assert len(found.started) == 1


@pytest.mark.parametrize("failure", [status_error(503), httpx.ConnectError("refused")])
def test_a_busy_or_absent_server_is_asked_again(
    settings: Settings, api: FakeApi, failure: Exception
):
    api.failures = [failure, failure]
    assert start_processing(Upload(bucket="inbox", key=KEY, etag="e"), settings, api)


@pytest.mark.parametrize(
    "failure",
    [status_error(503), httpx.ReadTimeout("late"), ObjectNotFound(Exception("no deployment"))],
)
def test_a_server_that_stays_away_is_unavailable(
    settings: Settings, api: FakeApi, failure: Exception
):
    api.failures = [failure] * 5
    with pytest.raises(Unavailable):
        start_processing(Upload(bucket="inbox", key=KEY, etag="e"), settings, api)


def test_what_the_server_will_never_take_is_not_asked_again(settings: Settings, api: FakeApi):
    upload = Upload(bucket="inbox", key=KEY, etag="e")
    api.refused = {run_key("inbox", KEY, "e")}
    with pytest.raises(RequestInvalid):
        start_processing(upload, settings, api)
    assert api.asked == 1


def test_no_server_is_started_by_accident():
    with pytest.raises(Unavailable, match="PREFECT_API_URL"), prefect_api():
        pass


def test_no_name_breaks_out_of_the_table():
    run = StartedRun(key="a|b\nc`<img>", run_id="1", name="x")
    text = describe_sweep(SweepResult(found=3, known=1, started=(run,), refused={"k|": "why\nnot"}))
    rows = [line for line in text.splitlines() if line.startswith(("| a", "| k"))]
    assert len(rows) == 2
    assert "<img" not in text
    assert "共有 3 件" in text


def remember(
    store: FakeObjectStore, settings: Settings, key: str, etag: str, verdict: Verdict | None
) -> None:
    now = datetime.now(UTC)
    version = Version(
        version="0" * 12,
        number=1,
        etag=etag,
        sha256="0" * 64,
        size_bytes=1,
        received_at=now,
        verdict=verdict,
    )
    work = Work(
        work_id=work_id("gonghua-2022", key),
        campaign="gonghua-2022",
        inbox_key=key,
        file_name="x",
        state=State.PROCESSING,
        versions=(version,),
        updated_at=now,
    )
    save_work(store, settings, work)
