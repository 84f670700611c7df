"""Start a run for every upload in the inbox, once: for the watcher, the sweep and the demo.

An upload is bucket, key and ETag; that text is the idempotency key of its run (design D4), so
whoever sees the upload first starts the run and everybody else gets the same one. Time stamps
never count: two ways to ask a store for them give two answers.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TypeVar

import httpx
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterIdempotencyKey
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from models.errors import RequestInvalid, Unavailable
from models.inbox import StartedRun, SweepResult
from models.settings import Settings
from models.work import ProcessRequest, Upload
from tasks.adapters.store import ObjectStore, StoredObject, open_store
from tasks.media.identity import run_label
from tasks.media.keys import campaign_of, is_sidecar, run_key, work_id
from tasks.media.markup import plain
from tasks.policies import patient_step, step
from tasks.records import find_work

log = logging.getLogger(__name__)

DEPLOYMENT = "process-work/process-work"
API = "Prefect API"
PATIENCE_S = (0.3, 0.7, 1.5, 3.0)
"""Pauses before the next try; who needs more patience calls again."""
BUSY = (408, 429, 500, 502, 503, 504)
PAGE = 200
R = TypeVar("R")


@contextmanager
def prefect_api() -> Iterator[SyncPrefectClient]:
    """Open a line to the Prefect API; opening takes longer than asking, so keep it.

    The client's own pauses after a failure grow to half a minute: here it doesn't wait by itself.

    Raises:
        Unavailable: no server is named; Prefect would start one of its own.
    """
    if not PREFECT_API_URL.value():
        raise Unavailable(API, "PREFECT_API_URL names no server; `heji up` starts one")
    with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}), get_client(sync_client=True) as api:
        yield api


def start_processing(
    upload: Upload | StoredObject, settings: Settings, api: SyncPrefectClient | None = None
) -> FlowRun:
    """Start the run for an upload, or return the one that it has.

    Raises:
        Unavailable: the Prefect API can't be reached, is too busy, or knows no deployment.
        RequestInvalid: the API takes no such run.
    """
    with nullcontext(api) if api else prefect_api() as line:
        return _start(line, upload, settings)


def sweep(
    store: ObjectStore,
    settings: Settings,
    already: set[str],
    api: SyncPrefectClient | None = None,
    *,
    should_stop: Callable[[], bool] = lambda: False,
) -> SweepResult:
    """Start a run for every upload that has none.

    `already` holds the run keys that need no further question; it grows by what is found. Runs
    are created one after the other: SQLite has one writer, and answers 503 to more.

    Raises:
        Unavailable: the store or the Prefect API can't be reached.
    """
    uploads = [o for o in store.list_objects(settings.store.inbox) if not is_sidecar(o.key)]
    unknown = [o for o in uploads if _key(o) not in already]
    started: list[StartedRun] = []
    refused: dict[str, str] = {}
    with nullcontext(api) if api else prefect_api() as line:
        already |= _keys_with_runs(line, [_key(o) for o in unknown])
        for stored in unknown:
            if should_stop() or _key(stored) in already:
                continue
            if _is_processed(store, settings, stored):
                already.add(_key(stored))
                continue
            try:
                run = _start(line, stored, settings)
            except RequestInvalid as error:
                refused[stored.key] = str(error)
                continue
            already.add(_key(stored))
            started.append(StartedRun(key=stored.key, run_id=str(run.id), name=run.name))
    return SweepResult(
        found=len(uploads),
        known=len(uploads) - len(started) - len(refused),
        started=tuple(started),
        refused=refused,
    )


@patient_step("sweep-uploads")
def sweep_uploads(settings: Settings) -> SweepResult:
    """Start a run for every upload that has none."""
    return sweep(open_store(settings.store), settings, set())


@step("publish-sweep")
def publish_sweep(result: SweepResult) -> None:
    """Show on the run's page what the sweep found."""
    create_markdown_artifact(markdown=describe_sweep(result), key="inbox", description="收件箱")


def describe_sweep(result: SweepResult) -> str:
    """Return the sweep as a table for people."""
    counts = f"收件箱共有 {result.found} 件上传，其中 {result.known} 件此前已启动或已处理"
    lines = [f"{counts}，本次启动 {len(result.started)} 件。", ""]
    if result.started:
        lines += ["| 上传 | 运行 |", "| --- | --- |"]
        lines += [f"| {plain(run.key)} | {plain(run.name)} |" for run in result.started]
    if result.refused:
        lines += ["", "| 未能启动 | 原因 |", "| --- | --- |"]
        lines += [f"| {plain(key)} | {plain(why)} |" for key, why in result.refused.items()]
    return "\n".join(lines)


def _start(api: SyncPrefectClient, upload: Upload | StoredObject, settings: Settings) -> FlowRun:
    campaign = campaign_of(upload.key, settings.campaign)
    work = work_id(campaign, upload.key)
    request = ProcessRequest(key=upload.key, etag=upload.etag)

    def ask() -> FlowRun:
        deployment = api.read_deployment_by_name(DEPLOYMENT)
        return api.create_flow_run_from_deployment(
            deployment.id,
            parameters={"request": request.model_dump(mode="json")},
            name=run_label(upload.key, settings.campaign),
            tags=[campaign, work],
            idempotency_key=_key(upload),
        )

    return _patiently(ask)


def _keys_with_runs(api: SyncPrefectClient, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for at in range(0, len(keys), PAGE):
        wanted = FlowRunFilterIdempotencyKey(any_=list(keys[at : at + PAGE]))
        condition = FlowRunFilter(idempotency_key=wanted)
        ask = partial(api.read_flow_runs, flow_run_filter=condition, limit=PAGE)
        found |= {run.idempotency_key for run in _patiently(ask) if run.idempotency_key}
    return found


def _is_processed(store: ObjectStore, settings: Settings, stored: StoredObject) -> bool:
    """Ask the record, for uploads whose run was deleted or whose Prefect database is a new one."""
    campaign = campaign_of(stored.key, settings.campaign)
    try:
        work = find_work(store, settings, campaign, work_id(campaign, stored.key))
    except RequestInvalid:
        return False
    versions = work.versions if work else ()
    return any(v.etag == stored.etag and v.verdict is not None for v in versions)


def _key(upload: Upload | StoredObject) -> str:
    return run_key(upload.bucket, upload.key, upload.etag)


def _patiently(ask: Callable[[], R]) -> R:
    for pause in PATIENCE_S:
        try:
            return _translated(ask)
        except Unavailable as error:
            log.debug("%s; next try in %.1f s", error, pause)
            time.sleep(pause)
    return _translated(ask)


def _translated(ask: Callable[[], R]) -> R:
    """Turn the client's errors into ours."""
    try:
        return ask()
    except ObjectNotFound as error:
        raise Unavailable(API, f"there is no deployment {DEPLOYMENT} yet") from error
    except httpx.HTTPStatusError as error:
        status, text = error.response.status_code, error.response.text[:300]
        if status in BUSY:
            raise Unavailable(API, f"answer {status}: {text}") from error
        raise RequestInvalid(API, (f"answer {status}: {text}",)) from error
    except httpx.HTTPError as error:
        raise Unavailable(API, f"{type(error).__name__}: {error}") from error
