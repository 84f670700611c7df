"""Put a campaign's works into one table, worst first, and tell when it must be made again."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.overview import Overview, OverviewRow
from models.report import Report, Verdict
from models.work import Work

OVERVIEW_VERSION = "1"
"""Raise it when a change of the tables makes earlier ones worth making again."""
MOST_PROBLEMS = 3
RANKS = {Verdict.BLOCK: 0, Verdict.WARN: 1, Verdict.PASS: 2, None: 3}
NAMELESS = "\uffff"
"""Sorts behind all names."""


@dataclass(frozen=True)
class Totals:
    """How many works there are of each kind, and the provinces they come from."""

    verdicts: dict[Verdict | None, int]
    states: dict[str, int]
    provinces: tuple[str, ...]


def digest_of(etags: Mapping[str, str], title: str) -> str:
    """Name the records that a table is made from: ETags by work."""
    told = [OVERVIEW_VERSION, title, *(f"{work}={etags[work]}" for work in sorted(etags))]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def is_current(overview: Overview, digest: str, now: datetime, link_hours: float) -> bool:
    """Tell whether an overview still holds: the same records, and links with half their life."""
    age = now - overview.made_at
    return overview.digest == digest and age < timedelta(hours=link_hours / 2)


def row_of(work: Work, etag: str, report: Report | None) -> OverviewRow:
    """Return a work's row; `report` is the one on its current version."""
    current = work.current
    findings = [f for f in report.findings if f.severity != "info"] if report else []
    messages = list(dict.fromkeys(f.message for f in findings))
    measured = report.measurements if report else None
    return OverviewRow(
        work_id=work.work_id,
        record_etag=etag,
        identity=work.identity,
        file_name=work.file_name,
        state=work.state,
        version=work.current_version,
        number=current.number if current else None,
        verdict=current.verdict if current else None,
        problems=tuple(messages[:MOST_PROBLEMS]),
        more_problems=max(0, len(messages) - MOST_PROBLEMS),
        duration_s=measured.duration_s if measured else None,
        loudness_lufs=measured.loudness_lufs if measured else None,
        master_loudness_lufs=measured.master_loudness_lufs if measured else None,
        updated_at=work.updated_at,
    )


def in_table_order(rows: Iterable[OverviewRow]) -> tuple[OverviewRow, ...]:
    """Sort the rows: failures first, then by place and school."""

    def order(row: OverviewRow) -> tuple[int, str, str, str, str]:
        who = row.identity
        province, city, school = (p or NAMELESS for p in (who.province, who.city, who.school))
        return (verdict_rank(row.verdict), province, city, school, row.work_id)

    return tuple(sorted(rows, key=order))


def verdict_rank(verdict: Verdict | None) -> int:
    """Return a verdict's place, worst first; not yet judged comes last."""
    return RANKS[verdict]


def totals_of(rows: Sequence[OverviewRow]) -> Totals:
    """Count the rows."""
    verdicts = Counter(row.verdict for row in rows)
    states = Counter(row.state.value for row in rows)
    provinces = {row.identity.province for row in rows if row.identity.province}
    return Totals(
        verdicts={v: verdicts[v] for v in sorted(verdicts, key=verdict_rank)},
        states=dict(states.most_common()),
        provinces=tuple(sorted(provinces)),
    )
