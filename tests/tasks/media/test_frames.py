"""Which stills people see."""

from dataclasses import replace
from itertools import pairwise

from tasks.media.frames import StillFacts, choose_for_sheet, choose_poster, nearest, timecode

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
