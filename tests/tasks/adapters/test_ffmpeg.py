"""The door to outside programs: it ends what it starts and says what went wrong."""

import os
import time

import pytest

from models.errors import CommandFailed, CommandTimedOut, Unavailable
from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import available_layers, probe, run_command, run_ffmpeg
from tasks.adapters.packets import read_packets
from tasks.media.envelope import Layer
from tests.support.clips import make_clip

SETTINGS = FfmpegSettings()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_output_and_errors_are_kept_apart(tmp_path):
    result = run_command(["sh", "-c", "echo out; echo err >&2"], folder=tmp_path, timeout_s=10)
    assert result.stdout == "out\n"
    assert result.stderr_lines == ("err",)


def test_a_failure_carries_its_last_words(tmp_path):
    with pytest.raises(CommandFailed, match="goodbye") as caught:
        run_command(["sh", "-c", "echo goodbye >&2; exit 3"], folder=tmp_path, timeout_s=10)
    assert caught.value.returncode == 3


def test_a_program_that_is_missing_says_what_to_do(tmp_path):
    with pytest.raises(Unavailable, match="make setup"):
        run_command(["no-such-program"], folder=tmp_path, timeout_s=10)


def test_a_command_out_of_time_dies_with_its_children(tmp_path):
    script = "sleep 60 & echo $! > child; wait"
    with pytest.raises(CommandTimedOut):
        run_command(["sh", "-c", script], folder=tmp_path, timeout_s=1)
    child = int((tmp_path / "child").read_text())
    for _ in range(50):
        if not alive(child):
            break
        time.sleep(0.1)
    assert not alive(child)


def test_endless_chatter_is_counted_but_not_kept(tmp_path):
    script = "i=0; while [ $i -lt 5000 ]; do echo line $i >&2; i=$((i+1)); done"
    result = run_command(["sh", "-c", script], folder=tmp_path, timeout_s=30)
    assert result.stderr_count == 5000
    assert len(result.stderr_lines) == 400
    assert result.stderr_lines[-1] == "line 4999"


def program(path, *progress, pause_s=0.2):
    """Write a program that says how far it has come, over and over, and does nothing."""
    says = "; ".join(f"echo out_time_us={at}; echo progress=continue" for at in progress)
    path.write_text(f"#!/bin/sh\nwhile :; do {says}; sleep {pause_s}; done\n")
    path.chmod(0o755)
    return FfmpegSettings(ffmpeg=str(path), stall_s=1, sandbox="off")


def test_a_command_that_comes_no_further_is_ended_long_before_its_time(tmp_path):
    settings = program(tmp_path / "ffmpeg", 2_000_000)
    started = time.monotonic()
    with pytest.raises(CommandTimedOut) as caught:
        run_ffmpeg([], settings=settings, folder=tmp_path, timeout_s=120)
    assert time.monotonic() - started < 60
    assert caught.value.reached_s is None


def test_a_command_that_came_on_until_its_time_was_up_says_how_far(tmp_path):
    script = "#!/bin/sh\ni=0; while :; do i=$((i+1)); echo out_time_us=${i}00000; "
    settings = program(tmp_path / "ffmpeg")
    (tmp_path / "ffmpeg").write_text(script + "echo progress=continue; sleep 0.1; done\n")
    with pytest.raises(CommandTimedOut) as caught:
        run_ffmpeg([], settings=settings, folder=tmp_path, timeout_s=2)
    assert caught.value.reached_s > 0


@pytest.mark.media
def test_a_full_disk_is_not_the_inputs_fault(tmp_path):
    arguments = ["-f", "lavfi", "-i", "testsrc2=d=5", "-f", "rawvideo", "/dev/full"]
    with pytest.raises(Unavailable, match="no space left"):
        run_ffmpeg(arguments, settings=SETTINGS, folder=tmp_path, timeout_s=30, check=False)


@pytest.mark.media
def test_progress_ends_at_the_end(tmp_path):
    seen = []
    arguments = ["-f", "lavfi", "-i", "testsrc2=d=2", "-f", "null", "-"]
    run_ffmpeg(arguments, settings=SETTINGS, folder=tmp_path, timeout_s=30, on_progress=seen.append)
    assert seen[-1].is_done
    assert seen[-1].out_time_us == pytest.approx(2_000_000, abs=50_000)


@pytest.mark.media
def test_packets_are_read_without_decoding(tmp_path):
    clip = make_clip(tmp_path / "a.mp4", seconds=2)
    facts = read_packets(clip, 0, settings=SETTINGS)
    assert facts.count == 50
    assert facts.end_s == pytest.approx(2.0, abs=0.01)


@pytest.mark.media
def test_the_probe_survives_a_colon_in_the_name(tmp_path):
    clip = make_clip(tmp_path / "plain.mp4", seconds=1).rename(tmp_path / "10:30.mp4")
    assert probe(clip, settings=SETTINGS)["format"]["format_name"].startswith("mov")


@pytest.mark.media
@pytest.mark.skipif(Layer.SANDBOX not in available_layers(), reason="no user namespaces here")
def test_the_sandbox_shows_nothing_but_the_folder(tmp_path):
    (tmp_path / "job").mkdir()
    make_clip(tmp_path / "secret.mp4", seconds=1)
    stolen = ["-i", f"file:{tmp_path / 'secret.mp4'}", "-f", "null", "-"]
    with pytest.raises(CommandFailed, match="No such file"):
        run_ffmpeg(stolen, settings=SETTINGS, folder=tmp_path / "job", timeout_s=30)
    run_ffmpeg(
        stolen,
        settings=SETTINGS,
        folder=tmp_path / "job",
        timeout_s=30,
        readable=[tmp_path / "secret.mp4"],
    )


def test_a_kill_from_outside_is_not_the_inputs_fault(tmp_path):
    with pytest.raises(Unavailable, match="killed from outside"):
        run_command(["sh", "-c", "kill -9 $$"], folder=tmp_path, timeout_s=10, check=False)
