"""Bring the works' captions onto the programme's clock, or into the picture."""

from collections.abc import Iterable, Mapping

from models.compilation import Clip, ProgrammeCaptions, Timeline
from models.profile import CardStyle
from models.transcript import Cue
from tasks.media.captions import clip, shift
from tasks.media.timeline import to_seconds

TEXT_SHARE = 0.052
"""Size of a Han sign, as a share of the picture's height."""
STYLE_FIELDS = (
    "Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, "
    "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding"
)
LINE_EM = 1.448
"""libass sizes type by its line: ascent and descent of the Noto CJK faces, in ems."""


def merge_captions(
    timeline: Timeline, captions: Mapping[str, ProgrammeCaptions]
) -> ProgrammeCaptions:
    """Return the captions of all clips, by work id, as they stand in the programme."""
    merged: list[Cue] = []
    for item, start in zip(timeline.items, timeline.starts, strict=True):
        if isinstance(item, Clip):
            at_s = to_seconds(start, timeline.frame_rate)
            merged += shift(cues_of(item, timeline, captions), at_s)
    return tuple(merged)


def cues_of(
    item: Clip, timeline: Timeline, captions: Mapping[str, ProgrammeCaptions]
) -> ProgrammeCaptions:
    """Return a clip's captions on a clock that starts with the clip."""
    in_s = to_seconds(item.in_frame, timeline.frame_rate)
    out_s = to_seconds(item.out_frame, timeline.frame_rate)
    return shift(clip(captions.get(item.work.work_id, ()), in_s, out_s), -in_s)


def render_ass(cues: Iterable[Cue], style: CardStyle, width_px: int, height_px: int) -> str:
    """Return an ASS script: white on a dark edge, low in the middle, inside the safe area."""
    size = round(height_px * TEXT_SHARE * LINE_EM)
    side = round(width_px * (1 - style.safe_share) / 2)
    low = round(height_px * (1 - style.safe_share) / 2)
    edge = max(1.0, height_px / 360)
    family = style.font.partition(":")[0]
    look = f"{family},{size},&H00FFFFFF,&H00000000,&H80000000,0,1,{edge:.1f},{edge / 2:.1f},2"
    head = (
        "[Script Info]",
        "ScriptType: v4.00+",
        f"PlayResX: {width_px}",
        f"PlayResY: {height_px}",
        "ScaledBorderAndShadow: yes",
        "WrapStyle: 2",  # only where a caption's lines end
        "",
        "[V4+ Styles]",
        f"Format: {STYLE_FIELDS}",
        f"Style: Caption,{look},{side},{side},{low},1",
        "",
        "[Events]",
        "Format: Layer, Start, End, Style, Text",
    )
    lines = [
        f"Dialogue: 0,{_clock(cue.start_s)},{_clock(cue.end_s)},Caption,"
        + "\\N".join(_plain(line) for line in cue.lines)
        for cue in cues
    ]
    return "\n".join([*head, *lines]) + "\n"


def _clock(seconds: float) -> str:
    ticks = round(seconds * 100)
    whole, part = divmod(ticks, 100)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}.{part:02d}"


def _plain(text: str) -> str:
    """Take the meaning from what would be a command."""
    return text.replace("\\", "＼").replace("{", "｛").replace("}", "｝")
