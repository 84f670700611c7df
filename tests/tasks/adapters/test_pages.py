"""What stands on the pages, read as text."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from models.report import Report
from models.work import Identity
from tasks.adapters.pages import render_notice, render_overview, render_report
from tasks.media.words import SEVERITIES
from tests.support.reports import (
    HOSTILE,
    IDENTITY,
    PROFILE,
    many_findings,
    overview,
    pictured,
    report,
)

OUTSIDE = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?:|//[A-Za-z]|@import|\burl\(")


class Reader(HTMLParser):
    """Text as people read it, and what the tags are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag in {"script", "style"}

    def handle_endtag(self, _tag):
        self._hidden = False

    def handle_data(self, data):
        self.text += "" if self._hidden else data


def shown(made: Report, folder: Path, **options) -> str:
    return render_report(pictured(made, folder), PROFILE, folder, **options)


def test_failures_stand_first_each_with_time_picture_values_and_hint(tmp_path):
    page = Reader(shown(report(many_findings()), tmp_path))
    found = many_findings()
    places = [page.text.index(f.message) for f in found]
    assert places == sorted(places)
    assert [f.severity for f in found][:2] == ["block", "block"]
    for finding in found:
        assert finding.hint in page.text
        assert finding.measured in page.text
        assert SEVERITIES[finding.severity] in page.text
    pictures = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(pictures) == sum(f.start_s is not None for f in found) + 1
    assert all(attrs["src"].startswith("data:image/jpeg;base64,") for attrs in pictures)
    assert all(attrs["alt"] for attrs in pictures)


def test_a_moment_leads_into_the_video_without_any_script(tmp_path):
    page = Reader(shown(report(many_findings()), tmp_path))
    links = [a for tag, a in page.tags if tag == "a" and a.get("class") == "time"]
    moments = [f.start_s for f in many_findings() if f.start_s is not None]
    hrefs = [link["href"] for link in links]
    assert [f"master.mp4#t={at}" for at in moments] == hrefs[: len(moments)]


@pytest.mark.parametrize("kind", ["report", "notice", "overview"])
def test_no_page_names_an_address(tmp_path, kind):
    made = pictured(report(many_findings(), unsure=("video.black",)), tmp_path)
    page = {
        "report": lambda: render_report(made, PROFILE, tmp_path),
        "notice": lambda: render_notice(made, PROFILE, tmp_path, IDENTITY),
        "overview": lambda: render_overview(overview(), {}),
    }[kind]()
    bare = re.sub(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+", "", page)
    assert OUTSIDE.findall(bare) == []


def test_only_the_pages_own_script_may_run(tmp_path):
    page = shown(report(many_findings(), file_name=HOSTILE), tmp_path)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("kind", ["report", "notice"])
def test_a_hostile_name_stays_text(tmp_path, kind):
    made = report(many_findings(), file_name=HOSTILE)
    identity = Identity(school=HOSTILE, title=HOSTILE, principal=HOSTILE)
    page = Reader(
        render_report(made, PROFILE, tmp_path)
        if kind == "report"
        else render_notice(made, PROFILE, tmp_path, identity)
    )
    assert HOSTILE in page.text
    assert not any("onerror" in attrs for _, attrs in page.tags)


def test_a_page_tells_what_was_not_told_and_why_it_was_encoded(tmp_path):
    strict = PROFILE.model_copy(update={"severities": {"policy.aspect": "off"}})
    made = report((), unsure=("video.interlaced",))
    text = Reader(render_report(made, strict, tmp_path)).text
    assert "隔行扫描画面" in text
    assert "本活动不检查：画面比例" in text
    assert "编码是 hevc，不是 h264" in text
    assert "修订 2022-11.1" in text
    assert "没有发现问题" in text


def test_a_work_without_master_has_no_player(tmp_path):
    page = Reader(render_report(report(many_findings(), has_master=False), PROFILE, tmp_path))
    assert "video" not in {tag for tag, _ in page.tags}
    assert "未生成" in page.text
    assert not [a for tag, a in page.tags if tag == "a" and a.get("class") == "time"]


def test_a_given_link_is_what_the_player_takes(tmp_path):
    link = "https://store.test/master.mp4?a=1&b=2"
    page = Reader(shown(report(many_findings()), tmp_path, master_url=link))
    (video,) = [attrs for tag, attrs in page.tags if tag == "video"]
    assert video["src"] == link
    assert video["data-given"] == "1"


def test_captions_stand_in_the_page(tmp_path):
    page = Reader(shown(report(()), tmp_path))
    cues = [attrs for tag, attrs in page.tags if tag == "li" and "data-start" in attrs]
    assert [float(cue["data-start"]) for cue in cues] == [n * 5 for n in range(1, 10)]


def test_a_silent_work_has_no_curves(tmp_path):
    text = Reader(shown(report(many_findings()[:3], has_sound=False), tmp_path)).text
    assert "声音波形" not in text
    assert "没有声音：响度、削波等声音各项" in text


def test_a_notice_is_addressed_and_asks_only_what_the_school_can_mend(tmp_path):
    told = PROFILE.model_copy(update={"deadline": "12 月 28 日", "contact": "示例中心"})
    made = report(many_findings())
    text = Reader(render_notice(made, told, tmp_path, IDENTITY)).text
    assert "浙江省杭州市示例实验小学：" in text
    assert "退改通知" in text
    assert PROFILE.title in text
    assert text.index("必须修改") < text.index("画面静止") < text.index("建议修改")
    assert "画面全黑（2 处）" in text
    assert "00:31.0 – 00:34.2，02:41.5 – 02:44.1" in text
    assert "含有额外的轨道" not in text
    assert "请于 12 月 28 日 前" in text
    assert "示例中心" in text


def test_a_notice_without_deadline_or_school_leaves_both_out(tmp_path):
    text = Reader(render_notice(report(many_findings()), PROFILE, tmp_path, Identity())).text
    assert "报送学校：" in text
    assert "请于" not in text
    assert "联系方式" not in text


def test_a_city_that_is_a_province_is_named_once(tmp_path):
    identity = Identity(province="北京市", city="北京市", school="北京市示例小学")
    text = Reader(render_notice(report(many_findings()), PROFILE, tmp_path, identity)).text
    assert text.count("北京市") == 1


def test_an_overview_links_only_works_that_have_a_report():
    page = Reader(render_overview(overview(), {"w0000000001": "https://store.test/r?x=1"}))
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert links == ["https://store.test/r?x=1"]
    assert "共 25 件" in page.text
