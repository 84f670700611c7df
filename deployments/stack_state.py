"""What the embedded stack leaves in HEJI_HOME for others to read: its state and how to reach it.

Both files hold the store's secret key and are readable by their owner only.
"""

import fcntl
import json
import os
import secrets
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr, ValidationError

from models.errors import Unavailable
from models.settings import Settings, StoreSettings
from models.stack import Phase, StackState

LOCK_PATIENCE_S = 1.0
NOTHING = {"state": "down", "pid": None, "address": None}


def state_path(home: Path) -> Path:
    """Return where the state is written."""
    return home / "stack.json"


def credentials_path(home: Path) -> Path:
    """Return where a shell finds the store's credentials."""
    return home / "store.env"


def log_path(home: Path, name: str) -> Path:
    """Return the log of a part."""
    return home / "logs" / f"{name}.log"


def read_last_state(home: Path) -> StackState | None:
    """Return what was written last, whether or not anything of it still runs."""
    try:
        return StackState.model_validate_json(state_path(home).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def write_state(home: Path, state: StackState) -> None:
    """Replace the state in one move."""
    _write_private(state_path(home), state.model_dump_json(indent=2))


def write_credentials(home: Path, state: StackState, store: StoreSettings) -> None:
    """Write the shell lines with which S3 clients and Prefect reach the stack."""
    scheme, endpoint = "http", state.store_endpoint
    lines = {
        "AWS_ACCESS_KEY_ID": state.access_key,
        "AWS_SECRET_ACCESS_KEY": state.secret_key,
        "AWS_ENDPOINT_URL": f"{scheme}://{endpoint}",
        "AWS_REGION": store.region,
        "MC_HOST_heji": f"{scheme}://{state.access_key}:{state.secret_key}@{endpoint}",
        "HEJI_STORE_ENDPOINT": endpoint,
        "HEJI_STORE_ACCESS_KEY": state.access_key,
        "HEJI_STORE_SECRET_KEY": state.secret_key,
        "PREFECT_API_URL": state.prefect_api_url,
    }
    text = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in lines.items())
    _write_private(credentials_path(home), text)


def choose_credentials(settings: Settings) -> tuple[str, str]:
    """Return the store's keys: the configured ones, else those of the last start, else new ones."""
    store, last = settings.store, read_last_state(settings.home)
    if store.access_key and store.secret_key.get_secret_value():
        return store.access_key, store.secret_key.get_secret_value()
    if last:
        return last.access_key, last.secret_key
    # Hex, because the keys also stand in the URL that `mc` reads.
    return f"heji{secrets.token_hex(6)}", secrets.token_hex(20)


def reach_store(store: StoreSettings, state: StackState) -> StoreSettings:
    """Return the settings with which a client reaches the stack's store."""
    return store.model_copy(
        update={
            "endpoint": state.store_endpoint,
            "access_key": state.access_key,
            "secret_key": SecretStr(state.secret_key),
            "secure": False,
        }
    )


def as_down(state: StackState, phase: Phase = "down") -> StackState:
    """Return the state of a stack of which nothing runs any more."""
    parts = tuple(p.model_copy(update=NOTHING) for p in state.parts)
    return state.model_copy(update={"phase": phase, "parts": parts})


@contextmanager
def stack_lock(home: Path) -> Iterator[None]:
    """Hold the right to run the stack of this home; the kernel ends it with the process.

    Raises:
        Unavailable: another supervisor holds it.
    """
    with (home / "stack.lock").open("a+") as file:
        # Somebody who only asks holds it for an instant, so one refusal means nothing.
        deadline = time.monotonic() + LOCK_PATIENCE_S
        while not _try_lock(file.fileno()):
            if time.monotonic() > deadline:
                raise Unavailable("stack", f"another supervisor runs in {home}")
            time.sleep(0.05)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def supervisor_of(home: Path) -> int | None:
    """Return the process id of the living supervisor, starting or stopping included."""
    path = home / "stack.lock"
    if not path.exists():
        return None
    with path.open("r+") as file:
        if _try_lock(file.fileno()):
            return None
        return int(file.read() or 0) or None


def read_watcher(home: Path) -> dict[str, object]:
    """Return what the watcher last said of itself; empty when it never ran."""
    try:
        said: dict[str, object] = json.loads((home / "watcher.json").read_bytes())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return said


def _try_lock(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_private(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
