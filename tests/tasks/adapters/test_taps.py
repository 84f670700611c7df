"""What a command writes is taken while it runs, whole and in pieces of one size."""

import sys
from pathlib import Path

import pytest

from models.errors import CommandTimedOut
from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import run_command, run_ffmpeg
from tasks.adapters.taps import Tap

WRITES = "import sys, os; os.write(int(sys.argv[1].split(':')[1]), b'abcdefg'); print('said')"


def test_pieces_come_in_order_and_the_last_is_what_is_left(tmp_path: Path):
    pieces: list[bytes] = []
    argv = [sys.executable, "-c", WRITES, "pipe:tap"]
    result = run_command(argv, folder=tmp_path, timeout_s=20, tap=Tap(3, pieces.append))
    assert pieces == [b"abc", b"def", b"g"]
    assert result.stdout == "said\n"


def test_what_the_taker_raises_is_raised_after_the_command_ended(tmp_path: Path):
    def refuse(_piece: bytes) -> None:
        raise KeyError("not wanted")

    argv = [sys.executable, "-c", WRITES, "pipe:tap"]
    with pytest.raises(KeyError, match="not wanted"):
        run_command(argv, folder=tmp_path, timeout_s=20, tap=Tap(3, refuse))


def test_a_command_out_of_time_leaves_nobody_waiting(tmp_path: Path):
    argv = [sys.executable, "-c", "import time; time.sleep(60)", "pipe:tap"]
    with pytest.raises(CommandTimedOut):
        run_command(argv, folder=tmp_path, timeout_s=0.5, tap=Tap(3, lambda _: None))


def test_ffmpeg_in_its_sandbox_writes_frames_to_a_tap(tmp_path: Path):
    sizes: list[int] = []
    picture = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=2")
    run_ffmpeg(
        [*picture, "-pix_fmt", "yuv420p", "-f", "rawvideo", "pipe:tap"],
        settings=FfmpegSettings(),
        folder=tmp_path,
        timeout_s=30,
        tap=Tap(160 * 90 * 3 // 2, lambda piece: sizes.append(len(piece))),
    )
    assert sizes == [21_600] * 50
