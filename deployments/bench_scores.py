"""What the checks said of clips whose faults are known, and how well that fits: arithmetic alone.

A clip either is clean, or has one fault put into it. A finding is false when nothing was put in
that it may speak of, and when the clip before had it not: so clips with unknown faults of their
own serve as well.
"""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Literal

from models.base import Frozen
from models.report import Severity
from tasks.media.notes import Span

TIME_TOLERANCE_S = 0.5
RECALL_BAR = 0.95
WARNINGS_BAR = 0.2
NEVER_ON_CLEAN = frozenset(
    {"video.black", "video.freeze", "video.interlaced", "video.flash", "audio.silence"}
)
"""Checks that must not warn on any clean clip."""


class Told(Frozen):
    """A finding, as far as scoring needs it."""

    check: str
    severity: Severity
    start_s: float | None = None
    end_s: float | None = None
    measured: str | None = None

    @property
    def span(self) -> Span | None:
        """Where it is; None: throughout."""
        if self.start_s is None or self.end_s is None:
            return None
        return self.start_s, self.end_s

    def __str__(self) -> str:
        """Write it as a list of misses shows it."""
        at = "" if self.span is None else f" {self.span[0]:.2f}-{self.span[1]:.2f}"
        return f"{self.check}{at} ({self.measured or self.severity})"


class Trial(Frozen):
    """One clip, what was put into it and what was said of it."""

    name: str
    check: str | None
    """What was put in; None: the clip is clean."""
    spans: tuple[Span, ...] = ()
    """Where; empty: throughout, or where no moment is asked for."""
    also: frozenset[str] = frozenset()
    """Checks that may speak of the same."""
    before: tuple[Told, ...] = ()
    """What was said of the clip before anything was put in."""
    told: tuple[Told, ...] = ()
    unsure: tuple[str, ...] = ()
    is_stable: bool | None = None
    """Whether a second look said the same; None: there was none."""

    @property
    def hits(self) -> tuple[Told, ...]:
        """The findings that speak of what was put in."""
        if self.check is None:
            return ()
        return tuple(t for t in self.told if t.check == self.check and self._is_there(t))

    @property
    def is_found(self) -> bool:
        """Tell whether every place where something was put in is found."""
        hits = self.hits
        if not self.spans:
            return bool(hits)
        return all(any(_meets(hit.span, span) for hit in hits) for span in self.spans)

    @property
    def time_error_s(self) -> float | None:
        """How far the times of the findings are off at worst; None where none are asked for.

        Places that one finding joins are compared as one; infinite: a finding gives no times.
        """
        if not self.spans or not self.is_found:
            return None
        return max(_off_s(hit, self.spans) for hit in self.hits)

    @property
    def is_in_time(self) -> bool:
        """Tell whether it is found, where it is."""
        return self.is_found and (self.time_error_s or 0.0) <= TIME_TOLERANCE_S

    @property
    def false(self) -> tuple[Told, ...]:
        """The findings that nothing accounts for."""
        expected = {*self.also}
        hits = self.hits
        return tuple(
            t
            for t in self.told
            if t not in hits
            and t.check not in expected
            and not any(t.check == b.check and _meets(t.span, b.span) for b in self.before)
        )

    def _is_there(self, told: Told) -> bool:
        return not self.spans or any(_meets(told.span, span) for span in self.spans)


class CheckScore(Frozen):
    """How one check did."""

    check: str
    cases: int
    found: int
    in_time: int
    false: int
    """False findings on all clips."""
    median_error_s: float | None
    worst_error_s: float | None
    unsure: int
    """Of the cases that were not found, those where the report says that it can't tell."""
    unsure_clean: int
    """Clean clips where it can't tell."""
    verdict: Literal["met", "missed"]

    @property
    def recall(self) -> float:
        """The share of cases that are found, where they are."""
        return self.in_time / self.cases

    @property
    def precision(self) -> float | None:
        """The share of findings that are true; None: there are none."""
        said = self.found + self.false
        return self.found / said if said else None


class Whole(Frozen):
    """How all checks together did on clean clips."""

    clean: int
    blocks: int
    warnings: int
    never: tuple[str, ...]
    """Checks that warned on a clean clip though they never may."""
    unstable: tuple[str, ...]
    """Clips of which a second look said something else."""
    cost_ratio: float | None
    """Time of the checks over that of a bare decode."""

    @property
    def warnings_a_clip(self) -> float:
        """Warnings a clean clip."""
        return self.warnings / self.clean if self.clean else 0.0

    @property
    def is_met(self) -> bool:
        """Tell whether the bars on clean clips hold."""
        is_quiet = not self.blocks and self.warnings_a_clip <= WARNINGS_BAR
        return is_quiet and not self.never and not self.unstable


def score_checks(trials: Sequence[Trial]) -> tuple[CheckScore, ...]:
    """Return a score for each check that was put into a clip, or that was told falsely."""
    names = {t.check for t in trials if t.check} | {f.check for t in trials for f in t.false}
    return tuple(_score(name, trials) for name in sorted(names))


def score_whole(trials: Iterable[Trial], cost_ratio: float | None) -> Whole:
    """Return how the checks did on the clean clips among `trials`."""
    every = list(trials)
    clean = [t for t in every if t.check is None]
    false = [f for t in clean for f in t.false]
    loud = [f for f in false if f.severity != "info"]
    return Whole(
        clean=len(clean),
        blocks=sum(f.severity == "block" for f in false),
        warnings=sum(f.severity == "warn" for f in false),
        never=tuple(sorted({f.check for f in loud} & NEVER_ON_CLEAN)),
        unstable=tuple(t.name for t in every if t.is_stable is False),
        cost_ratio=cost_ratio,
    )


def _score(check: str, trials: Sequence[Trial]) -> CheckScore:
    cases = [t for t in trials if t.check == check]
    errors = [t.time_error_s for t in cases if t.time_error_s is not None]
    in_time = sum(t.is_in_time for t in cases)
    false = sum(f.check == check for t in trials for f in t.false)
    return CheckScore(
        check=check,
        cases=len(cases),
        found=sum(t.is_found for t in cases),
        in_time=in_time,
        false=false,
        median_error_s=median(errors) if errors else None,
        worst_error_s=max(errors, default=None),
        unsure=sum(not t.is_found and check in t.unsure for t in cases),
        unsure_clean=sum(t.check is None and check in t.unsure for t in trials),
        verdict="met" if in_time >= RECALL_BAR * len(cases) and not false else "missed",
    )


def _off_s(hit: Told, spans: Sequence[Span]) -> float:
    if hit.span is None:
        return float("inf")
    met = [span for span in spans if _meets(hit.span, span)]
    start_s, end_s = min(a for a, _ in met), max(b for _, b in met)
    return round(max(abs(hit.span[0] - start_s), abs(hit.span[1] - end_s)), 3)


def _meets(one: Span | None, other: Span | None) -> bool:
    """Tell whether two stretches share a moment; without times it is everywhere."""
    if one is None or other is None:
        return True
    slack_s = TIME_TOLERANCE_S
    return one[0] < other[1] + slack_s and other[0] < one[1] + slack_s
