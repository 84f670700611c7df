"""What a school is asked to mend."""

from models.report import Finding
from tasks.media.notices import requests_to_school
from tests.support.reports import many_findings


def finding(check: str, severity: str = "warn", hint: str = "请重录。", at: float | None = None):
    return Finding(
        check=check, severity=severity, message=check, hint=hint, start_s=at, measured=f"{at}"
    )


def test_what_must_be_mended_comes_first_and_notes_stay_out():
    asked = requests_to_school(many_findings())
    assert [r.severity for r in asked] == sorted((r.severity for r in asked), key="block".__ne__)
    assert "info" not in {r.severity for r in asked}


def test_what_staff_or_heji_mends_is_not_asked_of_a_school():
    asked = requests_to_school(
        (
            finding("video.quality", hint="无需处理；请工作人员看一看。"),
            finding("audio.master_loudness", hint="请工作人员听一听成片。"),
            finding("caption.incomplete"),
            finding("video.black"),
        )
    )
    assert [r.message for r in asked] == ["video.black"]


def test_many_moments_of_one_problem_are_one_request():
    asked = requests_to_school([finding("video.black", at=float(n)) for n in range(1, 10)])
    assert len(asked) == 1
    assert asked[0].message == "画面全黑（9 处）"
    assert len(asked[0].times) == 6
    assert asked[0].more_times == 3


def test_the_same_check_may_be_asked_twice_with_two_severities():
    asked = requests_to_school([finding("video.black", "block"), finding("video.black", "warn")])
    assert [r.severity for r in asked] == ["block", "warn"]
