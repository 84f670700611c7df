"""The programme as an editing program reads it."""

import opentimelineio as otio
import pytest

from models.compilation import CardTimes, WorkChoice
from tasks.adapters.timelines import write_timeline
from tasks.media.chapters import plan_chapters
from tasks.media.timeline import plan_timeline
from tests.support.programmes import PROFILE, spec_of, work


@pytest.fixture
def read_back(tmp_path):
    one = work(1, frames=250).model_copy(update={"media_url": "s3://works/c/w/v/master.mp4"})
    two = work(2, frames=500)
    choices = (WorkChoice(work=one.work_id, in_s=1.48, out_s=5), WorkChoice(work=two.work_id))
    times = CardTimes(opening=2, topic=0, work=1, closing=1)
    timeline = plan_timeline(spec_of(*choices, cards=times), [one, two], PROFILE)
    path = tmp_path / "timeline.otio"
    write_timeline(timeline, plan_chapters(timeline), path)
    return timeline, otio.adapters.read_from_file(str(path))


def test_every_item_stands_at_its_frame(read_back):
    timeline, made = read_back
    picture, sound = made.tracks
    for track in (picture, sound):
        starts = [track.range_of_child_at_index(n).start_time.value for n in range(len(track))]
        assert starts == list(timeline.starts)
        assert track.duration().value == timeline.frames
    assert [track.kind for track in made.tracks] == ["Video", "Audio"]


def test_works_refer_to_their_masters_with_in_and_out(read_back):
    _, made = read_back
    clips = [
        clip
        for clip in made.tracks[0].find_clips()
        if isinstance(clip.media_reference, otio.schema.ExternalReference)
    ]
    first, second = clips
    assert first.media_reference.target_url == "s3://works/c/w/v/master.mp4"
    assert (first.source_range.start_time.value, first.source_range.duration.value) == (37, 88)
    assert first.metadata["heji"]["work_id"] == work(1).work_id
    assert first.media_reference.available_range.duration.value == 250
    assert second.media_reference.target_url.startswith("file:///")


def test_cards_are_generators_with_their_words_and_silent(read_back):
    _, made = read_back
    opening = made.tracks[0][0]
    assert isinstance(opening.media_reference, otio.schema.GeneratorReference)
    assert list(opening.media_reference.parameters["lines"]) == ["小样合辑", "试映"]
    assert isinstance(made.tracks[1][0], otio.schema.Gap)


def test_chapters_are_markers_on_the_picture(read_back):
    _, made = read_back
    marks = [(m.name, m.marked_range.start_time.value) for m in made.tracks[0].markers]
    assert marks == [
        ("小样合辑", 0),
        ("第1小学 · 作品1", 50),
        ("第2小学 · 作品2", 163),
        ("片尾", 688),
    ]
