"""A report as the Prefect UI shows it."""

from models.report import Finding, ProfileRef, Report, SourceFacts, Verdict
from models.work import Identity
from tasks.media.digest import report_markdown

BLACK = Finding(
    check="video.black", severity="warn", start_s=61.0, end_s=64.25, message="画面全黑", hint="剪去"
)


LINKS = {"report.html": "http://s/report"}


def shown(label="示例小学", findings=(BLACK,)):
    report = Report(
        work_id="w0123456789",
        version="a" * 12,
        profile=ProfileRef(name="c", revision="1"),
        verdict=Verdict.WARN,
        source=SourceFacts(key="c/x.mp4", file_name="x.mp4", size_bytes=1, sha256="a" * 64),
        findings=findings,
    )
    return report_markdown(report, label, Identity(), LINKS, "works/c/w/v/")


def test_findings_stand_with_their_times_and_hints():
    text = shown()
    assert "01:01.0 – 01:04.3" in text or "01:01.0 – 01:04.2" in text
    assert "剪去" in text
    assert "](http://s/report)" in text
    assert "heji link works/c/w/v/report.html" in text


def test_a_name_cannot_become_markup():
    text = shown(label="[点我](http://evil) <img src=x> | a")
    assert "[点我](" not in text
    assert "<img" not in text
    assert "\\|" in text
