"""The door to OpenTimelineIO: a programme as editing programs read it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import opentimelineio as otio

from models.compilation import Card, Chapter, Clip, Timeline
from tasks.media.timeline import to_frames


def write_timeline(timeline: Timeline, chapters: Iterable[Chapter], path: Path) -> None:
    """Write the programme as OTIO: works refer to their masters, cards are generators."""
    rate = float(timeline.frame_rate)
    picture = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
    sound = otio.schema.Track(name="A1", kind=otio.schema.TrackKind.Audio)
    for item in timeline.items:
        if isinstance(item, Card):
            picture.append(_card(item, rate))
            sound.append(otio.schema.Gap(source_range=_range(0, item.frames, rate)))
        else:
            picture.append(_clip(item, rate))
            sound.append(_clip(item, rate))
    made = otio.schema.Timeline(name=timeline.title)
    made.tracks.append(picture)
    made.tracks.append(sound)
    for chapter in chapters:
        start, end = (
            to_frames(moment, timeline.frame_rate) for moment in (chapter.start_s, chapter.end_s)
        )
        picture.markers.append(
            otio.schema.Marker(
                name=chapter.title,
                marked_range=_range(start, end - start, rate),
                color=otio.schema.MarkerColor.GREEN,
            )
        )
    otio.adapters.write_to_file(made, str(path))


def _card(card: Card, rate: float) -> Any:  # noqa: ANN401 - no types there
    reference = otio.schema.GeneratorReference(
        name=card.name,
        generator_kind="heji.card",
        available_range=_range(0, card.frames, rate),
        parameters={
            "layout": card.layout,
            "lines": list(card.lines),
            "credits": [credit.model_dump(mode="json") for credit in card.credits],
        },
    )
    return otio.schema.Clip(
        name=card.name,
        media_reference=reference,
        source_range=_range(0, card.frames, rate),
    )


def _clip(clip: Clip, rate: float) -> Any:  # noqa: ANN401 - no types there
    work = clip.work
    return otio.schema.Clip(
        name=work.label,
        media_reference=otio.schema.ExternalReference(
            target_url=work.media_url or Path(work.master_path).resolve().as_uri(),
            available_range=_range(0, work.frames, rate),
        ),
        source_range=_range(clip.in_frame, clip.frames, rate),
        metadata={
            "heji": {
                "work_id": work.work_id,
                "version": work.version,
                "master_sha256": work.master_sha256,
            }
        },
    )


def _range(start: int, length: int, rate: float) -> Any:  # noqa: ANN401 - no types there
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(length, rate)
    )
