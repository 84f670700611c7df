"""Join what single stills say to stretches that last."""

from collections.abc import Sequence

import numpy as np

from tasks.media.notes import Span

LASTING_S = 5.0
MOST = 0.5
"""Of all stills: a fault in so many of them is there throughout."""
LONGEST_GAP = 4
"""Stills from one with the fault to the next, with ones between that can't be told."""


class Stretches:
    """Notes still after still whether it has a fault; None: it can't be told."""

    def __init__(self, lasting_s: float = LASTING_S) -> None:
        self._lasting_s = lasting_s
        self._times: list[float] = []
        self._told: list[bool | None] = []

    def add(self, time_s: float, has_fault: bool | None) -> None:
        """Take what the next still says."""
        self._times.append(time_s)
        self._told.append(has_fault)

    @property
    def is_mostly_told(self) -> bool:
        """Tell whether at least half of the stills could be judged."""
        return sum(told is not None for told in self._told) >= MOST * len(self._told)

    @property
    def faults(self) -> int:
        """How many stills have the fault."""
        return sum(told is True for told in self._told)

    def lasting(self) -> tuple[Span, ...]:
        """Return the stretches with the fault that last, or all where most stills have it.

        A single still that says otherwise, or stills that say nothing, don't end a stretch.
        """
        step = usual_step_s(self._times)
        spans = [
            (self._times[first], self._times[last] + step)
            for first, last in _runs(self._told)
            if last > first or len(self._told) == 1
        ]
        if self.faults >= MOST * len(self._told) and self.faults:
            return tuple(spans)
        return tuple((a, b) for a, b in spans if b - a >= self._lasting_s)


def usual_step_s(times: Sequence[float]) -> float:
    """Return the usual time from one still to the next."""
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.5


def _runs(told: Sequence[bool | None]) -> list[tuple[int, int]]:
    """Return first and last number of each run of faults."""
    runs: list[tuple[int, int]] = []
    sound = 0  # stills without the fault since the last one that had it
    for number, one in enumerate(told):
        if one:
            if runs and sound < 2 and number - runs[-1][1] <= LONGEST_GAP:
                runs[-1] = (runs[-1][0], number)
            else:
                runs.append((number, number))
            sound = 0
        elif one is False:
            sound += 1
    return runs
