"""Fields: what is interlaced loses its combs, what is progressive loses nothing.

All clips pan over one drawing that is known to the pixel, so each of a master's frames says from
which moment it is and how much of it survived.
"""

from functools import lru_cache

import numpy as np
import pytest

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


def middle(planes):
    """Frames spread over the whole, without the first and last."""
    return planes.luma[3:-3:10]


def found(made):
    """The findings on fields, with their severities."""
    return {c: s for c, s in made.checks.items() if c in ("video.interlaced", "video.telecine")}


def assert_panning(luma, *, from_frame: int, step_frames: int = 10):
    """Frames follow each other at the pan's own pace and in its direction."""
    places = places_of(luma)
    steps = np.diff(places)
    assert (np.abs(steps - step_frames * 2 * FIELD_PX) <= FIELD_PX).all(), places
    assert abs(places[0] - from_frame * 2 * FIELD_PX) <= 2 * FIELD_PX


@pytest.mark.parametrize("is_flagged", [True, False], ids=["flagged", "not flagged"])
@pytest.mark.parametrize("order", ["tff", "bff"])
def test_interlaced_pictures_lose_their_combs_and_keep_their_motion(tmp_path, order, is_flagged):
    pictures = woven(fields(), first=int(order == "bff"))
    options = INTERLACED[order] if is_flagged else UNFLAGGED
    clip = make_scene(tmp_path / "a.mp4", pictures, options=options)
    assert combing(render(clip).luma) > 20 * PROGRESSIVE_COMBING
    made = make(clip, tmp_path / "out")
    planes = read_planes(made.master)
    assert len(planes.luma) == SECONDS * 25
    assert combing(middle(planes)) < PROGRESSIVE_COMBING
    assert_panning(middle(planes), from_frame=3)
    assert loss(middle(planes)) < FIELDS_MERGED
    assert found(made) == {"video.interlaced": "warn"}


def test_progressive_pictures_flagged_as_interlaced_stay_sharp(tmp_path):
    clip = make_scene(tmp_path / "a.mp4", fields()[::2], options=INTERLACED["tff"])
    made = make(clip, tmp_path / "out")
    assert loss(middle(read_planes(made.master))) < NOTHING_LOST
    assert found(made) == {}


@pytest.mark.parametrize("is_flagged", [True, False], ids=["flagged", "not flagged"])
def test_a_mixture_loses_its_combs_and_keeps_what_is_sharp(tmp_path, is_flagged):
    half = SECONDS * 25 // 2
    pictures = np.concatenate([woven(fields())[:half], fields()[::2][half:]])
    options = INTERLACED["tff"] if is_flagged else UNFLAGGED
    clip = make_scene(tmp_path / "a.mp4", pictures, options=options)
    made = make(clip, tmp_path / "out")
    luma = read_planes(made.master).luma
    assert combing(luma[3 : half - 3]) < PROGRESSIVE_COMBING
    assert combing(luma[half + 3 : -3]) < PROGRESSIVE_COMBING
    assert loss(luma[5 : half - 3 : 10]) < FIELDS_MERGED
    assert loss(luma[half + 5 : -3 : 10]) < NOTHING_LOST
    assert found(made) == {"video.interlaced": "warn"}


def telecined():
    """The pan at 23.976 pictures a second in fields at 59.94: each picture lasts 2, then 3."""
    films = fields()[::2][: SECONDS * 24]
    lasting = np.repeat(np.arange(len(films)), np.resize([2, 3], len(films)))
    lasting = lasting[: len(lasting) // 2 * 2]
    return woven(films[lasting])


@pytest.mark.parametrize("is_flagged", [True, False], ids=["flagged", "not flagged"])
def test_film_in_fields_is_told_and_left_alone(tmp_path, is_flagged):
    options = INTERLACED["tff"] if is_flagged else UNFLAGGED
    clip = make_scene(tmp_path / "a.mp4", telecined(), rate="30000/1001", options=options)
    made = make(clip, tmp_path / "out")
    planes, alone = read_planes(made.master), render(clip)
    away = [distance(a, b) for a, b in zip(middle(planes), middle(alone), strict=False)]
    assert float(np.median(away)) < NOTHING_LOST
    assert combing(middle(planes)) == pytest.approx(combing(middle(alone)), rel=0.2)
    assert found(made) == {"video.telecine": "info"}


NOISE = {"picture": "nullsrc", "picture_filter": "geq=random(1)*200+20:128:128"}


@pytest.mark.parametrize(
    "clip",
    [
        {"picture": "testsrc2"},
        {"picture": "testsrc2", "seconds": 1.5},
        {"picture": "mandelbrot"},
        NOISE,
        {"picture": "testsrc2", "options": ("-crf", "48", "-preset", "ultrafast")},
        {"picture": "color=c=gray"},
    ],
    ids=["test card", "a short one", "zoom", "noise", "over-compressed", "nothing moves"],
)
def test_progressive_pictures_get_no_finding_on_fields(tmp_path, clip):
    told = {"seconds": SECONDS, "size": "320x180", **clip}
    made = make(make_clip(tmp_path / "a.mp4", **told), tmp_path / "out")
    assert found(made) == {}


@pytest.mark.parametrize("quality", ["10", "45"])
def test_a_progressive_pan_gets_no_finding_and_stays_as_it_is(tmp_path, quality):
    clip = make_scene(tmp_path / "a.mp4", fields()[::2], options=("-crf", quality))
    made = make(clip, tmp_path / "out")
    luma, alone = middle(read_planes(made.master)), middle(render(clip))
    assert max(distance(a, b) for a, b in zip(luma, alone, strict=True)) < 3
    assert found(made) == {}


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
