"""Take what a command writes to a pipe while it runs, in pieces of one size."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tasks.media.watching import TAP


@dataclass(frozen=True)
class Tap:
    """Who takes what a command writes to `TAP`; the command waits for it.

    `on_piece` is called in a thread of its own; the last piece may be smaller than the others.
    """

    piece_bytes: int
    on_piece: Callable[[bytes], None]


@contextmanager
def tapped(argv: Sequence[str], tap: Tap | None) -> Iterator[tuple[Sequence[str], tuple[int, ...]]]:
    """Give `argv` a pipe in place of `TAP`, and the number that the command must inherit.

    When the block ends without an error the last piece has been taken.

    Raises:
        Exception: whatever `on_piece` raised.
    """
    if tap is None:
        yield argv, ()
        return
    outlet, inlet = os.pipe()
    drain = _Drain(outlet, tap)
    try:
        yield [f"pipe:{inlet}" if part == TAP else part for part in argv], (inlet,)
    finally:
        os.close(inlet)  # of the pipe's ends the last: the drain runs dry
    drain.finish()


class _Drain:
    """Reads a pipe until nobody can write to it any more."""

    def __init__(self, outlet: int, tap: Tap) -> None:
        self._tap = tap
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._read, args=(outlet,), daemon=True)
        self._thread.start()

    def finish(self) -> None:
        self._thread.join()
        if self._failure:
            raise self._failure

    def _read(self, outlet: int) -> None:
        with os.fdopen(outlet, "rb", buffering=max(1 << 16, self._tap.piece_bytes)) as pipe:
            while piece := pipe.read(self._tap.piece_bytes):
                try:
                    if self._failure is None:
                        self._tap.on_piece(piece)
                except Exception as error:  # noqa: BLE001 - the command must not wait for us
                    self._failure = error
