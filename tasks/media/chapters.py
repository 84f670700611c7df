"""The places of a programme that a viewer can jump to."""

from models.compilation import Card, Chapter, Clip, Manifest, Timeline
from tasks.media.markup import plain
from tasks.media.timeline import to_seconds


def plan_chapters(timeline: Timeline) -> tuple[Chapter, ...]:
    """Return chapters that cover the programme without a gap.

    A work begins with its card; the opening, the topic cards and the closing are chapters of
    their own.
    """
    heads: list[tuple[str, int]] = []
    for item, start, before in zip(
        timeline.items, timeline.starts, (None, *timeline.items), strict=False
    ):
        if isinstance(item, Card):
            heads.append((item.name, start))
        elif _is_work_card(before):
            heads[-1] = (item.work.label, heads[-1][1])
        else:
            heads.append((item.work.label, start))
    ends = [*(start for _, start in heads[1:]), timeline.frames]
    rate = timeline.frame_rate
    return tuple(
        Chapter(title=title, start_s=to_seconds(start, rate), end_s=to_seconds(end, rate))
        for (title, start), end in zip(heads, ends, strict=True)
    )


def render_chapter_metadata(title: str, chapters: tuple[Chapter, ...]) -> str:
    """Return title and chapters in ffmpeg's metadata format."""
    lines = [";FFMETADATA1", f"title={_escaped(title)}"]
    for chapter in chapters:
        lines += [
            "[CHAPTER]",
            "TIMEBASE=1/1000",
            f"START={round(chapter.start_s * 1000)}",
            f"END={round(chapter.end_s * 1000)}",
            f"title={_escaped(chapter.title)}",
        ]
    return "\n".join(lines) + "\n"


def render_chapter_vtt(chapters: tuple[Chapter, ...]) -> str:
    """Return the chapters as a WebVTT track."""
    blocks = [
        f"{number}\n{clock(chapter.start_s)} --> {clock(chapter.end_s)}\n{_one_line(chapter.title)}"
        for number, chapter in enumerate(chapters, 1)
    ]
    return "\n\n".join(["WEBVTT", *blocks]) + "\n"


def render_running_order(manifest: Manifest) -> str:
    """Return the programme as a markdown table: time, length, what stands there, work id."""
    rows = ["| 时间 | 时长 | 内容 | 作品 |", "| --- | --- | --- | --- |"]
    for chapter in manifest.chapters:
        shown = [
            work
            for work in manifest.works
            if chapter.start_s <= work.programme_start_s < chapter.end_s
        ]
        title = plain(chapter.title)
        cells = (
            clock(chapter.start_s, decimals=0),
            clock(chapter.end_s - chapter.start_s, decimals=0),
            f"**{title}**" if shown else title,
            " ".join(f"`{work.work_id}`" for work in shown),
        )
        rows.append(f"| {' | '.join(cells)} |")
    total = clock(manifest.release.duration_s, decimals=0)
    return "\n".join([*rows, f"| {total} | | 结束 | |"]) + "\n"


def clock(seconds: float, decimals: int = 3) -> str:
    """Return `hh:mm:ss` with that many decimals."""
    ticks = round(seconds * 10**decimals)
    whole, part = divmod(ticks, 10**decimals)
    text = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{text}.{part:0{decimals}d}" if decimals else text


def _is_work_card(item: Card | Clip | None) -> bool:
    return isinstance(item, Card) and item.layout == "work"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in "=;#\\" else char for char in _one_line(text))
