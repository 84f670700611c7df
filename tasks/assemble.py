"""Join a compilation, prove that it is what was planned, and write everything beside it."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path

from models.compilation import Manifest, Release
from models.errors import OutputRejected
from models.settings import Settings
from tasks.adapters.containers import sha256_of
from tasks.adapters.ffmpeg import probe, run_ffmpeg, tool_version
from tasks.adapters.packets import read_packets
from tasks.adapters.scratch import translated_disk_errors
from tasks.adapters.store import open_store
from tasks.adapters.timelines import write_timeline
from tasks.media.budgets import time_budget_s
from tasks.media.captions import render_srt, render_vtt
from tasks.media.chapters import render_chapter_metadata, render_chapter_vtt
from tasks.media.keys import content_type, latest_key, release_prefix
from tasks.media.probing import parse_probe
from tasks.media.progress import fraction_done
from tasks.media.releases import (
    MANIFEST,
    RELEASE_FILES,
    WorkNote,
    compare_programme,
    compose_manifest,
)
from tasks.media.rendering import CAPTIONS, CHAPTERS, COMPILATION, build_join
from tasks.policies import patient_step, step
from tasks.programme import Programme
from tasks.progress import progress_of


@step("join-programme")
def join_programme(programme: Programme, folder: Path, settings: Settings) -> None:
    """Join picture, sound, chapters and captions, then look at what came out.

    Raises:
        OutputRejected: it is not the programme that was planned.
        Unavailable: the scratch disk is full.
    """
    length_s = programme.length_s
    has_captions = programme.spec.captions == "soft" and bool(programme.cues)
    with progress_of("合成 join") as advance, translated_disk_errors():
        metadata = render_chapter_metadata(programme.spec.title, programme.chapters)
        (folder / CHAPTERS).write_text(metadata, "utf-8")
        (folder / CAPTIONS).write_text(render_srt(programme.cues), "utf-8")
        run_ffmpeg(
            build_join(
                programme.master, programme.profile.captions.language, has_captions=has_captions
            ),
            settings=settings.ffmpeg,
            folder=folder,
            timeout_s=time_budget_s(settings.ffmpeg, length_s),
            on_progress=lambda p: advance((fraction_done(p, length_s) or 0.0) * 0.9),
        )
        _require_planned(programme, folder / COMPILATION, settings, has_captions=has_captions)
        for piece in folder.glob("piece-*.mp4"):
            piece.unlink()


@step("finish-release")
def finish_release(
    programme: Programme, notes: Mapping[str, WorkNote], folder: Path, settings: Settings
) -> Manifest:
    """Write captions, chapters, the editor's timeline and, last, the manifest of everything.

    Raises:
        Unavailable: the scratch disk is full.
    """
    with translated_disk_errors():
        (folder / "captions.vtt").write_text(render_vtt(programme.cues), "utf-8")
        (folder / "chapters.vtt").write_text(render_chapter_vtt(programme.chapters), "utf-8")
        write_timeline(programme.timeline, programme.chapters, folder / "timeline.otio")
        manifest = compose_manifest(
            programme.spec,
            programme.timeline,
            programme.chapters,
            notes,
            {name: sha256_of(folder / name) for name in RELEASE_FILES},
            quality=programme.quality,
            created_at=datetime.now(UTC).replace(microsecond=0),
            size_bytes=(folder / COMPILATION).stat().st_size,
            tools={
                "heji": package_version("heji"),
                "ffmpeg": tool_version(settings.ffmpeg.ffmpeg),
                "pillow": package_version("pillow"),
                "opentimelineio": package_version("opentimelineio"),
            },
        )
        (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
    return manifest


@patient_step("publish-release")
def publish_release(release: Release, folder: Path, settings: Settings) -> None:
    """Put a release under its final keys, the manifest last, then point to a final one.

    Raises:
        Unavailable: the store doesn't answer.
    """
    store, bucket = open_store(settings.store), settings.store.releases
    prefix = release_prefix(release.campaign, release.release_id)
    paths = [folder / name for name in (*RELEASE_FILES, MANIFEST)]
    total, sent = sum(path.stat().st_size for path in paths), 0
    with progress_of("发布 publish") as advance:

        def on_bytes(count: int) -> None:
            nonlocal sent
            sent += count
            advance(min(1.0, sent / total))

        for path in paths:
            kind = content_type(path.name)
            store.put_file(bucket, prefix + path.name, path, kind, on_bytes=on_bytes)
    if release.quality == "final":
        pointer = release.model_dump_json(indent=2).encode()
        store.put_bytes(bucket, latest_key(release.campaign), pointer, "application/json")


def deliver(folder: Path, out: Path) -> None:
    """Move a finished release into `out`, the manifest last.

    Raises:
        Unavailable: the disk of `out` is full.
    """
    with translated_disk_errors():
        out.mkdir(parents=True, exist_ok=True)
        (out / MANIFEST).unlink(missing_ok=True)
        for name in (*RELEASE_FILES, MANIFEST):
            # Beside its place first: a reader never sees half a file.
            half = out / f".{name}.part"
            shutil.move(folder / name, half)
            half.replace(out / name)


def _require_planned(
    programme: Programme, path: Path, settings: Settings, *, has_captions: bool
) -> None:
    raw = probe(path, settings=settings.ffmpeg)
    info = parse_probe(raw, path.stat().st_size)
    budget_s = time_budget_s(settings.ffmpeg, programme.length_s)
    packets = (
        read_packets(path, info.video[0].index, settings=settings.ffmpeg, timeout_s=budget_s)
        if info.video
        else None
    )
    mismatches = compare_programme(
        info,
        packets,
        len(raw.get("chapters", [])),
        programme.timeline,
        programme.master,
        chapters=len(programme.chapters),
        has_captions=has_captions,
    )
    if mismatches:
        raise OutputRejected(COMPILATION, mismatches)
