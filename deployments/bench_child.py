"""Run a `heji` command so that `heji bench` can tell what it cost.

It writes down the memory that Heji's own process took, and waits for every process that was left
behind, because CPU time is added to a parent's only by waiting: bubblewrap ends without.

python -m deployments.bench_child PEAK_FILE COMMAND…
"""

import ctypes
import os
import re
import sys
from pathlib import Path

from deployments.cli import app

STATUS = Path("/proc/self/status")
PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Do what the arguments say."""
    place = Path(sys.argv.pop(1))
    adopt_orphans()
    try:
        app(prog_name="heji")
    finally:
        wait_for_orphans()
        place.write_text(str(peak_bytes(STATUS.read_text("utf-8"))), "utf-8")


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends before them."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wait_for_orphans() -> None:
    """Wait until no child is left."""
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


def peak_bytes(status: str) -> int:
    """Return the largest resident memory that the kernel tells of a process.

    `getrusage` is no use here: a process inherits the peak of the one that started it.
    """
    found = re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise ValueError("the kernel tells no peak of memory")
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
