"""Show the whole way, through the same doors as everybody: upload, wait, review, assemble.

The demo only puts files into the inbox. The watcher notices them, the worker processes them, and
decisions and the compilation are runs of the deployments that an operator starts in the UI.
"""

import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client

from deployments import stack
from deployments.runs import (
    RunView,
    start_run,
    views_of_runs,
    views_of_uploads,
    wait_until_final,
)
from deployments.samples import samples_folder
from models.base import Frozen
from models.compilation import AssembleRequest, Release
from models.errors import ObjectMissing, RequestInvalid
from models.report import Finding, Report, Verdict, in_reading_order
from models.settings import Settings
from models.stack import StackState
from models.work import ReviewRequest, State, Work
from tasks.adapters.containers import sha256_of
from tasks.adapters.store import ObjectStore, open_store
from tasks.media.keys import (
    content_type,
    latest_key,
    release_prefix,
    run_key,
    sidecar_key,
    version_prefix,
    work_id,
)
from tasks.records import find_work

VIDEO_SUFFIXES = frozenset(
    {
        *(".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"),
        *(".mpeg", ".mpg", ".mts", ".mxf", ".ts", ".vob", ".webm", ".wmv"),
    }
)
DEFAULT_FOLDERS = ("示例省", "示例市")
REVIEWER = "heji demo"
STALL_S = 15 * 60.0
"""Nothing is waited for any longer once nothing has moved for so long."""
LIMIT_S = 12 * 3600.0
NOTICE_S = 150.0
"""An upload whose event was lost is found by the next sweep, a minute later at most."""


class DemoWork(Frozen):
    """One work at the end of the demo."""

    key: str
    work_id: str
    label: str
    state: State | None = None
    verdict: Verdict | None = None
    top_finding: Finding | None = None
    run_url: str | None = None
    problem: str = ""
    """Why its run failed."""


class DemoResult(Frozen):
    """What the demo reports."""

    prefect_ui_url: str
    campaign: str
    works: tuple[DemoWork, ...]
    processed: int
    """Works that were not processed before."""
    release: Release | None = None
    link: str | None = None
    """Downloads the compilation."""
    problem: str = ""
    """Why there is no compilation."""
    took_s: float = 0.0


class Onlooker(Protocol):
    """Whoever shows the demo's course."""

    def step(self, text: str) -> None:
        """Hear what begins."""

    def stack(self, state: StackState) -> None:
        """Hear how the stack comes up."""

    def runs(self, rows: Sequence[tuple[str, RunView | None]]) -> None:
        """Hear how named runs stand; None has not been started yet."""


@dataclass(frozen=True)
class Upload:
    """A file on its way into the inbox."""

    key: str
    path: Path

    @property
    def sidecar(self) -> Path | None:
        """The file's metadata, if some lies beside it."""
        path = Path(sidecar_key(str(self.path)))
        return path if path.is_file() else None


def run_demo(settings: Settings, works: Path | None, onlooker: Onlooker) -> DemoResult:
    """Run the demo on the videos in `works`, or on sample works, and leave the stack running.

    Raises:
        RequestInvalid: this machine lacks something, or the folder holds no videos.
        Unavailable: the stack doesn't come up, or nothing moves any more.
    """
    began = time.monotonic()
    require_setup(needs_speech=works is None)
    uploads = collect_uploads(works, settings.campaign) if works else ()
    onlooker.step("Starting the stack")
    state = stack.start(settings, onlooker.stack)
    if works is None:
        onlooker.step("Sample works")
        made = samples_folder(settings, on_made=lambda name: onlooker.step(f"  making {name}"))
        uploads = collect_uploads(made, settings.campaign)
    with ExitStack() as exits:
        connected = exits.enter_context(stack.connected(settings))
        api = exits.enter_context(get_client(sync_client=True))
        demo = Demo(connected, state, api, onlooker)
        return demo.run(uploads).model_copy(update={"took_s": round(time.monotonic() - began, 1)})


