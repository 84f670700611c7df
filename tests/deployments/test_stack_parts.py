"""What the stack's programs are told, and what the stack leaves for others to read."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from deployments.stack_parts import gateway_argv, part_environment, plan_parts
from deployments.stack_state import (
    choose_credentials,
    credentials_path,
    read_last_state,
    stack_lock,
    supervisor_of,
    write_credentials,
    write_state,
)
from models.errors import Unavailable
from models.settings import Settings, StackSettings, StoreSettings
from models.stack import POOL, StackState


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, stack=StackSettings(works_at_once=3))


@pytest.fixture
def state() -> StackState:
    return StackState(
        phase="up",
        supervisor_pid=1,
        started_at=datetime.now(UTC),
        store_endpoint="127.0.0.1:9123",
        access_key="who",
        secret_key="it's a $ecret",
        prefect_api_url="http://127.0.0.1:4321/api",
        prefect_ui_url="http://127.0.0.1:4321",
        parts=(),
    )


def test_runs_read_the_settings_of_the_stack(
    settings: Settings, state: StackState, monkeypatch: pytest.MonkeyPatch
):
    for name, value in part_environment(settings, state, {}).items():
        monkeypatch.setenv(name, value)
    read = Settings()
    assert (read.home, read.stack) == (settings.home, settings.stack)
    assert read.store.endpoint == "127.0.0.1:9123"
    assert read.store.secret_key.get_secret_value() == state.secret_key


def test_no_variable_of_the_caller_leads_elsewhere(settings: Settings, state: StackState):
    foreign = {
        "PREFECT_API_URL": "https://elsewhere.test/api",
        "PREFECT_API_KEY": "theirs",
        "PREFECT_PROFILE": "theirs",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": "postgresql://elsewhere.test/theirs",
        "HEJI_STORE_ENDPOINT": "elsewhere.test:9000",
        "no_proxy": "example.test",
    }
    told = part_environment(settings, state, foreign)
    assert told["PREFECT_API_URL"] == state.prefect_api_url
    assert str(settings.home) in told["PREFECT_SERVER_DATABASE_CONNECTION_URL"]
    assert told.keys().isdisjoint({"PREFECT_API_KEY", "PREFECT_PROFILE"})
    assert not [value for value in told.values() if "elsewhere" in value or value == "theirs"]
    assert told["NO_PROXY"] == told["no_proxy"] == "example.test,127.0.0.1,localhost"


def test_an_operator_may_tune_prefect(settings: Settings, state: StackState):
    told = part_environment(settings, state, {"PREFECT_WORKER_QUERY_SECONDS": "7"})
    assert told["PREFECT_WORKER_QUERY_SECONDS"] == "7"
    assert told["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_everything_listens_on_loopback(settings: Settings, state: StackState):
    parts = plan_parts(settings, state)
    assert parts["store"].argv[-1] == "127.0.0.1:9123"
    server = parts["prefect"].argv
    assert server[server.index("--host") + 1 :] == ("127.0.0.1", "--port", "4321")


def test_the_worker_takes_no_more_runs_than_allowed(settings: Settings, state: StackState):
    worker = plan_parts(settings, state)["worker"].argv
    assert worker[worker.index("--limit") + 1] == "3"
    assert worker[worker.index("--pool") + 1] == POOL


def test_only_the_gateway_sees_its_root_password(settings: Settings, state: StackState):
    parts = plan_parts(settings, state)
    assert parts["store"].environment["MINIO_ROOT_PASSWORD"] == state.secret_key
    assert "MINIO_ROOT_PASSWORD" not in parts["worker"].environment
    assert not [word for part in parts.values() for word in part.argv if state.secret_key in word]


def test_the_gateway_keeps_etags(tmp_path: Path):
    assert "--keep-etag" in gateway_argv(tmp_path, "127.0.0.1:1")


def test_a_shell_reads_the_credentials_as_they_are(tmp_path: Path, state: StackState):
    write_credentials(tmp_path, state, StoreSettings(region="eu-1"))
    script = (
        f'. {credentials_path(tmp_path)}; printf "%s\\n" "$AWS_SECRET_ACCESS_KEY" "$AWS_REGION"'
    )
    read = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, check=True)
    assert read.stdout.splitlines() == [state.secret_key, "eu-1"]


def test_keys_are_made_once_and_kept(settings: Settings, state: StackState):
    made, other = choose_credentials(settings), choose_credentials(settings)
    assert made != other
    write_state(settings.home, state)
    assert choose_credentials(settings) == (state.access_key, state.secret_key)
    own = settings.model_copy(
        update={"store": StoreSettings(access_key="own", secret_key=SecretStr("mine"))}
    )
    assert choose_credentials(own) == ("own", "mine")


def test_a_torn_state_file_counts_as_none(settings: Settings, state: StackState):
    write_state(settings.home, state)
    path = settings.home / "stack.json"
    path.write_text(path.read_text("utf-8")[:50], "utf-8")
    assert read_last_state(settings.home) is None


def test_one_home_has_one_supervisor(tmp_path: Path):
    assert supervisor_of(tmp_path) is None
    with stack_lock(tmp_path):
        assert supervisor_of(tmp_path) is not None
        with pytest.raises(Unavailable), stack_lock(tmp_path):
            pass
    assert supervisor_of(tmp_path) is None
