"""Start runs of the deployments as a person would in the UI, and wait for runs, with limits."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterType,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterIdempotencyKey,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import ArtifactSort
from prefect.exceptions import ObjectNotFound

from models.base import Frozen
from models.errors import RequestInvalid, Unavailable

log = logging.getLogger(__name__)

API = "Prefect API"
FINAL = (StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED)
POLL_S = 1.5
PAGE = 100
Key = TypeVar("Key")


@dataclass(frozen=True)
class RunView:
    """What an onlooker may know of a run."""

    run_id: UUID
    state: str
    """Prefect's name of the state, such as `Late` or `Running`."""
    is_final: bool
    has_succeeded: bool
    message: str
    """What the state says; of a failure, the error."""
    step: str = ""
    """The step that moved last, with its progress."""


def start_run(api: SyncPrefectClient, deployment: str, request: Frozen) -> UUID:
    """Start a run of `deployment` and return its id.

    Raises:
        Unavailable: the API can't be reached, or knows no such deployment.
        RequestInvalid: the API does not accept the request.
    """
    try:
        found = api.read_deployment_by_name(f"{deployment}/{deployment}")
        parameters = {"request": request.model_dump(mode="json")}
        return api.create_flow_run_from_deployment(found.id, parameters=parameters).id
    except ObjectNotFound as error:
        raise Unavailable(API, f"there is no deployment {deployment}") from error
    except httpx.HTTPStatusError as error:
        raise RequestInvalid(deployment, (error.response.text[:300],)) from error
    except httpx.HTTPError as error:
        raise Unavailable(API, f"{type(error).__name__}: {error}") from error


def views_of_uploads(api: SyncPrefectClient, keys: Sequence[str]) -> dict[str, RunView]:
    """Return the runs that have these idempotency keys; an upload not noticed yet is left out."""
    runs: list[FlowRun] = []
    for at in range(0, len(keys), PAGE):
        wanted = FlowRunFilterIdempotencyKey(any_=list(keys[at : at + PAGE]))
        runs += api.read_flow_runs(
            flow_run_filter=FlowRunFilter(idempotency_key=wanted), limit=2 * PAGE
        )
    views = _with_steps(api, runs)
    return {run.idempotency_key: views[run.id] for run in runs if run.idempotency_key}


def views_of_runs(api: SyncPrefectClient, ids: Sequence[UUID]) -> dict[UUID, RunView]:
    """Return the runs with these ids."""
    runs: list[FlowRun] = []
    for at in range(0, len(ids), PAGE):
        wanted = FlowRunFilterId(any_=list(ids[at : at + PAGE]))
        runs += api.read_flow_runs(flow_run_filter=FlowRunFilter(id=wanted), limit=PAGE)
    return _with_steps(api, runs)


def wait_until_final(
    look: Callable[[], Mapping[Key, RunView]],
    awaited: Sequence[Key],
    *,
    stall_s: float,
    limit_s: float,
    on_look: Callable[[Mapping[Key, RunView]], None] = lambda _: None,
) -> dict[Key, RunView]:
    """Look again and again until every awaited run is final, and return them.

    Raises:
        Unavailable: nothing moved for `stall_s`, or `limit_s` are over.
    """
    began = moved = time.monotonic()
    seen: dict[Key, RunView] = {}
    while True:
        try:
            now = dict(look())
        except httpx.HTTPError as error:  # a busy server; the limits below hold
            log.debug("%s: %s", API, error)
            now = seen
        if now != seen:
            seen, moved = now, time.monotonic()
        on_look(seen)
        if all(key in seen and seen[key].is_final for key in awaited):
            return seen
        if time.monotonic() - moved > stall_s or time.monotonic() - began > limit_s:
            raise Unavailable("runs", _describe(seen, awaited))
        time.sleep(POLL_S)


def _describe(seen: Mapping[Key, RunView], awaited: Sequence[Key]) -> str:
    missing = sum(key not in seen for key in awaited)
    open_runs = [view for view in seen.values() if not view.is_final]
    states = ", ".join(sorted({view.state for view in open_runs})) or "none"
    return f"{missing} uploads without a run, {len(open_runs)} unfinished runs ({states})"


def _with_steps(api: SyncPrefectClient, runs: Sequence[FlowRun]) -> dict[UUID, RunView]:
    running = [run.id for run in runs if run.state_type is StateType.RUNNING]
    steps: dict[UUID, str] = {}
    if running:
        newest_last = reversed(
            api.read_artifacts(
                artifact_filter=ArtifactFilter(
                    flow_run_id=ArtifactFilterFlowRunId(any_=running),
                    type=ArtifactFilterType(any_=["progress"]),
                ),
                sort=ArtifactSort.UPDATED_DESC,
                limit=PAGE,
            )
        )
        steps = {a.flow_run_id: _step(a.description, a.data) for a in newest_last if a.flow_run_id}
    return {run.id: _view(run, steps.get(run.id, "")) for run in runs}


def _step(description: str | None, data: Any) -> str:  # noqa: ANN401 - JSON
    share = f"{data:.0f} %" if isinstance(data, int | float) else ""
    return f"{description or ''} {share}".strip()


def _view(run: FlowRun, step: str) -> RunView:
    state = run.state
    return RunView(
        run_id=run.id,
        state=run.state_name or "?",
        is_final=run.state_type in FINAL,
        has_succeeded=run.state_type is StateType.COMPLETED,
        message=(state.message or "") if state else "",
        step=step,
    )
