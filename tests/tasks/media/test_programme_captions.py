"""Captions on the programme's clock, and in the form that libass draws."""

from models.compilation import CardTimes, WorkChoice
from models.profile import CardStyle
from models.transcript import Cue
from tasks.media.programme_captions import merge_captions, render_ass
from tasks.media.timeline import plan_timeline
from tests.support.programmes import PROFILE, spec_of, work


def test_captions_move_with_their_work_and_end_at_its_out_point():
    one, two = work(1, frames=250), work(2, frames=250)
    times = CardTimes(opening=2, topic=0, work=1, closing=1)
    choices = (WorkChoice(work=one.work_id, in_s=1.48, out_s=5), WorkChoice(work=two.work_id))
    timeline = plan_timeline(spec_of(*choices, cards=times), [one, two], PROFILE)
    cues = (
        Cue(start_s=0.5, end_s=1.0, lines=("在入点之前",)),
        Cue(start_s=1.0, end_s=2.0, lines=("跨过入点",)),
        Cue(start_s=4.5, end_s=6.0, lines=("跨过出点",)),
        Cue(start_s=6.0, end_s=7.0, lines=("在出点之后",)),
    )
    merged = merge_captions(timeline, {one.work_id: cues, two.work_id: cues[:1]})
    found = [(cue.lines[0], round(cue.start_s, 3), round(cue.end_s, 3)) for cue in merged]
    assert found == [
        ("跨过入点", 3.0, 3.52),
        ("跨过出点", 6.02, 6.52),
        ("在入点之前", 8.02, 8.52),  # 2 s opening, two cards of 1 s, 3.52 s of the first work
    ]


def test_a_work_without_captions_adds_none():
    one = work(1)
    timeline = plan_timeline(spec_of(one), [one], PROFILE)
    assert merge_captions(timeline, {}) == ()


def test_a_script_carries_times_to_the_hundredth_and_no_commands_of_others():
    cue = Cue(start_s=3599.996, end_s=3601.5, lines=("{\\b1}强调\\N", "第二行"))
    script = render_ass((cue,), CardStyle(), 1920, 1080)
    line = script.splitlines()[-1]
    assert line == "Dialogue: 0,1:00:00.00,1:00:01.50,Caption,｛＼b1｝强调＼N\\N第二行"
    assert "PlayResY: 1080" in script
    fields = next(x for x in script.splitlines() if x.startswith("Format: Name"))
    style = next(x for x in script.splitlines() if x.startswith("Style: "))
    assert fields.count(",") == style.count(",")
