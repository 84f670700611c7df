"""The door that looks at an upload's bytes before ffmpeg may."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from tasks.media.endings import Box
from tasks.media.sniffing import HEAD_BYTES

MOST_BOXES = 10_000
STSD_HEAD_BYTES = 16
"""Size, kind, version and flags, and the number of entries (ISO/IEC 14496-12, 8.5.2)."""


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
    with path.open("rb") as file:
        return tuple(_boxes(file, 0, path.stat().st_size))


def sample_entries(path: Path, boxes: Sequence[Box]) -> frozenset[str]:
    """Return how the tracks of an MP4 are coded, such as `avc1`, `mp4a` or `encv`.

    `boxes` are its top-level ones.
    """
    with path.open("rb") as file:
        inner = [b for box in boxes if box.kind == "moov" for b in _boxes(file, *_body(box))]
        for parent in ("trak", "mdia", "minf", "stbl"):
            inner = [b for box in inner if box.kind == parent for b in _boxes(file, *_body(box))]
        entries = [
            entry
            for box in inner
            if box.kind == "stsd"
            for entry in _boxes(file, box.start + STSD_HEAD_BYTES, box.start + box.size)
        ]
    return frozenset(entry.kind for entry in entries)


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of what a filter noted; a pass that failed may have left none."""
    if path.exists():
        with path.open(encoding="utf-8", errors="replace") as notes:
            yield from notes


def _boxes(file: BinaryIO, at: int, end: int) -> list[Box]:
    """Return the boxes between two places, up to the first that can't be one."""
    boxes: list[Box] = []
    while at + 8 <= end and len(boxes) < MOST_BOXES:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0:  # lasts to the end of the file
            length = end - at
        kind = head[4:8]
        if length < 8 or not all(32 <= byte < 127 for byte in kind):
            break
        boxes.append(Box(kind.decode("ascii"), at, length))
        at += length
    return boxes


def _body(box: Box) -> tuple[int, int]:
    return box.start + 8, box.start + box.size
