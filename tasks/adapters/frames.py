"""The door to OpenCV: it sees only stills that the ffmpeg door made."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import cv2
import numpy as np

from models.errors import OutputRejected
from models.report import Box
from tasks.media.detection import Detail, Still
from tasks.media.frames import SHEET_COLUMNS, StillFacts, choose_for_faces, timecode

Image = Any  # numpy array (height, width, 3), BGR, uint8
TILE = (320, 180)
GAP = 6
FACE_WIDTH = 320

one_at_a_time = Lock()
"""OpenCV's detector, of which a process has one, fails when two threads ask it at once."""


def measure_stills(
    paths: Iterable[Path], stills_per_s: float, show: Callable[[Still], None]
) -> tuple[StillFacts, ...]:
    """Measure stills that lie in order, `stills_per_s` to the second from 0 on, and show each.

    Two are in memory at a time.
    """
    facts: list[StillFacts] = []
    before: Image = None
    for number, path in enumerate(paths):
        image = _read(path)
        whole = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        show(Still(number / stills_per_s, image, whole))
        gray = _reduced(whole)
        change = 0.0 if before is None else _difference(before, gray)
        if facts:
            facts[-1] = replace(facts[-1], change=max(facts[-1].change, change))
        facts.append(
            StillFacts(
                path=str(path),
                time_s=number / stills_per_s,
                luma_mean=float(gray.mean()),
                contrast=float(gray.std()),
                sharpness=_sharpness(gray),
                change=change,
            )
        )
        before = gray
    return tuple(facts)


def with_faces(stills: Sequence[StillFacts]) -> list[StillFacts]:
    """Return the stills with the faces that they show, sought where a poster may come from."""
    shares = {s.path: _face_share(Path(s.path)) for s in choose_for_faces(stills)}
    return [replace(s, face_share=shares.get(s.path, 0.0)) for s in stills]


def show_details(
    paths: Iterable[Path], details_per_s: float, show: Callable[[Detail], None]
) -> None:
    """Show the details, which lie in order, the first amid the first of equal stretches."""
    for number, path in enumerate(paths):
        show(Detail((number + 0.5) / details_per_s, _read(path, cv2.IMREAD_GRAYSCALE)))


def write_contact_sheet(stills: Sequence[StillFacts], path: Path) -> None:
    """Write a sheet of stills with their time codes.

    Raises:
        OutputRejected: the sheet could not be written.
    """
    columns = min(SHEET_COLUMNS, max(1, len(stills)))
    rows = max(1, -(-len(stills) // columns))
    width, height = TILE
    sheet = np.full(
        (rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3), 24, dtype=np.uint8
    )
    for number, still in enumerate(stills):
        tile = _tile(_read(Path(still.path)))
        _write_text(tile, timecode(still.time_s))
        row, column = divmod(number, columns)
        top, left = GAP + row * (height + GAP), GAP + column * (width + GAP)
        sheet[top : top + height, left : left + width] = tile
    _save(sheet, path, cv2.IMWRITE_JPEG_QUALITY, 85)


def write_evidence(still: StillFacts, path: Path, box: Box | None = None) -> None:
    """Write a still with its time code and, where there is one, the box of the problem.

    Raises:
        OutputRejected: the picture could not be written.
    """
    image = _read(Path(still.path))
    if box:
        height, width = image.shape[:2]
        left, top = round(box[0] * width), round(box[1] * height)
        right, bottom = round((box[0] + box[2]) * width), round((box[1] + box[3]) * height)
        cv2.rectangle(image, (left, top), (right - 1, bottom - 1), (40, 40, 235), 2)
    _write_text(image, timecode(still.time_s))
    path.parent.mkdir(exist_ok=True)
    _save(image, path, cv2.IMWRITE_JPEG_QUALITY, 85)


def _reduced(gray: Image) -> Image:
    height, width = gray.shape
    size = (FACE_WIDTH, max(2, round(height * FACE_WIDTH / width)))
    return cv2.resize(gray, size, interpolation=cv2.INTER_AREA)


def _sharpness(gray: Image) -> float:
    return float(cv2.Laplacian(gray, cv2.CV_64F).var())


def _difference(one: Image, other: Image) -> float:
    return float(cv2.absdiff(one, other).mean())


def _face_share(path: Path) -> float:
    gray = _reduced(_read(path, cv2.IMREAD_GRAYSCALE))
    with one_at_a_time:
        faces = _face_detector().detectMultiScale(
            gray, scaleFactor=1.2, minNeighbors=6, minSize=(28, 28)
        )
    return float(max((w * h for _, _, w, h in faces), default=0) / gray.size)


@lru_cache(maxsize=1)
def _face_detector() -> cv2.CascadeClassifier:
    data = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"
    return cv2.CascadeClassifier(str(data))


def _read(path: Path, colors: int = cv2.IMREAD_COLOR) -> Image:
    image = cv2.imread(str(path), colors)
    if image is None:
        raise OutputRejected(path.name, ("not a readable picture",))
    return image


def _save(image: Image, path: Path, option: int, value: int) -> None:
    if not cv2.imwrite(str(path), image, [option, value]):
        raise OutputRejected(path.name, ("could not be written",))


def _tile(image: Image) -> Image:
    """Fit a still of any shape into a tile, on black."""
    height, width = image.shape[:2]
    scale = min(TILE[0] / width, TILE[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    tile = np.zeros((TILE[1], TILE[0], 3), dtype=np.uint8)
    left, top = (TILE[0] - size[0]) // 2, (TILE[1] - size[1]) // 2
    tile[top : top + size[1], left : left + size[0]] = small
    return tile


def _write_text(image: Image, text: str) -> None:
    font, scale, thick = cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1
    (width, height), _ = cv2.getTextSize(text, font, scale, thick)
    bottom = image.shape[0]
    cv2.rectangle(image, (0, bottom - height - 10), (width + 12, bottom), (0, 0, 0), -1)
    cv2.putText(image, text, (6, bottom - 6), font, scale, (255, 255, 255), thick, cv2.LINE_AA)
