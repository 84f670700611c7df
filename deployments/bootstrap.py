"""Tell a Prefect server what Heji can do: the work pool and the deployments of `prefect.yaml`.

Idempotent, so it is run at every start: `python -m deployments.bootstrap`. The embedded stack
adds `--take-up-runs`, because there a run without a living process has nobody to finish it.
"""

import argparse
import logging
import sys
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

import httpx
import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.exceptions import ObjectAlreadyExists
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.states import AwaitingRetry, Crashed
from prefect.utilities.callables import parameter_schema
from prefect.workers.process import ProcessWorker
from pydantic import Field

from models.base import Frozen
from models.errors import HejiError
from models.settings import Settings
from models.stack import POOL
from tasks.adapters.store import open_store

LOG_FORMAT = "%(asctime)s %(levelname)-7s %(message)s"
log = logging.getLogger("deployments.bootstrap")

MOST_TAKES = 3
PAGE = 200


class Pool(Frozen):
    """The work pool of a deployment."""

    name: str
    job_variables: dict[str, Any] = {}


class Schedule(Frozen):
    """When a deployment runs by itself."""

    interval: int = Field(gt=0)
    """Seconds."""


class Entry(Frozen):
    """One deployment of `prefect.yaml`."""

    name: str
    entrypoint: str
    description: str
    work_pool: Pool
    schedules: tuple[Schedule, ...] = ()


def read_entries() -> tuple[Entry, ...]:
    """Return the deployments that `prefect.yaml` lists."""
    text = (files("deployments") / "prefect.yaml").read_text("utf-8")
    return tuple(Entry.model_validate(entry) for entry in yaml.safe_load(text)["deployments"])


def register(api: SyncPrefectClient, entries: Collection[Entry]) -> None:
    """Make the work pool and every deployment, or bring them in line."""
    template = ProcessWorker.get_default_base_job_template()
    try:
        api.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template))
    except ObjectAlreadyExists:
        log.debug("work pool %s stands", POOL)
    for entry in entries:
        flow: Flow[..., Any] = load_flow_from_entrypoint(
            entry.entrypoint, use_placeholder_flow=False
        )
        api.create_deployment(
            flow_id=api.create_flow_from_name(flow.name),
            name=entry.name,
            description=entry.description,
            entrypoint=entry.entrypoint,
            work_pool_name=entry.work_pool.name,
            job_variables=entry.work_pool.job_variables,
            parameter_openapi_schema=parameter_schema(flow).model_dump_for_openapi(),
            enforce_parameter_schema=True,
            schedules=[_schedule(schedule) for schedule in entry.schedules],
            pull_steps=[],
        )
        log.info("deployment %s/%s", flow.name, entry.name)


def take_up_runs(
    api: SyncPrefectClient, *, alive: Collection[str], cut_off: Collection[str]
) -> None:
    """Let a worker take the runs again that no process carries out any more.

    `alive` are runs with a living process; `cut_off` are runs that the last stop ended, which
    they may have reported as a crash. After three takes a run counts as crashed for good: it
    may be what brings its worker down.
    """
    lost = _runs(api, FlowRunFilter(state=_in(StateType.RUNNING, StateType.PENDING)))
    if cut_off:
        ids = FlowRunFilterId(any_=[UUID(run) for run in cut_off])
        lost += _runs(api, FlowRunFilter(id=ids, state=_in(StateType.CRASHED)))
    for run in lost:
        if str(run.id) in alive:
            continue
        if run.run_count >= MOST_TAKES:
            text = f"Cut off {run.run_count} times; read its log, then run it again by hand"
            api.set_flow_run_state(run.id, Crashed(message=text), force=True)
            log.warning("run %s was cut off %s times and stays crashed", run.name, run.run_count)
        else:
            again: State[Any] = AwaitingRetry(message="Its process ended with the stack")
            api.set_flow_run_state(run.id, again, force=True)
            log.info("run %s is taken up again", run.name)


def drop_missed_schedules(api: SyncPrefectClient) -> None:
    """Forget scheduled runs whose time passed while nothing ran: one sweep does for all."""
    passed = FlowRunFilterExpectedStartTime(before_=datetime.now(UTC) - timedelta(seconds=5))
    missed = FlowRunFilter(state=_in(StateType.SCHEDULED), expected_start_time=passed)
    for run in _runs(api, missed):
        if run.auto_scheduled and run.run_count == 0:
            api.delete_flow_run(run.id)


def main() -> int:
    """Register everything with the server that PREFECT_API_URL names."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--wait", type=float, default=0, help="seconds to wait for the server")
    parser.add_argument("--make-buckets", action="store_true")
    parser.add_argument("--take-up-runs", action="store_true")
    parser.add_argument("--alive", action="append", default=[], metavar="RUN")
    parser.add_argument("--cut-off", action="append", default=[], metavar="RUN")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, force=True)  # over Prefect's
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        if asked.make_buckets:
            store = Settings().store
            open_store(store).ensure_buckets((store.inbox, store.works, store.releases))
        with get_client(sync_client=True) as api:
            _wait_for(api, asked.wait)
            register(api, read_entries())
            if asked.take_up_runs:
                take_up_runs(api, alive=asked.alive, cut_off=asked.cut_off)
                drop_missed_schedules(api)
    except httpx.HTTPError as error:
        log.error("the Prefect API refuses: %s", error)  # noqa: TRY400 - it says why
        return 1
    except HejiError as error:
        log.error("no buckets: %s", error)  # noqa: TRY400 - it says why
        return 1
    return 0


def _wait_for(api: SyncPrefectClient, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while (problem := api.api_healthcheck()) and time.monotonic() < deadline:
        log.info("waiting for the Prefect API: %s", problem)
        time.sleep(1)


def _schedule(schedule: Schedule) -> DeploymentScheduleCreate:
    every = timedelta(seconds=schedule.interval)
    return DeploymentScheduleCreate(schedule=IntervalSchedule(interval=every), active=True)


def _in(*types: StateType) -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types)))


def _runs(api: SyncPrefectClient, condition: FlowRunFilter) -> list[FlowRun]:
    """Return the pool's runs that meet a condition."""
    pool = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))
    found: list[FlowRun] = []
    while len(found) % PAGE == 0:
        page = api.read_flow_runs(
            flow_run_filter=condition, work_pool_filter=pool, limit=PAGE, offset=len(found)
        )
        if not page:
            break
        found += page
    return found


if __name__ == "__main__":
    sys.exit(main())
