"""Dropouts: holes of nothing that are torn into running sound."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from tasks.media.detection import SOUND_RATE_HZ, Array, Problem, SoundBlock, Verdict
from tasks.media.detectors.levels import Frames, decibels
from tasks.media.detectors.runs import runs
from tasks.media.notes import merge_spans

FINE_S = 0.001
FINE = round(FINE_S * SOUND_RATE_HZ)
TO_STEP = 5
"""Fine steps, of a millisecond, that make a step."""
STEP_S = FINE_S * TO_STEP
SHORTEST, LONGEST = 3, 100
"""Steps: a hole of 20 ms covers three; from half a second on it is a pause between two sounds."""
HOLE_DB = -65.0
"""Digital silence, or what a codec makes of it (AAC at 64 kbit/s: -120 from the second step on)."""
AUDIBLE_DB = -75.0
"""A room's noise beside a hole; where it is there, silence does not come by itself."""
DIGITAL_DB = -90.0
"""Nothing at all: no room and no microphone is so quiet."""
EDGE = 3
"""Steps that a codec smears; they say nothing of the level beside a hole."""
BESIDE = 10
"""Steps on either side that show running sound: 50 ms."""
LOUDEST_SHARE = 90
"""The level that so many in 100 steps don't reach is that of loud sound."""
LOUD_DB, QUIETEST_DB = 25.0, -50.0
"""Sound beside a hole lies at most so far below loud sound: what is torn out of a pause, nobody
misses."""
FAINT_DB = 48.0
"""A side that is softer has died away before the silence, or grows out of it."""

REACH_MS, RING_DB = 24, 18.0
"""Beside digital silence a codec leaves a ring so long, so far below (MP3: 20 ms, 22 dB)."""
RUN_MS, LAST_MS, SHARP_DB = 14, 3, 8.0
"""A wave that is torn keeps its level up to the last millisecond that is whole; a sound that ends
falls. Measured after AAC: 96 in 100 torn edges fall less than this, and 40 in 100 ends of a
synthetic voice's vowels."""
RETURN_DB, RETURN_SHARE = 15.0, 0.45
"""Torn sound goes on as loud as it was. After a synthetic voice's closures, which are as sharp and
as empty as any hole, a soft burst comes first: 2 in 10 are within 15 dB of loud sound, of torn
holes 7 in 10."""
FEW_ENDS = 1 / 3
"""Of all holes: where so few sounds die away into nothing, a room is heard, and each is torn."""

NEAREST, RUNNING_DB = 2, 8.0
"""Steps right beside a hole that is not empty, and how far sound may fall in both."""
DEEP_DB = 35.0
"""How far the level falls into a hole that is not digital silence."""
ALIKE_DB = 12.0
"""Such a hole parts a sound from itself: a note that dies before the next one's attack is none."""

CLEAR = 7
"""One hole alone must be digital and last 35 ms; fewer than several others are unsure."""
SEVERAL = 3
MOST_A_SECOND = 1.0
"""More holes belong to the sound."""
GAP_S = 2.0
"""Holes nearer to each other are one stretch."""

Hole = tuple[int, int]
"""First and end step."""


@dataclass
class Dropout:
    """Keeps a level for every millisecond, in half decibels: an hour is 3.6 MB."""

    checks: tuple[str, ...] = ("audio.dropout",)
    _start_s: float | None = None
    _frames: Frames = field(default_factory=lambda: Frames(FINE * TO_STEP, FINE * TO_STEP))
    _levels: list[Array] = field(default_factory=list)

    def see(self, seen: SoundBlock) -> None:
        """Measure the steps that this block completes."""
        if self._start_s is None:
            self._start_s = seen.time_s
        frames = self._frames.push(seen.samples)
        if frames is not None:
            wave = frames.reshape(-1, 2 * FINE)
            below = -decibels(np.einsum("ij,ij->i", wave, wave) / (2 * FINE))
            self._levels.append((2 * below).clip(0, 255).astype(np.uint8))

    def verdict(self) -> Verdict:
        """Report the holes: several, or a clear one."""
        if not self._levels:
            return Verdict()
        fine = -np.concatenate(self._levels).astype(np.float32) / 2
        power = 10 ** (fine.reshape(-1, TO_STEP) / 10)
        level = decibels(power.mean(axis=1))
        loud = float(np.percentile(level, LOUDEST_SHARE))
        empty, is_foreign = _empty_holes(level, fine, loud)
        holes = sorted({*empty, *_deep_holes(level, loud, empty)})
        if not holes:
            return Verdict()
        is_clear = any(end - first >= CLEAR for first, end in empty)
        is_many = len(holes) > MOST_A_SECOND * max(1.0, len(level) * STEP_S)
        if is_many or not is_foreign or (len(holes) < SEVERAL and not is_clear):
            return Verdict(unsure=self.checks)
        return Verdict((self._problem(holes),))

    def _problem(self, holes: list[Hole]) -> Problem:
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


