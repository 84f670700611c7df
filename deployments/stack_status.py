"""Gather what `heji status` tells, whether or not anything runs."""

import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from pydantic import ValidationError

from deployments.stack import read_state, with_store
from deployments.stack_parts import answers
from deployments.stack_state import as_down, credentials_path, read_last_state, read_watcher
from models.compilation import Release
from models.errors import HejiError, ObjectMissing
from models.settings import Settings
from models.stack import LatestRelease, PartState, StackState, StackStatus
from tasks.adapters.ffmpeg import available_layers
from tasks.adapters.store import ObjectStore, open_store
from tasks.media.keys import is_sidecar, latest_key, release_prefix
from tasks.records import find_work, list_campaigns

READERS = 8


def gather_status(settings: Settings) -> StackStatus:
    """Ask the files of HEJI_HOME, the parts and the store; what can't be told is None."""
    home = settings.home.absolute()
    running, last = read_state(settings), read_last_state(home)
    state = running or (as_down(last) if last else None)
    parts = tuple(_checked(part, state) for part in state.parts) if state else ()
    status = StackStatus(
        up=bool(running and running.is_up and all(p.state == "up" for p in parts)),
        phase=state.phase if state else "down",
        home=str(home),
        prefect_ui_url=running.prefect_ui_url if running else None,
        store_endpoint=running.store_endpoint if running else None,
        credentials=str(credentials_path(home)),
        parts=parts,
        notes=running.notes if running else (),
        problems=_told_problems(state),
        disk_free_bytes=shutil.disk_usage(home if home.exists() else home.anchor).free,
        sandbox_layers=tuple(sorted(layer.value for layer in available_layers())),
        versions=state.versions if state else {},
    )
    is_served = any(p.name == "store" and p.state == "up" for p in parts)
    if not is_served:
        return status
    reachable = with_store(settings)
    return add_store_facts(status, open_store(reachable.store), reachable)


def add_store_facts(status: StackStatus, store: ObjectStore, settings: Settings) -> StackStatus:
    """Add what the store holds; a record that can't be read is a problem, not the end."""
    problems = [*status.problems, *_watcher_problems(settings)]
    try:
        return status.model_copy(
            update={
                "inbox": _count_uploads(store, settings),
                "works": _count_works(store, settings, problems),
                "releases": tuple(_latest_releases(store, settings, problems)),
                "problems": tuple(problems),
            }
        )
    except HejiError as error:
        return status.model_copy(update={"problems": (*problems, str(error))})


def _checked(part: PartState, state: StackState) -> PartState:
    """Believe the supervisor about processes, and ask those that can answer."""
    probes = {
        "store": f"http://{state.store_endpoint}/minio/health/live",
        "prefect": f"{state.prefect_api_url}/health",
    }
    if part.state == "up" and part.name in probes and not answers(probes[part.name]):
        return part.model_copy(update={"state": "silent"})
    return part


def _told_problems(state: StackState | None) -> tuple[str, ...]:
    return (state.failure,) if state and state.failure else ()


def _watcher_problems(settings: Settings) -> list[str]:
    problem = read_watcher(settings.home).get("problem")
    return [f"watcher: {problem}"] if problem else []


def _count_uploads(store: ObjectStore, settings: Settings) -> int:
    return sum(not is_sidecar(o.key) for o in store.list_objects(settings.store.inbox))


def _count_works(
    store: ObjectStore, settings: Settings, problems: list[str]
) -> dict[str, dict[str, int]]:
    def state_of(campaign: str, work: str) -> str | None:
        try:
            found = find_work(store, settings, campaign, work)
        except HejiError as error:
            problems.append(str(error))
            return None
        return found.state.value if found else None

    counted = {}
    with ThreadPoolExecutor(READERS) as readers:
        for campaign in list_campaigns(store, settings):
            works = list(store.list_folders(settings.store.works, f"{campaign}/"))
            states = readers.map(state_of, [campaign] * len(works), works)
            counted[campaign] = dict(Counter(filter(None, states)))
    return counted


def _latest_releases(
    store: ObjectStore, settings: Settings, problems: list[str]
) -> Iterator[LatestRelease]:
    bucket = settings.store.releases
    for campaign in store.list_folders(bucket):
        try:
            release = Release.model_validate_json(store.read_bytes(bucket, latest_key(campaign)))
        except ObjectMissing:
            continue
        except ValidationError as error:
            problems.append(f"{bucket}/{latest_key(campaign)}: {error.error_count()} problems")
            continue
        name = f"{campaign}-{release.release_id}.mp4"
        key = f"{release_prefix(campaign, release.release_id)}compilation.mp4"
        yield LatestRelease(release=release, link=store.link(bucket, key, download_as=name))
