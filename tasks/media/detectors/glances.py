"""Small copies of the stills, for detectors that look back."""

from tasks.media.detection import NOTHING_FOUND, Array, Still, Verdict
from tasks.media.detectors.patches import halve
from tasks.media.detectors.stretches import usual_step_s

MOST_SMALL = 180
"""When there are as many, every other one is dropped."""


class Glances:
    """Sees stills and keeps some at half their size, all at a quarter: 20 MB at most."""

    checks: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.times: list[float] = []
        self.tiny: list[Array] = []
        """(height / 4, width / 4) uint8 at each of the times, all of one size."""
        self.small_times: list[float] = []
        self.small: list[Array] = []
        """(height / 2, width / 2) uint8 at each of these times, evenly apart."""
        self._stride = 1

    def see(self, seen: Still) -> None:
        """Keep it, unless its size is another."""
        small = halve(seen.gray)
        if self.small and small.shape != self.small[0].shape:
            return
        if len(self.times) % self._stride == 0:
            self.small_times.append(seen.time_s)
            self.small.append(small)
        self.times.append(seen.time_s)
        self.tiny.append(halve(small))
        if len(self.small) == MOST_SMALL:
            del self.small[1::2], self.small_times[1::2]
            self._stride *= 2

    def verdict(self) -> Verdict:
        """Say nothing: it serves others."""
        return NOTHING_FOUND

    @property
    def step_s(self) -> float:
        """The usual time from one to the next."""
        return usual_step_s(self.times)
