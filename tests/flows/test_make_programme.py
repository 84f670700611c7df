"""What comes out of a programme: every frame, every join, every sample of it looked at."""

import hashlib
import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from flows.make_programme import compile_programme
from models.compilation import CardTimes, LowerThird, Manifest, ProcessedWork, WorkChoice
from models.errors import RequestInvalid
from models.settings import FfmpegSettings, Settings
from tasks.adapters.containers import sha256_of
from tasks.adapters.ffmpeg import probe
from tasks.media.releases import MANIFEST, RELEASE_FILES
from tasks.running import Inline
from tasks.selection import Selection
from tests.support.masters import (
    BLUE,
    GREEN,
    RED,
    SPEC,
    Look,
    Seen,
    frame_hashes,
    make_master,
    see,
)
from tests.support.programmes import PROFILE, spec_of, work

pytestmark = pytest.mark.media

TIMES = CardTimes(opening=1, topic=0.6, work=0.4, closing=1)
LOWER = LowerThird(at_s=0.8, show_s=1.6)
SAMPLES = 1920
MASTERS = {1: (233, RED, (7, 200)), 2: (160, GREEN, (60,)), 3: (101, BLUE, (0, 100))}
SRT = "1\n00:00:01,000 --> 00:00:02,000\n第一句\n\n2\n00:00:03,000 --> 00:00:03,800\n第二句\n"
CUT = (37, 221)
"""In and out of the second work in the programme: neither is on a key frame."""
ORDER = ((3, 0, 101), (1, *CUT), (2, 0, 160))
"""Numbers of the works with their frames, as the topics order them."""


@dataclass(frozen=True)
class Made:
    """A release and the works it is made of."""

    manifest: Manifest
    folder: Path
    works: dict[int, ProcessedWork]

    @property
    def path(self) -> Path:
        return self.folder / "compilation.mp4"

    def clips(self):
        """Yield look, first frame in the programme, in and out frame of every work."""
        starts = {w.work_id: round(w.programme_start_s * 25) for w in self.manifest.works}
        for number, first, end in ORDER:
            yield MASTERS[number][1], starts[self.works[number].work_id], first, end


@pytest.fixture(scope="module")
def works(tmp_path_factory):
    folder = tmp_path_factory.mktemp("works")
    made = {}
    for number, (frames, look, flashes) in MASTERS.items():
        master = make_master(folder / str(number) / "master.mp4", frames, look, flashes=flashes)
        captions = master.with_name("captions.srt")
        captions.write_text(SRT, "utf-8")
        topic = {1: "教育公平", 2: None, 3: "党的领导"}[number]
        made[number] = work(number, frames=frames, topic=topic, principal="某人").model_copy(
            update={
                "master_path": str(master),
                "master_sha256": sha256_of(master),
                "captions_path": str(captions),
            }
        )
    return made


def compiled(works, folder, quality="final", **fields):
    choices = [WorkChoice(work=works[n].work_id) for n in (2, 3)]
    cut = {"in_s": CUT[0] / 25, "out_s": CUT[1] / 25}
    choices.append(WorkChoice(work=works[1].work_id, **cut))
    asked = {"cards": TIMES, "lower_third": LOWER, **fields}
    selection = Selection(spec_of(*choices, **asked), tuple(works.values()))
    manifest = compile_programme(Inline(), selection, quality, folder, PROFILE, Settings())
    return Made(manifest, folder, works)


@pytest.fixture(scope="module")
def final(works, tmp_path_factory):
    return compiled(works, tmp_path_factory.mktemp("final"))


@pytest.fixture(scope="module")
def seen(final) -> Seen:
    return see(final.path, SPEC.width_px, SPEC.height_px)


def test_the_programme_has_exactly_the_planned_frames_and_samples(final, seen):
    cards = 25 + 3 * 15 + 3 * 10 + 25
    planned = cards + sum(end - first for _, first, end in ORDER)
    assert seen.frames == planned
    assert final.manifest.release.duration_s == planned / 25
    assert 0 <= len(seen.sound) - planned * SAMPLES < 1024


