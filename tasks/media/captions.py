"""Caption files: written, read back, cut and moved.

Cues are made by `tasks/media/cues.py`; here they already stand.
"""

import codecs
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from models.transcript import Cue

TIMES = re.compile(r"\s*(-?[\d:]+[.,]\d+|-?[\d:]+)\s*-->\s*(-?[\d:]+[.,]\d+|-?[\d:]+)")
MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|\{\\[^{}]*\}")
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True)
class SubtitleFormat:
    """How a caption file is written."""

    head: str
    decimal_mark: str
    is_numbered: bool
    is_escaped: bool
    """Whether `&`, `<` and `>` would be read as markup."""


SRT = SubtitleFormat(head="", decimal_mark=",", is_numbered=True, is_escaped=False)
WEBVTT = SubtitleFormat(head="WEBVTT\n", decimal_mark=".", is_numbered=False, is_escaped=True)


def render_srt(cues: Iterable[Cue]) -> str:
    """Return the cues as SubRip; without cues the file is empty."""
    return render(cues, SRT)


def render_vtt(cues: Iterable[Cue]) -> str:
    """Return the cues as WebVTT; without cues the file is its head."""
    return render(cues, WEBVTT)


def render(cues: Iterable[Cue], form: SubtitleFormat) -> str:
    """Return the text of a caption file."""
    blocks = [form.head] if form.head else []
    for number, cue in enumerate(cues, 1):
        start, end = (timestamp(at_s, form.decimal_mark) for at_s in (cue.start_s, cue.end_s))
        lines = [html.escape(line, quote=False) if form.is_escaped else line for line in cue.lines]
        count = [str(number)] if form.is_numbered else []
        blocks.append("\n".join([*count, f"{start} --> {end}", *lines]) + "\n")
    return "\n".join(blocks)


def timestamp(at_s: float, decimal_mark: str = ".") -> str:
    """Return `01:02:03.004`; rounded to milliseconds first, so that no field overflows.

    Raises:
        ValueError: the moment lies before the start.
    """
    if at_s < 0:
        raise ValueError(f"a caption can't stand at {at_s} s")
    seconds, milliseconds = divmod(round(at_s * 1000), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{decimal_mark}{milliseconds:03d}"


def decode_subtitle(data: bytes) -> tuple[Cue, ...]:
    """Return the cues of a caption file that somebody's editor wrote, in whatever encoding."""
    return parse_srt(_decoded(data))


def parse_srt(text: str) -> tuple[Cue, ...]:
    """Return the cues of a SubRip text, in order of time.

    Read as editors write it: numbers, blank lines and hours may be missing, the decimal mark may
    be a point; markup is left out and times before the start become the start. A cue without
    text is no cue.
    """
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines()]
    starts = [number for number, line in enumerate(lines) if TIMES.match(line)]
    cues = []
    for number, until in pairwise([*starts, len(lines)]):
        times = TIMES.match(lines[number])
        body = lines[number + 1 : until]
        if until < len(lines) and body and body[-1].isdigit():
            body.pop()
        shown = tuple(line for line in (MARKUP.sub("", line).strip() for line in body) if line)
        if times and shown:
            start_s, end_s = _seconds(times[1]), _seconds(times[2])
            cues.append(Cue(start_s=start_s, end_s=max(start_s, end_s), lines=shown))
    return tuple(sorted(cues, key=lambda cue: (cue.start_s, cue.end_s)))


def shift(cues: Iterable[Cue], offset_s: float) -> tuple[Cue, ...]:
    """Move the cues by `offset_s`; what would stand before the start is cut off."""
    moved = ((cue.start_s + offset_s, cue.end_s + offset_s, cue) for cue in cues)
    return tuple(_timed(cue, max(0.0, start), end) for start, end, cue in moved if end > 0)


def clip(
    cues: Iterable[Cue], in_s: float, out_s: float, *, shortest_s: float = 0.1
) -> tuple[Cue, ...]:
    """Keep what is shown between two moments, on the same clock.

    Remainders below `shortest_s` would only flash up, so they are left out.
    """
    parts = ((max(cue.start_s, in_s), min(cue.end_s, out_s), cue) for cue in cues)
    return tuple(
        _timed(cue, start, end)
        for start, end, cue in parts
        if end > start and (end - start >= shortest_s or (start, end) == (cue.start_s, cue.end_s))
    )


def _timed(cue: Cue, start_s: float, end_s: float) -> Cue:
    return cue.model_copy(update={"start_s": start_s, "end_s": end_s})


def _seconds(text: str) -> float:
    """Return the seconds of `1:02:03,004`; milliseconds are added up as whole numbers."""
    if text.startswith("-"):
        return 0.0
    whole, _, decimals = text.replace(",", ".").partition(".")
    milliseconds = int(decimals.ljust(3, "0")[:3] or 0)
    for position, field in enumerate(reversed(whole.split(":"))):
        milliseconds += int(field or 0) * 1000 * 60**position
    return milliseconds / 1000


def _decoded(data: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if b"\0" in data[:200]:
        first_is_zero = data[:200:2].count(0) > data[1:200:2].count(0)
        return data.decode("utf-16-be" if first_is_zero else "utf-16-le", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")
