"""A campaign's overview follows its records, and costs little while they stand still."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from models.overview import Overview
from models.report import Verdict
from models.settings import Settings
from models.work import State, Version, Work
from tasks import overview as subject
from tasks.media.keys import LAST, record_key, version_prefix
from tasks.overview import update_overview, update_overviews
from tasks.records import save_work
from tests.support.fake_store import FakeObjectStore
from tests.support.reports import IDENTITY, many_findings, report

NOW = datetime(2022, 12, 31, tzinfo=UTC)
CAMPAIGN = "gonghua-2022"
SETTINGS = Settings()


class CountingStore(FakeObjectStore):
    """Counts what is asked of it."""

    def __init__(self, *buckets: str) -> None:
        super().__init__(*buckets)
        self.asked: Counter[str] = Counter()

    def read_bytes(self, bucket: str, key: str) -> bytes:
        self.asked["read"] += 1
        return super().read_bytes(bucket, key)

    def put_bytes(self, bucket: str, key: str, data: bytes, content_type: str):
        self.asked["put"] += 1
        return super().put_bytes(bucket, key, data, content_type)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore("inbox", "works", "releases")


def put(store: FakeObjectStore, number: int, verdict: Verdict = Verdict.PASS, **changes) -> Work:
    version = "a1b2c3d4e5f6"
    work = Work(
        work_id=f"w{number:010d}",
        campaign=CAMPAIGN,
        inbox_key=f"{number}.mp4",
        file_name=f"{number}.mp4",
        identity=IDENTITY,
        state=State.IN_REVIEW,
        current_version=version,
        versions=(
            Version(
                version=version,
                number=1,
                etag="e",
                sha256="0" * 64,
                size_bytes=1,
                received_at=NOW,
                verdict=verdict,
            ),
        ),
        updated_at=NOW,
    ).model_copy(update=changes)
    made = report(many_findings() if verdict is Verdict.BLOCK else ())
    key = version_prefix(CAMPAIGN, work.work_id, version) + LAST
    store.put_bytes("works", key, made.model_dump_json().encode(), "application/json")
    return save_work(store, SETTINGS, work)


def update(store: FakeObjectStore, now: datetime = NOW):
    return update_overview(store, SETTINGS, CAMPAIGN, now)


def test_all_works_stand_in_page_sheet_and_index_worst_first(store):
    put(store, 1)
    put(store, 2, Verdict.BLOCK)
    made = update(store)
    assert made.is_new
    assert [row.work_id for row in made.overview.rows] == ["w0000000002", "w0000000001"]
    worst = made.overview.rows[0]
    assert worst.problems[0] == "时长 5:42，要求：不超过 5:00"
    assert (len(worst.problems), worst.more_problems) == (3, 8)
    assert (worst.loudness_lufs, worst.duration_s) == (-18.2, 182.4)
    works = store.buckets["works"]
    assert Overview.model_validate_json(works[f"{CAMPAIGN}/overview.json"]) == made.overview
    page = works[f"{CAMPAIGN}/overview.html"].decode()
    assert "示例实验小学" in page
    assert "w0000000002/a1b2c3d4e5f6/report.html" in page
    assert works[f"{CAMPAIGN}/overview.xlsx"].startswith(b"PK")


def test_nothing_is_read_or_written_while_no_record_changes(store):
    for number in range(20):
        put(store, number)
    first = update(store)
    store.asked.clear()
    again = update(store, NOW + timedelta(minutes=5))
    assert not again.is_new
    assert again.overview == first.overview
    assert store.asked == {"read": 1}


def test_only_what_changed_is_read_again(store):
    for number in range(20):
        put(store, number)
    update(store)
    put(store, 7, state=State.APPROVED)
    store.asked.clear()
    made = update(store)
    assert made.is_new
    states = {row.work_id: row.state for row in made.overview.rows}
    assert states["w0000000007"] is State.APPROVED
    assert store.asked == {"read": 3, "put": 3}  # index, record, report; page, sheet, index


def test_links_are_renewed_before_they_expire(store):
    put(store, 1)
    update(store)
    half_life = timedelta(hours=SETTINGS.store.link_hours / 2)
    assert not update(store, NOW + half_life - timedelta(minutes=1)).is_new
    assert update(store, NOW + half_life).is_new


def test_a_work_that_went_away_leaves_the_overview(store):
    put(store, 1)
    put(store, 2)
    update(store)
    store.remove("works", record_key(CAMPAIGN, "w0000000001"))
    assert [row.work_id for row in update(store).overview.rows] == ["w0000000002"]


def test_a_broken_record_or_index_hides_no_other_work(store):
    put(store, 1)
    broken = record_key(CAMPAIGN, "w0000000009")
    store.put_bytes("works", broken, b"{", "application/json")
    store.put_bytes("works", f"{CAMPAIGN}/overview.json", b"{", "application/json")
    assert [row.work_id for row in update(store).overview.rows] == ["w0000000001"]


def test_a_work_without_report_stands_without_numbers_and_link(store):
    work = put(store, 1)
    key = version_prefix(CAMPAIGN, work.work_id, work.current_version) + LAST
    store.remove("works", key)
    waiting = work.versions[0].model_copy(update={"verdict": None})
    put(store, 1, versions=(waiting,))
    store.remove("works", key)
    (row,) = update(store).overview.rows
    assert (row.verdict, row.duration_s) == (None, None)
    assert b"report.html" not in store.buckets["works"][f"{CAMPAIGN}/overview.html"]


def test_every_campaign_with_works_gets_one(store, monkeypatch):
    monkeypatch.setattr(subject, "open_store", lambda _: store)
    put(store, 1)
    store.put_bytes("works", ".content/x/y", b"", "text/plain")
    store.put_bytes("works", "empty-campaign/note/x.txt", b"", "text/plain")
    updated = update_overviews.fn(SETTINGS)
    assert [one.overview.campaign for one in updated] == [CAMPAIGN]
