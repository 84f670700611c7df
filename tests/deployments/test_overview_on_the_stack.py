"""The overview on the true store: made by the sweep, and not again while nothing changes."""

import io
import urllib.request
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook

from deployments.runs import views_of_runs, wait_until_final
from models.overview import Overview
from models.work import Work
from tasks.media.keys import OVERVIEW_INDEX, overview_key
from tasks.records import save_work
from tests.support.records import NOW, record
from tests.support.running_stack import RunningStack

pytestmark = pytest.mark.stack

CAMPAIGN = "overview-test"
SWEPT_S = 120


def put(running: RunningStack, number: int) -> Work:
    work = record(number).model_copy(update={"campaign": CAMPAIGN, "updated_at": NOW})
    return save_work(running.store, running.settings, work)


def sweep(running: RunningStack) -> Overview:
    with running.prefect() as api:
        deployment = api.read_deployment_by_name("sweep-inbox/sweep-inbox")
        run = api.create_flow_run_from_deployment(deployment.id).id
        views = wait_until_final(
            lambda: views_of_runs(api, [run]), [run], stall_s=SWEPT_S, limit_s=SWEPT_S
        )
    assert all(view.has_succeeded for view in views.values()), views
    key = overview_key(CAMPAIGN, OVERVIEW_INDEX)
    return Overview.model_validate_json(running.store.read_bytes("works", key))


@pytest.fixture(autouse=True)
def _nothing_left(running_stack: RunningStack) -> Iterator[None]:
    yield
    for stored in list(running_stack.store.list_objects("works", f"{CAMPAIGN}/")):
        running_stack.store.remove("works", stored.key)


def test_the_sweep_makes_page_and_sheet_once(running_stack: RunningStack):
    for number in range(30):
        put(running_stack, number)
    first = sweep(running_stack)
    assert len(first.rows) == 30
    link = running_stack.store.link("works", overview_key(CAMPAIGN, "overview.html"))
    with urllib.request.urlopen(link, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "第7小学" in answer.read().decode()
    sheet = running_stack.store.read_bytes("works", overview_key(CAMPAIGN, "overview.xlsx"))
    assert load_workbook(io.BytesIO(sheet)).active.max_row == 31
    assert sweep(running_stack).made_at == first.made_at
    put(running_stack, 30)
    assert len(sweep(running_stack).rows) == 31
