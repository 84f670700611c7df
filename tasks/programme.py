"""Plan a compilation, so that nothing that can't be done is begun."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from models.compilation import (
    Card,
    Chapter,
    CompilationSpec,
    ProcessedWork,
    ProgrammeCaptions,
    Timeline,
)
from models.errors import RequestInvalid
from models.profile import CampaignProfile, MasterSpec
from tasks.media.captions import decode_subtitle
from tasks.media.chapters import plan_chapters
from tasks.media.programme_captions import merge_captions
from tasks.media.releases import Quality
from tasks.media.rendering import draft_spec
from tasks.media.timeline import (
    NONE_REFUSED,
    find_problems,
    opening_card,
    plan_texts,
    plan_timeline,
    to_seconds,
)
from tasks.policies import step
from tasks.titles import find_text_problems


@dataclass(frozen=True)
class Programme:
    """A compilation that can be rendered: all is planned, every problem was named."""

    spec: CompilationSpec
    profile: CampaignProfile
    quality: Quality
    master: MasterSpec
    """The setting of the output: the profile's, or a draft's."""
    timeline: Timeline
    poster: Card
    chapters: tuple[Chapter, ...]
    captions: dict[str, ProgrammeCaptions] = field(default_factory=dict)
    """By work id, on each work's own clock."""
    cues: ProgrammeCaptions = ()
    """All of them on the programme's clock."""

    @property
    def length_s(self) -> float:
        """Length in seconds."""
        return to_seconds(self.timeline.frames, self.timeline.frame_rate)

    @property
    def is_draft(self) -> bool:
        """Whether it is for looking at the order, not for release."""
        return self.quality == "draft"

    @property
    def is_burned(self) -> bool:
        """Whether captions are drawn into the picture."""
        return self.spec.captions == "burned"


@step("plan-programme")
def plan_programme(
    spec: CompilationSpec,
    works: tuple[ProcessedWork, ...],
    profile: CampaignProfile,
    quality: Quality,
    refused: Mapping[str, str] = NONE_REFUSED,
) -> Programme:
    """Plan the programme and look at every text in it, before anything is rendered.

    `refused` says of works in the spec why they can't be had.

    Raises:
        RequestInvalid: with everything about the request that can't be done.
    """
    captions = {} if spec.captions == "none" else _read_captions(works)
    poster = opening_card(spec, profile, frames=1)
    problems = (
        *find_problems(spec, {work.work_id: work for work in works}, profile, refused),
        *find_text_problems(
            (poster, *plan_texts(spec, works, profile)),
            profile.cards,
            profile.master,
            _lines_of(captions) if spec.captions == "burned" else (),
        ),
    )
    if problems:
        raise RequestInvalid(f"compilation “{spec.title}”", problems)
    timeline = plan_timeline(spec, works, profile)
    return Programme(
        spec=spec,
        profile=profile,
        quality=quality,
        master=profile.master if quality == "final" else draft_spec(profile.master),
        timeline=timeline,
        poster=poster,
        chapters=plan_chapters(timeline),
        captions=captions,
        cues=merge_captions(timeline, captions),
    )


def _lines_of(captions: Mapping[str, ProgrammeCaptions]) -> Iterator[str]:
    for cues in captions.values():
        for cue in cues:
            yield from cue.lines


def _read_captions(works: Iterable[ProcessedWork]) -> dict[str, ProgrammeCaptions]:
    return {
        work.work_id: decode_subtitle(Path(work.captions_path).read_bytes())
        for work in works
        if work.captions_path
    }