def _empty_holes(level: Array, fine: Array, loud: float) -> tuple[list[Hole], bool]:
    """Return the holes of digital silence, and whether silence is foreign to this sound."""
    heard = max(loud - LOUD_DB, QUIETEST_DB)
    holes: list[Hole] = []
    ends = returns = 0
    for first, end in _inner(level <= AUDIBLE_DB):
        if np.median(level[first:end]) > DIGITAL_DB:
            continue
        before, falls = _edge(fine[: (first + 1) * TO_STEP][::-1])
        after, rises = _edge(fine[(end - 1) * TO_STEP :])
        is_torn = falls and rises and min(before, after) >= loud - FAINT_DB
        if end - first > LONGEST or not is_torn:
            ends += 1
        elif max(before, after) >= heard:
            holes.append((first, end))
            returns += after >= loud - RETURN_DB
    is_room = ends <= FEW_ENDS * len(holes)
    return holes, is_room or (returns >= RETURN_SHARE * len(holes) and ends <= len(holes))


def _edge(levels: Array) -> tuple[float, bool]:
    """Return the level of the sound beside a hole, and whether it was torn.

    `levels` are those of each millisecond, from the hole outwards.
    """
    levels = np.maximum(levels[: REACH_MS + RUN_MS], AUDIBLE_DB)
    highest = np.lib.stride_tricks.sliding_window_view(levels, LAST_MS).max(axis=1)
    # The millisecond of the edge itself is partly empty.
    falls = highest[LAST_MS + 1 : REACH_MS] - highest[: REACH_MS - LAST_MS - 1]
    first = LAST_MS + 1 + int(falls.argmax())
    beside = levels[first : first + RUN_MS]
    running = float(decibels(np.mean(10 ** (beside / 10))))
    is_sharp = float(beside[:LAST_MS].max()) >= running - SHARP_DB
    is_empty = float(levels[: first - 1].max()) <= max(running - RING_DB, AUDIBLE_DB)
    return running, is_sharp and is_empty


def _deep_holes(level: Array, loud: float, known: list[Hole]) -> Iterator[Hole]:
    """Yield the holes that are not quite empty, as a soft codec leaves them."""
    heard = max(loud - LOUD_DB, QUIETEST_DB)
    for first, end in _inner(level <= HOLE_DB):
        inside = float(np.median(level[first:end]))
        is_known = any(first <= a < end for a, _ in known)
        if end - first > LONGEST or is_known or inside <= DIGITAL_DB:
            continue
        before = _beside(level[first - EDGE - BESIDE : first][::-1], heard)
        after = _beside(level[end : end + EDGE + BESIDE], heard)
        if before is None or after is None or abs(before - after) > ALIKE_DB:
            continue
        if min(before, after) - inside >= DEEP_DB:
            yield first, end


def _inner(is_low: Array) -> Iterator[Hole]:
    """Yield low stretches that are long enough and have sound on both sides."""
    reach = EDGE + BESIDE
    for first, end in runs(is_low):
        if end - first >= SHORTEST and first >= reach and end <= len(is_low) - reach:
            yield first, end


def _beside(levels: Array, heard: float) -> float | None:
    """Return the level that runs up to a hole, whose nearest step comes first, or None."""
    running = float(decibels(np.mean(10 ** (levels[EDGE:] / 10))))
    nearest = float(levels[:NEAREST].max())
    return running if running >= heard and nearest >= running - RUNNING_DB else None
