"""What a benchmark measured and what follows from it: arithmetic alone.

A row sets measurements of one run side by side, because seconds differ from machine to machine
and ratios hardly do. When a run was not what the row takes it for, there is no ratio to misread.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any, Literal

from models.base import Frozen

LENGTH_TOLERANCE_S = 0.1


class Bar(Frozen):
    """What a ratio must not exceed, or must reach."""

    limit: float
    is_ceiling: bool = True

    def holds(self, ratio: float) -> bool:
        """Tell whether a ratio meets the bar."""
        return ratio <= self.limit if self.is_ceiling else ratio >= self.limit

    def __str__(self) -> str:
        """Write the bar as a table shows it."""
        return f"{'≤' if self.is_ceiling else '≥'} {self.limit:.2f}"


class Case(Frozen):
    """What a row asks."""

    name: str
    what: str
    against: str
    bar: Bar


class Run(Frozen):
    """What one run of a command cost."""

    wall_s: float
    cpu_s: float
    """Of the command and of all that it started."""
    peak_bytes: int | None = None
    """Largest resident memory of Heji's own Python process; None for other programs."""
    flaw: str = ""
    """Why the run is not what its row takes it for; empty when it is."""


class Side(Frozen):
    """All runs of one thing that a row compares; a median isn't moved by one disturbed run."""

    name: str
    runs: tuple[Run, ...]

    @property
    def wall_s(self) -> float:
        """The median of the wall times."""
        return median(run.wall_s for run in self.runs)

    @property
    def cpu_s(self) -> float:
        """The median of the CPU times."""
        return median(run.cpu_s for run in self.runs)

    @property
    def peak_bytes(self) -> float:
        """The median of the peaks of memory."""
        return median(run.peak_bytes or 0 for run in self.runs)


class Row(Frozen):
    """The answer to a case."""

    case: Case
    sides: tuple[Side, ...]
    figures: tuple[str, ...]
    """What the ratio was made of, a text for each side."""
    ratio: float | None
    """None when there are flaws."""
    cpu_ratio: float | None
    """The same of CPU time, which other work on the machine disturbs less; None for memory."""
    flaws: tuple[str, ...]
    verdict: Literal["met", "missed", "void"]


class Machine(Frozen):
    """Where a benchmark ran."""

    cores: int
    processor: str
    memory_bytes: int
    load_1min: float
    """Before the first run: other work on the machine shows here."""
    ffmpeg: str
    python: str
    heji: str

    def __str__(self) -> str:
        """Describe the machine in one line."""
        return (
            f"{self.cores} cores ({self.processor}), {self.memory_bytes / 2**30:.0f} GiB, "
            f"load {self.load_1min:.1f} at the start; "
            f"Heji {self.heji}, ffmpeg {self.ffmpeg}, Python {self.python}"
        )


class Bench(Frozen):
    """A whole benchmark."""

    machine: Machine
    seconds: int
    repeats: int
    rows: tuple[Row, ...]

    @property
    def all_met(self) -> bool:
        """Tell whether every bar was met; a row that is void meets none."""
        return all(row.verdict == "met" for row in self.rows)


def compare_times(case: Case, ours: Side, theirs: Side) -> Row:
    """Return how many times longer `ours` took than `theirs`."""
    figures = tuple(f"{side.wall_s:.1f} s" for side in (ours, theirs))
    return _judged(
        case, (ours, theirs), figures, ours.wall_s / theirs.wall_s, ours.cpu_s / theirs.cpu_s
    )


def compare_peaks(case: Case, ours: Side, theirs: Side) -> Row:
    """Return how many times more memory `ours` took than `theirs`."""
    figures = tuple(f"{side.peak_bytes / 1e6:.0f} MB" for side in (ours, theirs))
    return _judged(case, (ours, theirs), figures, ours.peak_bytes / theirs.peak_bytes, None)


def compare_minutes(case: Case, sides: Sequence[tuple[float, Side]]) -> Row:
    """Return how far a minute of source strays from the average minute at the worst length.

    1.1 is ten hundredths more or less. Each side comes with the minutes its runs worked on.
    """
    wall = [side.wall_s / minutes for minutes, side in sides]
    cpu = [side.cpu_s / minutes for minutes, side in sides]
    figures = tuple(f"{wall_s:.1f} s/min" for wall_s in wall)
    every = tuple(side for _, side in sides)
    return _judged(case, every, figures, _straying(wall), _straying(cpu))


def _straying(costs: Sequence[float]) -> float:
    average = fmean(costs)
    return 1 + max(abs(cost / average - 1) for cost in costs)


def flaw_of(report: Mapping[str, Any], seconds: float, *, is_passed_through: bool | None) -> str:
    """Return why a report is not of the run that was meant; empty when it is.

    `is_passed_through` says what should have become of a source of that length; None means that
    no master was asked for.
    """
    if report["verdict"] == "block":
        blocking = [found["check"] for found in report["findings"] if found["severity"] == "block"]
        return f"the source was blocked by {', '.join(blocking)}"
    return "" if is_passed_through is None else _flaw_of_master(report, seconds, is_passed_through)


def as_markdown(bench: Bench) -> str:
    """Write a benchmark as docs/benchmarks.md shows it."""
    lines = [
        f"{bench.seconds} s of source, median of {bench.repeats}; {bench.machine}.",
        "",
        "| | what | against | measured | ratio | of CPU time | bar | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in bench.rows:
        case = row.case
        cells = (f"`{case.name}`", case.what, case.against, " / ".join(row.figures))
        judged = (as_ratio(row.ratio), as_ratio(row.cpu_ratio), str(case.bar), told_verdict(row))
        lines.append(f"| {' | '.join((*cells, *judged))} |")
    return "\n".join(lines)


def as_ratio(ratio: float | None) -> str:
    """Write a ratio, so exactly that it shows on which side of a bar it is; a dash for none."""
    return "–" if ratio is None else f"{ratio:.3f}"


def told_verdict(row: Row) -> str:
    """Write a row's verdict, with the reason when it is void."""
    return f"void: {'; '.join(row.flaws)}" if row.flaws else row.verdict


def _judged(
    case: Case,
    sides: tuple[Side, ...],
    figures: tuple[str, ...],
    ratio: float,
    cpu_ratio: float | None,
) -> Row:
    flaws = tuple(dict.fromkeys(run.flaw for side in sides for run in side.runs if run.flaw))
    verdict: Literal["met", "missed"] = "met" if case.bar.holds(ratio) else "missed"
    return Row(
        case=case,
        sides=sides,
        figures=figures,
        ratio=None if flaws else ratio,
        cpu_ratio=None if flaws else cpu_ratio,
        flaws=flaws,
        verdict="void" if flaws else verdict,
    )


def _flaw_of_master(report: Mapping[str, Any], seconds: float, is_passed_through: bool) -> str:
    master = report["master"]
    if master is None:
        return "no master was made"
    if abs(master["duration_s"] - seconds) > LENGTH_TOLERANCE_S:
        return f"the master lasts {master['duration_s']:.2f} s, the source {seconds:.2f} s"
    if master["is_finer"]:
        return "the source was encoded a second time, finer than the bare encode"
    if master["passed_through"] == is_passed_through:
        return ""
    if master["passed_through"]:
        return "the source was passed through, not encoded"
    return f"the source was encoded, not passed through ({', '.join(master['why_encoded'])})"
