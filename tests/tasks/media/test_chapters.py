"""Chapters cover the programme without a gap, whatever their names hold."""

from models.compilation import CardTimes
from tasks.media.chapters import (
    clock,
    plan_chapters,
    render_chapter_metadata,
    render_chapter_vtt,
)
from tasks.media.timeline import plan_timeline
from tests.support.programmes import PROFILE, spec_of, work


def chapters_of(*works, **fields):
    return plan_chapters(plan_timeline(spec_of(*works, **fields), works, PROFILE))


def test_a_work_begins_with_its_card_and_chapters_leave_no_gap():
    works = [work(1, topic="教育公平", frames=250), work(2, topic="教育公平", frames=500)]
    times = CardTimes(opening=2, topic=1, work=3, closing=4)
    chapters = chapters_of(*works, cards=times)
    assert [(c.title, c.start_s, c.end_s) for c in chapters] == [
        ("小样合辑", 0.0, 2.0),
        ("教育公平", 2.0, 3.0),
        ("第1小学 · 作品1", 3.0, 16.0),
        ("第2小学 · 作品2", 16.0, 39.0),
        ("片尾", 39.0, 43.0),
    ]


def test_a_work_without_a_card_is_a_chapter_too():
    none = CardTimes(opening=0, topic=0, work=0, closing=0)
    chapters = chapters_of(work(1, frames=100), work(2, frames=100), cards=none)
    assert [(c.title, c.start_s) for c in chapters] == [
        ("第1小学 · 作品1", 0.0),
        ("第2小学 · 作品2", 4.0),
    ]


def test_names_cannot_break_the_metadata_file():
    one = work(1, title="a=b;c#d\\e\n[CHAPTER]")
    text = render_chapter_metadata("x=y", chapters_of(one))
    assert "title=x\\=y\n" in text
    assert "a\\=b\\;c\\#d\\\\e [CHAPTER]" in text
    assert text.count("\n[CHAPTER]\n") == 3


def test_the_vtt_track_counts_and_times_every_chapter():
    text = render_chapter_vtt(chapters_of(work(1, frames=25)))
    assert text.startswith("WEBVTT\n\n1\n00:00:00.000 --> 00:00:06.000\n小样合辑\n\n2\n")


def test_a_clock_never_shows_sixty_seconds():
    assert clock(59.9996) == "00:01:00.000"
    assert clock(3599.6, decimals=0) == "01:00:00"
