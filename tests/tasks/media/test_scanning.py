"""How lines belong to moments is told by the lines, not by the flags."""

import pytest

from tasks.media.scanning import Scan, read_scan


def scan(kinds, repeated=(), rate=25.0):
    singles, repeats = [], []
    for number, kind in enumerate(kinds):
        head = f"frame:{number} pts:{number} pts_time:{number / rate}"
        singles += [head, f"lavfi.idet.single.current_frame={kind}"]
        is_repeated = number in repeated
        repeats += [
            head,
            f"lavfi.idet.repeated.current_frame={'top' if is_repeated else 'neither'}",
        ]
    return read_scan(singles, repeats, rate)


TOP, BOTTOM, PLAIN, UNCLEAR = "tff", "bff", "progressive", "undetermined"


def test_frames_that_are_whole_are_progressive():
    facts = scan([PLAIN] * 100)
    assert facts.scan is Scan.PROGRESSIVE
    assert not facts.needs_deinterlacing


@pytest.mark.parametrize("order", [TOP, BOTTOM])
def test_frames_of_two_moments_are_interlaced(order):
    facts = scan([order] * 100)
    assert facts.scan is Scan.INTERLACED
    assert facts.needs_deinterlacing
    assert facts.interlaced == ((0.0, pytest.approx(3.96)),)


def test_little_movement_still_tells_when_it_all_points_one_way():
    assert scan([TOP, UNCLEAR, UNCLEAR, UNCLEAR] * 25).scan is Scan.INTERLACED


def test_combing_that_changes_its_order_is_noise():
    assert scan([TOP, BOTTOM, TOP, UNCLEAR] * 25).scan is Scan.UNKNOWN


def test_stretches_of_each_order_are_taken_for_hard_edges():
    assert scan([TOP] * 50 + [BOTTOM] * 50).scan is Scan.UNKNOWN


def test_an_overcompressed_picture_is_not_interlaced():
    """A real one that was compressed too hard: 7 bottom, 3 top, 22 progressive of 120 frames."""
    kinds = [UNCLEAR] * 120
    kinds[3:120:16] = [BOTTOM] * len(kinds[3:120:16])
    kinds[5:120:5] = [PLAIN] * len(kinds[5:120:5])
    assert scan(kinds).scan is Scan.PROGRESSIVE


def test_a_stretch_between_progressive_ones_makes_a_picture_mixed():
    facts = scan([PLAIN] * 100 + [TOP] * 75 + [PLAIN] * 100)
    assert facts.scan is Scan.MIXED
    ((start, end),) = facts.interlaced
    assert (start, end) == (pytest.approx(4.0), pytest.approx(6.96))


def test_a_single_second_makes_nothing_mixed():
    assert scan([PLAIN] * 100 + [TOP] * 25 + [PLAIN] * 100).scan is Scan.PROGRESSIVE


@pytest.mark.parametrize("shift", range(5))
def test_two_combed_frames_in_five_are_telecine_at_thirty_frames_a_second_only(shift):
    cycle = [TOP, TOP, PLAIN, PLAIN, PLAIN]
    kinds = (cycle[shift:] + cycle[:shift]) * 30
    assert scan(kinds, rate=30000 / 1001).scan is Scan.TELECINE
    assert scan(kinds, rate=25.0).scan is not Scan.TELECINE


def test_repeated_fields_are_telecine():
    repeated = {n for n in range(150) if n % 5 in (1, 3)}
    assert scan([TOP] * 150, repeated, rate=29.97).scan is Scan.TELECINE


def test_nothing_seen_is_unknown():
    assert scan([]).scan is Scan.UNKNOWN
    assert scan([UNCLEAR] * 100).scan is Scan.UNKNOWN
