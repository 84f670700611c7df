"""A release is what was planned, or it is rejected with every difference."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from models.compilation import CardTimes
from models.media import AudioStream, MediaInfo, OtherStream, VideoStream
from tasks.media.chapters import plan_chapters, render_running_order
from tasks.media.probing import PacketFacts
from tasks.media.releases import WorkNote, compare_programme, compose_manifest
from tasks.media.timeline import plan_timeline
from tests.support.programmes import PROFILE, spec_of, work

TIMES = CardTimes(opening=2, topic=0, work=1, closing=1)
ONE = work(1, frames=250)
SPEC = spec_of(ONE, cards=TIMES)
TIMELINE = plan_timeline(SPEC, [ONE], PROFILE)
FRAMES = 350
PICTURE = VideoStream(
    index=0,
    codec="h264",
    pixel_format="yuv420p",
    width_px=320,
    height_px=180,
    frame_rate=Fraction(25),
    frame_count=FRAMES,
)
SOUND = AudioStream(index=1, codec="aac", sample_rate_hz=48_000, channels=2, duration_s=14.0)
CAPTIONS = OtherStream(index=2, kind="subtitle", codec="mov_text")
PACKETS = PacketFacts(
    count=FRAMES,
    first_s=0.0,
    end_s=14.0,
    bytes_total=1,
    median_interval_s=0.04,
    uneven_share=0.0,
    longest_interval_s=0.04,
    key_interval_max_s=2.0,
)


def info(picture=PICTURE, sound=SOUND, others=(CAPTIONS,)):
    return MediaInfo(container="mov", size_bytes=1, video=(picture,), audio=(sound,), others=others)


def differences(made, packets=PACKETS, chapters_found=3):
    return compare_programme(
        made, packets, chapters_found, TIMELINE, PROFILE.master, chapters=3, has_captions=True
    )


def changed(model, **fields):
    return model.model_copy(update=fields)


def test_the_planned_programme_is_accepted():
    assert TIMELINE.frames == FRAMES
    assert differences(info()) == ()


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (info(changed(PICTURE, frame_count=349)), "frames is 349, not 350"),
        (info(changed(PICTURE, width_px=640)), "size is (640, 180)"),
        (info(changed(PICTURE, frame_rate=Fraction(24))), "frame rate is 24, not 25"),
        (info(sound=changed(SOUND, duration_s=13.97)), "sound lasts 13.97 s"),
        (info(sound=changed(SOUND, duration_s=None)), "sound lasts None s"),
        (info(others=()), "captions is 0, not 1"),
        (MediaInfo(container="mov", size_bytes=1, video=(PICTURE,)), "streams: 1 video, 0 audio"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_each_difference_is_named(made, words):
    assert any(words in problem for problem in differences(made))


def test_sound_may_differ_by_less_than_one_of_its_frames():
    assert differences(info(sound=changed(SOUND, duration_s=14.021))) == ()


def test_a_gap_in_the_picture_is_a_difference():
    gap = replace(PACKETS, longest_interval_s=0.08)
    assert any("steps up to 0.08 s" in problem for problem in differences(info(), gap))
    late = replace(PACKETS, end_s=14.04)
    assert any("planned to 14.000 s" in problem for problem in differences(info(), late))
    assert any("packets is 0" in problem for problem in differences(info(), None))


def test_missing_chapters_are_a_difference():
    assert "chapters is 2, not 3" in differences(info(), chapters_found=2)


def manifest_of(quality="final", files=None):
    return compose_manifest(
        SPEC,
        TIMELINE,
        plan_chapters(TIMELINE),
        {ONE.work_id: WorkNote(200, ("a reason",))},
        files or {"compilation.mp4": "a" * 64},
        quality=quality,
        created_at=datetime(2022, 12, 31, 18, 30, tzinfo=UTC),
        size_bytes=5,
        tools={"ffmpeg": "5.1"},
    )


def test_a_release_is_named_after_its_time_and_what_it_holds():
    first = manifest_of().release.release_id
    assert first.startswith("r20221231-1830-")
    assert first == manifest_of().release.release_id
    assert first != manifest_of(files={"compilation.mp4": "b" * 64}).release.release_id
    assert first != manifest_of(quality="draft").release.release_id


def test_the_manifest_says_where_each_work_stands_and_what_was_copied():
    manifest = manifest_of()
    (entry,) = manifest.works
    assert (entry.in_s, entry.out_s, entry.programme_start_s) == (0.0, 10.0, 3.0)
    assert (entry.copied_frames, entry.why_encoded) == (200, ("a reason",))
    assert manifest.release.sha256 == "a" * 64
    assert '"schema": 1' in manifest.model_dump_json(indent=1)


def test_the_running_order_is_a_table_of_times_and_works():
    table = render_running_order(manifest_of())
    assert f"| 00:00:02 | 00:00:11 | **第1小学 · 作品1** | `{ONE.work_id}` |" in table
    assert "| 00:00:00 | 00:00:02 | 小样合辑 |  |" in table
    assert "| 00:00:14 | | 结束 | |" in table
