"""What the demo uploads, and how long it waits."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from deployments import runs
from deployments.demo import collect_uploads, require_setup
from deployments.runs import RunView, wait_until_final
from models.errors import RequestInvalid, Unavailable


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"video")
    return path


@pytest.mark.parametrize(
    ("inside", "key"),
    [
        ("a.mp4", "c/示例省/示例市/a.mp4"),
        ("浙江省/a.mp4", "c/浙江省/示例市/a.mp4"),
        ("浙江省/杭州市/a.MOV", "c/浙江省/杭州市/a.MOV"),
        ("浙江省/杭州市/某校/a.mkv", "c/浙江省/杭州市/某校/a.mkv"),
        ("a b'\"😀%d.mp4", "c/示例省/示例市/a b'\"😀%d.mp4"),
    ],
)
def test_folders_become_province_and_city(tmp_path: Path, inside: str, key: str):
    touch(tmp_path / inside)
    assert [upload.key for upload in collect_uploads(tmp_path, "c")] == [key]


def test_only_videos_are_taken_and_sidecars_go_along(tmp_path: Path):
    for name in ("b.mp4", "a.mp4", "a.mp4.json", "notes.txt", ".hidden.mp4", ".git/c.mp4"):
        touch(tmp_path / name)
    uploads = collect_uploads(tmp_path, "c")
    assert [upload.path.name for upload in uploads] == ["a.mp4", "b.mp4"]
    assert [upload.sidecar for upload in uploads] == [tmp_path / "a.mp4.json", None]


def test_a_folder_without_videos_is_refused_in_words(tmp_path: Path):
    with pytest.raises(RequestInvalid, match="no video"):
        collect_uploads(tmp_path, "c")
    with pytest.raises(RequestInvalid, match="no such folder"):
        collect_uploads(tmp_path / "missing", "c")


def test_every_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RequestInvalid, match="ffmpeg, ffprobe, fc-list, espeak-ng"):
        require_setup(needs_speech=True)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock on which sleeping takes no time."""
    now = [0.0]
    monkeypatch.setattr(runs.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(runs.time, "sleep", lambda s: now.__setitem__(0, now[0] + s))


def view(state: str) -> RunView:
    is_final = state in ("Completed", "Failed")
    return RunView(RUN, state, is_final, has_succeeded=state == "Completed", message="")


RUN = uuid4()


def test_waiting_ends_when_every_run_is_final_however_it_ended():
    looks: Iterator[dict[str, RunView]] = iter(
        [
            {},
            {"a": view("Running")},
            {"a": view("Failed")},
            {"a": view("Failed"), "b": view("Completed")},
        ]
    )
    done = wait_until_final(lambda: next(looks), ("a", "b"), stall_s=60, limit_s=60)
    assert [done["a"].has_succeeded, done["b"].has_succeeded] == [False, True]


def test_waiting_ends_when_nothing_moves_and_says_what_is_missing():
    with pytest.raises(Unavailable, match=r"1 uploads without a run, 1 unfinished runs \(Late\)"):
        wait_until_final(lambda: {"a": view("Late")}, ("a", "b"), stall_s=30, limit_s=1e9)


def test_waiting_ends_at_the_limit_even_while_things_move():
    steps = iter(range(10**6))
    with pytest.raises(Unavailable):
        wait_until_final(
            lambda: {"a": view(f"Step {next(steps)}")}, ("a",), stall_s=1e9, limit_s=30
        )


def test_a_server_that_is_busy_for_a_moment_is_asked_again():
    answers = iter([httpx.ReadTimeout("busy"), {"a": view("Completed")}])

    def look() -> dict[str, RunView]:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert wait_until_final(look, ("a",), stall_s=30, limit_s=30)["a"].has_succeeded
