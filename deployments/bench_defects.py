"""A fault that is put into a clean clip for the checks' benchmark, as data, and its command."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deployments.bench_clips import ENCODER, HEIGHT_PX, RATE, TEXT_FONT, WIDTH_PX, ffmpeg
from models.settings import FfmpegSettings
from tasks.media.notes import Span

MILD, STRONG = 1.5, 3.0
"""How many times over the limit a fault is."""
STRENGTHS = (MILD, STRONG)


@dataclass(frozen=True)
class Defect:
    """One fault of known kind, strength, place and time."""

    check: str
    """What should be said of it."""
    strength: str
    base: str = "lesson"
    picture: str = ""
    """Filters of the clip's picture, or a graph from `[0:v]` to `[v]`; empty: it is copied."""
    sound: str = ""
    """Filters of the clip's sound, or a graph from `[0:a]` to `[a]`; empty: it is copied."""
    inputs: tuple[str, ...] = ()
    """Arguments before further inputs, those included; `[1:v]` on."""
    options: tuple[str, ...] = ()
    """Of the output; they come last, so they win."""
    spans: tuple[Span, ...] = ()
    """Where it is; empty: throughout, or no moment is asked for."""
    also: frozenset[str] = frozenset()
    """Further checks that rightly speak of it."""
    suffix: str = ".mp4"
    surgery: Callable[[bytes], bytes] | None = None
    """What happens to the finished file."""
    limits: Mapping[str, Any] = field(default_factory=dict)
    """What the campaign asks for in this case."""

    @property
    def name(self) -> str:
        """The name of the case and of its clip, without suffix."""
        return f"{self.check}-{self.strength}"

    @property
    def is_recoded(self) -> bool:
        """Tell whether the picture is encoded anew."""
        return bool(self.picture)

    @property
    def ends_s(self) -> float:
        """The last moment that it is about."""
        return max((end for _, end in self.spans), default=0.0)


def build_defect(
    defect: Defect, source: str, name: str, seconds: float, settings: FfmpegSettings
) -> list[str]:
    """Return the command that puts `defect` into the clip `source`."""
    graphs = [_graph(defect.picture, "v"), _graph(defect.sound, "a")]
    wanted = ";".join(graph for graph in graphs if graph)
    graph = ("-filter_complex", wanted) if wanted else ()
    picture = ("-map", "[v]") if defect.picture else ("-map", "0:v:0", "-c:v", "copy")
    sound = ("-map", "[a]") if defect.sound else ("-map", "0:a:0", "-c:a", "copy")
    encoder = [*ENCODER]
    if not defect.picture:
        encoder = encoder[encoder.index("-c:a") :]
    if not defect.sound:
        at = encoder.index("-c:a")
        encoder[at : at + 8] = []
    return ffmpeg(
        settings,
        *("-i", source, *defect.inputs, *graph),
        *(*encoder, *picture, *sound, "-t", f"{seconds:g}", *defect.options, name),
    )


def during(start_s: float, end_s: float) -> str:
    """Write when a filter is on: from the frame at `start_s` to the one before `end_s`."""
    return f"enable='gte(t,{start_s - 0.001})*lt(t,{end_s - 0.001})'"


def held(start_s: float, seconds: float) -> str:
    """Write filters that hold the frame at `start_s` for a while; what is hidden comes later."""
    frames = round(seconds * RATE)
    start = round(start_s * RATE)
    return f"loop=loop={frames - 1}:size=1:start={start},setpts=N/({RATE}*TB)"


def filled(color: str, start_s: float, end_s: float) -> str:
    """Write a filter that covers the picture with a colour."""
    return f"drawbox=color={color}:t=fill:{during(start_s, end_s)}"


def words(text: str, size_px: int, x: str, y: str, span: Span, more: str = "") -> str:
    """Write a filter that shows white writing for a while; `more` are further options."""
    font = f"drawtext=font='{TEXT_FONT}':text='{text}':fontsize={size_px}:fontcolor=white"
    return f"{font}:x={x}:y={y}:{during(*span)}" + (f":{more}" if more else "")


def resized(filters: str) -> str:
    """Write filters that end in the usual size again."""
    return f"{filters},scale={WIDTH_PX}:{HEIGHT_PX}:flags=bicubic,setsar=1"


def _graph(filters: str, kind: str) -> str:
    if not filters or f"[{kind}]" in filters:
        return filters
    return f"[0:{kind}]{filters}[{kind}]"
