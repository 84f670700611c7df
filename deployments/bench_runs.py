"""Run what the media benchmark compares, on sources that are made here, and take its cost."""

import json
import os
import resource
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from deployments.bench_commands import (
    build_bare_decode,
    build_bare_encode,
    build_clip,
    build_naive_checks,
    build_naive_master,
    build_source,
    source_spec,
)
from deployments.bench_rows import Run, flaw_of
from models.errors import CommandFailed
from models.profile import CampaignProfile
from models.settings import Settings
from tasks.adapters.ffmpeg import CommandResult, run_command

TIME_LIMIT_S = 6 * 3600.0
HEJI = (sys.executable, "-P", "-m", "deployments.bench_child")
"""Python must not look for modules in the folder where a person calls it."""
PEAK = "peak"
BLOCKED = 1
LONGEST_CLIP_S = 10
"""Noise of this size is slow to make, so a clip is made and repeated."""


@dataclass(frozen=True)
class Footage:
    """A source that was made."""

    path: Path
    seconds: int


@dataclass(frozen=True)
class Ground:
    """Where the runs take place."""

    folder: Path
    settings: Settings
    profile: CampaignProfile
    on_step: Callable[[str], None]
    """Takes what is done next."""

    @contextmanager
    def footage(self, seconds: int, frame_rate: Fraction | None = None) -> Iterator[Footage]:
        """Give a source of that length, a master but for a frame rate that is named."""
        spec = source_spec(self.profile, frame_rate)
        ffmpeg, loudness = self.settings.ffmpeg, self.profile.loudness
        clip_s = max(s for s in range(1, LONGEST_CLIP_S + 1) if seconds % s == 0)
        clip, name = (f"{kind}-{spec.frame_rate}.mp4" for kind in (f"clip-{clip_s}", seconds))
        self.on_step(f"make {seconds} s of source, {spec.frame_rate} frames a second")
        if not (self.folder / clip).exists():
            run(build_clip(spec, ffmpeg, clip_s, clip), self.folder)
        run(
            build_source(clip, seconds // clip_s, spec, loudness, ffmpeg, seconds, name),
            self.folder,
        )
        try:
            yield Footage(self.folder / name, seconds)
        finally:
            (self.folder / name).unlink()

    def measured(self, act: Callable[[Path], object]) -> Run:
        """Return what `act` cost in an empty folder of its own."""
        place = self.folder / "run"
        place.mkdir()
        os.sync()  # what the run before left to be written is not this one's cost
        cpu_before_s, started_s = _cpu_of_children_s(), perf_counter()
        act(place)
        wall_s, cpu_s = perf_counter() - started_s, _cpu_of_children_s() - cpu_before_s
        shutil.rmtree(place)
        return Run(wall_s=wall_s, cpu_s=cpu_s)


def decode_barely(ground: Ground, footage: Footage) -> Run:
    """Decode and do nothing else."""
    argv = build_bare_decode(str(footage.path), ground.settings.ffmpeg)
    return ground.measured(partial(_run_all, [argv]))


def encode_barely(ground: Ground, footage: Footage) -> Run:
    """Encode to the master's settings and do nothing else."""
    argv = build_bare_encode(str(footage.path), ground.profile.master, ground.settings.ffmpeg)
    return ground.measured(partial(_run_all, [argv]))


def work_naively(ground: Ground, footage: Footage) -> Run:
    """Do what Heji does as a script would, one process after another."""
    path, profile, ffmpeg = str(footage.path), ground.profile, ground.settings.ffmpeg

    def act(place: Path) -> None:
        heard = _run_all(build_naive_checks(path, profile.loudness, ffmpeg), place)
        _run_all(build_naive_master(path, profile, ffmpeg, heard), place)

    return ground.measured(act)


def check(ground: Ground, footage: Footage) -> Run:
    """Run `heji check`."""
    return _heji(ground, "check", footage, is_passed_through=None)


def process(ground: Ground, footage: Footage) -> Run:
    """Run `heji process` on a source that must be encoded."""
    return _heji(ground, "process", footage, is_passed_through=False)


def pass_through(ground: Ground, footage: Footage) -> Run:
    """Run `heji process` on a source that is a master already."""
    return _heji(ground, "process", footage, is_passed_through=True)


def warm_up(ground: Ground) -> None:
    """Read Heji's code and libraries from disk once, before anything is measured."""
    ground.on_step("warm up")
    run([*HEJI, str(ground.folder / PEAK), "--help"], Path.cwd())


def run(argv: Sequence[str], folder: Path, *, check: bool = True) -> CommandResult:
    """Run a command as it stands, without the envelope that uploads are opened in.

    Raises:
        CommandFailed, CommandTimedOut, Unavailable: as the door says.
    """
    return run_command(argv, folder=folder, timeout_s=TIME_LIMIT_S, check=check)


def _heji(ground: Ground, command: str, footage: Footage, *, is_passed_through: bool | None) -> Run:
    peak, profile = ground.folder / PEAK, ground.folder / "profile.yaml"
    profile.write_text(ground.profile.model_dump_json(), "utf-8")  # JSON is YAML
    argv = [*HEJI, str(peak), command, str(footage.path), "--json", "--profile", str(profile)]
    answers: list[dict[str, Any]] = []

    def act(place: Path) -> None:
        output = [] if command == "check" else ["--no-captions", "--out", str(place)]
        # Started where we were, so that a relative HEJI_HOME means the same.
        result = run([*argv, *output], Path.cwd(), check=False)
        if result.returncode > BLOCKED:
            words = "\n".join(result.stderr_lines[-12:])
            raise CommandFailed(result.argv, result.returncode, words)
        answers.extend(json.loads(result.stdout))

    cost = ground.measured(act)
    flaw = flaw_of(answers[0], footage.seconds, is_passed_through=is_passed_through)
    return cost.model_copy(update={"peak_bytes": int(peak.read_text("utf-8")), "flaw": flaw})


def _run_all(commands: Sequence[Sequence[str]], place: Path) -> tuple[str, ...]:
    """Run commands in order and return what the last one said."""
    said: tuple[str, ...] = ()
    for argv in commands:
        said = run(argv, place).stderr_lines
    return said


def _cpu_of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
