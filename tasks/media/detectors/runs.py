"""Find what stands in a row."""

from collections.abc import Iterator

import numpy as np

from tasks.media.detection import Array


def runs(flags: Array) -> Iterator[tuple[int, int]]:
    """Yield first and end of every stretch of true flags, (count,) bool."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def in_a_row(numbers: Array, apart: float) -> list[Array]:
    """Return rising numbers in groups, in which each is no farther than `apart` from the next.

    Of no numbers that is one empty group.
    """
    return np.split(numbers, np.flatnonzero(np.diff(numbers) > apart) + 1)
