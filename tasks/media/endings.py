"""Tell from a container's own figures whether the file goes on as far as it should.

A transfer that broke leaves a file that often plays, only not to the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.media.sniffing import transport_packets

EBML_HEAD, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
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


def ends_early(family: str, head: bytes, size_bytes: int) -> bool:
    """Tell by its first bytes whether a file of another family than MP4 ends too early."""
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
    at = 0
    for name in (EBML_HEAD, SEGMENT):
        if head[at : at + 4] != name or len(head) <= at + 4:
            return None
        at += 4
        length = 9 - head[at].bit_length()
        mask = (1 << (7 * length)) - 1
        size = int.from_bytes(head[at : at + length], "big") & mask
        if length > 8 or size == mask:
            return None
        at += length
        if name == SEGMENT:
            return at + size
        at += size
    return None
