"""Show the overviews of campaigns in the Prefect UI, as artifacts of the sweep."""

from collections.abc import Iterable

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from models.overview import Overview, OverviewRow
from models.settings import Settings
from tasks.adapters.store import open_store
from tasks.media.keys import OVERVIEW_PAGE, OVERVIEW_SHEET, overview_key
from tasks.media.markup import plain
from tasks.media.overviews import totals_of
from tasks.media.rules import clock
from tasks.media.words import STATES, VERDICTS
from tasks.overview import Updated
from tasks.policies import patient_step

MOST_LISTED = 50
"""Rows of the table on the run's page, worst first; the files hold all."""


@patient_step("show-overviews")
def show_overviews(updated: Iterable[Updated], settings: Settings) -> None:
    """Make the artifacts of each overview: the links, and of a new one its worst works.

    Raises:
        Unavailable: the store can't be asked for links.
    """
    for one in updated:
        overview = one.overview
        links = _links(overview, settings)
        create_markdown_artifact(
            overview_markdown(overview, links, settings),
            key=f"overview-{overview.campaign}",
            description=f"作品总览 {overview.title}",
        )
        # An unchanged table would be one more copy in Prefect's database every few minutes.
        if one.is_new:
            create_table_artifact(
                [_row(row) for row in overview.rows[:MOST_LISTED]],
                key=f"overview-table-{overview.campaign}",
                description=f"作品总览（问题在前，至多 {MOST_LISTED} 件）",
            )


def overview_markdown(overview: Overview, links: dict[str, str], settings: Settings) -> str:
    """Return counts and links of an overview."""
    totals = totals_of(overview.rows)
    verdicts = " · ".join(
        f"{VERDICTS.get(verdict or '', '未检查')} {number}"
        for verdict, number in totals.verdicts.items()
    )
    states = " · ".join(f"{STATES[state]} {number}" for state, number in totals.states.items())
    where = f"{settings.store.works}/{overview_key(overview.campaign, OVERVIEW_PAGE)}"
    return "\n\n".join(
        [
            f"# 作品总览 · {plain(overview.title)}",
            f"**共 {len(overview.rows)} 件** · {verdicts}",
            states,
            f"[网页 page]({links[OVERVIEW_PAGE]}) · [表格 spreadsheet]({links[OVERVIEW_SHEET]})",
            f"链接七天内有效；过期后：`heji link {where}`",
        ]
    )


def _links(overview: Overview, settings: Settings) -> dict[str, str]:
    store, bucket = open_store(settings.store), settings.store.works
    names = {OVERVIEW_PAGE: None, OVERVIEW_SHEET: f"{overview.campaign}.xlsx"}
    return {
        name: store.link(bucket, overview_key(overview.campaign, name), download_as=saved)
        for name, saved in names.items()
    }


def _row(row: OverviewRow) -> dict[str, str]:
    who = row.identity
    return {
        "结论": VERDICTS.get(row.verdict or "", "未检查"),
        "省": who.province or "",
        "市": who.city or "",
        "学校": who.school or "",
        "姓名": who.principal or "",
        "题目": row.title,
        "状态": STATES[row.state.value],
        "主要问题": "；".join(row.problems),
        "响度": "" if row.loudness_lufs is None else f"{row.loudness_lufs} LUFS",
        "时长": "" if row.duration_s is None else clock(row.duration_s),
        "作品编号": row.work_id,
    }
