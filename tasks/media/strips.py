"""Lay a report out over time: its findings in lanes, its sound as curves.

Everything is a share of the length or of the height, so that the page may draw it at any width.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.profile import CampaignProfile, LoudnessTarget
from models.report import Curves, Finding, Report
from tasks.media.words import check_name

MOST_TICKS = 7
"""More labels would touch each other on a phone (360 px)."""
TICK_STEPS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600)
QUIETEST_DBFS = -60.0
"""The bottom of the waveform: quieter than a quiet room's noise in a recording."""
BELOW_TARGET_LU, ABOVE_TARGET_LU = 24.0, 14.0
"""What the loudness curve shows around its target; louder and quieter lies on the edge."""
WIDTH, HEIGHT = 1000, 100
"""The drawing area of curves; the page stretches it."""


@dataclass(frozen=True)
class Mark:
    """One finding on a lane."""

    number: int
    """The finding's place in the report, from 1."""
    finding: Finding
    left: float
    """Per cent of the length, as is `width`."""
    width: float


@dataclass(frozen=True)
class Lane:
    """All findings of one check that have a time."""

    check: str
    name: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class LoudnessChart:
    """Short-term loudness against the target."""

    path: str
    target_y: float
    """Down from the top in the drawing area, as are the band's edges."""
    band_top: float
    band_bottom: float
    target: LoudnessTarget


@dataclass(frozen=True)
class Strip:
    """A report over time."""

    length_s: float
    ticks: tuple[tuple[float, int], ...]
    """Per cent from the left, and the second that stands there."""
    lanes: tuple[Lane, ...]
    waveform: str | None
    """An SVG path; None without sound."""
    loudness: LoudnessChart | None


def lay_out(report: Report, profile: CampaignProfile) -> Strip | None:
    """Return the strip of a report; None when nothing in it has a time."""
    length_s = _length(report)
    if length_s <= 0:
        return None
    curves = report.curves
    strip = Strip(
        length_s=length_s,
        ticks=tuple(_ticks(length_s)),
        lanes=tuple(_lanes(report.findings, length_s)),
        waveform=_waveform(curves, length_s) if curves and curves.peak_dbfs else None,
        loudness=_loudness(curves, length_s, profile.loudness)
        if curves and curves.loudness_lufs
        else None,
    )
    return strip if strip.lanes or strip.waveform or strip.loudness else None


def _length(report: Report) -> float:
    media = report.source.media
    known = (
        report.measurements.duration_s
        or (report.master.duration_s if report.master else None)
        or (media.duration_s if media else None)
        or 0.0
    )
    ends = [f.end_s or f.start_s or 0.0 for f in report.findings]
    return max([known, *ends])


def _ticks(length_s: float) -> Iterator[tuple[float, int]]:
    fitting = (step for step in TICK_STEPS_S if length_s / step < MOST_TICKS)
    step = next(fitting, math.ceil(length_s / MOST_TICKS))
    for second in range(0, math.floor(length_s) + 1, step):
        yield round(100 * second / length_s, 3), second


def _lanes(findings: Sequence[Finding], length_s: float) -> Iterator[Lane]:
    marks: dict[str, list[Mark]] = {}
    for number, finding in enumerate(findings, 1):
        if finding.start_s is not None:
            left = min(100.0, 100 * finding.start_s / length_s)
            end_s = finding.start_s if finding.end_s is None else finding.end_s
            width = max(0.0, min(100.0, 100 * end_s / length_s) - left)
            mark = Mark(number, finding, round(left, 3), round(width, 3))
            marks.setdefault(finding.check, []).append(mark)
    for check, found in marks.items():
        yield Lane(check, check_name(check), tuple(found))


def _waveform(curves: Curves, length_s: float) -> str:
    """Return the outline of the peaks, mirrored about the middle."""
    heights = [_height(peak) for peak in curves.peak_dbfs]
    middle = HEIGHT / 2
    upper, lower = [], []
    for index, height in enumerate(heights):
        for x in (_x(index, curves.step_s, length_s), _x(index + 1, curves.step_s, length_s)):
            upper.append(f"{x:g},{middle - height * middle:.1f}")
            lower.append(f"{x:g},{middle + height * middle:.1f}")
    return f"M{' L'.join([*upper, *reversed(lower)])} Z"


def _height(peak_dbfs: float | None) -> float:
    if peak_dbfs is None:
        return 0.01
    return max(0.01, min(1.0, 1 - peak_dbfs / QUIETEST_DBFS))


def _loudness(curves: Curves, length_s: float, target: LoudnessTarget) -> LoudnessChart:
    top = target.integrated_lufs + ABOVE_TARGET_LU
    span = ABOVE_TARGET_LU + BELOW_TARGET_LU

    def y(lufs: float) -> float:
        return round(max(0.0, min(1.0, (top - lufs) / span)) * HEIGHT, 2)

    steps, is_drawn = [], False
    for index, lufs in enumerate(curves.loudness_lufs):
        if lufs is not None:
            x = _x(index + 0.5, curves.step_s, length_s)
            steps.append(f"{'L' if is_drawn else 'M'}{x:g},{y(lufs):g}")
        is_drawn = lufs is not None
    return LoudnessChart(
        path=" ".join(steps),
        target_y=y(target.integrated_lufs),
        band_top=y(target.integrated_lufs + target.tolerance_lu),
        band_bottom=y(target.integrated_lufs - target.tolerance_lu),
        target=target,
    )


def _x(index: float, step_s: float, length_s: float) -> float:
    return round(min(1.0, index * step_s / length_s) * WIDTH, 1)
