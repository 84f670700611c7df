"""The door to OpenCV's reader of QR codes."""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from tasks.media.detectors.qr_code import Code

Image = Any  # numpy array (height, width), uint8
SEEK_WIDTHS = (960, 480, 240)
"""Codes are sought in smaller pictures, small ones in the first, large ones in the last, and read
in the whole one: OpenCV's own search takes ten times as long and misses small codes."""
KERNEL = np.ones((9, 9), np.uint8)
CONTRAST = 80
"""Levels between light and dark within nine pixels: all over a code, elsewhere here and there."""
WINDOW, FULL = 40, 0.9
"""Pixels of the smaller picture over which this share must have contrast."""
MOST_PLACES = 4
"""Places that are looked at in a picture, likeliest first; each takes about 5 ms."""
MARGIN = 0.4
"""Of a place's size: the code's edges, its quiet zone."""
READ_PX = (320, 640)
"""Smaller parts are magnified before they are read, larger ones are reduced."""
RECTIFIED_PX = 342
FINDER = np.array(
    [[255.0 if max(abs(x), abs(y)) == 2 else 0.0 for x in range(-3, 4)] for y in range(-3, 4)]
)
LEAST_LIKENESS = 0.7
LEAST_PX = 42
"""A code has 21 modules at least, of two pixels."""


def read_codes(luma: Image) -> list[Code]:
    """Return the QR codes in a picture (height, width) uint8: text and box of each.

    The text is None where a code was seen but could not be read.
    """
    found: list[Code] = []
    for place in _places(luma):
        if any(_holds(place, box, luma.shape) for _, box in found):
            continue
        code = _read(luma, place)
        if code:
            found.append(code)
    return sorted(found, key=lambda code: (code[1], code[0] or ""))


def _places(luma: Image) -> list[tuple[int, int, int, int]]:
    """Return where a code may be: left, top, right and bottom in pixels, likeliest first."""
    height, width = luma.shape
    places = []
    for across in SEEK_WIDTHS:
        scale = across / max(height, width)
        if scale > 1:
            continue
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        parts = _full_parts(cv2.resize(luma, size, interpolation=cv2.INTER_AREA))
        for rank, (_, sides) in enumerate(sorted(parts, reverse=True)[:MOST_PLACES]):
            left, top, right, bottom = (round(side / scale) for side in sides)
            wider, higher = round(MARGIN * (right - left)), round(MARGIN * (bottom - top))
            place = (left - wider, top - higher, right + wider, bottom + higher)
            places.append((rank, across, place))
    # A large code's own parts are full too, in the larger pictures: each picture has its turn.
    return [place for _, _, place in sorted(places)[:MOST_PLACES]]


def _full_parts(small: Image) -> Iterator[tuple[float, tuple[int, int, int, int]]]:
    """Yield the parts that are full of contrast, with its mean."""
    contrast = cv2.subtract(cv2.dilate(small, KERNEL), cv2.erode(small, KERNEL))
    is_high = (contrast > CONTRAST).astype(np.float32)
    share = cv2.boxFilter(is_high, -1, (WINDOW, WINDOW), borderType=cv2.BORDER_CONSTANT)
    is_full = (share >= FULL).astype(np.uint8)
    count, _, boxes, _ = cv2.connectedComponentsWithStats(is_full)
    half = WINDOW // 2
    for left, top, width, height, _ in boxes[1:count]:
        sides = (left - half, top - half, left + width + half, top + height + half)
        part = contrast[max(0, sides[1]) : sides[3], max(0, sides[0]) : sides[2]]
        yield (
            round(float(part.mean()), 3),
            (int(sides[0]), int(sides[1]), int(sides[2]), int(sides[3])),
        )


def _read(luma: Image, place: tuple[int, int, int, int]) -> Code | None:
    left, top = max(0, place[0]), max(0, place[1])
    part = luma[top : place[3], left : place[2]]
    longer = max(part.shape)
    least, most = READ_PX
    factor = most / longer if longer > most else 2.0 if longer < least else 1.0
    if factor != 1.0:
        kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        part = cv2.resize(part, None, fx=factor, fy=factor, interpolation=kind)
    try:
        text, corners, _ = cv2.QRCodeDetector().detectAndDecode(np.ascontiguousarray(part))
    except (cv2.error, UnicodeDecodeError):
        return None
    if corners is None or not len(corners):
        return None
    points = np.asarray(corners, dtype=np.float64).reshape(-1, 2) / factor
    height, width = luma.shape
    (x, y), (right, bottom) = points.min(axis=0), points.max(axis=0)
    x, y = max(0.0, x + left), max(0.0, y + top)
    right, bottom = min(float(width), right + left), min(float(height), bottom + top)
    if min(right - x, bottom - y) < LEAST_PX:
        return None
    box = (x / width, y / height, (right - x) / width, (bottom - y) / height)
    if not text and not _has_finders(luma, points + np.array([left, top])):
        return None
    return (text or None, (float(box[0]), float(box[1]), float(box[2]), float(box[3])))


def _has_finders(luma: Image, corners: Image) -> bool:
    """Tell whether three corners of an unread code hold its finder patterns.

    Such a pattern is seven modules wide (ISO/IEC 18004, 5.3.2) of the code's 21 to 57.
    """
    side = float(RECTIFIED_PX)
    square = np.array([[0, 0], [side, 0], [side, side], [0, side]], dtype=np.float32)
    if len(corners) != len(square):
        return False
    turn = cv2.getPerspectiveTransform(corners.astype(np.float32), square)
    flat = cv2.warpPerspective(luma, turn, (RECTIFIED_PX, RECTIFIED_PX), flags=cv2.INTER_AREA)
    for modules in range(21, 58, 4):
        small = cv2.resize(flat, (modules, modules), interpolation=cv2.INTER_AREA).astype(
            np.float32
        )
        parts = (small[:7, :7], small[:7, -7:], small[-7:, :7], small[-7:, -7:])
        if sum(_likeness(part) >= LEAST_LIKENESS for part in parts) >= 3:
            return True
    return False


def _likeness(part: Image) -> float:
    """Return the correlation of 7 × 7 modules with a finder pattern."""
    if part.std() < 1:
        return 0.0
    return float(np.corrcoef(part.ravel(), FINDER.ravel())[0, 1])


def _holds(
    place: tuple[int, int, int, int], box: tuple[float, ...], shape: tuple[int, ...]
) -> bool:
    """Tell whether a code that was found stands in the middle of a place."""
    across, down = (box[0] + box[2] / 2) * shape[1], (box[1] + box[3] / 2) * shape[0]
    return place[0] < across < place[2] and place[1] < down < place[3]
