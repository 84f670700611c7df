"""The embedded stack with its true parts: what survives, what restarts, what is left."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Running, Scheduled
from typer.testing import CliRunner

from deployments import stack
from deployments.bootstrap import MOST_TAKES, read_entries
from deployments.cli import app
from deployments.stack_processes import descendants, living, processes_of
from deployments.stack_state import credentials_path, state_path
from tests.support.running_stack import RunningStack, wait_for

pytestmark = pytest.mark.stack

FOLDER = "gonghua-2022/广东省/深圳市"
NOTICE_S = 5.0
"""A run appears that soon after an upload's end (issue 2)."""
PICKED_UP_S, RESTARTED_S = 60.0, 120.0
"""Bounds for a busy machine; what they bound has no promise of its own."""


def test_everything_serves(running_stack: RunningStack):
    assert running_stack.state.is_up
    assert {part.state for part in running_stack.state.parts} == {"up"}
    assert {part.name for part in running_stack.state.parts} == {
        "store",
        "prefect",
        "worker",
        "watcher",
    }


def test_secrets_are_for_their_owner_only(running_stack: RunningStack):
    home = running_stack.settings.home
    for path in (state_path(home), credentials_path(home)):
        assert path.stat().st_mode & 0o077 == 0


def test_a_second_start_leaves_the_first_alone(running_stack: RunningStack):
    before = running_stack.state
    assert stack.start(running_stack.settings) == before


def test_every_deployment_is_there_with_its_form(running_stack: RunningStack):
    with running_stack.prefect() as api:
        found = {deployment.name: deployment for deployment in api.read_deployments()}
    assert found.keys() == {entry.name for entry in read_entries()}
    for name in ("process-work", "review-work", "assemble-compilation"):
        schema = found[name].parameter_openapi_schema
        assert schema
        assert schema["required"] == ["request"]
    assert [s.active for s in found["sweep-inbox"].schedules] == [True]


def test_an_upload_starts_a_run_that_is_named_after_the_work(running_stack: RunningStack):
    """Zero bytes start one as well: their sender must get the finding."""
    upload = running_stack.upload(f"{FOLDER}/广东省-深圳市-示例小学-示例校长-题目.mp4", b"")
    wait_for(lambda: running_stack.runs_of(upload), NOTICE_S)
    (run,) = running_stack.runs_of(upload)
    assert run.name.startswith("示例小学 · 示例校长 · 题目 · w")
    assert set(run.tags) == {"gonghua-2022", run.name[-11:]}
    assert run.parameters == {"request": {"key": upload.key, "etag": upload.etag, "force": False}}


def test_a_sidecar_starts_nothing(running_stack: RunningStack):
    sidecar = running_stack.upload(f"{FOLDER}/a.mp4.json", b"{}")
    work = running_stack.upload(f"{FOLDER}/a.mp4", b"text")
    wait_for(lambda: running_stack.runs_of(work), PICKED_UP_S)
    assert running_stack.runs_of(sidecar) == []


def test_status_tells_what_runs(running_stack: RunningStack):
    told = heji(running_stack, "status", "--json")
    facts = json.loads(told.stdout)
    assert told.exit_code == 0
    assert facts["up"]
    assert facts["inbox"] >= 1
    assert facts["prefect_ui_url"] == running_stack.state.prefect_ui_url
    assert running_stack.state.secret_key not in told.stdout
    assert heji(running_stack, "status").exit_code == 0


def test_a_link_is_fresh_and_a_missing_object_gets_none(running_stack: RunningStack):
    running_stack.upload(f"{FOLDER}/linked.mp4", b"text")
    link = heji(running_stack, "link", f"inbox/{FOLDER}/linked.mp4")
    assert link.stdout.startswith(f"http://{running_stack.state.store_endpoint}/inbox/")
    assert "#" not in link.stdout
    assert heji(running_stack, "link", "inbox/nothing.mp4").exit_code == 1
    assert heji(running_stack, "link", "elsewhere/nothing.mp4").exit_code == 2


def test_a_killed_watcher_is_back_and_misses_nothing(running_stack: RunningStack):
    running_stack.kill("watcher")
    upload = running_stack.upload(f"{FOLDER}/while-no-watcher.mp4", b"text")
    wait_for(lambda: running_stack.runs_of(upload), PICKED_UP_S)
    wait_for(lambda: running_stack.part("watcher").state == "up", RESTARTED_S)


def test_an_upload_while_the_server_is_dead_is_picked_up(running_stack: RunningStack):
    running_stack.kill("prefect")
    upload = running_stack.upload(f"{FOLDER}/while-no-server.mp4", b"text")
    wait_for(lambda: running_stack.part("prefect").state == "up", RESTARTED_S)
    wait_for(lambda: running_stack.runs_of(upload), PICKED_UP_S)


def test_nothing_is_left_and_everything_comes_back(running_stack: RunningStack):
    """Down leaves no process; up finds objects, runs and keys, and takes lost runs up again."""
    settings, before = running_stack.settings, running_stack.state
    kept = running_stack.upload(f"{FOLDER}/kept.mp4", b"text")
    wait_for(lambda: running_stack.runs_of(kept), PICKED_UP_S)
    lost, hopeless = leave_running(running_stack, 1), leave_running(running_stack, MOST_TAKES)
    below = descendants(before.supervisor_pid)

    assert heji(running_stack, "down").exit_code == 0
    assert living(below) == []
    assert processes_of(settings.home) == []
    assert stack.read_state(settings) is None
    assert heji(running_stack, "status").exit_code == 1
    assert "Nothing was running" in heji(running_stack, "down").stdout

    after = stack.start(settings)
    assert (after.access_key, after.secret_key) == (before.access_key, before.secret_key)
    assert running_stack.store.read_bytes("inbox", kept.key) == b"text"
    assert len(running_stack.runs_of(kept)) == 1
    wait_for(lambda: final(running_stack, lost), RESTARTED_S)
    assert read_run(running_stack, lost).state_name == "Completed"
    assert read_run(running_stack, hopeless).state_name == "Crashed"
    told = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[lost]))
    with running_stack.prefect() as api:
        artifacts = api.read_artifacts(artifact_filter=told)
    assert [a for a in artifacts if "收件箱" in str(a.data)]  # beside those of the overview


def leave_running(running: RunningStack, takes: int) -> UUID:
    """Make a run that says it is running, for the `takes`th time, and that no process carries."""
    with running.prefect() as api:
        deployment = api.read_deployment_by_name("sweep-inbox/sweep-inbox")
        far: State = Scheduled(scheduled_time=datetime.now(UTC) + timedelta(days=1))
        run = api.create_flow_run_from_deployment(deployment.id, state=far)
        for _ in range(takes):
            api.set_flow_run_state(run.id, far, force=True)
            api.set_flow_run_state(run.id, Running(), force=True)
        assert api.read_flow_run(run.id).run_count == takes
    return run.id


def read_run(running: RunningStack, run: UUID) -> FlowRun:
    with running.prefect() as api:
        return api.read_flow_run(run)


def final(running: RunningStack, run: UUID) -> bool:
    state = read_run(running, run).state
    return bool(state and state.is_final())


def heji(running: RunningStack, *arguments: str):
    """Call the command as a shell would, on the stack of the test."""
    environment = {**running.settings.as_environment(), "COLUMNS": "200"}
    return CliRunner().invoke(app, arguments, env=environment)
