"""A panel of detectors: all see the same, and one that breaks spoils nothing."""

from tasks.media.detection import Panel, Problem, Verdict


class Counting:
    checks = ("video.counted",)

    def __init__(self) -> None:
        self.seen = []

    def see(self, seen):
        self.seen.append(seen)

    def verdict(self):
        return Verdict((Problem("video.counted", str(len(self.seen))),), unsure=("video.other",))


class BreakingAt(Counting):
    checks = ("video.one", "video.two")

    def __init__(self, moment):
        super().__init__()
        self.moment = moment

    def see(self, seen):
        super().see(seen)
        if seen == self.moment:
            raise ValueError("no such thing")

    def verdict(self):
        raise ZeroDivisionError("nothing to divide")


def test_all_see_everything_in_order():
    one, other = Counting(), Counting()
    panel = Panel([one, other])
    for number in range(3):
        panel.see(number)
    assert one.seen == other.seen == [0, 1, 2]
    assert [p.measured for p in panel.verdict().problems] == ["3", "3"]
    assert panel.verdict().unsure == ("video.other", "video.other")


def test_a_detector_that_breaks_is_named_with_its_checks_and_the_others_go_on():
    broken, whole = BreakingAt(1), Counting()
    panel = Panel([broken, whole])
    for number in range(3):
        panel.see(number)
    verdict = panel.verdict()
    assert broken.seen == [0, 1]
    assert verdict.failed == (
        ("video.one", "ValueError: no such thing"),
        ("video.two", "ValueError: no such thing"),
    )
    assert [p.measured for p in verdict.problems] == ["3"]


def test_a_verdict_that_breaks_is_named_too():
    panel = Panel([BreakingAt(None)])
    panel.see(0)
    assert panel.verdict().failed[0] == ("video.one", "ZeroDivisionError: nothing to divide")
