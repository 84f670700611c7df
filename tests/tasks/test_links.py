"""Links open what they are given for, and a report page its player's master."""

from urllib.parse import unquote, urlsplit

from models.settings import Settings
from tasks.links import link_to
from tasks.media.digest import with_master
from tasks.media.keys import content_type, version_prefix
from tasks.publish import links_of
from tests.support.fake_store import FakeObjectStore
from tests.support.reports import report

FOLDER = "gonghua-2022/w0123456789/v0123456789ab"
STORE = FakeObjectStore("works")


def test_a_report_page_brings_the_signature_of_its_own_master():
    page, master = (
        STORE.link("works", f"{FOLDER}/{n}", hours=2) for n in ("report.html", "master.mp4")
    )
    link = link_to(STORE, "works", f"{FOLDER}/report.html", hours=2)
    assert link.partition("#")[0] == page
    assert unquote(urlsplit(link).fragment) == f"master={urlsplit(master).query}"


def test_the_links_of_a_work_bring_it_too(monkeypatch):
    made = report()
    store = FakeObjectStore("inbox", "works", "releases")
    folder = version_prefix("gonghua-2022", made.work_id, made.version)
    for name in ("report.html", "master.mp4"):
        store.put_bytes("works", folder + name, b"x", content_type(name))
    monkeypatch.setattr("tasks.publish.open_store", lambda _: store)
    links = links_of(made, "gonghua-2022", Settings())
    assert set(links) == {"report.html", "master.mp4"}
    assert links["report.html"].endswith("#master=GET%26None%26None")
    assert "#" not in links["master.mp4"]


def test_other_objects_bring_nothing_else():
    for name in ("master.mp4", "notice.html", "my-report.html"):
        key = f"{FOLDER}/{name}"
        assert link_to(STORE, "works", key) == STORE.link("works", key)


def test_a_master_without_signature_needs_none():
    assert with_master("http://s/report.html", "http://s/master.mp4") == "http://s/report.html"
