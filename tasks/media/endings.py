"""Tell from a container's own figures whether the file goes on as far as it should.

A transfer that broke leaves a file that often plays, only not to the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.media.sniffing import transport_packets

SEGMENT = b"\x18\x53\x80\x67"
UNTOLD_RIFF = (0, 0xFFFFFFFF)
"""Sizes of writers that could not go back to fill them in."""


@dataclass(frozen=True)
class Box:
    """A box of an MP4 file."""

    kind: str
    start: int
    size: int


def boxes_end_early(boxes: Sequence[Box], size_bytes: int) -> bool:
    """Tell whether an MP4 ends before its top-level boxes do, or before its index."""
    if not boxes:
        return True
    reaches = max(box.start + box.size for box in boxes)
    return reaches > size_bytes or not any(box.kind in ("moov", "moof") for box in boxes)


def ends_early(family: str, head: bytes, size_bytes: int, boxes: Sequence[Box] = ()) -> bool:
    """Tell by its first bytes, or an MP4's top-level boxes, whether a file ends too early."""
    if family == "mp4":
        return boxes_end_early(boxes, size_bytes)
    if family in ("avi", "wav"):
        told = int.from_bytes(head[4:8], "little")
        return told not in UNTOLD_RIFF and told + 8 > size_bytes
    if family == "matroska":
        reaches = _segment_end(head)
        return reaches is not None and reaches > size_bytes
    packets = transport_packets(head) if family == "mpegts" else None
    return packets is not None and (size_bytes - packets[1]) % packets[0] > 0


def _segment_end(head: bytes) -> int | None:
    """Return where a Matroska file's segment ends; None: it doesn't say (RFC 8794, 9559)."""
    first = _body(head, 0)
    at = sum(first) if first else len(head)
    segment = _body(head, at) if head[at : at + 4] == SEGMENT else None
    return sum(segment) if segment else None


def _body(head: bytes, at: int) -> tuple[int, int] | None:
    """Return start and size of the element whose name, four bytes, stands at `at`."""
    at += 4
    if len(head) <= at:
        return None
    length = 9 - head[at].bit_length()
    untold = (1 << (7 * length)) - 1
    size = int.from_bytes(head[at : at + length], "big") & untold
    return None if length > 8 or size == untold else (at + length, size)
