"""The door to OpenCC, which knows how traditional characters are written simply."""

from functools import lru_cache
from typing import Protocol, cast


class Converter(Protocol):
    """The part of OpenCC that is used here."""

    def convert(self, text: str) -> str:
        """Return `text` in the other script."""
        ...


def to_simplified(text: str) -> str:
    """Return `text` in simplified characters; other scripts pass through."""
    return _converter().convert(text)


@lru_cache(maxsize=1)
def _converter() -> Converter:
    from opencc import OpenCC

    return cast("Converter", OpenCC("t2s"))
