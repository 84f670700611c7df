"""What was found in a work, and the verdict on it: the shape of `report.json`."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from models.base import Frozen
from models.media import MediaInfo

Severity = Literal["block", "warn", "info"]
SEVERITIES: tuple[Severity, ...] = ("block", "warn", "info")
"""Worst first: the order in which people read."""
Box = tuple[float, float, float, float]
"""Left, top, width and height, as shares of the upright picture's width and height."""


class Verdict(StrEnum):
    """The worst severity among a report's findings, as a decision."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WARN = "warn"
    BLOCK = "block"


class Finding(Frozen):
    """One problem, with what was measured and what a clerk can do about it."""

    check: str = Field(pattern=r"^[a-z]+\.[a-z0-9_]+$")
    severity: Severity
    start_s: float | None = None
    end_s: float | None = None
    measured: str | None = None
    limit: str | None = None
    message: str
    hint: str
    evidence: str | None = None
    """Relative key of a picture."""
    box: Box | None = None
    """Where in the picture the problem stands."""


class SourceFacts(Frozen):
    """The upload that a report speaks of."""

    key: str
    file_name: str
    size_bytes: int
    sha256: str
    media: MediaInfo | None = None
    """None when the file was refused before or by ffprobe."""


class ProfileRef(Frozen):
    """The profile that set the limits."""

    name: str
    revision: str


class Measurements(Frozen):
    """Numbers measured by decoding; None where there was nothing to measure."""

    duration_s: float | None = None
    frames: int | None = None
    decode_errors: int | None = None
    loudness_lufs: float | None = None
    loudness_range_lu: float | None = None
    true_peak_dbtp: float | None = None
    master_loudness_lufs: float | None = None
    master_true_peak_dbtp: float | None = None


class Curves(Frozen):
    """The upload's sound over time, at most 600 points each, `step_s` apart from 0 on.

    A point stands for the stretch that begins with it; None is silence.
    """

    step_s: float = Field(gt=0)
    peak_dbfs: tuple[float | None, ...] = ()
    loudness_lufs: tuple[float | None, ...] = ()
    """Short-term loudness (EBU Tech 3341, 3 s), the loudest in each stretch."""


class MasterFacts(Frozen):
    """The master that was made."""

    sha256: str
    size_bytes: int
    duration_s: float
    passed_through: bool = False
    """The picture's packets are the upload's own."""
    why_encoded: tuple[str, ...] = ()
    """What kept the picture from being passed through."""
    sound_passed_through: bool = False
    why_sound_encoded: tuple[str, ...] = ()
    ssim: float | None = None
    """Structural similarity of the master to what its encoder was given, on sampled windows."""
    is_finer: bool = False
    """Encoded a second time at higher quality, since the first was below the profile's floor."""
    gain_db: float | None = None
    """What was added to the sound; None when there was no sound to level."""
    is_limited: bool = False
    """A limiter held peaks that a plain gain would have lifted over the limit."""


class Report(Frozen):
    """Everything Heji says about one version of a work."""

    schema_version: int = Field(default=1, alias="schema")
    work_id: str
    version: str
    profile: ProfileRef
    verdict: Verdict
    source: SourceFacts
    findings: tuple[Finding, ...] = ()
    measurements: Measurements = Measurements()
    curves: Curves | None = None
    """None when there was no sound to hear."""
    unsure: tuple[str, ...] = ()
    """Checks that could not be told on this material."""
    master: MasterFacts | None = None
    """None when the work could not be made into a master."""
    tools: dict[str, str] = {}
    timings_s: dict[str, float] = {}
    fingerprint: str = ""
    """Names source, settings and tools: equal fingerprints make a re-run needless."""


def verdict_of(findings: tuple[Finding, ...]) -> Verdict:
    """Return the decision that the worst of `findings` asks for."""
    severities = {finding.severity for finding in findings}
    if "block" in severities:
        return Verdict.BLOCK
    return Verdict.WARN if "warn" in severities else Verdict.PASS


def in_reading_order(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Sort `findings` worst first, then by time, then by check."""
    return tuple(
        sorted(
            findings,
            key=lambda f: (SEVERITIES.index(f.severity), f.start_s or 0.0, f.check),
        )
    )
