"""What holds for every test: no settings of this machine, and no error in the log unseen."""

import logging
import os
from collections.abc import Iterator

import pytest

pytest_plugins = ["tests.support.gateway", "tests.support.running_stack"]


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_this_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide `HEJI_*` and `PREFECT_*` of whoever runs the tests, and give both a home to write to."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith(("HEJI_", "PREFECT_"))]:
            patch.delenv(name)
        patch.setenv("HEJI_HOME", str(tmp_path_factory.mktemp("heji")))
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        patch.setenv("DO_NOT_TRACK", "1")
        yield


@pytest.fixture(autouse=True)
def _no_error_logs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test during which something logged at ERROR, unless it says that it expects that."""
    collector = _Errors()
    logging.getLogger().addHandler(collector)
    yield
    logging.getLogger().removeHandler(collector)
    expected = request.node.get_closest_marker("logs_errors") is not None
    assert expected or not collector.lines, f"logged errors: {collector.lines}"


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")
