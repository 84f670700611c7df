"""A camera's picture that stands still is frozen; slides, titles, photographs and screens are not.

What an encoder leaves of a picture that stands still is made by hand: nothing, a key frame that
shows it a little differently, grain that is coded now and then.
"""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from models.profile import Limits
from tasks.media.detectors.motion import Motion
from tasks.media.detectors.still_picture import FreezeDetector
from tests.support.scenes import HEIGHT, WIDTH, coded, grainy, seen, verdict_on, world

RATE = 25
LIMITS = Limits()
BEFORE_S, AFTER_S = 4.0, 4.0


def judged(looks, rate=RATE, limits=LIMITS):
    motion = Motion()
    return verdict_on(FreezeDetector(limits, rate, motion), looks, rate, before=motion)


def person(look, moment_s, left=60):
    """Put someone before it who sways, nods and waves."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    middle = left + 2.5 * np.sin(1.1 * moment_s) + np.sin(2.7 * moment_s)
    head = np.hypot(columns - middle, rows - 40 - 0.7 * np.sin(1.7 * moment_s)) < 9
    body = (np.abs(columns - middle) < 16) & (rows > 50)
    hand_at = middle + 24 + 5 * np.sin(2.3 * moment_s), 62 + 8 * np.sin(1.9 * moment_s)
    hand = np.hypot(columns - hand_at[0], rows - hand_at[1]) < 4
    shown = np.where(body, 60 + 20 * np.sin(columns / 3), look)
    return np.where(head | hand, 170.0, shown)


def panned(moment_s):
    """Pan slowly with an unsteady hand."""
    sway = np.sin(14 * moment_s), np.sin(11 * moment_s + 1)
    return seen(100 + 20 * np.sin(0.6 * moment_s) + sway[0], 100 + sway[1])


def on_tripod(moment_s):
    return person(seen(200, 100), moment_s)


def in_the_dark(moment_s):
    return 16 + (on_tripod(moment_s) - 16) * 0.15


def at_a_white_board(moment_s):
    board = np.full((HEIGHT, WIDTH), 215.0)
    board[20:24, 20:60:3] = 60
    return person(board, moment_s, left=110)


SCENES = {"pan": panned, "tripod": on_tripod, "dark": in_the_dark, "board": at_a_white_board}


@cache
def live(scene, seconds, start_s=0.0, rate=RATE, grain=0.6):
    """Film a scene with a little grain."""
    moments = start_s + np.arange(round(seconds * rate)) / rate
    return [coded(look) for look in grainy((scene(t) for t in moments), grain, round(start_s))]


def nothing(held, count):
    return [held] * count


def key_frames(held, count):
    """Show the picture a little differently every two seconds and a half."""
    other = coded(held + np.random.default_rng(5).normal(0, 1.2, held.shape))
    return [other if n // 62 % 2 else held for n in range(count)]


def coarse_key_frames(held, count):
    """Show it anew twice a second, for a frame or two, as MPEG-4 Part 2 does."""
    other = coded(held + np.random.default_rng(5).normal(0, 0.3, held.shape))
    return [other if n % 12 in (0, 1) and n else held for n in range(count)]


def grain(held, count):
    """Let a few pixels change in each frame."""
    rng = np.random.default_rng(6)
    return [coded(held + (rng.random(held.shape) < 0.004)) for _ in range(count)]


def settling(held, count):
    """Get it right over half a second, as a hasty encoder does."""
    rough = coded(held + np.random.default_rng(7).normal(0, 2.0, held.shape)).astype(float)
    parts = [held + (rough - held) * 0.7**n for n in range(count)]
    return [coded(part) for part in parts]


RESIDUES = [nothing, key_frames, coarse_key_frames, grain, settling]


@pytest.mark.parametrize("residue", RESIDUES)
@pytest.mark.parametrize("times", [1.5, 3.0])
def test_a_frozen_camera_has_its_moments(times, residue):
    seconds = LIMITS.freeze_s * times
    before = live(panned, BEFORE_S)
    after = live(panned, AFTER_S, BEFORE_S)
    (problem,) = judged([*before, *residue(before[-1], round(seconds * RATE)), *after]).problems
    assert problem.check == "video.freeze"
    ((start, end),) = problem.spans
    assert (start, end) == pytest.approx((BEFORE_S, BEFORE_S + seconds), abs=0.5)


@pytest.mark.parametrize(
    ("scene", "rate"),
    [*((scene, RATE) for scene in SCENES.values()), (panned, 15), (on_tripod, 30)],
)
def test_any_scene_may_freeze(scene, rate):
    before = live(scene, BEFORE_S, rate=rate)
    after = live(scene, AFTER_S, BEFORE_S + 7.5, rate=rate)
    (problem,) = judged([*before, *[before[-1]] * round(7.5 * rate), *after], rate).problems
    ((start, end),) = problem.spans
    assert (start, end) == pytest.approx((BEFORE_S, BEFORE_S + 7.5), abs=0.3)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_recording_may_begin_or_end_frozen(scene):
    alive = live(scene, 6)
    for looks, expected in (
        ([*alive, *[alive[-1]] * 200], (6, 14)),
        ([*[alive[0]] * 200, *alive], (0, 8)),
    ):
        (problem,) = judged(looks).problems
        assert problem.spans[0] == pytest.approx(expected, abs=0.3)


def test_slides_freeze_where_the_speaker_in_their_corner_does():
    def lecture(moment_s):
        look, corner = slide(0), person(seen(200, 100), moment_s)[30:82:2, 40:112:2]
        look[60:86, 120:156] = next(grainy([corner], seed=round(moment_s * RATE)))
        return look

    before, after = live(lecture, 4, grain=0), live(lecture, 4, 4, grain=0)
    (problem,) = judged([*before, *[before[-1]] * 200, *after]).problems
    assert problem.spans[0] == pytest.approx((4, 12), abs=0.3)
    assert judged(live(lecture, 12, grain=0)).problems == ()


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_who_hardly_moves_is_not_frozen(scene):
    assert judged(live(scene, 14)).problems == ()


@pytest.mark.parametrize("keeps", [0.0, 0.02])
def test_an_empty_room_is_not_frozen(keeps):
    """An encoder that finds nothing to code keeps most of a picture; who leaves, leaves it so."""
    rng, looks = np.random.default_rng(3), live(on_tripod, 4)
    for _ in range(150):
        last = looks[-1]
        noise = rng.normal(0, 0.8, last.shape) * (rng.random(last.shape) > keeps)
        looks.append(coded(seen(200, 100) + noise))
    assert judged(looks).problems == ()


def test_a_short_stop_is_none():
    before = live(panned, 4)
    assert judged([*before, *[before[-1]] * 110, *live(panned, 4, 4)]).problems == ()


def slide(number):
    """Draw a page: a bar, lines of writing."""
    page = np.full((HEIGHT, WIDTH), 230.0)
    page[:6] = 60
    rng = np.random.default_rng(number)
    for row in range(15, 75, 12):
        letters = rng.integers(2, 4, 30).cumsum()
        page[row : row + 4, 12 + letters[letters < 120]] = 40
    return page


def photograph(number):
    return seen(40 + 90 * number, 60, seed=20 + number)


def zoomed(number, seconds=3.0, until=1.12):
    """Zoom slowly into a photograph, as editing programs do."""
    photo = world(20 + number)
    photo = photo + np.kron(
        np.random.default_rng(number).normal(0, 12, (170, 300)), np.ones((2, 2))
    )
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    looks = []
    for factor in np.linspace(1, until, round(seconds * RATE)):
        y, x = 150 + (rows - 45) / factor, 250 + (columns - 80) / factor
        top, left = y.astype(int), x.astype(int)
        down, across = y - top, x - left
        above = photo[top, left] * (1 - across) + photo[top, left + 1] * across
        below = photo[top + 1, left] * (1 - across) + photo[top + 1, left + 1] * across
        looks.append(above * (1 - down) + below * down)
    return looks


def moved_in(picture, seconds=1.2):
    """Move lines of writing into a picture that stands still."""
    looks = []
    for n in range(round(seconds * RATE)):
        look = picture.copy()
        left = round(120 * (1 - n / seconds / RATE))
        look[60:64, left : left + 40 : 2] = 235
        look[70:74, left : left + 30 : 2] = 235
        looks.append(look)
    return looks


def dissolved(one, other, seconds=1.0):
    count = round(seconds * RATE)
    return [one + (other - one) * n / count for n in range(1, count)]


def pushed(one, other, seconds=0.8):
    both, count = np.hstack([one, other]), round(seconds * RATE)
    starts = [round(WIDTH * n / count) for n in range(1, count)]
    return [both[:, start : start + WIDTH] for start in starts]


def used(screen):
    """Move a pointer over a screen, and type."""
    looks = []
    for n in range(4 * RATE):
        look = screen.copy()
        row, column = 20 + round(20 * np.sin(n / 9)) + n // 5, 20 + n
        look[row : row + 4, column : column + 3] = 20
        look[70:74, 20 : 20 + n // 4 : 2] = 30
        looks.append(look)
    return [*looks, *[looks[-1]] * (7 * RATE)]


def held(picture, seconds=7.0):
    return [picture] * round(seconds * RATE)


def album(change):
    pictures = [photograph(n) for n in range(3)]
    looks = held(pictures[0])
    for one, other in pairwise(pictures):
        looks += [*change(one, other), *held(other)]
    return looks


STILL = {
    "slides": [*held(slide(0)), *held(slide(1)), *held(slide(2))],
    "slides after a camera": [*live(panned, 4), *held(slide(0)), *live(panned, 4)],
    "a photograph after a camera": [*live(panned, 4), *held(photograph(1)), *live(panned, 4)],
    "a photograph after a tripod": [*live(on_tripod, 4), *held(photograph(1)), *live(on_tripod, 4)],
    "a camera dissolves into a photograph": [
        *live(panned, 4),
        *dissolved(panned(4), photograph(1)),
        *held(photograph(1)),
        *dissolved(photograph(1), panned(0)),
        *live(panned, 4),
    ],
    "an album that dissolves": album(dissolved),
    "an album that is pushed": album(pushed),
    "an album that is cut": album(lambda _one, _other: []),
    "a title that moves in": [
        *held(photograph(0), 2),
        *moved_in(photograph(0)),
        *held(photograph(0)),
    ],
    "a photograph zoomed into": [*zoomed(1), *held(zoomed(1)[-1])],
    "a photograph zoomed out of": [*held(zoomed(1)[-1]), *zoomed(1)[::-1]],
    "a screen that is used": used(slide(0)),
    "a desktop that is used": used(photograph(2)),
    "black, then a title": [
        *held(np.full((HEIGHT, WIDTH), 16.0), 2),
        *moved_in(np.full((HEIGHT, WIDTH), 16.0)),
        *held(slide(3)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("looks", STILL.values(), ids=STILL)
@pytest.mark.parametrize("residue", [nothing, key_frames])
def test_what_is_drawn_or_shown_is_not_frozen(looks, residue):
    if residue is key_frames:
        shimmer = np.random.default_rng(5).normal(0, 1.2, (HEIGHT, WIDTH))
        looks = [coded(look + (shimmer if n // 62 % 2 else 0)) for n, look in enumerate(looks)]
    assert judged(looks).problems == ()


def test_a_photograph_alone_can_not_be_told():
    assert judged(held(world()[100:190, 100:260], 9)).unsure == ("video.freeze",)


def test_the_limit_is_the_campaigns():
    before = live(panned, 4)
    looks = [*before, *[before[-1]] * 80, *live(panned, 4, 4)]
    assert judged(looks, limits=Limits(freeze_s=2.0)).problems
