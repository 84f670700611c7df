"""Choose what a school is asked to mend: only what it can mend, each problem once."""

from collections.abc import Iterable
from dataclasses import dataclass

from models.report import Finding, Severity
from tasks.media.words import check_name, extent, when

FOR_STAFF = ("无需处理", "请工作人员")
"""How the hints begin that ask nothing of a school."""
MADE_HERE = ("caption.",)
"""Checks on what Heji made itself."""
MOST_MOMENTS = 6


@dataclass(frozen=True)
class Request:
    """One problem that a school is asked to mend."""

    severity: Severity
    message: str
    times: tuple[str, ...]
    """Moments; empty when it holds throughout, and `extent` says of what."""
    extent: str
    more_times: int
    """Moments that are left out."""
    measured: str | None
    limit: str | None
    hint: str
    evidence: str | None


def requests_to_school(findings: Iterable[Finding]) -> tuple[Request, ...]:
    """Return the problems that the school must mend, then those that it should.

    Findings of one check that are equally severe become one request with several moments.
    """
    groups: dict[tuple[Severity, str, str], list[Finding]] = {}
    for finding in findings:
        if finding.severity != "info" and is_for_school(finding):
            key = (finding.severity, finding.check, finding.hint)
            groups.setdefault(key, []).append(finding)
    asked = [_request(group) for group in groups.values()]
    return tuple(sorted(asked, key=lambda request: request.severity != "block"))


def is_for_school(finding: Finding) -> bool:
    """Tell whether a finding asks something of the school."""
    return not finding.hint.startswith(FOR_STAFF) and not finding.check.startswith(MADE_HERE)


def _request(group: list[Finding]) -> Request:
    first = group[0]
    times = tuple(moment for finding in group if (moment := when(finding)))
    values = tuple(dict.fromkeys(f.measured for f in group if f.measured))
    is_one = len(group) == 1
    return Request(
        severity=first.severity,
        message=first.message if is_one else f"{check_name(first.check)}（{len(group)} 处）",
        times=times[:MOST_MOMENTS],
        extent=extent(first),
        more_times=max(0, len(times) - MOST_MOMENTS),
        measured="、".join(values[:MOST_MOMENTS]) + ("…" if len(values) > MOST_MOMENTS else "")
        or None,
        limit=first.limit,
        hint=first.hint,
        evidence=next((f.evidence for f in group if f.evidence), None),
    )
