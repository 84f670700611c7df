"""What schools leave over the picture, as the checks' benchmark puts it into clean clips.

Each kind stands in two scenes, which take turns, so that all of them have several kinds.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from deployments.bench_defects import Defect, during, words
from tasks.media.notes import Span

SUBTITLES = (
    *("各位老师同学大家好", "今天谈一谈阅读的力量", "我们坚持了整整十年", "孩子们自己选择故事"),
    *("老师只问一个问题", "然后让他们自己去想", "谢谢大家的聆听", "一起读书有耐心"),
)
SCENES = ("cuts", "hand-held", "night", "shallow", "music")
"""Clean clips of 16 s whose picture moves: by cuts, by the camera, by what stands in it."""
SCENES_EACH = 2
THROUGHOUT: Span = (0, 999)
LINE_S, PAUSE_S, FIRST_S = 1.75, 0.3, 1.0
LINES_SPAN: Span = (FIRST_S, FIRST_S + LINE_S * len(SUBTITLES) - PAUSE_S)
SMALL_CODE_SPAN: Span = (4.0, 12.0)
LARGE_CODE_SPAN: Span = (5.0, 11.0)


@dataclass(frozen=True)
class Overlay:
    """One kind of overlay."""

    check: str
    kind: str
    picture: str
    inputs: tuple[str, ...] = ()
    span: Span | None = None
    """When it stands; None: throughout."""


def _lines(more: str) -> str:
    """Write lines that follow each other."""
    starts = (FIRST_S + LINE_S * number for number in range(len(SUBTITLES)))
    return ",".join(
        words(line, 40, "(w-tw)/2", "h-th-50", (start, start + LINE_S - PAUSE_S), more)
        for line, start in zip(SUBTITLES, starts, strict=True)
    )


def _picture(name: str) -> tuple[str, ...]:
    return ("-loop", "1", "-framerate", "25", "-i", f"{name}.pam")


def _code(side_px: int, x: str, y: str, span: Span) -> str:
    scaled = f"[1:v]scale={side_px}:{side_px}:flags=area[q]"
    return f"{scaled};[0:v][q]overlay={x}:{y}:{during(*span)}[v]"


CLOCK = r"%{pts\:gmtime\:1668000000}"
OVERLAYS = (
    Overlay("video.corner_mark", "logo", "[0:v][1:v]overlay=44:32[v]", _picture("logo")),
    Overlay(
        "video.corner_mark",
        "watermark",
        words("抖音号 heji2022", 32, "w-tw-40", "h-th-40", THROUGHOUT, "alpha=0.5"),
    ),
    Overlay(
        "video.corner_mark",
        "name",
        words("示例第一小学", 30, "w-tw-40", "36", THROUGHOUT, "alpha=0.9"),
    ),
    Overlay("video.corner_mark", "clock", words(CLOCK, 32, "40", "h-60", THROUGHOUT)),
    Overlay("video.burned_subtitles", "outlined", _lines("borderw=2"), span=LINES_SPAN),
    Overlay(
        "video.burned_subtitles",
        "on-a-box",
        _lines("box=1:boxcolor=black@0.6:boxborderw=8"),
        span=LINES_SPAN,
    ),
    Overlay(
        "video.qr_code",
        "in-a-corner",
        _code(120, "W-w-30", "30", SMALL_CODE_SPAN),
        _picture("qr"),
        SMALL_CODE_SPAN,
    ),
    Overlay(
        "video.qr_code",
        "in-the-middle",
        _code(360, "(W-w)/2", "(H-h)/2", LARGE_CODE_SPAN),
        _picture("qr"),
        LARGE_CODE_SPAN,
    ),
)


def overlay_defects() -> Iterator[Defect]:
    """Return each kind of overlay in as many scenes as it has a turn in."""
    for number, overlay in enumerate(OVERLAYS):
        for turn in range(SCENES_EACH):
            scene = SCENES[(number + turn * SCENES_EACH) % len(SCENES)]
            yield Defect(
                overlay.check,
                f"{overlay.kind}-{scene}",
                scene,
                overlay.picture,
                inputs=overlay.inputs,
                spans=(overlay.span,) if overlay.span else (),
            )
