"""What senders chose stays words in the operators' markdown."""

import pytest

from tasks.media.markup import plain


@pytest.mark.parametrize(
    "text", ["![](http://x/b.png)", "[点此登录](http://x)", "`code`", "<img src=x>", "a|b", "# h"]
)
def test_no_markup_survives(text):
    written = plain(text)
    for mark in "[]`|#!":
        assert mark not in written.replace(f"\\{mark}", "")
    assert "<" not in written


def test_words_are_left_alone():
    assert plain("浙江省 杭州市 示例小学") == "浙江省 杭州市 示例小学"
