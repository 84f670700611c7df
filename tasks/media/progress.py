"""Read what `ffmpeg -progress` writes."""

from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T", int, float)


@dataclass(frozen=True)
class Progress:
    """How far a command has come."""

    out_time_us: int | None
    """Microseconds of output written; None before the first packet."""
    speed: float | None
    """Times real time."""
    is_done: bool


class ProgressReader:
    """Turn `key=value` lines into one Progress a block."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}

    def read(self, line: str) -> Progress | None:
        """Take the next line; return a Progress when it closes a block, else None."""
        key, separator, value = line.strip().partition("=")
        if not separator:
            return None
        if key != "progress":
            self._fields[key] = value.strip()
            return None
        fields, self._fields = self._fields, {}
        return Progress(
            # `out_time_ms` holds microseconds too in ffmpeg 5.1; only this name is honest.
            out_time_us=_number(fields.get("out_time_us"), int),
            speed=_number(fields.get("speed", "").removesuffix("x"), float),
            is_done=value == "end",
        )


def fraction_done(progress: Progress, total_s: float | None) -> float | None:
    """Return the finished share in 0 … 1, or None when it can't be known."""
    if progress.is_done:
        return 1.0
    if not total_s or progress.out_time_us is None:
        return None
    return min(max(progress.out_time_us / 1_000_000 / total_s, 0.0), 1.0)


def _number(text: str | None, kind: type[T]) -> T | None:
    try:
        return kind(text) if text else None
    except ValueError:
        return None
