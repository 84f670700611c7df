"""What a run shows of a work and of a campaign in the Prefect UI."""

import pytest

from models.settings import Settings
from tasks import show as shown_work
from tasks import show_overview as shown_overview
from tasks.media.digest import report_markdown
from tasks.media.keys import WORK_FILES
from tasks.overview import Updated
from tests.support.fake_store import FakeObjectStore
from tests.support.reports import IDENTITY, PROFILE, many_findings, overview, report

SETTINGS = Settings()
LINKS = {name: f"https://store.test/{name}?X-Sig={name}&a=1" for name in WORK_FILES}


class Artifacts:
    """Takes what would go to the Prefect API."""

    def __init__(self) -> None:
        self.made: dict[str, object] = {}

    def take(self, what: object, *, key: str, **_: object) -> None:
        self.made[key] = what


@pytest.fixture
def artifacts(monkeypatch: pytest.MonkeyPatch) -> Artifacts:
    taken = Artifacts()
    for module in (shown_work, shown_overview):
        for kind in ("markdown", "table", "image", "link"):
            name = f"create_{kind}_artifact"
            monkeypatch.setattr(module, name, taken.take, raising=False)
    store = FakeObjectStore("inbox", "works", "releases")
    monkeypatch.setattr(shown_overview, "open_store", lambda _: store)
    monkeypatch.setattr(shown_work, "links_of", lambda *_: dict(LINKS))
    return taken


def test_a_work_is_shown_as_text_table_picture_and_links(artifacts):
    made = report(many_findings(), unsure=("video.interlaced",))
    shown_work.show_report.fn(made, "gonghua-2022", IDENTITY, SETTINGS)
    assert {key.removesuffix("-w0123456789") for key in artifacts.made} == {
        "report",
        "findings",
        "contact-sheet",
        "report-html",
        "notice-html",
        "master-mp4",
        "captions-srt",
        "poster-jpg",
    }
    rows = artifacts.made["findings-w0123456789"]
    assert [row["检查"] for row in rows] == [f.check for f in many_findings()]
    assert rows[0]["级别"] == "⛔ 不合格"
    assert (rows[0]["实测"], rows[0]["要求"]) == ("5:42", "不超过 5:00")
    text = artifacts.made["report-w0123456789"]
    assert "未能判定，请人工看一看：隔行扫描画面" in text
    assert "编码是 hevc，不是 h264" in text
    assert "修订 2022-11.1" in text
    assert text.index("画面静止") < text.index("画面全黑")


def test_a_clean_work_has_a_linked_report_and_no_findings(artifacts):
    shown_work.show_report.fn(report(), "gonghua-2022", IDENTITY, SETTINGS)
    assert artifacts.made["report-html-w0123456789"] == LINKS["report.html"]
    assert LINKS["report.html"] in artifacts.made["report-w0123456789"]
    assert "findings-w0123456789" not in artifacts.made


def test_a_work_without_master_says_so():
    text = report_markdown(report(has_master=False), "x", IDENTITY, {}, "works/", PROFILE)
    assert "母版：未生成" in text


def test_an_overview_shows_its_worst_works_once(artifacts):
    updated = (Updated(overview(), is_new=True),)
    shown_overview.show_overviews.fn(updated, SETTINGS)
    text = artifacts.made["overview-test-2022"]
    assert "共 25 件" in text
    assert "works/test-2022/overview.xlsx" in text
    rows = artifacts.made["overview-table-test-2022"]
    assert [row["结论"] for row in rows[:5]] == ["不合格"] * 5
    artifacts.made.clear()
    shown_overview.show_overviews.fn((Updated(overview(), is_new=False),), SETTINGS)
    assert list(artifacts.made) == ["overview-test-2022"]
