"""Small copies of all stills, for detectors that look back."""

from tasks.media.detection import NOTHING_FOUND, Array, Still, Verdict
from tasks.media.detectors.patches import halve
from tasks.media.detectors.stretches import usual_step_s


class Glances:
    """Sees stills and keeps them at half their size: 35 MB at most."""

    checks: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.times: list[float] = []
        self.small: list[Array] = []
        """(height / 2, width / 2) uint8, all of one size."""

    def see(self, seen: Still) -> None:
        """Keep it, unless its size is another."""
        small = halve(seen.gray)
        if self.small and small.shape != self.small[0].shape:
            return
        self.times.append(seen.time_s)
        self.small.append(small)

    def verdict(self) -> Verdict:
        """Say nothing: it serves others."""
        return NOTHING_FOUND

    @property
    def step_s(self) -> float:
        """The usual time from one to the next."""
        return usual_step_s(self.times)
