"""A benchmark concludes only what its runs allow."""

import json

import pytest

from deployments.bench_rows import (
    Bar,
    Bench,
    Case,
    Machine,
    Run,
    Side,
    as_markdown,
    compare_minutes,
    compare_peaks,
    compare_times,
    flaw_of,
)

CEILING = Case(name="process", what="Heji", against="bare", bar=Bar(limit=1.25))
FLOOR = Case(name="naive", what="a script", against="Heji", bar=Bar(limit=2, is_ceiling=False))
MACHINE = Machine(
    cores=2,
    processor="Some CPU",
    memory_bytes=4 * 2**30,
    load_1min=0.5,
    ffmpeg="5.1.9",
    python="3.11.7",
    heji="0.1.0",
)
PASSED = {"passed_through": True, "why_encoded": [], "duration_s": 60.0, "is_finer": False}
ENCODED = {**PASSED, "passed_through": False, "why_encoded": ["frame rate is 30"]}


def side(*wall_s: float, name: str = "one", flaw: str = "") -> Side:
    runs = tuple(Run(wall_s=s, cpu_s=s * 2, peak_bytes=round(s * 1e6), flaw=flaw) for s in wall_s)
    return Side(name=name, runs=runs)


def report(master, verdict="pass", findings=()):
    return {"verdict": verdict, "findings": list(findings), "master": master}


@pytest.mark.parametrize(
    ("case", "ours_s", "verdict"),
    [(CEILING, 5.0, "met"), (CEILING, 5.1, "missed"), (FLOOR, 8.0, "met"), (FLOOR, 7.9, "missed")],
)
def test_a_bar_is_met_up_to_its_limit(case, ours_s, verdict):
    row = compare_times(case, side(ours_s), side(4))
    assert (row.verdict, row.ratio) == (verdict, ours_s / 4)
    assert row.cpu_ratio == ours_s / 4


def test_one_disturbed_run_moves_no_ratio():
    row = compare_times(CEILING, side(4, 5, 90), side(1, 4, 4))
    assert row.ratio == 5 / 4
    assert row.figures == ("5.0 s", "4.0 s")


@pytest.mark.parametrize("flawed", [0, 1])
def test_a_run_that_was_something_else_leaves_no_ratio(flawed):
    sides = [side(1, name="a"), side(1, name="b")]
    sides[flawed] = side(1, 1, flaw="it was encoded")
    row = compare_times(CEILING, *sides)
    assert (row.verdict, row.ratio, row.cpu_ratio) == ("void", None, None)
    assert row.flaws == ("it was encoded",)
    assert compare_peaks(CEILING, *sides).ratio is None
    assert compare_minutes(CEILING, [(1, sides[0]), (5, sides[1])]).ratio is None


def test_memory_is_compared_by_its_peaks():
    row = compare_peaks(CEILING, side(130, 120, 110), side(100))
    assert (row.ratio, row.cpu_ratio, row.figures) == (1.2, None, ("120 MB", "100 MB"))


def test_cost_by_length_is_the_minute_that_strays_furthest_from_the_average():
    row = compare_minutes(CEILING, [(1, side(60)), (5, side(250)), (20, side(1100))])
    assert row.ratio == pytest.approx(60 / 55)
    cheap = compare_minutes(CEILING, [(1, side(50)), (5, side(300)), (20, side(1200))])
    assert cheap.ratio == pytest.approx(2 - 50 / (170 / 3))
    assert row.figures == ("60.0 s/min", "50.0 s/min", "55.0 s/min")


def test_a_benchmark_is_met_when_every_row_is():
    met, missed = (compare_times(CEILING, side(s), side(1)) for s in (1, 2))
    void = compare_times(CEILING, side(1, flaw="no"), side(1))
    for rows, expected in (([met], True), ([met, missed], False), ([met, void], False)):
        bench = Bench(machine=MACHINE, seconds=60, repeats=1, rows=tuple(rows))
        assert bench.all_met is expected


def test_every_run_is_kept_in_the_json():
    row = compare_times(CEILING, side(5, 6, name="heji"), side(4, name="bare"))
    bench = Bench(machine=MACHINE, seconds=60, repeats=2, rows=(row,))
    (told,) = json.loads(bench.model_dump_json())["rows"]
    assert [(s["name"], [r["wall_s"] for r in s["runs"]]) for s in told["sides"]] == [
        ("heji", [5.0, 6.0]),
        ("bare", [4.0]),
    ]
    assert told["sides"][0]["runs"][0]["cpu_s"] == 10.0


def test_the_document_names_the_machine_and_shows_no_ratio_of_a_void_row():
    rows = (
        compare_times(FLOOR, side(9), side(4)),
        compare_times(CEILING, side(7, flaw="x"), side(4)),
    )
    told = as_markdown(Bench(machine=MACHINE, seconds=60, repeats=3, rows=rows))
    assert "2 cores (Some CPU), 4 GiB" in told
    assert "| 2.250 | 2.250 | ≥ 2.00 | met |" in told
    assert "| – | – | ≤ 1.25 | void: x |" in told
    assert {line.count("|") for line in told.splitlines()[2:]} == {9}


@pytest.mark.parametrize(
    ("found", "is_passed_through", "words"),
    [
        (report(None), None, ""),
        (report(PASSED), True, ""),
        (report(ENCODED), False, ""),
        (report(ENCODED), True, "frame rate is 30"),
        (report(PASSED), False, "not encoded"),
        (report(None), False, "no master"),
        (report({**ENCODED, "is_finer": True}), False, "a second time"),
        (report({**ENCODED, "duration_s": 30.0}), False, "lasts 30.00 s"),
    ],
)
def test_a_report_of_another_run_than_meant_is_found_out(found, is_passed_through, words):
    flaw = flaw_of(found, 60, is_passed_through=is_passed_through)
    assert words in flaw
    assert bool(flaw) == bool(words)


def test_a_blocked_source_names_what_blocked_it():
    findings = [
        {"check": "audio.none", "severity": "block"},
        {"check": "video.black", "severity": "warn"},
    ]
    flaw = flaw_of(report(None, "block", findings), 60, is_passed_through=None)
    assert flaw.endswith("by audio.none")
