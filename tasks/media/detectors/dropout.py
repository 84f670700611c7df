"""Dropouts: holes of nothing that are torn into running sound."""

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
"""Steps in which sound breaks off or comes back; a room, a gate or a breath take longer."""
BESIDE = 10
"""Steps on either side that show running sound: 50 ms."""
RUNNING_DB = 10.0
"""How far sound may fall right beside the hole; a word's end falls more."""
LOUD_DB, LOUDEST_SHARE = 25.0, 90
"""Sound beside a hole lies at most so far below the level that so many in 100 steps don't reach."""
QUIETEST_DB = -50.0
ALIKE_DB, UNLIKE_DB, DIGITAL_DB = 12.0, 20.0, -90.0
"""A hole parts a sound from itself: a note that dies before the next one's attack is none. Where
nothing at all is in the hole, the levels on both sides may differ more."""
CLEAR = 7
"""One hole alone must part equal levels and last 35 ms: a cut joins two places."""
SEVERAL = 3
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
        """Report the holes: several, or a clear one; fewer are not told."""
        if not self._levels:
            return Verdict()
        level = -np.concatenate(self._levels).astype(np.float32) / 2
        loud = max(float(np.percentile(level, LOUDEST_SHARE)) - LOUD_DB, QUIETEST_DB)
        holes = []
        is_clear = False
        for first, end in runs(level <= HOLE_DB):
            if not SHORTEST <= end - first <= LONGEST:
                continue
            before = _beside(level[max(0, first - EDGE - BESIDE) : first][::-1], loud)
            after = _beside(level[end : end + EDGE + BESIDE], loud)
            if before is None or after is None:
                continue
            is_alike = abs(before - after) <= ALIKE_DB
            is_digital = float(np.median(level[first:end])) <= DIGITAL_DB
            if is_alike or (is_digital and abs(before - after) <= UNLIKE_DB):
                holes.append((first, end))
                is_clear |= is_alike and end - first >= CLEAR
        if not holes:
            return Verdict()
        if len(holes) < SEVERAL and not is_clear:
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


def _beside(levels: Array, loud: float) -> float | None:
    """Return the level that runs up to a hole, whose nearest step comes first, or None."""
    if len(levels) < EDGE + BESIDE:
        return None
    running = float(decibels(np.mean(10 ** (levels[EDGE:] / 10))))
    nearest = float(levels[:EDGE].max())
    return running if running >= loud and nearest >= running - RUNNING_DB else None
