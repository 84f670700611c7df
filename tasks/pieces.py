"""Make a programme's picture and sound, piece by piece."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any

from models.compilation import Card, Clip, Timeline
from models.settings import Settings
from tasks.adapters.ffmpeg import OnProgress, probe, run_ffmpeg
from tasks.adapters.scratch import translated_disk_errors
from tasks.adapters.text import find_face
from tasks.media.budgets import time_budget_s
from tasks.media.probing import parse_probe
from tasks.media.programme_captions import cues_of, render_ass
from tasks.media.progress import Progress, fraction_done
from tasks.media.releases import WorkNote
from tasks.media.rendering import (
    PICTURE_LIST,
    SOUND_LIST,
    Burned,
    Piece,
    Plate,
    Stamp,
    build_card,
    build_copy,
    build_encode,
    build_reference,
    build_silence,
    build_sound,
    build_sound_join,
    check_copy,
    lower_third_span,
    parameter_sets,
    plan_pieces,
    render_concat_list,
)
from tasks.media.timeline import to_seconds
from tasks.policies import step
from tasks.programme import Programme
from tasks.progress import Advance, progress_of
from tasks.titles import Titles

log = logging.getLogger(__name__)

REFERENCE = "reference.mp4"
AT_ONCE = 2
"""One encoder leaves gaps on two cores; two of them fill each other's."""
COPY_WEIGHT = 0.02
"""What copying a frame costs beside encoding one."""


@dataclass(frozen=True)
class Job:
    """Everything that the pieces of one programme need."""

    programme: Programme
    titles: Titles
    folder: Path
    settings: Settings
    font_file: Path
    meter: "Meter"


@dataclass
class Meter:
    """Add up the shares of pieces that are made side by side."""

    advance: Advance
    total: float
    _done: dict[str, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, name: str, weight: float, length_s: float) -> OnProgress:
        """Return the listener for one piece."""

        def listen(progress: Progress) -> None:
            with self._lock:
                self._done[name] = weight * (fraction_done(progress, length_s) or 0.0)
                self.advance(min(1.0, sum(self._done.values()) / self.total))

        return listen


@step("render-picture")
def render_picture(
    programme: Programme, titles: Titles, folder: Path, settings: Settings
) -> dict[str, WorkNote]:
    """Make every piece of the picture and the list that joins them; say what was copied.

    Raises:
        CommandFailed, CommandTimedOut: a master can't be read.
        Unavailable: the scratch disk is full.
    """
    encodes_all = programme.is_draft or programme.is_burned
    unlike = {} if encodes_all else _unlike_masters(programme, folder, settings)
    whole = None if encodes_all else frozenset(unlike)
    pieces = plan_pieces(programme.timeline, programme.master, whole)
    items = [list(group) for _, group in groupby(pieces, lambda piece: piece.item)]
    with progress_of("画面 picture") as advance, translated_disk_errors():
        font_file = find_face(programme.profile.cards.font).file
        meter = Meter(advance, sum(_weight(piece) for piece in pieces))
        job = Job(programme, titles, folder, settings, font_file, meter)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            made = list(pool.map(lambda item: _make_item(item, job), items))
        parts = [(name, piece.frames) for item in made for name, piece in item.parts]
        text = render_concat_list(parts, programme.timeline.frame_rate)
        (folder / PICTURE_LIST).write_text(text, "utf-8")
    return dict(_notes(made, programme.timeline, unlike))


@step("mix-sound")
def mix_sound(programme: Programme, folder: Path, settings: Settings) -> None:
    """Make the programme's sound: every clip as long as its picture, encoded once.

    Raises:
        CommandFailed, CommandTimedOut: a master can't be read.
        Unavailable: the scratch disk is full.
    """
    timeline, spec = programme.timeline, programme.master
    parts: list[tuple[str, int]] = []
    with progress_of("声音 sound") as advance, translated_disk_errors():
        for number, item in enumerate(timeline.items):
            name = f"sound-{number:04d}.wav"
            arguments = (
                build_silence(name, item.frames, spec)
                if isinstance(item, Card)
                else build_sound(str(_master_of(item)), name, item, spec)
            )
            _run(arguments, folder, settings, to_seconds(item.frames, timeline.frame_rate), item)
            parts.append((name, item.frames))
            advance((number + 1) / len(timeline.items) / 2)
        (folder / SOUND_LIST).write_text(render_concat_list(parts, timeline.frame_rate), "utf-8")
        length_s = programme.length_s
        _run(
            build_sound_join(spec),
            folder,
            settings,
            length_s,
            on_progress=lambda p: advance(0.5 + (fraction_done(p, length_s) or 0.0) / 2),
        )
        for name, _ in parts:
            (folder / name).unlink()


@dataclass(frozen=True)
class MadeItem:
    """The files of one item of the timeline, in order."""

    item: int
    parts: tuple[tuple[str, Piece], ...]
    refused: tuple[str, ...] = ()
    """Why packets that should have been copied could not be."""


