"""The door to ffmpeg and ffprobe: the one place here that starts an outside program.

Callers hand over an argument list built in `tasks/media` and get typed results or the errors of
`models/errors.py`. The door owns time limits, process groups and the protective envelope; it
knows nothing of video.
"""

import json
import logging
import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from models.errors import CommandFailed, CommandTimedOut, Unavailable
from models.settings import FfmpegSettings
from tasks.adapters.taps import Tap, tapped
from tasks.media.envelope import Bounds, Layer, build_envelope
from tasks.media.progress import Progress, ProgressReader

log = logging.getLogger(__name__)

GRACE_S = 3.0
KEPT_LINES = 400
PROBE_ARGS = ("-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json")
OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class CommandResult:
    """What a program said and how it ended."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr_lines: tuple[str, ...]
    """The newest lines, at most 400."""
    stderr_count: int
    """All lines that were written."""


def run_command(
    argv: Sequence[str],
    *,
    folder: Path,
    timeout_s: float,
    readable: Sequence[Path] = (),
    layers: frozenset[Layer] = frozenset({Layer.DEATH_SIGNAL}),
    on_line: Callable[[str], None] | None = None,
    on_log: Callable[[str], None] | None = None,
    tap: Tap | None = None,
    check: bool = True,
) -> CommandResult:
    """Run `argv` in `folder` inside its own process group, for `timeout_s` at most.

    `on_line` is called, in the caller's thread, with every line of standard output; without it
    the output is kept and returned. `on_log` is called, in a thread of its own, with every line of
    standard error.

    Raises:
        CommandFailed: it ended with a failure and `check` is set.
        CommandTimedOut: it used up its time; its whole process group is dead.
        Unavailable: the program isn't installed, or its disk is full.
    """
    if shutil.which(argv[0]) is None:
        raise Unavailable(argv[0], "the program is not installed; `make setup` installs it")
    wrapped = build_envelope(
        argv,
        layers=layers & available_layers(),
        bounds=Bounds(cpu_s=timeout_s * (os.cpu_count() or 1)),
        folder=str(folder.resolve()),
        readable=[str(path.resolve()) for path in readable],
    )
    log.debug("running %s", wrapped)
    kept: list[str] = []
    errors = _Tail(on_log)
    deadline = time.monotonic() + timeout_s
    with (
        tapped(wrapped, tap) as (argv_tapped, passed),
        _started(argv_tapped, folder, passed) as process,
    ):
        assert process.stdout and process.stderr  # noqa: PT018, S101 - both are pipes
        reader = threading.Thread(target=errors.drain, args=(process.stderr,), daemon=True)
        reader.start()
        for line in _lines_until(process.stdout, deadline):
            if line is None:
                raise CommandTimedOut(tuple(argv), timeout_s)
            (on_line or kept.append)(line)
        try:
            returncode = process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise CommandTimedOut(tuple(argv), timeout_s) from None
        reader.join(GRACE_S)
    result = CommandResult(
        tuple(argv), returncode, "".join(kept), tuple(errors.lines), errors.count
    )
    if returncode != 0:
        failure = _failure(result, timeout_s)
        # A full disk or a kill from outside is never the input's fault, whatever the caller makes
        # of other failures.
        if check or isinstance(failure, Unavailable | CommandTimedOut):
            raise failure
    return result


def run_ffmpeg(
    args: Sequence[str],
    *,
    settings: FfmpegSettings,
    folder: Path,
    timeout_s: float,
    readable: Sequence[Path] = (),
    on_progress: OnProgress | None = None,
    on_log: Callable[[str], None] | None = None,
    tap: Tap | None = None,
    check: bool = True,
) -> CommandResult:
    """Run ffmpeg with `args` in `folder`; outputs are overwritten.

    Only errors are logged, unless `args` ask for more, so a caller can count them.

    Raises:
        CommandFailed, CommandTimedOut, Unavailable: as `run_command`; a command that comes no
            further for `settings.stall_s` times out too.
    """
    reader, advance = ProgressReader(), _Advance(settings.stall_s)

    def on_line(line: str) -> None:
        progress = reader.read(line)
        if progress is None:
            return
        if advance.has_stalled(progress):
            raise CommandTimedOut(argv, settings.stall_s)
        if on_progress:
            on_progress(progress)

    head = (settings.ffmpeg, "-nostdin", "-hide_banner", "-nostats", "-y")
    argv = (*head, "-loglevel", "level+error", "-progress", "pipe:1", *args)
    try:
        return run_command(
            argv,
            folder=folder,
            timeout_s=timeout_s,
            readable=readable,
            layers=layers_of(settings),
            on_line=on_line,
            on_log=on_log,
            tap=tap,
            check=check,
        )
    except CommandTimedOut as error:
        if error.limit_s == timeout_s and advance.reached_s:
            raise CommandTimedOut(argv, timeout_s, advance.reached_s) from error
        raise


def probe(
    path: Path,
    *,
    settings: FfmpegSettings,
    input_options: Sequence[str] = (),
    extra: Sequence[str] = (),
    timeout_s: float = 30.0,
) -> dict[str, Any]:
    """Return ffprobe's JSON for `path`, which must lie in a folder of its own.

    Raises:
        CommandFailed: ffprobe could not read the file; the error holds its last words.
        CommandTimedOut, Unavailable: as `run_command`.
    """
    argv = (settings.ffprobe, *PROBE_ARGS, *extra, *input_options, "-i", f"file:{path.name}")
    result = run_command(
        argv, folder=path.parent, timeout_s=timeout_s, layers=layers_of(settings), check=True
    )
    parsed: dict[str, Any] = json.loads(result.stdout or "{}")
    return parsed


@lru_cache(maxsize=8)
def tool_version(program: str = "ffmpeg") -> str:
    """Return the version that `program` reports, such as `5.1.9-0+deb12u1`."""
    result = run_command([program, "-version"], folder=Path.cwd(), timeout_s=10)
    words = result.stdout.split()
    return words[2] if len(words) > 2 else "unknown"


@lru_cache(maxsize=1)
def available_layers() -> frozenset[Layer]:
    """Ask the machine, once, which protections it allows."""
    layers = set()
    if _answers(["setpriv", "--pdeathsig", "KILL", "--", "true"]):
        layers.add(Layer.DEATH_SIGNAL)
    if _answers(["prlimit", "--core=0", "--", "true"]):
        layers.add(Layer.LIMITS)
    here = str(Path.cwd().resolve())
    sandboxed = build_envelope(
        ["true"], layers=frozenset({Layer.SANDBOX}), bounds=Bounds(cpu_s=5), folder=here
    )
    if _answers(sandboxed):
        layers.add(Layer.SANDBOX)
    else:
        log.warning("no sandbox here (bubblewrap or user namespaces are missing)")
    return frozenset(layers)


def layers_of(settings: FfmpegSettings) -> frozenset[Layer]:
    """Return the protections that the settings ask for."""
    every = frozenset(Layer)
    return every if settings.sandbox == "auto" else every - {Layer.SANDBOX}


class _Advance:
    """Watch how far into its media a command comes."""

    def __init__(self, patience_s: float) -> None:
        self.reached_s = 0.0
        self._patience_s = patience_s
        self._moved_at = time.monotonic()

    def has_stalled(self, progress: Progress) -> bool:
        now, reached_s = time.monotonic(), (progress.out_time_us or 0) / 1_000_000
        if progress.is_done or reached_s > self.reached_s:
            self.reached_s, self._moved_at = max(reached_s, self.reached_s), now
        return now - self._moved_at > self._patience_s


class _Tail:
    """Keep the newest lines of a stream and count all of them."""

    def __init__(self, on_log: Callable[[str], None] | None = None) -> None:
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.count = 0
        self._on_log = on_log

    def drain(self, stream: IO[str]) -> None:
        for line in stream:
            said = line.rstrip()[:1000]
            self.lines.append(said)
            self.count += 1
            if self._on_log:
                self._on_log(said)


@contextmanager
def _started(
    argv: Sequence[str], folder: Path, inherited: tuple[int, ...] = ()
) -> Iterator[subprocess.Popen[str]]:
    """Start `argv` in a session of its own and leave nothing of it behind."""
    process = subprocess.Popen(  # noqa: S603 - an argument list of our own, never a shell
        argv,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        pass_fds=inherited,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            _signal_group(process, signal.SIGTERM)
            try:
                process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)
                process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def _signal_group(process: subprocess.Popen[str], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        log.debug("process group %s is gone already", process.pid)


def _lines_until(stream: IO[str], deadline: float) -> Iterator[str | None]:
    """Yield lines as they come; a None says that the deadline has passed."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def pump() -> None:
        try:
            for line in stream:
                lines.put(line)
        except ValueError:
            log.debug("stream was closed while it was read")
        lines.put(None)

    threading.Thread(target=pump, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=max(0.05, deadline - time.monotonic()))
        except queue.Empty:
            yield None
            return
        if line is None:
            return
        yield line


def _answers(argv: Sequence[str]) -> bool:
    try:
        return subprocess.run(argv, capture_output=True, timeout=10, check=False).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False


def _failure(result: CommandResult, timeout_s: float) -> Exception:
    words = "\n".join(result.stderr_lines[-12:])
    if "No space left on device" in words:
        return Unavailable("scratch disk", "no space left on device")
    if -result.returncode == signal.SIGXCPU or result.returncode == 128 + signal.SIGXCPU:
        return CommandTimedOut(result.argv, timeout_s)
    if result.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL, -signal.SIGTERM):
        return Unavailable(result.argv[0], "it was killed from outside; memory may have run out")
    return CommandFailed(result.argv, result.returncode, words)
