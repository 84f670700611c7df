"""The media benchmark: which rows there are, and in which order they are measured."""

import os
import platform
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import partial
from importlib.metadata import version
from pathlib import Path

from deployments.bench_rows import (
    Bar,
    Bench,
    Case,
    Machine,
    Row,
    Run,
    Side,
    compare_minutes,
    compare_peaks,
    compare_times,
)
from deployments.bench_runs import (
    Footage,
    Ground,
    check,
    decode_barely,
    encode_barely,
    pass_through,
    process,
    warm_up,
    work_naively,
)
from models.profile import CampaignProfile, Limits
from models.settings import Settings
from tasks.adapters.ffmpeg import tool_version
from tasks.adapters.profiles import load_profile
from tasks.adapters.scratch import scratch_folder

PROFILE = "gonghua-2022"
OTHER_RATE = Fraction(30)
"""A rate that the master has not, so that a source of it must be encoded."""
BYTES_PER_S = 8_000_000
"""Room for a second of source, of all that is made of it and of scratch files."""


class MediaRow(StrEnum):
    """The rows of the table."""

    PROCESS = "process"
    PASSTHROUGH = "passthrough"
    CHECK = "check"
    NAIVE = "naive"
    MEMORY = "memory"
    DURATION = "duration"


LONG_ROWS = frozenset({MediaRow.MEMORY, MediaRow.DURATION})
"""Rows on sources of up to half an hour."""
WHOLE = "`heji process --no-captions`"
CASES = {
    MediaRow.PROCESS: Case(
        name=MediaRow.PROCESS,
        what=f"{WHOLE}: master, checks, loudness, pictures",
        against="bare `ffmpeg` encode to the same settings",
        bar=Bar(limit=1.25),
    ),
    MediaRow.PASSTHROUGH: Case(
        name=MediaRow.PASSTHROUGH,
        what=f"{WHOLE} of a source that is a master already",
        against="bare `ffmpeg` decode",
        bar=Bar(limit=1.5),
    ),
    MediaRow.CHECK: Case(
        name=MediaRow.CHECK,
        what="`heji check`",
        against="bare `ffmpeg` decode",
        bar=Bar(limit=1.5),
    ),
    MediaRow.NAIVE: Case(
        name=MediaRow.NAIVE,
        what="a script with one `ffmpeg` for each check and step",
        against=WHOLE,
        bar=Bar(limit=2.0, is_ceiling=False),
    ),
    MediaRow.MEMORY: Case(
        name=MediaRow.MEMORY,
        what="peak memory of Heji's own process on a long source",
        against="on a short one",
        bar=Bar(limit=1.2),
    ),
    MediaRow.DURATION: Case(
        name=MediaRow.DURATION,
        what=f"{WHOLE}: a minute of source, by length",
        against="the average minute",
        bar=Bar(limit=1.1),
    ),
}


@dataclass(frozen=True)
class Plan:
    """What is to be measured."""

    rows: Collection[MediaRow]
    seconds: int = 60
    """Length of the source on which times are compared."""
    repeats: int = 1
    memory_s: tuple[int, int] = (60, 1800)
    duration_s: tuple[int, ...] = (60, 300, 1200)

    @property
    def longest_s(self) -> int:
        """The length of the longest source."""
        longest = {
            MediaRow.MEMORY: max(self.memory_s),
            MediaRow.DURATION: max(self.duration_s),
        }
        return max(longest.get(row, self.seconds) for row in self.rows)


Entrant = Callable[[Ground, Footage], Run]
DECODE, CHECK, PASS = "bare decode", "heji check", "heji process, pass-through"
ENCODE, PROCESS, NAIVE = "bare encode", "heji process", "naive pipeline"
ENTRANTS: dict[Fraction | None, dict[str, Entrant]] = {
    None: {DECODE: decode_barely, CHECK: check, PASS: pass_through},
    OTHER_RATE: {ENCODE: encode_barely, PROCESS: process, NAIVE: work_naively},
}
"""Who runs on footage of which frame rate, in this order, so that a row's sides are neighbours."""
RACES = {
    MediaRow.PROCESS: (PROCESS, ENCODE),
    MediaRow.PASSTHROUGH: (PASS, DECODE),
    MediaRow.CHECK: (CHECK, DECODE),
    MediaRow.NAIVE: (NAIVE, PROCESS),
}
"""Whose time is divided by whose."""


