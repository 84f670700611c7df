"""A compilation: what an editor asks for, what is planned, what was released."""

from datetime import datetime
from fractions import Fraction
from typing import Literal

from pydantic import Field

from models.base import Frozen
from models.profile import Credits
from models.transcript import Cue
from models.work import Identity


class WorkChoice(Frozen):
    """One work in the programme; in and out are seconds of its master."""

    work: str
    """A work's id, or the path of a processed work's folder."""
    in_s: float | None = Field(default=None, ge=0)
    out_s: float | None = Field(default=None, gt=0)
    topic: str | None = None
    """Replaces the topic of the work's record."""


class CardTimes(Frozen):
    """How long each kind of card stands, in seconds; 0 leaves it out."""

    opening: float = Field(default=6, ge=0, le=60)
    topic: float = Field(default=3, ge=0, le=60)
    work: float = Field(default=3, ge=0, le=60)
    closing: float = Field(default=8, ge=0, le=120)


class LowerThird(Frozen):
    """The name that stands low in the picture at the head of a work."""

    show_s: float = Field(default=4, ge=0, le=30)
    """0 leaves it out."""
    at_s: float = Field(default=1, ge=0)


class CompilationSpec(Frozen):
    """What `heji compile` reads."""

    campaign: str
    title: str
    subtitle: str | None = None
    """Replaces the profile's."""
    works: tuple[WorkChoice, ...] = Field(min_length=1)
    group_by: Literal["topic", "province", "none"] = "topic"
    cards: CardTimes = CardTimes()
    lower_third: LowerThird = LowerThird()
    captions: Literal["soft", "burned", "none"] = "soft"


class AssembleRequest(Frozen):
    """Assemble the campaign's compilation from its approved works."""

    campaign: str = Field(
        default="gonghua-2022",
        title="Campaign 活动",
        description="Profile name of the campaign",
        pattern=r"^[a-z0-9][a-z0-9-]*$",
    )
    title: str = Field(
        default="",
        title="Title 合辑名称",
        description="Stands on the opening card; empty takes the campaign's own",
    )
    selection: Literal["all approved", "listed works"] = Field(
        default="all approved",
        title="Selection 入选作品",
        description="Every approved work, or the ones listed below in that order",
    )
    works: list[str] = Field(
        default_factory=list,
        title="Works 作品编号",
        description="Work ids, one a line; used with “listed works”",
    )
    group_by: Literal["topic", "province", "none"] = Field(
        default="topic", title="Group by 分组", description="A card opens each group"
    )
    captions: Literal["soft", "burned", "none"] = Field(
        default="soft",
        title="Captions 字幕",
        description="soft: can be switched off; burned: part of the picture",
    )
    quality: Literal["draft", "final"] = Field(
        default="final",
        title="Quality 成片",
        description="draft: small, with time code, for checking the order; final: the release",
    )
    cards: CardTimes = Field(
        default=CardTimes(), title="Cards 字幕卡", description="Seconds each card stands"
    )
    lower_third: LowerThird = Field(
        default=LowerThird(),
        title="Lower third 人名条",
        description="Name and school over the head",
    )


class ProcessedWork(Frozen):
    """A work as the compiler needs it: files at hand, facts known."""

    work_id: str
    version: str
    identity: Identity
    label: str
    master_path: str
    master_sha256: str
    frames: int
    captions_path: str | None = None
    media_url: str = ""
    """Where an editor finds the master; the path itself if empty."""


class Clip(Frozen):
    """A stretch of one master, in frames of the master."""

    kind: Literal["clip"] = "clip"
    work: ProcessedWork
    in_frame: int = Field(ge=0)
    out_frame: int = Field(gt=0)
    """First frame after the clip."""
    lower_third: LowerThird | None = None
    lower_third_lines: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        """Length in frames."""
        return self.out_frame - self.in_frame


class Card(Frozen):
    """A title card; `lines` mean what `layout` says, and a line that isn't known is empty.

    opening: title, subtitle. topic: what kind of group, its name, a note.
    work: place, school, person, title. closing: title, thanks.
    """

    kind: Literal["card"] = "card"
    layout: Literal["opening", "topic", "work", "closing"]
    lines: tuple[str, ...]
    credits: tuple[Credits, ...] = ()
    frames: int = Field(gt=0)

    @property
    def name(self) -> str:
        """What to call the card in a list of chapters or clips."""
        if self.layout == "closing":
            return "片尾"
        if self.layout == "work":
            return " · ".join(line for line in self.lines[1:] if line)
        return self.lines[1] if self.layout == "topic" else self.lines[0]


class Chapter(Frozen):
    """A place to jump to, in seconds of the programme."""

    title: str
    start_s: float
    end_s: float


class Timeline(Frozen):
    """The programme in order; every length is a whole number of frames."""

    title: str
    frame_rate: Fraction
    items: tuple[Clip | Card, ...]

    @property
    def frames(self) -> int:
        """Length of the programme in frames."""
        return sum(item.frames for item in self.items)

    @property
    def starts(self) -> tuple[int, ...]:
        """First frame of every item in the programme."""
        starts, at = [], 0
        for item in self.items:
            starts.append(at)
            at += item.frames
        return tuple(starts)


class Release(Frozen):
    """A finished compilation: what `latest.json` points at."""

    campaign: str
    release_id: str
    title: str
    quality: Literal["draft", "final"]
    created_at: datetime
    duration_s: float
    works: tuple[str, ...]
    sha256: str
    """Of `compilation.mp4`."""
    size_bytes: int


class ManifestWork(Frozen):
    """A work in the manifest."""

    work_id: str
    version: str
    master_sha256: str
    label: str
    in_s: float
    out_s: float
    programme_start_s: float
    copied_frames: int = 0
    """Frames whose packets are the master's own; the others were encoded again."""
    why_encoded: tuple[str, ...] = ()
    """Why no packet could be copied, where none could."""


class Manifest(Frozen):
    """Everything that went in and came out: the shape of `manifest.json`."""

    schema_version: int = Field(default=1, alias="schema")
    release: Release
    spec: CompilationSpec
    works: tuple[ManifestWork, ...]
    chapters: tuple[Chapter, ...]
    files: dict[str, str]
    """File name to SHA-256, of every file beside the manifest."""
    tools: dict[str, str] = {}


ProgrammeCaptions = tuple[Cue, ...]
"""The works' captions, shifted onto the programme's clock."""
