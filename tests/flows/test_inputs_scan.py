"""Fields: what is interlaced loses its combs, what is progressive loses nothing.

All clips pan over one drawing that is known to the pixel, so each of a master's frames says from
which moment it is and how much of it survived.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.batches import batch
from tests.support.clips import make_clip, make_of_pictures
from tests.support.pixels import combing, distance, read_planes, render
from tests.support.versions import make

pytestmark = pytest.mark.media

WIDTH, HEIGHT = 320, 180
SECONDS = 5
FIELD_PX = 4
"""How far the camera pans from one field to the next."""
INTERLACED = {
    "tff": ("-flags", "+ildct+ilme", "-x264-params", "tff=1", "-preset", "veryfast"),
    "bff": ("-flags", "+ildct+ilme", "-x264-params", "bff=1", "-preset", "veryfast"),
}
UNFLAGGED = ("-preset", "veryfast")
FINE = ("-crf", "10")
PROGRESSIVE_COMBING = 0.006
"""Twice the share of pixels that stand out between lines in a pan without fields."""

NOTHING_LOST, FIELDS_MERGED = 1.6, 3.8
"""Most that a frame may be away from the drawing, by `loss`."""


@lru_cache(maxsize=1)
def drawing():
    """A wide drawing as a camera sees the world: blotches of all sizes, posts and railings."""
    width = WIDTH + SECONDS * 50 * FIELD_PX
    random = np.random.default_rng(20)
    drawn = np.zeros((HEIGHT, width))
    for size, weight in ((2, 18), (6, 22), (24, 40)):
        rough = random.standard_normal((HEIGHT // size + 3, width // size + 3))
        rows = np.linspace(0, rough.shape[0] - 2, HEIGHT)
        columns = np.linspace(0, rough.shape[1] - 2, width)
        drawn += weight * bilinear(rough, rows, columns)
    drawn = 118 + drawn
    for left in range(20, width, 70):
        drawn[30:150, left : left + 6] = 225
    return np.clip(drawn, 20, 235).astype(np.uint8)


def bilinear(rough, rows, columns):
    top, left = rows.astype(int), columns.astype(int)
    down, right = (rows - top)[:, None], (columns - left)[None]
    upper = rough[top][:, left] * (1 - right) + rough[top][:, left + 1] * right
    lower = rough[top + 1][:, left] * (1 - right) + rough[top + 1][:, left + 1] * right
    return upper * (1 - down) + lower * down


@lru_cache(maxsize=1)
def fields():
    """The pan at 50 pictures a second."""
    drawn = drawing()
    return np.stack([drawn[:, n * FIELD_PX : n * FIELD_PX + WIDTH] for n in range(SECONDS * 50)])


def woven(pictures, first: int = 0):
    """Weave pictures two by two into frames; `first` is the line on which the earlier begins."""
    frames = pictures[0::2].copy()
    frames[:, 1 - first :: 2] = pictures[1::2, 1 - first :: 2]
    return frames


def make_scene(path, pictures, *, options=(), rate="25", filters="null"):
    return make_of_pictures(
        path,
        pictures,
        rate=rate,
        pixel_format="gray",
        picture_filter=f"scale=in_range=tv:out_range=tv,format=yuv420p,{filters}",
        options=(*FINE, *options),
    )


def places_of(luma) -> list[int]:
    """How far the pan has come in each frame, in pixels."""
    lines, columns = slice(40, 140, 5), slice(0, WIDTH, 4)
    drawn = drawing()[lines].astype(np.int16)
    shifts = range(drawn.shape[1] - WIDTH + 1)
    places = []
    for picture in luma:
        seen = picture[lines, columns].astype(np.int16)
        away = [np.abs(drawn[:, s : s + WIDTH][:, columns] - seen).sum() for s in shifts]
        places.append(int(np.argmin(away)))
    return places


def loss(luma) -> float:
    """How far the worst frame is from the drawing at its place, as a mean over its pixels.

    A frame that is encoded once more loses 1, half of whose lines are guessed 2.5, doubled 4; woven
    fields are 13 away from any place.
    """
    return max(
        distance(drawing()[:, place : place + WIDTH], picture)
        for place, picture in zip(places_of(luma), luma, strict=True)
    )


def middle(luma):
    """Frames spread over the whole, without the first and last."""
    return luma[3:-3:10]


def assert_panning(luma, *, from_frame: int, step_frames: int = 10):
    """Frames follow each other at the pan's own pace and in its direction."""
    places = places_of(luma)
    steps = np.diff(places)
    assert (np.abs(steps - step_frames * 2 * FIELD_PX) <= FIELD_PX).all(), places
    assert abs(places[0] - from_frame * 2 * FIELD_PX) <= 2 * FIELD_PX