def run_media_bench(plan: Plan, settings: Settings, on_step: Callable[[str], None]) -> Bench:
    """Measure the rows of `plan`, one run after another.

    Raises:
        CommandFailed, CommandTimedOut, Unavailable: a command didn't do its work.
    """
    machine = describe_machine(settings)
    with scratch_folder(settings, "bench", needs_bytes=plan.longest_s * BYTES_PER_S) as folder:
        ground = Ground(folder.resolve(), settings, unlimited_profile(settings), on_step)
        warm_up(ground)
        rows = {row.case.name: row for row in _measured_rows(ground, plan)}
    return Bench(
        machine=machine,
        seconds=plan.seconds,
        repeats=plan.repeats,
        rows=tuple(rows[name] for name in CASES if name in rows),
    )


def describe_machine(settings: Settings) -> Machine:
    """Return what a reader must know of this machine."""
    found = re.search(r"^model name\s*: (.+)$", _text_of("/proc/cpuinfo"), re.MULTILINE)
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        processor=found[1] if found else platform.machine(),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        load_1min=os.getloadavg()[0],
        ffmpeg=tool_version(settings.ffmpeg.ffmpeg),
        python=platform.python_version(),
        heji=version("heji"),
    )


def unlimited_profile(settings: Settings) -> CampaignProfile:
    """Return the shipped profile with no limit on length and size: these are no senders' files."""
    profile = load_profile(PROFILE, settings)
    unlimited = {
        "duration_max_block_s": None,
        "duration_min_block_s": None,
        "size_block_bytes": None,
    }
    limits = Limits.model_validate(profile.limits.model_dump() | unlimited)
    return profile.model_copy(update={"limits": limits})


def _measured_rows(ground: Ground, plan: Plan) -> Iterator[Row]:
    yield from _race(ground, plan)
    if MediaRow.MEMORY in plan.rows:
        yield _compare_memory(ground, plan)
    if MediaRow.DURATION in plan.rows:
        yield _compare_lengths(ground, plan)


def _race(ground: Ground, plan: Plan) -> Iterator[Row]:
    races = {row: race for row, race in RACES.items() if row in plan.rows}
    needed = {name for race in races.values() for name in race}
    sides: dict[str, Side] = {}
    for rate, entrants in ENTRANTS.items():
        running = {name: run for name, run in entrants.items() if name in needed}
        if running:
            with ground.footage(plan.seconds, rate) as footage:
                laps = {name: partial(run, ground, footage) for name, run in running.items()}
                sides |= _taking_turns(ground, plan.repeats, laps)
    for row, (ours, theirs) in races.items():
        yield compare_times(CASES[row], sides[ours], sides[theirs])


def _compare_memory(ground: Ground, plan: Plan) -> Row:
    """Memory hardly varies from run to run, so each length is run once."""
    sides: dict[str, Side] = {}
    for seconds in plan.memory_s:
        with ground.footage(seconds) as footage:
            sides |= _taking_turns(
                ground, 1, {f"{seconds} s": partial(pass_through, ground, footage)}
            )
    short, long = sides.values()
    return compare_peaks(CASES[MediaRow.MEMORY], long, short)


def _compare_lengths(ground: Ground, plan: Plan) -> Row:
    with ExitStack() as stack:
        made = [stack.enter_context(ground.footage(s, OTHER_RATE)) for s in plan.duration_s]
        laps = {f"{footage.seconds} s": partial(process, ground, footage) for footage in made}
        sides = _taking_turns(ground, plan.repeats, laps)
    minutes = (footage.seconds / 60 for footage in made)
    return compare_minutes(
        CASES[MediaRow.DURATION], list(zip(minutes, sides.values(), strict=True))
    )


def _taking_turns(
    ground: Ground, repeats: int, laps: Mapping[str, Callable[[], Run]]
) -> dict[str, Side]:
    """Run everything once, then everything again: a disturbance then hits all alike."""
    runs: dict[str, list[Run]] = {name: [] for name in laps}
    for lap in range(repeats):
        for name, run in laps.items():
            ground.on_step(f"{name}, {lap + 1} of {repeats}")
            runs[name].append(run())
    return {name: Side(name=name, runs=tuple(done)) for name, done in runs.items()}


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError:
        return ""
