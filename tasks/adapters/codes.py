"""The door to OpenCV's reader of QR codes."""

from typing import Any

import cv2
import numpy as np

from tasks.media.detectors.qr_code import Code

Image = Any  # numpy array (height, width), uint8
SEEK_WIDTH = 960
"""Codes are sought in a smaller picture and read in the whole one."""
MARGIN = 0.35
"""Of a code's size: its quiet zone, and what the smaller picture misplaced."""
READ_PX = 600
"""Larger codes are read no better."""
LEAST_PX = 21
"""A code has 21 modules at least."""


def read_codes(luma: Image) -> list[Code]:
    """Return the QR codes in a picture (height, width) uint8: text and box of each.

    The text is None where a code was seen but could not be read.
    """
    height, width = luma.shape
    scale = min(1.0, SEEK_WIDTH / max(height, width))
    small = luma
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    found = []
    for corners in _seek(small):
        left, top = corners.min(axis=0) / scale
        right, bottom = corners.max(axis=0) / scale
        left, top = max(0.0, float(left)), max(0.0, float(top))
        right, bottom = min(float(width), float(right)), min(float(height), float(bottom))
        if min(right - left, bottom - top) < LEAST_PX:
            continue
        text = _read(luma, (left, top, right, bottom))
        box = (left / width, top / height, (right - left) / width, (bottom - top) / height)
        found.append((text, (box[0], box[1], box[2], box[3])))
    return sorted(found, key=lambda code: (code[1], code[0] or ""))


def _seek(image: Image) -> list[Any]:
    """Return the four corners (4, 2) of each code."""
    try:
        is_found, corners = cv2.QRCodeDetector().detectMulti(image)
    except cv2.error:
        return []
    return list(np.asarray(corners, dtype=np.float64)) if is_found else []


def _read(luma: Image, sides: tuple[float, float, float, float]) -> str | None:
    left, top, right, bottom = sides
    across, down = MARGIN * (right - left), MARGIN * (bottom - top)
    part = luma[
        max(0, int(top - down)) : int(bottom + down) + 1,
        max(0, int(left - across)) : int(right + across) + 1,
    ]
    longer = max(part.shape)
    factor = READ_PX / longer if longer > READ_PX else 2.0 if 2 * longer < READ_PX else 1.0
    if factor != 1.0:
        kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        part = cv2.resize(part, None, fx=factor, fy=factor, interpolation=kind)
    try:
        text, _, _ = cv2.QRCodeDetector().detectAndDecode(np.ascontiguousarray(part))
    except (cv2.error, UnicodeDecodeError):
        return None
    return text or None
