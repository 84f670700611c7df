"""What ffmpeg's filters write becomes spans."""

from tasks.media.notes import merge_spans, parse_notes, spans_of

EVENTS = """frame:50   pts:25600   pts_time:2
lavfi.black_start=2
frame:101  pts:51712   pts_time:4.04
lavfi.black_end=4.04
frame:150  pts:1       pts_time:6
lavfi.black_start=6
""".splitlines()


def test_marks_pair_up_and_an_open_span_lasts_to_the_end():
    spans = spans_of(parse_notes(EVENTS), "lavfi.black_start", "lavfi.black_end", 8.0)
    assert spans == [(2.0, 4.04), (6.0, 8.0)]


def test_a_silence_that_begins_and_ends_in_one_frame_is_not_drawn_out_to_the_next():
    lines = [
        "frame:105 pts:1 pts_time:10.6",
        "lavfi.silence_start=10.13",
        "lavfi.silence_end=10.66",
        "frame:202 pts:2 pts_time:20.2",
        "lavfi.silence_end=19.9",
        "lavfi.silence_start=20.1",
    ]
    spans = spans_of(parse_notes(lines), "lavfi.silence_start", "lavfi.silence_end", 21.0)
    assert spans == [(10.13, 10.66), (20.1, 21.0)]


def test_neighbouring_spans_are_one():
    assert merge_spans([(4, 5), (0, 1), (1.1, 2)], gap_s=0.2) == [(0, 2), (4, 5)]


def test_a_frame_without_a_time_is_passed_over():
    notes = list(parse_notes(["frame:1 pts:N pts_time:nan", "a=1", *EVENTS]))
    assert [n.time_s for n in notes] == [2, 4.04, 6]
