"""Which frames are copied and which are encoded, and what the commands ask for."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.compilation import CardTimes, LowerThird, WorkChoice
from models.media import VideoStream
from models.profile import MasterSpec
from tasks.media.rendering import (
    Piece,
    Plate,
    Stamp,
    build_card,
    build_copy,
    build_encode,
    build_join,
    build_sound,
    check_copy,
    draft_spec,
    lower_third_span,
    parameter_sets,
    plan_pieces,
    render_concat_list,
    samples_of,
)
from tasks.media.timeline import plan_timeline
from tests.support.programmes import PROFILE, spec_of, work

SPEC = PROFILE.master
NO_CARDS = CardTimes(opening=0, topic=0, work=0, closing=0)
GOP = SPEC.gop_frames


def timeline_of(frames=1000, *, in_s=None, out_s=None, show_s=0.0, at_s=1.0, cards=NO_CARDS):
    one = work(1, frames=frames)
    choice = WorkChoice(work=one.work_id, in_s=in_s, out_s=out_s)
    lower = LowerThird(show_s=show_s, at_s=at_s)
    spec = spec_of(choice, cards=cards, lower_third=lower, group_by="none")
    return plan_timeline(spec, [one], PROFILE)


def pieces_of(*arguments, whole=frozenset(), **fields):
    planned = plan_pieces(timeline_of(*arguments, **fields), SPEC, whole)
    return [(p.kind, p.master_in, p.master_in + p.frames) for p in planned]


def test_an_untouched_work_is_copied_whole_with_its_short_last_gop():
    assert pieces_of(1013) == [("copy", 0, 1013)]


def test_only_the_gops_that_show_a_lower_third_are_encoded():
    assert pieces_of(1000, show_s=4, at_s=3) == [
        ("copy", 0, 50),
        ("encode", 50, 200),
        ("copy", 200, 1000),
    ]


def test_in_and_out_points_snap_nowhere_and_cost_one_gop_each():
    assert pieces_of(1000, in_s=1.48, out_s=20.04) == [
        ("encode", 37, 50),
        ("copy", 50, 500),
        ("encode", 500, 501),
    ]


def test_points_on_key_frames_cost_nothing():
    assert pieces_of(1000, in_s=2, out_s=20) == [("copy", 50, 500)]


def test_a_clip_inside_one_gop_is_encoded():
    assert pieces_of(1000, in_s=0.4, out_s=0.8) == [("encode", 10, 20)]


def test_a_work_that_does_not_fit_is_encoded_whole():
    one = work(1).work_id
    assert pieces_of(1000, show_s=4, whole=frozenset({one})) == [("encode", 0, 1000)]
    assert pieces_of(1000, show_s=4, whole=None) == [("encode", 0, 1000)]


@given(
    frames=st.integers(1, 400),
    first=st.integers(0, 399),
    length=st.integers(1, 400),
    at_s=st.floats(0, 6),
    show_s=st.floats(0, 6),
)
def test_pieces_cover_the_clip_once_and_copies_are_whole_untitled_gops(
    frames, first, length, at_s, show_s
):
    first = min(first, frames - 1)
    end = min(first + length, frames)
    timeline = timeline_of(frames, in_s=first / 25, out_s=end / 25, at_s=at_s, show_s=show_s)
    pieces = plan_pieces(timeline, SPEC, frozenset())
    clip = timeline.items[0]
    titled = lower_third_span(clip, SPEC.frame_rate)
    at, programme = clip.in_frame, 0
    for piece in pieces:
        assert (piece.master_in, piece.start) == (at, programme)
        at, programme = at + piece.frames, programme + piece.frames
        if piece.kind == "copy":
            assert piece.master_in % GOP == 0
            assert at % GOP == 0 or at == frames
            assert titled is None or at <= titled[0] or titled[1] <= piece.master_in
    assert at == clip.out_frame
    if titled:
        holders = [p for p in pieces if p.master_in <= titled[0] < p.master_in + p.frames]
        assert len(holders) == 1
        assert titled[1] <= holders[0].master_in + holders[0].frames


def test_a_copy_begins_on_its_key_frame_and_is_counted_in_packets():
    command = build_copy("/masters/a.mp4", "p.mp4", Piece(0, "copy", 0, 450, 50), SPEC)
    assert command[command.index("-ss") + 1] == "2.000000"
    assert command[command.index("-frames:v") + 1] == "450"
    assert command[command.index("-codec:v") + 1] == "copy"
    assert "file:/masters/a.mp4" in command
    assert "-t" not in command
    odd = MasterSpec(frame_rate=Fraction(30000, 1001))
    command = build_copy("a", "p.mp4", Piece(0, "copy", 0, 60, 60), odd)
    assert float(command[command.index("-ss") + 1]) >= 60 * 1001 / 30000


def test_masters_are_opened_as_nothing_but_mp4_files():
    clip = timeline_of().items[0]
    piece = Piece(0, "encode", 0, 10, 10)
    for command in (
        build_copy("a", "p.mp4", piece, SPEC),
        build_encode("a", "p.mp4", piece, SPEC),
        build_sound("a", "p.wav", clip, SPEC),
    ):
        before = command[: command.index("-i")]
        assert before[before.index("-f") + 1] == "mov"
        assert before[before.index("-protocol_whitelist") + 1] == "file"


def test_a_lower_third_is_shown_in_its_frames_only():
    plate = Plate("plate.png", 16, 100, 25, 75)
    command = build_encode("a", "p.mp4", Piece(0, "encode", 0, 100), SPEC, plate=plate)
    graph = command[command.index("-filter_complex") + 1]
    assert "between(n\\,25\\,74)" in graph
    assert "start_frame=25" in graph
    assert "start_frame=67" in graph


def test_a_draft_says_where_and_what_it_is():
    small = draft_spec(MasterSpec())
    assert (small.width_px, small.height_px, small.preset) == (640, 360, "ultrafast")
    stamp = Stamp("w0123456789 · ", "/fonts/a.ttc")
    command = build_card("c.png", "p.mp4", Piece(0, "card", 25 * 3725 + 7, 50), small, stamp=stamp)
    graph = command[command.index("-filter_complex") + 1]
    assert "w0123456789" in graph
    assert "01" in graph
    assert "02" in graph
    assert "05" in graph
    assert "07" in graph


def test_a_clip_has_exactly_the_samples_of_its_frames():
    timeline = timeline_of(1000, in_s=1.48, out_s=12.04)
    command = build_sound("a", "s.wav", timeline.items[0], SPEC)
    graph = command[command.index("-filter_complex") + 1]
    assert f"start_sample={37 * 1920}" in graph
    assert f"whole_len={264 * 1920}" in graph
    assert samples_of(264, SPEC) == 264 * 1920


def test_captions_are_a_track_only_when_there_are_any():
    assert "mov_text" in build_join(SPEC, "zh", has_captions=True)
    assert "mov_text" not in build_join(SPEC, "zh", has_captions=False)


def test_tracks_say_what_is_spoken_and_claim_nothing_that_is_not_known():
    assert build_join(SPEC, "en", has_captions=True).count("language=eng") == 2
    assert build_join(SPEC, None, has_captions=True).count("language=und") == 2


def test_lengths_in_the_list_never_drift_from_the_frames():
    rate = Fraction(30000, 1001)
    text = render_concat_list([(f"p{n}.mp4", 7) for n in range(1000)], rate)
    lengths = [Fraction(line.split()[1]) for line in text.splitlines() if "duration" in line]
    assert abs(sum(lengths) - 7000 / rate) < Fraction(1, 1_000_000)


@pytest.mark.parametrize(
    ("found", "is_right"),
    [
        (VideoStream(index=0, frame_count=50, start_s=0.0, duration_s=2.0), True),
        (VideoStream(index=0, frame_count=49, start_s=0.0, duration_s=2.0), False),
        (VideoStream(index=0, frame_count=50, start_s=0.4, duration_s=2.0), False),
        (VideoStream(index=0, frame_count=50, start_s=0.0, duration_s=2.4), False),
        (VideoStream(index=0), False),
        (None, False),
    ],
)
def test_copied_packets_must_be_the_piece_and_nothing_else(found, is_right):
    assert (check_copy(found, Piece(0, "copy", 0, 50, 50), Fraction(25)) == ()) is is_right


def test_parameter_sets_are_those_of_the_picture():
    streams = [
        {"codec_type": "audio", "extradata_hash": "SHA256:a"},
        {"codec_type": "video", "extradata_hash": "SHA256:b"},
    ]
    assert parameter_sets({"streams": streams}) == "SHA256:b"
    assert parameter_sets({}) is None
