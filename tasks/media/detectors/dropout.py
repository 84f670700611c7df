"""Dropouts: holes of nothing that are torn into running sound."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from tasks.media.detection import SOUND_RATE_HZ, Array, Problem, SoundBlock, Verdict
from tasks.media.detectors.levels import Frames, decibels, runs
from tasks.media.notes import merge_spans

STEP_S = 0.005
STEP = round(STEP_S * SOUND_RATE_HZ)
SHORTEST, LONGEST = 3, 100
"""Steps: a hole of 20 ms covers three; from half a second on it is a pause between two sounds."""
HOLE_DB = -65.0
"""Digital silence, or what a codec makes of it (AAC at 64 kbit/s: -120 from the second step on)."""
EDGE = 3
"""Steps that a codec smears; they say nothing of the level beside a hole."""
BESIDE = 10
"""Steps on either side that show running sound: 50 ms."""
NEAREST, RUNNING_DB = 2, 8.0
"""Steps right beside the hole, and how far sound may fall in both; a word's end falls more."""
LOUD_DB, LOUDEST_SHARE = 25.0, 90
"""Sound beside a hole lies at most so far below the level that so many in 100 steps don't reach."""
QUIETEST_DB = -50.0
DIGITAL_DB = -90.0
"""Nothing at all: no room and no microphone is so quiet."""
DEEP_DB = 35.0
"""How far the level falls into a hole that is not digital silence."""
ALIKE_DB, UNLIKE_DB = 12.0, 20.0
"""A hole parts a sound from itself: a note that dies before the next one's attack is none. Where
nothing at all is in the hole, the levels on both sides may differ more."""
AUDIBLE_DB = -75.0
"""A room's noise beside a hole; where it is there, silence does not come by itself."""
FALLING_DB = 8.0
"""What falls more in the last 30 ms before a hole is closed by a gate or by lips."""
CLEAR = 7
"""One hole alone must be digital and last 35 ms; fewer than several others are unsure."""
SEVERAL = 3
MOST_A_SECOND = 1.0
"""More holes belong to the sound: a synthetic voice's plosives are as sharp and as empty as any
dropout (measured: 1.5 to 2 a second)."""
GAP_S = 2.0
"""Holes nearer to each other are one stretch."""


@dataclass
class Dropout:
    """Keeps a level for every 5 ms, in half decibels: an hour is 0.7 MB."""

    checks: tuple[str, ...] = ("audio.dropout",)
    _start_s: float | None = None
    _frames: Frames = field(default_factory=lambda: Frames(STEP, STEP))
    _levels: list[Array] = field(default_factory=list)

    def see(self, seen: SoundBlock) -> None:
        """Measure the steps that this block completes."""
        if self._start_s is None:
            self._start_s = seen.time_s
        frames = self._frames.push(seen.samples)
        if frames is not None:
            left, right = frames[..., 0], frames[..., 1]
            power = np.einsum("ij,ij->i", left, left) + np.einsum("ij,ij->i", right, right)
            below = -decibels(power / (2 * STEP))
            self._levels.append((2 * below).clip(0, 255).astype(np.uint8))

    def verdict(self) -> Verdict:
        """Report the holes: several, or a clear one."""
        if not self._levels:
            return Verdict()
        level = -np.concatenate(self._levels).astype(np.float32) / 2
        holes, is_foreign = _holes(level)
        if not holes:
            return Verdict()
        is_clear = any(
            end - first >= CLEAR and np.median(level[first:end]) <= DIGITAL_DB
            for first, end in holes
        )
        if not is_foreign or (len(holes) < SEVERAL and not is_clear):
            return Verdict(unsure=self.checks)
        return Verdict((self._problem(holes),))

    def _problem(self, holes: list[tuple[int, int]]) -> Problem:
        origin = self._start_s or 0.0
        longest = max(end - first for first, end in holes) * STEP_S
        return Problem(
            "audio.dropout",
            measured=f"{len(holes)} 处，最长 {longest * 1000:.0f} 毫秒",
            spans=tuple(
                merge_spans(
                    (
                        (round(origin + a * STEP_S, 3), round(origin + b * STEP_S, 3))
                        for a, b in holes
                    ),
                    GAP_S,
                )
            ),
        )


def _holes(level: Array) -> tuple[list[tuple[int, int]], bool]:
    """Return first and end step of every hole, and whether silence is foreign to this sound."""
    loud = max(float(np.percentile(level, LOUDEST_SHARE)) - LOUD_DB, QUIETEST_DB)
    holes: list[tuple[int, int]] = []
    soft = 0
    for first, end in _inner(level <= AUDIBLE_DB):
        if np.median(level[first:end]) > DIGITAL_DB:
            continue
        before, after = _sides(level, first, end, loud)
        is_abrupt = _is_abrupt(level[first - BESIDE : first][::-1])
        is_abrupt &= _is_abrupt(level[end : end + BESIDE])
        is_torn = before and after and abs(before - after) <= UNLIKE_DB
        if end - first <= LONGEST and (is_torn or (is_abrupt and (before or after))):
            holes.append((first, end))
        else:
            soft += 1
    digital = tuple(holes)
    for first, end in _inner(level <= HOLE_DB):
        inside = float(np.median(level[first:end]))
        is_known = any(first <= a < end for a, _ in digital)
        if end - first > LONGEST or is_known or inside <= DIGITAL_DB:
            continue
        before, after = _sides(level, first, end, loud)
        if before and after and min(before, after) - inside >= DEEP_DB:
            holes += [(first, end)] * (abs(before - after) <= ALIKE_DB)
    most = MOST_A_SECOND * max(1.0, len(level) * STEP_S)
    is_foreign = soft <= len(holes) and len(holes) <= most
    return sorted(holes), is_foreign


def _inner(is_low: Array) -> Iterator[tuple[int, int]]:
    """Yield low stretches that are long enough and have sound on both sides."""
    reach = EDGE + BESIDE
    for first, end in runs(is_low):
        if end - first >= SHORTEST and first >= reach and end <= len(is_low) - reach:
            yield first, end


def _sides(level: Array, first: int, end: int, loud: float) -> tuple[float | None, float | None]:
    return (
        _beside(level[first - EDGE - BESIDE : first][::-1], loud),
        _beside(level[end : end + EDGE + BESIDE], loud),
    )


def _is_abrupt(levels: Array) -> bool:
    """Tell whether the steps beside a hole, the nearest first, are heard and don't run out."""
    return bool(levels[1] >= max(AUDIBLE_DB, levels[6:BESIDE].mean() - FALLING_DB))


def _beside(levels: Array, loud: float) -> float | None:
    """Return the level that runs up to a hole, whose nearest step comes first, or None."""
    running = float(decibels(np.mean(10 ** (levels[EDGE:] / 10))))
    nearest = float(levels[:NEAREST].max())
    return running if running >= loud and nearest >= running - RUNNING_DB else None