def require_setup(*, needs_speech: bool) -> None:
    """Make sure that the programs are here.

    Raises:
        RequestInvalid: naming every one that is not.
    """
    programs = ["ffmpeg", "ffprobe", "fc-list", *(["espeak-ng"] if needs_speech else [])]
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        raise RequestInvalid("this machine", (f"no {', '.join(missing)}: run `make setup`",))


def collect_uploads(folder: Path, campaign: str) -> tuple[Upload, ...]:
    """Return the videos below `folder` with their inbox keys, in the order of their keys.

    Folders of the person's own become 省/市; what has none gets the names of samples.

    Raises:
        RequestInvalid: there is no such folder, or no video in it.
    """
    if not folder.is_dir():
        raise RequestInvalid(str(folder), ("there is no such folder",))
    found = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        is_hidden = any(part.startswith(".") for part in inside.parts)
        if path.is_file() and path.suffix.lower() in VIDEO_SUFFIXES and not is_hidden:
            folders = (*inside.parts[:-1], *DEFAULT_FOLDERS[len(inside.parts) - 1 :])
            found.append(Upload("/".join((campaign, *folders, path.name)), path))
    if not found:
        raise RequestInvalid(str(folder), ("there is no video in this folder",))
    return tuple(found)


class Demo:
    """The steps after the stack is up, over one campaign of one store."""

    def __init__(
        self, settings: Settings, state: StackState, api: SyncPrefectClient, onlooker: Onlooker
    ) -> None:
        self._settings = settings
        self._campaign = settings.campaign
        self._state = state
        self._api = api
        self._onlooker = onlooker
        self._store: ObjectStore = open_store(settings.store)

    def run(self, uploads: Sequence[Upload]) -> DemoResult:
        """Take `uploads` to a compilation."""
        fresh = [upload for upload in uploads if not self._is_processed(upload)]
        self._onlooker.step(
            f"{len(uploads)} works, {len(uploads) - len(fresh)} of them processed before"
        )
        views = self._process(fresh)
        self._review(uploads)
        release, problem = self._assemble(uploads)
        return DemoResult(
            prefect_ui_url=self._state.prefect_ui_url,
            campaign=self._campaign,
            works=tuple(self._outcome(upload, views.get(upload.key)) for upload in uploads),
            processed=len(fresh),
            release=release,
            link=self._link(release) if release else None,
            problem=problem,
        )

    def _process(self, uploads: Sequence[Upload]) -> dict[str, RunView]:
        """Put uploads into the inbox and wait for the runs that they start; by inbox key."""
        inbox = self._settings.store.inbox
        keys: dict[str, Upload] = {}
        for upload in uploads:
            self._onlooker.step(f"  uploading {upload.path.name}")
            if upload.sidecar:  # first, so that it is there when the run begins
                sidecar = sidecar_key(upload.key)
                self._store.put_file(inbox, sidecar, upload.sidecar, "application/json")
            kind = content_type(upload.path.name.lower())
            stored = self._store.put_file(inbox, upload.key, upload.path, kind)
            keys[run_key(stored.bucket, stored.key, stored.etag)] = upload
        if not keys:
            return {}

        def show(views: Mapping[str, RunView]) -> None:
            self._onlooker.runs([(u.path.name, views.get(key)) for key, u in keys.items()])

        def look() -> dict[str, RunView]:
            return views_of_uploads(self._api, tuple(keys))

        def look_for_runs() -> dict[str, RunView]:
            views = look()
            show(views)
            return {key: replace(view, is_final=True) for key, view in views.items()}

        self._onlooker.step("Waiting for the watcher to start a run for each upload")
        wait_until_final(look_for_runs, tuple(keys), stall_s=NOTICE_S, limit_s=LIMIT_S)
        self._onlooker.step("Processing")
        done = wait_until_final(look, tuple(keys), stall_s=STALL_S, limit_s=LIMIT_S, on_look=show)
        return {keys[key].key: view for key, view in done.items()}

    def _review(self, uploads: Sequence[Upload]) -> None:
        """Approve what may be approved and return what is blocked, as a reviewer would."""
        requests = []
        for work in filter(None, map(self._work, uploads)):
            if work.state is State.IN_REVIEW:
                requests.append(self._decision(work, "approve", ()))
            elif work.state is State.BLOCKED:
                requests.append(self._decision(work, "return", self._reasons(work)))
        if not requests:
            return
        returned = sum(request.action == "return" for request in requests)
        self._onlooker.step(f"Review: approving {len(requests) - returned}, returning {returned}")
        self._await_runs(
            {start_run(self._api, "review-work", r): f"{r.action} {r.work_id}" for r in requests}
        )

    def _assemble(self, uploads: Sequence[Upload]) -> tuple[Release | None, str]:
        """Assemble this demo's approved works; return the release, or why there is none."""
        works = [work for work in map(self._work, uploads) if work]
        approved = [work.work_id for work in works if work.state is State.APPROVED]
        if not approved:
            return None, "no work could be approved"
        self._onlooker.step(f"Assembling {len(approved)} works")
        request = AssembleRequest(
            campaign=self._campaign, selection="listed works", works=approved, quality="final"
        )
        run = start_run(self._api, "assemble-compilation", request)
        view = self._await_runs({run: "assemble-compilation"})[run]
        if not view.has_succeeded:
            return None, f"{view.message} ({self._url(run)})"
        return self._latest(), ""

    def _await_runs(self, runs: Mapping[UUID, str]) -> dict[UUID, RunView]:
        """Wait for runs; they are shown under the given names."""
        return wait_until_final(
            partial(views_of_runs, self._api, tuple(runs)),
            tuple(runs),
            stall_s=STALL_S,
            limit_s=LIMIT_S,
            on_look=lambda v: self._onlooker.runs([(n, v.get(run)) for run, n in runs.items()]),
        )

    def _is_processed(self, upload: Upload) -> bool:
        work = self._work(upload)
        current = work.current if work else None
        if current is None or current.verdict is None:
            return False
        return current.sha256 == sha256_of(upload.path)

    def _work(self, upload: Upload) -> Work | None:
        name = work_id(self._campaign, upload.key)
        return find_work(self._store, self._settings, self._campaign, name)

    def _report(self, work: Work) -> Report | None:
        key = (
            f"{version_prefix(self._campaign, work.work_id, work.current_version or '')}report.json"
        )
        try:
            return Report.model_validate_json(
                self._store.read_bytes(self._settings.store.works, key)
            )
        except ObjectMissing:
            return None

    def _decision(self, work: Work, action: str, reasons: Sequence[str]) -> ReviewRequest:
        return ReviewRequest.model_validate(
            {
                "campaign": self._campaign,
                "work_id": work.work_id,
                "action": action,
                "reasons": list(reasons),
                "reviewer": REVIEWER,
            }
        )

    def _reasons(self, work: Work) -> list[str]:
        report = self._report(work)
        found = report.findings if report else ()
        return [f"{f.message}。{f.hint}" for f in found if f.severity == "block"]

    def _latest(self) -> Release:
        key = latest_key(self._campaign)
        data = self._store.read_bytes(self._settings.store.releases, key)
        return Release.model_validate_json(data)

    def _link(self, release: Release) -> str:
        prefix = release_prefix(release.campaign, release.release_id)
        name = "compilation.mp4"
        releases = self._settings.store.releases
        return self._store.link(releases, prefix + name, download_as=name)

    def _outcome(self, upload: Upload, view: RunView | None) -> DemoWork:
        work = self._work(upload)
        report = self._report(work) if work else None
        findings = in_reading_order(report.findings) if report else ()
        return DemoWork(
            key=upload.key,
            work_id=work_id(self._campaign, upload.key),
            label=work.label if work else upload.path.name,
            state=work.state if work else None,
            verdict=report.verdict if report else None,
            top_finding=findings[0] if findings else None,
            run_url=self._url(view.run_id) if view else None,
            problem="" if view is None or view.has_succeeded else view.message,
        )

    def _url(self, run: UUID) -> str:
        return f"{self._state.prefect_ui_url}/runs/flow-run/{run}"
