"""Where each card and each work stands, and which requests are refused with which words."""

from fractions import Fraction

import pytest

from models.compilation import Card, CardTimes, Clip, LowerThird, WorkChoice
from models.errors import RequestInvalid
from tasks.media.timeline import plan_texts, plan_timeline, to_frames
from tests.support.programmes import PROFILE, spec_of, work


def outline(timeline):
    """Name the items: layouts of cards, ids of works."""
    return [item.layout if isinstance(item, Card) else item.work.work_id for item in timeline.items]


def problems_of(spec, works, refused=None):
    with pytest.raises(RequestInvalid) as caught:
        plan_timeline(spec, works, PROFILE, refused or {})
    return caught.value.problems


def cards(timeline, layout):
    return [i for i in timeline.items if isinstance(i, Card) and i.layout == layout]


def test_cards_and_works_stand_in_the_order_of_a_programme():
    one, two = work(1, topic="教育公平"), work(2, topic="教育公平")
    timeline = plan_timeline(spec_of(one, two), [one, two], PROFILE)
    assert outline(timeline) == [
        "opening",
        "topic",
        "work",
        one.work_id,
        "work",
        two.work_id,
        "closing",
    ]


def test_groups_follow_the_topics_of_the_profile_and_the_unknown_come_last():
    works = [
        work(1, topic=None),
        work(2, topic="教育公平"),
        work(3, topic="党的领导"),
        work(4, topic="教育公平"),
        work(5, topic="没有这个话题"),
    ]
    timeline = plan_timeline(spec_of(*works), works, PROFILE)
    assert [card.lines[1] for card in cards(timeline, "topic")] == [
        "党的领导",
        "教育公平",
        "其他话题",
    ]
    in_order = [i.work.work_id[-1] for i in timeline.items if isinstance(i, Clip)]
    assert in_order == ["3", "2", "4", "1", "5"]
    assert [card.lines[2] for card in cards(timeline, "topic")] == [
        "1 部作品",
        "2 部作品",
        "2 部作品",
    ]


def test_works_without_any_topic_need_no_card_for_it():
    works = [work(1), work(2)]
    timeline = plan_timeline(spec_of(*works), works, PROFILE)
    assert cards(timeline, "topic") == []


def test_the_spec_may_give_a_work_another_topic():
    one = work(1, topic="教育公平")
    choice = WorkChoice(work=one.work_id, topic="党的领导")
    timeline = plan_timeline(spec_of(choice), [one], PROFILE)
    assert cards(timeline, "topic")[0].lines[1] == "党的领导"


def test_provinces_stand_as_they_first_appear():
    works = [work(n, province=p) for n, p in enumerate(("乙省", "甲省", "乙省"), 1)]
    timeline = plan_timeline(spec_of(*works, group_by="province"), works, PROFILE)
    assert [card.lines[:2] for card in cards(timeline, "topic")] == [
        ("省份", "乙省"),
        ("省份", "甲省"),
    ]


def test_without_groups_there_is_no_card_for_any():
    works = [work(1, topic="党的领导"), work(2, topic="教育公平")]
    timeline = plan_timeline(spec_of(*works, group_by="none"), works, PROFILE)
    assert outline(timeline)[:3] == ["opening", "work", works[0].work_id]


def test_a_card_of_no_seconds_is_left_out():
    one = work(1, topic="教育公平")
    none = CardTimes(opening=0, topic=0, work=0, closing=0)
    timeline = plan_timeline(spec_of(one, cards=none), [one], PROFILE)
    assert outline(timeline) == [one.work_id]


def test_every_length_is_a_whole_number_of_frames():
    one = work(1, frames=777)
    choice = WorkChoice(work=one.work_id, in_s=1.013, out_s=7.99)
    times = CardTimes(opening=1.23, topic=1, work=0.5, closing=2)
    timeline = plan_timeline(spec_of(choice, cards=times), [one], PROFILE)
    clip = next(item for item in timeline.items if isinstance(item, Clip))
    assert (clip.in_frame, clip.out_frame) == (25, 200)
    assert timeline.items[0].frames == 31
    assert timeline.frames == sum(item.frames for item in timeline.items)
    assert timeline.starts == (0, 31, 43, 218)