def test_every_frame_of_every_work_stands_in_its_place(final, seen):
    expected = {}
    for look, start, first, end in final.clips():
        for frame in range(first, end):
            expected[start + frame - first] = (look, frame)
    for frame in range(seen.frames):
        looks = [look for look in (RED, GREEN, BLUE) if seen.shows(frame, look)]
        if frame not in expected:
            assert looks == [], f"frame {frame} is a card"
            continue
        look, number = expected[frame]
        flashes = next(f for _, seen_look, f in MASTERS.values() if seen_look is look)
        assert looks == ([] if number in flashes else [look]), f"frame {frame}"
        assert seen.number(frame) == number


def test_sound_and_picture_meet_at_every_flash(final, seen):
    flashes = [
        start + flash - first
        for (look, start, first, end) in final.clips()
        for flash in next(f for _, seen_look, f in MASTERS.values() if seen_look is look)
        if first <= flash < end
    ]
    white = [n for n in range(seen.frames) if seen.y[n, 20:60].mean() > 220]
    assert white == sorted(flashes)
    loud = seen.loud_samples()
    groups = np.split(loud, np.nonzero(np.diff(loud) > SAMPLES)[0] + 1)
    assert len(groups) == len(flashes)
    for group, frame in zip(groups, sorted(flashes), strict=True):
        assert abs(group[0] - frame * SAMPLES) < 240  # the declick at a work's very first sample
        assert abs(group[-1] - (frame + 1) * SAMPLES) < 240


def test_cards_are_silent(final, seen):
    in_works = np.zeros(seen.frames, bool)
    for _, start, first, end in final.clips():
        in_works[start : start + end - first] = True
    for frame in np.flatnonzero(~in_works):
        # The codec smears a beep over no more than its own frames.
        if not in_works[max(0, frame - 2) : frame + 3].any():
            block = seen.sound[frame * SAMPLES : (frame + 1) * SAMPLES]
            assert np.abs(block).max() < 0.001


def test_untouched_gops_are_the_masters_own_pictures(final):
    hashes = frame_hashes(final.path)
    copied = {}
    for number, first, end in ORDER:
        own = frame_hashes(Path(final.works[number].master_path))
        _, start, _, _ = next(c for c in final.clips() if c[0] is MASTERS[number][1])
        same = [hashes[start + n - first] == own[n] for n in range(first, end)]
        copied[number] = sum(same)
        entry = next(w for w in final.manifest.works if w.work_id == final.works[number].work_id)
        assert sum(same) >= entry.copied_frames > 0
        assert entry.why_encoded == ()
    # Frames 20 to 60 of each clip carry a title: three GOPs of one, two of the others.
    assert {w.label: w.copied_frames for w in final.manifest.works} == {
        "第3小学 · 某人 · 作品3": 1,
        "第1小学 · 某人 · 作品1": 100,
        "第2小学 · 某人 · 作品2": 60,
    }


def test_a_lower_third_is_seen_in_its_time_only(final, seen):
    for look, start, first, end in final.clips():
        shown = []
        for number in range(first, end):
            plate = seen.v[start + number - first, 62:68, 12:40].mean()
            flashes = next(f for _, seen_look, f in MASTERS.values() if seen_look is look)
            if number not in flashes and abs(plate - look.v) > 6:
                shown.append(number - first)
        assert shown[0] >= 20
        assert shown[-1] < 60
        # It takes a moment to come and to go.
        assert len(shown) >= 34
        assert shown == list(range(shown[0], shown[-1] + 1))


def test_the_file_carries_title_chapters_and_captions(final):
    raw = probe(final.path, settings=FfmpegSettings())
    assert raw["format"]["tags"]["title"] == "小样合辑"
    names = [chapter["tags"]["title"] for chapter in raw["chapters"]]
    assert names == [chapter.title for chapter in final.manifest.chapters]
    for chapter, planned in zip(raw["chapters"], final.manifest.chapters, strict=True):
        assert float(chapter["start_time"]) == pytest.approx(planned.start_s, abs=0.001)
    captions = next(s for s in raw["streams"] if s["codec_type"] == "subtitle")
    assert (captions["codec_name"], captions["tags"]["language"]) == ("mov_text", "chi")
    head = final.path.read_bytes()[:4096]
    assert b"moov" in head  # plays while it loads


def test_captions_are_moved_onto_the_programme(final):
    text = (final.folder / "captions.srt").read_text("utf-8")
    starts = [line.partition(" --> ")[0] for line in text.splitlines() if " --> " in line]
    # Opening 1 s, topic 0.6 s, card 0.4 s, then each work in turn; the second begins at 1.48 s.
    assert starts[:3] == ["00:00:03,000", "00:00:05,000", "00:00:07,040"]
    assert (final.folder / "captions.vtt").read_text("utf-8").startswith("WEBVTT")


