"""Judge a finished compilation and write down what it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.compilation import (
    Chapter,
    Clip,
    CompilationSpec,
    Manifest,
    ManifestWork,
    Release,
    Timeline,
)
from models.media import MediaInfo
from models.profile import MasterSpec
from tasks.media.keys import fingerprint
from tasks.media.probing import PacketFacts
from tasks.media.rendering import COMPILATION
from tasks.media.timeline import to_seconds
from tasks.media.verification import AAC_FRAME

Quality = Literal["draft", "final"]

MANIFEST = "manifest.json"
RELEASE_FILES = (
    COMPILATION,
    "captions.srt",
    "captions.vtt",
    "chapters.vtt",
    "poster.jpg",
    "timeline.otio",
)
"""What stands beside the manifest."""


@dataclass(frozen=True)
class WorkNote:
    """How a work's picture came into the programme."""

    copied_frames: int = 0
    why_encoded: tuple[str, ...] = ()


def compare_programme(
    made: MediaInfo,
    packets: PacketFacts | None,
    chapters_found: int,
    timeline: Timeline,
    spec: MasterSpec,
    *,
    chapters: int,
    has_captions: bool,
) -> tuple[str, ...]:
    """Return every way in which `made` is not the programme that was planned."""
    if len(made.video) != 1 or len(made.audio) != 1:
        return (f"streams: {len(made.video)} video, {len(made.audio)} audio",)
    picture, sound = made.video[0], made.audio[0]
    planned_s = to_seconds(timeline.frames, timeline.frame_rate)
    captions = sum(other.kind == "subtitle" for other in made.others)
    wanted: list[tuple[str, object, object]] = [
        ("codec", picture.codec, "h264"),
        ("pixel format", picture.pixel_format, "yuv420p"),
        ("size", (picture.width_px, picture.height_px), (spec.width_px, spec.height_px)),
        ("frame rate", picture.frame_rate, timeline.frame_rate),
        ("frames", picture.frame_count, timeline.frames),
        ("packets", packets.count if packets else 0, timeline.frames),
        ("sound codec", sound.codec, "aac"),
        ("sound rate", sound.sample_rate_hz, spec.audio_rate_hz),
        ("channels", sound.channels, 2),
        ("captions", captions, int(has_captions)),
        ("chapters", chapters_found, chapters),
    ]
    mismatches = [f"{name} is {got}, not {want}" for name, got, want in wanted if got != want]
    tolerance_s = 0.1 / float(timeline.frame_rate)
    if packets and (
        abs(packets.first_s) > tolerance_s
        or abs(packets.end_s - planned_s) > tolerance_s
        or (packets.longest_interval_s or 0) > 1.1 / float(timeline.frame_rate)
    ):
        mismatches.append(
            f"picture runs from {packets.first_s:.3f} s to {packets.end_s:.3f} s with steps up to "
            f"{packets.longest_interval_s} s, planned to {planned_s:.3f} s"
        )
    if sound.duration_s is None or abs(sound.duration_s - planned_s) > (
        AAC_FRAME / spec.audio_rate_hz
    ):
        mismatches.append(f"sound lasts {sound.duration_s} s, the picture {planned_s:.3f} s")
    return tuple(mismatches)


def compose_manifest(
    spec: CompilationSpec,
    timeline: Timeline,
    chapters: tuple[Chapter, ...],
    notes: Mapping[str, WorkNote],
    files: Mapping[str, str],
    *,
    quality: Quality,
    created_at: datetime,
    size_bytes: int,
    tools: Mapping[str, str],
) -> Manifest:
    """Return the manifest; the release's id ends with a name of everything it holds."""
    works = tuple(
        _manifest_work(item, start, timeline, notes)
        for item, start in zip(timeline.items, timeline.starts, strict=True)
        if isinstance(item, Clip)
    )
    content = {"spec": spec.model_dump(mode="json"), "files": dict(files), "quality": quality}
    release = Release(
        campaign=spec.campaign,
        release_id=f"r{created_at:%Y%m%d-%H%M}-{fingerprint(content)[:6]}",
        title=spec.title,
        quality=quality,
        created_at=created_at,
        duration_s=to_seconds(timeline.frames, timeline.frame_rate),
        works=tuple(work.work_id for work in works),
        sha256=files[COMPILATION],
        size_bytes=size_bytes,
    )
    return Manifest(
        release=release,
        spec=spec,
        works=works,
        chapters=chapters,
        files=dict(files),
        tools=dict(tools),
    )


def _manifest_work(
    clip: Clip, start: int, timeline: Timeline, notes: Mapping[str, WorkNote]
) -> ManifestWork:
    rate = timeline.frame_rate
    note = notes.get(clip.work.work_id, WorkNote())
    return ManifestWork(
        work_id=clip.work.work_id,
        version=clip.work.version,
        master_sha256=clip.work.master_sha256,
        label=clip.work.label,
        in_s=to_seconds(clip.in_frame, rate),
        out_s=to_seconds(clip.out_frame, rate),
        programme_start_s=to_seconds(start, rate),
        copied_frames=note.copied_frames,
        why_encoded=note.why_encoded,
    )
