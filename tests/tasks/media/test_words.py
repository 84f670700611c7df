"""The words for checks."""

import pytest

from models.work import State
from tasks.media.catalogue import CATALOGUE
from tasks.media.words import AREAS, STATES, check_name, count_line, extent
from tests.support.reports import many_findings


@pytest.mark.parametrize("check", sorted(CATALOGUE))
def test_every_check_has_a_short_name(check: str):
    name = check_name(check)
    assert 2 <= len(name) <= 24
    assert "{" not in name
    assert not name.isascii()


def test_an_unknown_check_keeps_its_id():
    assert check_name("lab.something") == "lab.something"


def test_every_state_has_a_word():
    assert set(STATES) == {state.value for state in State}


def test_counts_are_told_worst_first():
    assert count_line(many_findings()) == "不合格 2 · 提醒 9 · 说明 1"
    assert count_line(()) == "没有发现问题"


def test_a_finding_without_a_moment_says_of_what_it_holds():
    told = {f.check: extent(f) for f in many_findings()}
    assert told["policy.codec"] == "整个文件"
    assert told["audio.one_sided"] == "全片"
    assert told["video.freeze"] == "01:01.2 – 01:08.7"
    assert set(AREAS) >= {"video", "audio"}
