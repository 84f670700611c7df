"""The pages as a browser shows them: from disk, from a signed link, on a phone, on paper."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from models.report import Finding, Report
from tasks.adapters.pages import render_notice, render_overview, render_report
from tests.support.browser import PROGRAM, Browser, open_browser
from tests.support.clips import make_clip
from tests.support.reports import (
    HOSTILE,
    IDENTITY,
    PROFILE,
    many_findings,
    overview,
    pictured,
    report,
)

pytestmark = [
    pytest.mark.media,
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine"),
]

PHONE, DESK = (360, 780), (1280, 900)
SIGNATURE = "X-Amz-Credential=a%2Fb&X-Amz-Signature=0123"
ROOM = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with open_browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version as it lies in a folder, with a master of eight seconds."""
    place = tmp_path_factory.mktemp("version")
    make_clip(place / "master.mp4", seconds=8, size="320x180")
    findings = [
        f if f.start_s is None else f.model_copy(update={"start_s": 4.5, "end_s": 6.0})
        for f in many_findings()
    ]
    write(place, report(tuple(findings), duration_s=8.0))
    return place


@pytest.fixture
def site(folder: Path) -> Iterator[str]:
    """The same folder behind HTTP, which asks nobody for a signature."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def write(folder: Path, made: Report) -> Path:
    shown = pictured(made, folder)
    (folder / "report.html").write_text(render_report(shown, PROFILE, folder), "utf-8")
    (folder / "notice.html").write_text(render_notice(shown, PROFILE, folder, IDENTITY), "utf-8")
    return folder / "report.html"


def test_a_report_from_disk_plays_its_master_and_asks_for_nothing_else(
    browser: Browser, folder: Path
):
    browser.open((folder / "report.html").as_uri())
    browser.wait_for("document.querySelector('video').readyState >= 1")
    assert browser.errors == []
    asked = [url for url in browser.requests if not url.startswith("data:")]
    assert {url.rpartition("/")[2] for url in asked} == {"report.html", "master.mp4"}
    assert browser.run("document.getElementById('elsewhere').hidden") is True
    assert browser.run("document.querySelector('video').textTracks[0].cues.length") == 9
    assert browser.run("document.querySelector('video').textTracks[0].mode") == "showing"


@pytest.mark.parametrize("place", [".finding a.time", ".strip .mark"])
def test_a_click_on_a_moment_plays_from_there(browser: Browser, folder: Path, place: str):
    browser.open((folder / "report.html").as_uri())
    browser.wait_for("document.querySelector('video').readyState >= 1")
    click = "dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))"
    browser.run(f"document.querySelector('{place}').{click}")
    browser.wait_for("document.querySelector('video').currentTime >= 4.5")
    assert browser.run("document.querySelector('video').currentTime") < 7
    assert browser.run("location.href").endswith("report.html")
    assert browser.errors == []


def test_the_player_comes_along_on_a_phone(browser: Browser, folder: Path):
    browser.open((folder / "report.html").as_uri(), PHONE)
    browser.wait_for("document.querySelector('video').readyState >= 1")
    browser.run("document.querySelector('.finding a.time').click()")
    bottom = "document.querySelector('video').getBoundingClientRect().bottom"
    assert browser.run(f"{bottom} > 0 && {bottom} <= innerHeight")
    browser.run("document.querySelector('.shut').click()")
    assert browser.run("document.querySelector('video').paused")


def test_a_signed_link_takes_the_signature_of_its_master(browser: Browser, site: str):
    link = f"{site}/report.html?X-Amz-Signature=fedc#master={quote(SIGNATURE, safe='')}"
    browser.open(link)
    source = browser.run("document.querySelector('video').src")
    assert source == f"{site}/master.mp4?{SIGNATURE}"
    browser.wait_for("document.querySelector('video').readyState >= 1")
    assert browser.errors == []


def test_a_signed_link_without_one_says_how_to_get_the_video(browser: Browser, site: str):
    browser.open(f"{site}/report.html?X-Amz-Signature=fedc")
    assert browser.run("document.getElementById('elsewhere').hidden") is False
    assert browser.run("document.getElementById('place').innerText") == "heji link master.mp4"
    assert browser.run("document.querySelector('video').hasAttribute('src')") is False
    browser.run("document.querySelector('.finding a.time').click()")
    assert not any("master.mp4" in url for url in browser.requests)
    assert browser.errors == []


def test_what_stands_behind_the_mark_cannot_name_another_video(browser: Browser, site: str):
    foreign = quote("//evil.test/x.mp4#?a", safe="")
    browser.open(f"{site}/report.html?s=1#master={foreign}")
    assert browser.run("new URL(document.querySelector('video').src).origin") == site
    assert browser.run("new URL(document.querySelector('video').src).pathname") == "/master.mp4"


@pytest.mark.parametrize("size_px", [PHONE, DESK])
@pytest.mark.parametrize("kind", ["report", "notice", "overview"])
def test_nothing_runs_over_the_edge(
    browser: Browser, tmp_path: Path, kind: str, size_px: tuple[int, int]
):
    write(tmp_path, report(many_findings(), file_name=HOSTILE, unsure=("video.black",)))
    (tmp_path / "overview.html").write_text(render_overview(overview(), {}), "utf-8")
    browser.open((tmp_path / f"{kind}.html").as_uri(), size_px)
    assert browser.run(ROOM) <= 0
    assert "alert(1)" in browser.run("document.body.innerText") or kind == "overview"
    assert browser.run("document.querySelectorAll('img[onerror]').length") == 0


def test_an_overview_is_sorted_and_filtered(browser: Browser, tmp_path: Path):
    page = tmp_path / "overview.html"
    page.write_text(render_overview(overview(), {"w0000000001": "https://store.test/r"}), "utf-8")
    browser.open(page.as_uri())
    durations = (
        "[...document.querySelectorAll('tbody tr:not([hidden]) td[data-name=时长]')]"
        ".map((cell) => cell.dataset.value).filter((value) => value !== '').map(Number)"
    )
    heading = "[...document.querySelectorAll('th')].find((one) => one.textContent === '时长')"
    browser.run(f"{heading}.click()")
    rising = browser.run(durations)
    assert rising == sorted(rising)
    browser.run(f"{heading}.click()")
    assert browser.run(durations) == sorted(rising, reverse=True)
    choose = "const form = document.forms[0]; form.elements.verdict.value = 'block';"
    browser.run(f"{{ {choose} form.dispatchEvent(new Event('input')) }}")
    left = browser.run("[...document.querySelectorAll('tbody tr:not([hidden])')].length")
    assert left == sum(row.verdict == "block" for row in overview().rows) > 0
    assert browser.run("document.getElementById('shown').textContent") == str(left)
    assert browser.errors == []


def test_a_notice_of_eight_problems_is_one_sheet(browser: Browser, tmp_path: Path):
    write(tmp_path, report(longwinded(8), file_name=HOSTILE))
    browser.open((tmp_path / "notice.html").as_uri())
    assert browser.print_pages() == 1
    write(tmp_path, report(longwinded(30)))
    browser.open((tmp_path / "notice.html").as_uri())
    assert browser.print_pages() > 1


def longwinded(count: int) -> tuple[Finding, ...]:
    """Return problems that each take four lines and a picture, worse than real ones."""
    hint = "请检查该处的画面和声音，并用原始素材重新导出后再上传：MP4（H.264 + AAC）、1920×1080。"
    message = "这里的画面或声音有一处问题，它的说明比平常的说明还要长一些，长到需要两行才能写完"
    return tuple(
        Finding(
            check=f"video.problem_{number}",
            severity="block" if number < 3 else "warn",
            start_s=float(number),
            end_s=number + 2.0,
            measured="7.5 秒",
            limit="5 秒",
            message=message,
            hint=hint,
        )
        for number in range(count)
    )
