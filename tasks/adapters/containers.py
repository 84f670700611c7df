"""The door that looks at an upload's bytes before ffmpeg may."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from tasks.media.sniffing import HEAD_BYTES, Box

MOST_BOXES = 10_000


def read_head(path: Path) -> bytes:
    """Return the bytes by which a file's kind is told."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 as hex, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def top_level_boxes(path: Path) -> tuple[Box, ...]:
    """Return the top-level boxes of an MP4, up to the first that can't be one."""
    boxes: list[Box] = []
    size = path.stat().st_size
    at = 0
    with path.open("rb") as file:
        while at + 8 <= size and len(boxes) < MOST_BOXES:
            file.seek(at)
            head = file.read(16)
            length = int.from_bytes(head[:4], "big")
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            elif length == 0:  # lasts to the end of the file
                length = size - at
            kind = head[4:8]
            if length < 8 or not all(32 <= byte < 127 for byte in kind):
                break
            boxes.append(Box(kind.decode("ascii"), at, length))
            at += length
    return tuple(boxes)


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of what a filter noted; a pass that failed may have left none."""
    if path.exists():
        with path.open(encoding="utf-8", errors="replace") as notes:
            yield from notes
