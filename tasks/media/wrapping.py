"""Break a line of Chinese, Latin or mixed text where a typesetter would.

Widths are in ems, so what is decided here holds for every size of the type.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

Width = Callable[[str], float]
"""Return the width of a piece of text, in ems."""

NEVER_FIRST = frozenset("，。、；：？！…—～·•）》〉」』】〕］｝”’％‰℃,.;:?!)]}%")
NEVER_LAST = frozenset("（《〈「『【〔［｛“‘([{￥$")
CLOSES_A_PHRASE = frozenset("，。、；：？！…—）》」』】”,;:?!)")
CLINGS_TO_THE_WORD_BEFORE = frozenset("的地得了着过们吗吧呢")
HAN = (
    "\u2e80-\u312f\u3190-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
)
UNIT = re.compile(
    rf"\s+|[—…]+|[{HAN}][\u0300-\u036f\ufe00-\ufe0f\U000e0100-\U000e01ef]*"
    rf"|[^\W{HAN}](?:[^\W{HAN}]|[\u0300-\u036f\u0f00-\u0fff])*(?:[-'’.,/@&+_][^\W{HAN}]+)*[%+]*"
    r"|."
)
RAGGED, HASTY = 6.0, 1.0
"""What uneven lines and a break inside a phrase cost."""


@dataclass(frozen=True)
class Wrapped:
    """Lines of one text."""

    lines: tuple[str, ...]
    width_em: float
    """Of the longest line."""


def split_units(text: str) -> tuple[str, ...]:
    """Return the pieces of `text` between which a line could break: a Han sign, a Latin word."""
    return tuple(UNIT.findall(text))


def wrap(text: str, lines: int, width: Width) -> Wrapped | None:
    """Return `text` on exactly `lines` lines of the most even widths, or None if it can't be.

    A line break in the text is kept and then nothing else is broken. No line begins with a
    closing mark or ends with an opening one.
    """
    given = [part.strip() for part in text.splitlines() if part.strip()]
    if len(given) > 1:
        return _measured(given, width) if len(given) == lines else None
    units = split_units(text.strip())
    if not units or lines > len(units):
        return None
    if lines == 1:
        return _measured(["".join(units)], width)
    starts = _best_starts(units, lines, width)
    if starts is None:
        return None
    bounds = zip(starts, (*starts[1:], len(units)), strict=True)
    broken = ["".join(units[a:b]).strip() for a, b in bounds]
    return _measured(broken, width) if all(broken) else None


def _measured(lines: list[str], width: Width) -> Wrapped:
    return Wrapped(tuple(lines), max(width(line) for line in lines))


def _best_starts(units: tuple[str, ...], lines: int, width: Width) -> tuple[int, ...] | None:
    """Find the first unit of every line by dynamic programming over the breaks."""
    count = len(units)
    ends = [0.0, *accumulate(width(unit) for unit in units)]
    ideal = ends[-1] / lines
    costs: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for line in range(lines):
        reached: dict[int, tuple[float, tuple[int, ...]]] = {}
        is_last = line == lines - 1
        for start, (cost, starts) in costs.items():
            for end in (count,) if is_last else range(start + 1, count):
                if start == end or not (is_last or may_break(units, end)):
                    continue
                total = cost + RAGGED * ((ends[end] - ends[start]) / ideal - 1) ** 2
                total += 0.0 if is_last else HASTY * _haste(units, end)
                if end not in reached or total < reached[end][0]:
                    reached[end] = (total, (*starts, start))
        costs = reached
    return costs[count][1] if count in costs else None


def may_break(units: tuple[str, ...], at: int) -> bool:
    """Tell whether a line may end before unit `at`."""
    before, after = units[at - 1], units[at]
    if after.isspace():
        return False  # the space ends the line that it follows
    if before.isspace():
        before = units[at - 2]
    return after[0] not in NEVER_FIRST and before[-1] not in NEVER_LAST


def _haste(units: tuple[str, ...], at: int) -> float:
    """Tell how much a break before unit `at` tears apart what belongs together."""
    before, after = units[at - 1], units[at]
    if before.isspace() or before[-1] in CLOSES_A_PHRASE:
        return 0.0
    if before[-1] in "·•" or after in CLINGS_TO_THE_WORD_BEFORE:
        return 4.0
    return 0.0 if after[0] in NEVER_LAST else 1.0
