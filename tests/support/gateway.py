"""The embedded S3 server alone, for tests that need a real store and nothing else."""

import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from deployments.stack_parts import answers, format_argv, gateway_argv, gateway_environment
from deployments.stack_processes import start_part
from models.settings import StoreSettings

START_S = 20.0


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreSettings]:
    """Settings of a running store with its three buckets to be made by the test."""
    with running_gateway(tmp_path_factory.mktemp("s3")) as store:
        yield store


@contextmanager
def running_gateway(folder: Path, endpoint: str | None = None) -> Iterator[StoreSettings]:
    """Run the gateway on `folder`; the same folder and endpoint again is the same store again."""
    endpoint = endpoint or f"127.0.0.1:{free_port()}"
    store = StoreSettings(
        endpoint=endpoint, access_key="tests", secret_key=SecretStr(secrets.token_hex(16))
    )
    keys = gateway_environment(store.access_key, store.secret_key.get_secret_value())
    log_file = folder / "gateway.out"
    formatted = start_part(format_argv(folder), environment={}, folder=folder, log_file=log_file)
    assert formatted.wait(START_S) == 0, log_file.read_text("utf-8")
    environment = {"HOME": str(folder), **keys}
    argv = gateway_argv(folder, endpoint)
    process = start_part(argv, environment=environment, folder=folder, log_file=log_file)
    try:
        deadline = time.monotonic() + START_S
        while not answers(f"http://{endpoint}/minio/health/live"):
            assert process.poll() is None, log_file.read_text("utf-8")
            assert time.monotonic() < deadline, f"no answer since {datetime.now(UTC)}"
            time.sleep(0.05)
        yield store
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