def telecined():
    """The pan at 23.976 pictures a second in fields at 59.94: each picture lasts 2, then 3."""
    films = fields()[::2][: SECONDS * 24]
    lasting = np.repeat(np.arange(len(films)), np.resize([2, 3], len(films)))
    return woven(films[lasting[: len(lasting) // 2 * 2]])


HALF = SECONDS * 25 // 2
NTSC = "30000/1001"
CARDS: dict[str, dict] = {
    "test card": {"picture": "testsrc2"},
    "a short one": {"picture": "testsrc2", "seconds": 1.5},
    "zoom": {"picture": "mandelbrot"},
    "noise": {"picture": "nullsrc", "picture_filter": "geq=random(1)*200+20:128:128"},
    "over-compressed": {"picture": "testsrc2", "options": ("-crf", "48")},
    "nothing moves": {"picture": "color=c=gray"},
}


def make_named(folder, scene: str):
    """Make a scene by its name, which says how it was scanned and whether it is flagged so."""
    path = folder / "a.mp4"
    if scene in CARDS:
        return make_clip(path, **{"seconds": SECONDS, "size": "320x180", **CARDS[scene]})
    kind, _, flag = scene.partition(", ")
    order = "bff" if kind == "bottom first" else "tff"
    options = INTERLACED[order] if flag == "flagged" else UNFLAGGED
    if kind == "film":
        return make_scene(path, telecined(), rate=NTSC, options=options)
    if kind == "progressive":
        coarse = ("-crf", "45") if flag == "coarse" else ()
        return make_scene(path, fields()[::2], options=(*options, *coarse))
    frames = woven(fields(), first=int(order == "bff"))
    if kind == "half":
        frames = np.concatenate([frames[:HALF], fields()[::2][HALF:]])
    return make_scene(path, frames, options=options)


@dataclass(frozen=True)
class Scanned:
    """The frames of a master, and those of its source as they are."""

    luma: NDArray[np.uint8]
    alone: NDArray[np.uint8]
    found: dict[str, str]
    """The findings on fields, with their severities."""


def scan(folder, scene: str) -> Scanned:
    clip = make_named(folder, scene)
    made = make(clip, folder / "out")
    told = {c: s for c, s in made.checks.items() if c in ("video.interlaced", "video.telecine")}
    return Scanned(read_planes(made.master).luma, render(clip).luma, told)


@pytest.fixture(scope="module")
def scanned(request, tmp_path_factory):
    yield from batch(request, tmp_path_factory, "scene", scan)


@pytest.mark.parametrize(
    "scene",
    ["top first, flagged", "top first", "bottom first, flagged", "bottom first"],
)
def test_interlaced_pictures_lose_their_combs_and_keep_their_motion(scanned, scene):
    one = scanned[scene].result()
    assert combing(one.alone) > 20 * PROGRESSIVE_COMBING
    assert len(one.luma) == SECONDS * 25
    assert combing(middle(one.luma)) < PROGRESSIVE_COMBING
    assert_panning(middle(one.luma), from_frame=3)
    assert loss(middle(one.luma)) < FIELDS_MERGED
    assert one.found == {"video.interlaced": "warn"}


@pytest.mark.parametrize("scene", ["half, flagged", "half"])
def test_a_mixture_loses_its_combs_and_keeps_what_is_sharp(scanned, scene):
    one = scanned[scene].result()
    assert combing(one.luma[3 : HALF - 3]) < PROGRESSIVE_COMBING
    assert combing(one.luma[HALF + 3 : -3]) < PROGRESSIVE_COMBING
    assert loss(one.luma[5 : HALF - 3 : 10]) < FIELDS_MERGED
    assert loss(one.luma[HALF + 5 : -3 : 10]) < NOTHING_LOST
    assert one.found == {"video.interlaced": "warn"}


@pytest.mark.parametrize("scene", ["film, flagged", "film"])
def test_film_in_fields_is_told_and_left_alone(scanned, scene):
    one = scanned[scene].result()
    away = [distance(a, b) for a, b in zip(middle(one.luma), middle(one.alone), strict=False)]
    assert float(np.median(away)) < NOTHING_LOST
    assert combing(middle(one.luma)) == pytest.approx(combing(middle(one.alone)), rel=0.2)
    assert one.found == {"video.telecine": "info"}


@pytest.mark.parametrize("scene", ["progressive, flagged", "progressive"])
def test_progressive_pictures_stay_sharp_whatever_their_flag(scanned, scene):
    one = scanned[scene].result()
    assert loss(middle(one.luma)) < NOTHING_LOST
    assert one.found == {}


@pytest.mark.parametrize("scene", ["progressive, coarse", *CARDS])
def test_progressive_pictures_get_no_finding_and_stay_as_they_are(scanned, scene):
    one = scanned[scene].result()
    assert one.found == {}
    count = min(len(one.luma), len(one.alone))
    away = [distance(one.luma[n], one.alone[n]) for n in range(3, count - 3, 10)]
    assert max(away) < (3 if scene != "noise" else 25)


def test_the_measures_tell_fields_from_frames():
    frames = fields()[::2][:20]
    assert combing(frames) < PROGRESSIVE_COMBING
    assert combing(woven(fields()[:40])) > 20 * PROGRESSIVE_COMBING
    assert places_of(frames[:3]) == [0, 8, 16]
    assert loss(frames[:3]) == 0
    guessed = frames[:3].astype(float)
    guessed[:, 1:-1:2] = (guessed[:, :-2:2] + guessed[:, 2::2]) / 2
    assert NOTHING_LOST < loss(guessed.astype(np.uint8)) < FIELDS_MERGED
    doubled = frames[:3].copy()
    doubled[:, 1::2] = doubled[:, ::2]
    assert loss(doubled) > FIELDS_MERGED
    assert loss(woven(fields()[:6])) > FIELDS_MERGED
