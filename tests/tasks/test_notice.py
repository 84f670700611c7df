"""A notice lies beside the report of every work that does not pass."""

from models.work import Source
from tasks.media.keys import NOTICE, WORK_FILES
from tasks.notice import write_notice
from tests.support.reports import PROFILE, many_findings, report

SOURCE = Source(
    campaign="test-2022",
    key="test-2022/浙江省/杭州市/浙江省-杭州市-示例小学-示例校长-题目.mp4",
    file_name="浙江省-杭州市-示例小学-示例校长-题目.mp4",
    etag="e",
    size_bytes=1,
    sha256="0" * 64,
    sidecar='{"学校": "示例实验小学"}',
)


def test_a_work_with_problems_gets_a_notice_to_its_school(tmp_path):
    write_notice(report(many_findings()), SOURCE, PROFILE, tmp_path)
    assert "浙江省杭州市示例实验小学：" in (tmp_path / NOTICE).read_text("utf-8")
    assert NOTICE in WORK_FILES


def test_a_work_that_passes_gets_none(tmp_path):
    write_notice(report(()), SOURCE, PROFILE, tmp_path)
    assert list(tmp_path.iterdir()) == []
