"""The benchmark of the checks: clips whose faults are known, and what is said of them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import Any

from deployments.bench_clips import BASES
from deployments.bench_commands import build_bare_decode
from deployments.bench_defects import Defect
from deployments.bench_defects_file import file_defects
from deployments.bench_defects_picture import picture_defects
from deployments.bench_defects_sound import sound_defects
from deployments.bench_media import describe_machine, unlimited_profile
from deployments.bench_rows import Machine
from deployments.bench_scores import CheckScore, Told, Trial, Whole, score_checks, score_whole
from deployments.bench_studio import TIME_LIMIT_S, Studio
from flows.make_version import check_version
from models.base import Frozen
from models.errors import CommandFailed, CommandTimedOut, RequestInvalid
from models.profile import CampaignProfile, Limits
from models.report import Report
from models.settings import Settings
from tasks.adapters.ffmpeg import run_command
from tasks.adapters.scratch import scratch_folder
from tasks.local_file import take_local
from tasks.running import Inline

NEEDS_BYTES = 1_500_000_000
"""Room for all clips."""
LOOSE: dict[str, None] = dict.fromkeys(
    (
        *("duration_min_warn_s", "duration_max_warn_s", "short_side_warn_px", "long_side_warn_px"),
        *("short_side_block_px", "bit_rate_block_bps", "bit_rate_warn_bps"),
        "audio_bit_rate_warn_bps",  # silence takes few bits
    )
)
"""Limits that every clip of this benchmark would break; cases that are about them set them."""


@dataclass(frozen=True)
class ChecksPlan:
    """What is to be measured."""

    only: Collection[str] = ()
    """Checks to measure, or their first part, such as `audio`; empty: all."""
    media: Path | None = None
    """A folder of files into which faults are put as well."""
    keep: Path | None = None
    """Where the clips stay."""
    has_clean: bool = True

    def wants(self, check: str) -> bool:
        """Tell whether a check is to be measured."""
        return not self.only or any(check == o or check.startswith(f"{o}.") for o in self.only)


class ChecksBench(Frozen):
    """What the benchmark found."""

    machine: Machine
    scores: tuple[CheckScore, ...]
    whole: Whole
    trials: tuple[Trial, ...]
    seconds: float
    """How long it took."""

    @property
    def all_met(self) -> bool:
        """Tell whether every bar was met."""
        return self.whole.is_met and all(score.verdict == "met" for score in self.scores)


def every_defect(profile: CampaignProfile) -> tuple[Defect, ...]:
    """Return all faults that are put into clips."""
    limits = profile.limits
    return (
        *picture_defects(limits),
        *sound_defects(limits, profile.loudness),
        *file_defects(limits),
    )


def run_checks_bench(
    plan: ChecksPlan, settings: Settings, on_step: Callable[[str], None]
) -> ChecksBench:
    """Make the clips, check each and compare.

    Raises:
        RequestInvalid: no check is named so, or the folder of media holds no file.
        CommandFailed, CommandTimedOut, Unavailable: a clip could not be made.
    """
    profile = loose_profile(settings)
    wanted = [defect for defect in every_defect(profile) if plan.wants(defect.check)]
    if not wanted:
        known = ", ".join(sorted({defect.check for defect in every_defect(profile)}))
        raise RequestInvalid("bench checks", (f"no such check; there are {known}",))
    files = _files_of(plan.media)
    machine, started_s = describe_machine(settings), perf_counter()
    with scratch_folder(settings, "bench-checks", needs_bytes=NEEDS_BYTES) as scratch:
        folder = plan.keep.resolve() if plan.keep else scratch.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        stage = Stage(Studio(folder, settings, on_step), profile, settings, keeps=bool(plan.keep))
        clean = list(stage.clean_trials()) if plan.has_clean else []
        injected = list(stage.injected_trials(wanted))
        others = list(stage.media_trials(wanted, files)) if files else []
    trials = (*clean, *injected, *others)
    return ChecksBench(
        machine=machine,
        scores=score_checks(trials),
        whole=score_whole(trials, stage.cost_ratio),
        trials=trials,
        seconds=perf_counter() - started_s,
    )


def loose_profile(settings: Settings) -> CampaignProfile:
    """Return the shipped profile without the limits that every clip would break."""
    return _with_limits(unlimited_profile(settings), LOOSE)


class Stage:
    """Has clips made and checks them."""

    def __init__(
        self, studio: Studio, profile: CampaignProfile, settings: Settings, *, keeps: bool
    ) -> None:
        """Take what makes clips and what judges them."""
        self.studio, self.profile, self.settings, self.keeps = studio, profile, settings, keeps
        self.check_s = self.decode_s = 0.0
        self._before: dict[Path, tuple[Told, ...]] = {}

    @property
    def cost_ratio(self) -> float | None:
        """Time of the checks of clean clips, over that of their bare decode."""
        return self.check_s / self.decode_s if self.decode_s else None

    def clean_trials(self) -> Iterator[Trial]:
        """Check every clean clip twice; the second time it counts what it costs."""
        for name, base in BASES.items():
            path = self.studio.base(name)
            self.studio.on_step(f"check {name}, twice")
            first = self.checked(path)
            started_s = perf_counter()
            second = self.checked(path)
            self.check_s += perf_counter() - started_s
            started_s = perf_counter()
            bare = build_bare_decode(path.name, self.settings.ffmpeg)
            run_command(bare, folder=path.parent, timeout_s=TIME_LIMIT_S)
            self.decode_s += perf_counter() - started_s
            self._before[path] = told_of(first)
            is_stable = (first.findings, first.unsure) == (second.findings, second.unsure)
            yield Trial(
                name=name,
                check=None,
                also=base.right,
                told=told_of(first),
                unsure=first.unsure,
                is_stable=is_stable,
            )

    def injected_trials(self, defects: Sequence[Defect]) -> Iterator[Trial]:
        """Put each fault into its clip and check that."""
        for defect in defects:
            yield self._trial(defect, self.studio.base(defect.base), defect.name)

    def media_trials(self, defects: Sequence[Defect], files: Sequence[Path]) -> Iterator[Trial]:
        """Put each fault into one of `files`, taking turns; files that can't serve are left out."""
        usable = [path for path in files if self._serves(path)]
        if not usable:
            raise RequestInvalid("--media", ("no file there has both picture and sound",))
        for defect, path in zip(defects, cycle(usable), strict=False):
            source = self.studio.conformed(path, BASES[defect.base].seconds)
            yield self._trial(defect, source, f"{defect.name} in {path.name}")

    def checked(self, path: Path, profile: CampaignProfile | None = None) -> Report:
        """Return what `heji check` says of a clip."""
        with scratch_folder(self.settings, "check") as folder:
            campaign = profile or self.profile
            source = take_local(path, folder, campaign.name)
            return check_version(Inline(), source, (), folder, campaign, self.settings)

    def _trial(self, defect: Defect, source: Path, name: str) -> Trial:
        if source not in self._before:
            self._before[source] = told_of(self.checked(source))
        self.studio.on_step(name)
        path = self.studio.injected(defect, source)
        report = self.checked(path, _with_limits(self.profile, defect.limits))
        if not self.keeps:
            path.unlink()
        return Trial(
            name=name,
            check=defect.check,
            spans=defect.spans,
            also=defect.also,
            before=self._before[source],
            told=told_of(report),
            unsure=report.unsure,
        )

    def _serves(self, path: Path) -> bool:
        try:
            self.studio.conformed(path, BASES["lesson"].seconds)
        except (CommandFailed, CommandTimedOut):
            return False
        return True


def told_of(report: Report) -> tuple[Told, ...]:
    """Return a report's findings as far as scoring needs them."""
    return tuple(
        Told(
            check=finding.check,
            severity=finding.severity,
            start_s=finding.start_s,
            end_s=finding.end_s,
            measured=finding.measured,
        )
        for finding in report.findings
    )


def _with_limits(profile: CampaignProfile, changes: Mapping[str, Any]) -> CampaignProfile:
    limits = Limits.model_validate(profile.limits.model_dump() | dict(changes))
    return profile.model_copy(update={"limits": limits})


def _files_of(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise RequestInvalid("--media", (f"{folder} is no folder",))
    return sorted(path for path in folder.rglob("*") if path.is_file())