def test_a_work_card_says_place_school_person_and_title():
    one = work(1, province="北京市", city="北京市", principal="某人", post="校长")
    timeline = plan_timeline(spec_of(one), [one], PROFILE)
    assert cards(timeline, "work")[0].lines == ("北京市", "第1小学", "某人 校长", "作品1")


def test_a_work_of_which_nothing_is_known_is_called_by_its_label():
    nameless = work(1, school=None, title=None)
    timeline = plan_timeline(spec_of(nameless), [nameless], PROFILE)
    assert cards(timeline, "work")[0].lines == ("", "", "", "1")


def test_a_lower_third_needs_a_name_and_time_to_show_it():
    shown = work(1, principal="某人", province="某省")
    short = work(2, frames=20, principal="某人")
    unknown = work(3, school=None)
    works = [shown, short, unknown]
    clips = [i for i in plan_timeline(spec_of(*works), works, PROFILE).items if isinstance(i, Clip)]
    assert clips[0].lower_third_lines == ("某人", "某省 第1小学")
    assert [clip.lower_third is not None for clip in clips] == [True, False, False]
    off = spec_of(shown, lower_third=LowerThird(show_s=0))
    clip = next(i for i in plan_timeline(off, [shown], PROFILE).items if isinstance(i, Clip))
    assert clip.lower_third is None


def test_every_problem_is_named_at_once():
    works = [work(1, frames=250), work(2, frames=250), work(3, frames=0), work(4, frames=250)]
    ids = [w.work_id for w in works]
    choices = [
        WorkChoice(work=ids[0], in_s=5, out_s=5),
        WorkChoice(work=ids[0]),
        WorkChoice(work=ids[1], out_s=10.5),
        WorkChoice(work=ids[2]),
        WorkChoice(work=ids[3], in_s=1.0, out_s=1.01),
        WorkChoice(work="w0000000009"),
        WorkChoice(work="w0000000008"),
    ]
    spec = spec_of(*choices, campaign="another")
    named = problems_of(spec, works, {"w0000000008": "is withdrawn"})
    assert len(named) == 8
    for words in (
        "another is not the profile small",
        f"{ids[0]} is listed 2 times",
        "in at 5 s is not before out at 5 s",
        "out at 10.5 s is beyond its end at 10 s",
        f"{ids[2]} (第3小学 · 作品3) has no frames",
        "between in at 1 s and out lies no frame",
        "w0000000009 is no processed work",
        "w0000000008 is withdrawn",
    ):
        assert any(words in problem for problem in named), words


def test_an_out_point_on_the_very_end_is_no_problem():
    one = work(1, frames=250)
    choice = WorkChoice(work=one.work_id, out_s=10.0)
    assert plan_timeline(spec_of(choice), [one], PROFILE)


def test_the_texts_of_a_programme_can_be_looked_at_whatever_else_is_wrong():
    one = work(1, frames=250)
    choices = [WorkChoice(work=one.work_id, in_s=99), WorkChoice(work="w0000000009")]
    items = plan_texts(spec_of(*choices), [one], PROFILE)
    assert [i.layout for i in items if isinstance(i, Card)] == ["opening", "work", "closing"]


@pytest.mark.parametrize(
    ("seconds", "rate", "frames"),
    [
        (0.1, Fraction(25), 2),
        (0.02, Fraction(25), 0),
        (0.0201, Fraction(25), 1),
        (10, Fraction(30000, 1001), 300),
    ],
)
def test_seconds_become_the_nearest_frame(seconds, rate, frames):
    assert to_frames(seconds, rate) == frames