def test_the_manifest_names_the_sum_of_every_file(final):
    stored = json.loads((final.folder / MANIFEST).read_text("utf-8"))
    assert set(stored["files"]) == set(RELEASE_FILES)
    for name, sum_ in stored["files"].items():
        assert hashlib.sha256((final.folder / name).read_bytes()).hexdigest() == sum_
    assert stored["release"]["sha256"] == stored["files"]["compilation.mp4"]
    assert Manifest.model_validate(stored) == final.manifest


def test_made_again_it_is_the_same_to_the_byte(final, works, tmp_path):
    again = compiled(works, tmp_path)
    assert again.manifest.files == final.manifest.files


def test_a_draft_is_small_and_says_where_it_is(works, final, tmp_path):
    draft = compiled(works, tmp_path, "draft")
    picture = see(draft.path, 640, 360)
    assert picture.frames == round(final.manifest.release.duration_s * 25)
    stamp = picture.y[:, 14:44, 200:440].astype(int)
    changes = [np.abs(a - b).mean() for a, b in pairwise(stamp[:25])]
    assert min(changes) > 0.2  # the frame number moves on a card that stands still
    rest = picture.y[:, 200:340].astype(int)
    assert max(np.abs(a - b).mean() for a, b in pairwise(rest[2:25])) < 0.2
    assert draft.manifest.release.quality == "draft"


def test_burned_captions_are_in_the_picture_in_their_time(works, seen, tmp_path):
    burned = compiled(works, tmp_path, captions="burned")
    raw = probe(burned.path, settings=FfmpegSettings())
    assert all(s["codec_type"] != "subtitle" for s in raw["streams"])
    picture = see(burned.path, SPEC.width_px, SPEC.height_px)
    start = next(c[1] for c in burned.clips() if c[0] is GREEN)
    place = (slice(150, 172), slice(100, 220))
    spoken, quiet = start + 40, start + 120
    assert picture.y[spoken][place].max() > 200
    assert seen.y[spoken][place].max() < 160
    assert np.abs(picture.y[quiet][place].astype(int) - seen.y[quiet][place]).mean() < 3


def test_without_captions_there_is_no_track_and_the_files_are_empty(works, tmp_path):
    made = compiled(works, tmp_path, captions="none")
    raw = probe(made.path, settings=FfmpegSettings())
    assert all(s["codec_type"] != "subtitle" for s in raw["streams"])
    assert (made.folder / "captions.srt").read_text("utf-8") == ""


@pytest.mark.parametrize(
    ("options", "gop", "reason"),
    [
        (("-bf", "0"), None, "parameter sets"),
        ((), 40, "no closed GOP"),
    ],
    ids=["other parameter sets", "other GOPs"],
)
def test_a_master_that_cannot_be_copied_is_encoded_and_said_so(
    works, tmp_path, options, gop, reason
):
    odd = make_master(
        tmp_path / "odd" / "master.mp4",
        160,
        Look(120, 60, 60),
        flashes=(60,),
        options=options,
        gop_frames=gop,
    )
    replaced = {
        **works,
        2: works[2].model_copy(
            update={"master_path": str(odd), "master_sha256": sha256_of(odd), "captions_path": None}
        ),
    }
    folder = tmp_path / "out"
    folder.mkdir()
    made = compiled(replaced, folder)
    entry = next(w for w in made.manifest.works if w.work_id == works[2].work_id)
    assert entry.copied_frames == 0
    assert reason in entry.why_encoded[0]
    picture = see(made.path, SPEC.width_px, SPEC.height_px)
    look, start, first, end = next(c for c in made.clips() if c[0] is GREEN)
    assert [picture.number(start + n) for n in range(first, end)] == list(range(160))
    assert picture.shows(start + 5, look)


@pytest.mark.parametrize("fields", [{"title": "题目😀"}, {"title": "题" * 500}])
def test_a_text_that_cannot_be_shown_stops_it_before_anything_is_made(works, tmp_path, fields):
    with pytest.raises(RequestInvalid, match=r"glyph for 😀|too much text"):
        compiled(works, tmp_path, **fields)
    assert list(tmp_path.iterdir()) == []
