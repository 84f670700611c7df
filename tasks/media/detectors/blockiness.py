"""Tell pictures of which strong compression left blocks, from frames at full size.

Two traces are looked for. Encoders without a filter between blocks (MPEG-4 Part 2, JPEG) leave
steps that stand alone: flat on both sides, and on every eighth pixel far more often than between.
H.264 smooths those, but what is left of the detail gathers around the edges of its blocks of 8 and
16. Slides, drawings and noise have steps anywhere, and leave neither.
"""

from dataclasses import dataclass

import numpy as np

from tasks.media.detection import Array, Detail, Problem, Verdict
from tasks.media.detectors.pixel_grid import Comb, some_lines

CHECK = "video.blocky"
BLOCK_PX, LEAST_PX = 8, 128
STEP, STRONG_STEP, LONGEST_STEP = 3, 5, 40
"""Grey levels of a step that stands alone."""
FLAT = 2
"""Grey levels between neighbours on both sides of it."""
CAP = 12
EDGES, EDGES_RATIO = 0.025, 2.5
"""Share of the places on the grid with such a step more than elsewhere, and how many times as
many. Measured on cameras' clips and after x264 at CRF 28: 0.018 and 2.3 at most; CRF 40: 0.017 to
0.05 and 2.6 to 6."""
STRONG_EDGES, STRONG_RATIO = 0.06, 3.0
MANY_EDGES, MANY_RATIO = 0.15, 4.0
"""The same for strong steps, and for so many of any strength that they tell alone. Measured after
MPEG-4 at a quantiser of 3: 0.04 and 0.11 at most; 8: 0.01 to 0.1 and 0.04 to 0.22; 20: 0.03 to 0.2
and 0.19 to 0.43."""
FEW_EDGES = 0.012
"""Of these, some are left where H.264 smoothed most; a drawing by numbers has none."""
LARGE, GRID, LARGE_GRID = 0.035, 0.15, 0.08
"""Size of the lines at 1/16 and 1/8 of the differences' spectra: 0.05 and 0.09 at most after CRF
28; 0.06 to 0.25 and 0.06 to 0.32 after CRF 45. `LARGE` goes with steps, the others tell alone."""
DOUBTED = 0.6
"""So much of these figures can't be told."""


@dataclass(frozen=True)
class _Traces:
    """Geometric means of what was measured along rows and columns."""

    edges: float
    edges_ratio: float
    strong: float
    strong_ratio: float
    grid: float
    large: float

    def is_blocky(self, share: float = 1.0) -> bool:
        """Tell whether a share of what blocks leave is there."""
        is_stepped = self.edges >= share * EDGES and self.edges_ratio >= EDGES_RATIO
        is_strong = self.strong >= share * STRONG_EDGES and self.strong_ratio >= STRONG_RATIO
        is_many = self.edges >= share * MANY_EDGES and self.edges_ratio >= MANY_RATIO
        is_gathered = self.grid >= share * GRID and self.large >= share * LARGE_GRID
        return (
            is_strong
            or is_many
            or (is_gathered and self.edges >= FEW_EDGES)
            or (is_stepped and self.large >= share * LARGE)
        )


class BlockinessDetector:
    """Find works in which blocks show, from details."""

    checks = (CHECK,)

    def __init__(self) -> None:
        self._size = (0, 0)
        self._sums: list[list[Array]] = []
        self._count = 0

    def see(self, detail: Detail) -> None:
        """Measure one detail."""
        if min(detail.luma.shape) < LEAST_PX:
            return
        if self._size != detail.luma.shape:
            self._size, self._sums, self._count = detail.luma.shape, [], 0
        measured = [_measure(lines) for lines in some_lines(detail.luma)]
        if self._sums:
            pairs = zip(self._sums, measured, strict=True)
            measured = [[a + b for a, b in zip(old, new, strict=True)] for old, new in pairs]
        self._sums = measured
        self._count += 1

    def verdict(self) -> Verdict:
        """Return whether blocks show throughout."""
        if not self._count:
            return Verdict()
        traces = self._traces()
        if traces.is_blocky():
            share = max(traces.edges, traces.grid)
            return Verdict((Problem(CHECK, f"方块边界处的痕迹 {share:.0%}"),))
        return Verdict(unsure=(CHECK,) if traces.is_blocky(DOUBTED) else ())

    def _traces(self) -> _Traces:
        told: list[tuple[float, ...]] = []
        for sums in self._sums:
            sizes, steps, strong = (each / self._count for each in sums)
            comb = Comb(sizes)
            lines = (comb.size(1 / BLOCK_PX), comb.size(1 / (2 * BLOCK_PX)))
            told.append((*_on_grid(steps), *_on_grid(strong), *lines))
        means = [float(np.sqrt(across * down)) for across, down in zip(*told, strict=True)]
        return _Traces(*means)


def _measure(lines: Array) -> list[Array]:
    """Return for each column the mean difference and the shares of steps that stand alone."""
    sizes = np.abs(np.diff(lines, axis=1))
    is_flat = sizes <= FLAT
    inner = sizes[:, 1:-1]
    alone = is_flat[:, :-2] & is_flat[:, 2:] & (inner <= LONGEST_STEP)
    count = len(lines)
    shares = [
        np.count_nonzero(alone & (inner >= least), axis=0) / count for least in (STEP, STRONG_STEP)
    ]
    return [np.minimum(sizes, CAP).sum(axis=0, dtype=np.int32) / count, *shares]


def _on_grid(shares: Array) -> tuple[float, float]:
    """Return how much more there is on every eighth column than between, and how many times.

    What stands half-way between counts alone: large pixels of a drawing repeat every fourth.
    """
    whole = len(shares) // BLOCK_PX * BLOCK_PX
    phases = shares[:whole].reshape(-1, BLOCK_PX).mean(axis=0)
    at = int(phases.argmax())
    half_way = float(phases[(at + BLOCK_PX // 2) % BLOCK_PX])
    other = max(float(np.delete(phases, at).mean()), half_way)
    return float(phases[at]) - other, float(phases[at]) / (other + 1e-4)
