"""Which stills people see."""

from dataclasses import replace
from itertools import pairwise

from tasks.media.frames import (
    FACE_STILLS,
    StillFacts,
    choose_for_faces,
    choose_for_sheet,
    choose_poster,
    nearest,
    timecode,
)

GOOD = StillFacts("x.jpg", 5.0, luma_mean=120, contrast=50, sharpness=400, change=4)


def still(time_s, **changes):
    return replace(GOOD, time_s=time_s, **changes)


def chosen(*others):
    return choose_poster([*others, still(5.0), still(10.0, luma_mean=2, contrast=1)]).time_s


def test_a_poster_is_never_black_blurred_or_amid_a_cut():
    assert chosen(still(4.0, luma_mean=3, sharpness=900)) == 5.0
    assert chosen(still(4.0, sharpness=20)) == 5.0
    assert chosen(still(4.0, change=80, sharpness=900)) == 5.0


def test_a_face_is_worth_more_than_sharpness():
    assert chosen(still(4.0, sharpness=300, face_share=0.08)) == 4.0


def test_a_dark_video_still_has_a_poster():
    dark = [still(n, luma_mean=5, contrast=2, sharpness=1) for n in range(3)]
    assert choose_poster(dark) is not None
    assert choose_poster([]) is None


def test_the_sheet_is_spread_evenly_over_the_whole():
    times = [s.time_s for s in choose_for_sheet([still(n / 2) for n in range(600)])]
    assert len(times) == 20
    assert times[0] < 10
    assert times[-1] > 290
    gaps = {round(b - a, 1) for a, b in pairwise(times)}
    assert gaps == {15.0}


def test_evidence_is_the_nearest_still():
    assert nearest([still(0), still(1), still(2)], 1.2).time_s == 1


def test_time_codes_round_once():
    assert timecode(59.97) == "01:00.0"
    assert timecode(3599.99) == "1:00:00.0"
    assert timecode(0) == "00:00.0"


def test_faces_are_sought_in_the_best_still_of_every_stretch():
    stills = [still(n / 2, sharpness=400 if n % 20 == 7 else 4) for n in range(600)]
    times = [s.time_s for s in choose_for_faces(stills)]
    assert len(times) == FACE_STILLS
    assert times == [n / 2 for n in range(600) if n % 20 == 7]


def test_a_stretch_of_black_costs_no_search_elsewhere():
    stills = [still(n / 2, luma_mean=2 if n < 300 else 120) for n in range(600)]
    assert len({s.time_s for s in choose_for_faces(stills)}) == FACE_STILLS


def test_a_short_video_is_searched_whole():
    stills = [still(n / 2) for n in range(FACE_STILLS)]
    assert choose_for_faces(stills) == stills
