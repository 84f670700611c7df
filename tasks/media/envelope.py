"""Wrap a command in the limits under which untrusted media may be opened (design D10).

Each layer is a prefix of the argument list, so what protects a command can be read and tested
without running it. Which layers the machine allows is asked by the ffmpeg door.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """One protection around a command."""

    DEATH_SIGNAL = "death-signal"
    """The command dies with the thread that started it."""
    LIMITS = "limits"
    """Address space, CPU time, file size and open files are bounded."""
    SANDBOX = "sandbox"
    """No network, no other process, and of the disk only what the command needs."""


@dataclass(frozen=True)
class Bounds:
    """How much a command may use."""

    cpu_s: float
    memory_bytes: int = 6 * 1024**3
    file_bytes: int = 16 * 1024**3
    open_files: int = 256


def build_envelope(
    argv: Sequence[str],
    *,
    layers: frozenset[Layer],
    bounds: Bounds,
    folder: str,
    readable: Sequence[str] = (),
) -> list[str]:
    """Return `argv` inside `layers`.

    The command may write below `folder`, where it starts, and read `readable`; with the sandbox
    layer it sees nothing else of the disk than the system's programs, libraries and fonts.
    """
    prefix: list[str] = []
    if Layer.DEATH_SIGNAL in layers:
        prefix += ["setpriv", "--pdeathsig", "KILL", "--"]
    if Layer.LIMITS in layers:
        prefix += [
            "prlimit",
            f"--as={bounds.memory_bytes}",
            f"--cpu={max(1, round(bounds.cpu_s))}",
            f"--fsize={bounds.file_bytes}",
            f"--nofile={bounds.open_files}",
            "--core=0",
            "--",
        ]
    if Layer.SANDBOX in layers:
        prefix += _sandbox(folder, readable)
    return [*prefix, *argv]


def _sandbox(folder: str, readable: Sequence[str]) -> list[str]:
    shared = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    shared += ["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "LANG", "C.UTF-8"]
    shared += ["--ro-bind", "/usr", "/usr"]
    for link in ("bin", "lib", "lib64", "sbin"):
        shared += ["--symlink", f"usr/{link}", f"/{link}"]
    for path in ("/etc/alternatives", "/etc/ld.so.cache", "/etc/fonts"):
        shared += ["--ro-bind-try", path, path]
    shared += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108
    for path in readable:
        shared += ["--ro-bind", path, path]
    return [*shared, "--bind", folder, folder, "--chdir", folder, "--"]