def _make_item(pieces: Sequence[Piece], job: Job) -> MadeItem:
    """Make the pieces of one item; when a copy isn't what it should be, encode all of it."""
    parts: list[tuple[str, Piece]] = []
    for number, piece in enumerate(pieces):
        name = f"piece-{piece.item:04d}-{number:03d}.mp4"
        _make_piece(piece, name, job)
        parts.append((name, piece))
        wrong = _check_copy(name, piece, job) if piece.kind == "copy" else ()
        if wrong:
            whole = Piece(
                piece.item,
                "encode",
                pieces[0].start,
                sum(p.frames for p in pieces),
                pieces[0].master_in,
            )
            name = f"piece-{piece.item:04d}-whole.mp4"
            _make_piece(whole, name, job)
            return MadeItem(piece.item, ((name, whole),), wrong)
    return MadeItem(pieces[0].item, tuple(parts))


def _make_piece(piece: Piece, name: str, job: Job) -> None:
    programme = job.programme
    item = programme.timeline.items[piece.item]
    arguments = _card(piece, name, job) if isinstance(item, Card) else _clip(item, piece, name, job)
    length_s = to_seconds(piece.frames, programme.timeline.frame_rate)
    _run(
        arguments,
        job.folder,
        job.settings,
        length_s,
        item,
        fonts=(job.font_file.parent,),
        on_progress=job.meter.of(name, _weight(piece), length_s),
    )


def _card(piece: Piece, name: str, job: Job) -> list[str]:
    return build_card(
        job.titles.cards[piece.item],
        name,
        piece,
        job.programme.master,
        stamp=_stamp("", job),
        threads=job.settings.ffmpeg.threads,
    )


def _clip(item: Clip, piece: Piece, name: str, job: Job) -> list[str]:
    master = str(_master_of(item))
    if piece.kind == "copy":
        return build_copy(master, name, piece, job.programme.master)
    return build_encode(
        master,
        name,
        piece,
        job.programme.master,
        plate=_plate(item, piece, job),
        burned=_burned(item, piece, job),
        stamp=_stamp(f"{item.work.work_id} · ", job),
        is_draft=job.programme.is_draft,
        threads=job.settings.ffmpeg.threads,
    )


def _stamp(text: str, job: Job) -> Stamp | None:
    return Stamp(text, str(job.font_file)) if job.programme.is_draft else None


def _plate(item: Clip, piece: Piece, job: Job) -> Plate | None:
    """Return the lower third if the piece shows it; a piece shows all of it or nothing."""
    span = lower_third_span(item, job.programme.timeline.frame_rate)
    if span is None or not piece.master_in <= span[0] < piece.master_in + piece.frames:
        return None
    name, placed = job.titles.plates[piece.item]
    first, end = span[0] - piece.master_in, span[1] - piece.master_in
    return Plate(name, placed.x_px, placed.y_px, first, end)


def _burned(item: Clip, piece: Piece, job: Job) -> Burned | None:
    programme = job.programme
    cues = cues_of(item, programme.timeline, programme.captions) if programme.is_burned else ()
    if not cues:
        return None
    name = f"captions-{piece.item:04d}.ass"
    size = (programme.master.width_px, programme.master.height_px)
    script = render_ass(cues, programme.profile.cards, *size)
    (job.folder / name).write_text(script, "utf-8")
    return Burned(name, str(job.font_file.parent))


def _unlike_masters(
    programme: Programme, folder: Path, settings: Settings
) -> dict[str, tuple[str, ...]]:
    """Return the works whose packets can't stand beside ours, with the reason."""
    _run(build_reference(REFERENCE, programme.master), folder, settings, 1.0)
    ours = parameter_sets(_probed(folder / REFERENCE, settings))
    return {
        item.work.work_id: ("its parameter sets differ from the campaign's encoder setting",)
        for item in programme.timeline.items
        if isinstance(item, Clip) and parameter_sets(_probed(_master_of(item), settings)) != ours
    }


def _check_copy(name: str, piece: Piece, job: Job) -> tuple[str, ...]:
    raw = _probed(job.folder / name, job.settings)
    return check_copy(parse_probe(raw, 0).picture, piece, job.programme.timeline.frame_rate)


def _notes(
    made: Iterable[MadeItem], timeline: Timeline, unlike: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, WorkNote]]:
    for entry in made:
        item = timeline.items[entry.item]
        if isinstance(item, Clip):
            copied = sum(p.frames for _, p in entry.parts if p.kind == "copy")
            reasons = (*unlike.get(item.work.work_id, ()), *entry.refused)
            if reasons:
                log.warning("%s is encoded again: %s", item.work.work_id, "; ".join(reasons))
            yield item.work.work_id, WorkNote(copied, reasons)


def _run(
    arguments: Sequence[str],
    folder: Path,
    settings: Settings,
    length_s: float,
    item: Card | Clip | None = None,
    *,
    fonts: Sequence[Path] = (),
    on_progress: OnProgress | None = None,
) -> None:
    masters = (_master_of(item),) if isinstance(item, Clip) else ()
    run_ffmpeg(
        arguments,
        settings=settings.ffmpeg,
        folder=folder,
        timeout_s=time_budget_s(settings.ffmpeg, length_s),
        readable=(*masters, *fonts),
        on_progress=on_progress,
    )


def _probed(path: Path, settings: Settings) -> dict[str, Any]:
    return probe(path, settings=settings.ffmpeg, extra=("-show_data_hash", "sha256"))


def _master_of(item: Clip) -> Path:
    return Path(item.work.master_path).resolve()


def _weight(piece: Piece) -> float:
    return piece.frames * (COPY_WEIGHT if piece.kind == "copy" else 1.0)
