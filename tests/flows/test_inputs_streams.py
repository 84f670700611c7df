"""Of several streams the right ones are taken, to the same length, and the others are named."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import probe
from tests.support.batches import batch
from tests.support.clips import join_streams, make_clip, run_here
from tests.support.pixels import level_db, loudest_tone, read_planes, read_samples
from tests.support.versions import Made, make

pytestmark = pytest.mark.media


@dataclass(frozen=True)
class Track:
    """A sound of its own pitch; `level_db` is None for silence."""

    pitch_hz: int
    level_db: float | None = -20
    language: str | None = None
    is_default: bool = False

    @property
    def source(self) -> str:
        amplitude = 0.0 if self.level_db is None else 10 ** (self.level_db / 20)
        return f"aevalsrc='{amplitude}*sin(2*PI*{self.pitch_hz}*t)':s=48000:d=2"


def make_tracks(path, *tracks: Track):
    """Make a clip with several sounds, flagged and tagged as told and no other way."""
    plain = make_clip(path.with_name("plain.mkv"), sound=None)
    inputs = ["-i", f"file:{plain.name}"]
    maps, tags = ["-map", "0:v"], ["-disposition:v:0", "default"]
    for n, track in enumerate(tracks):
        inputs += ["-f", "lavfi", "-i", track.source]
        maps += ["-map", f"{n + 1}:a"]
        tags += [f"-disposition:a:{n}", "default" if track.is_default else "0"]
        if track.language:
            tags += [f"-metadata:s:a:{n}", f"language={track.language}"]
    codecs = ["-c:v", "copy", "-c:a", "aac", "-ac", "2", "-default_mode", "passthrough"]
    if path.suffix != ".mkv":
        codecs = codecs[:-2]
    run_here(path, [*inputs, *maps, *codecs, *tags, f"file:{path.name}"])
    return path


def streams_of(path):
    return probe(path, settings=FfmpegSettings())["streams"]


CHOICES: dict[str, tuple[str, tuple[Track, ...], int]] = {
    "heard before default": ("mkv", (Track(400, None, is_default=True), Track(600, -40)), 2),
    "heard before language": ("mkv", (Track(400, None, "chi"), Track(600, -30, "eng")), 2),
    "heard before place, in MP4": ("mp4", (Track(400, None), Track(600, -30)), 2),
    "default before language": (
        "mkv",
        (Track(400, -20, "chi"), Track(600, -25, "eng", is_default=True), Track(800)),
        2,
    ),
    "default before loudness": ("mkv", (Track(400, -6), Track(600, -30, is_default=True)), 2),
    "default, in MP4": ("mp4", (Track(400, -10), Track(600, -30, is_default=True)), 2),
    "zho before loudness": ("mkv", (Track(400, -6, "eng"), Track(600, -25, "zho")), 2),
    "chi before loudness": ("mkv", (Track(400, -6, "eng"), Track(600, -25, "chi")), 2),
    "zh before loudness": (
        "mkv",
        (Track(400, -6), Track(600, -6, "jpn"), Track(800, -25, "zh")),
        3,
    ),
    "cmn before loudness": ("mkv", (Track(400, -6, "fra"), Track(600, -25, "cmn")), 2),
    "the loudest": ("mkv", (Track(400, -40), Track(600, -35), Track(800, -12), Track(900, -30)), 3),
    "the loudest of two defaults": (
        "mkv",
        (Track(400, -30, is_default=True), Track(600, -12, is_default=True)),
        2,
    ),
}


@dataclass(frozen=True)
class Chosen:
    """What was made, and the pitch that is heard in it."""

    made: Made
    pitch_hz: float


def make_choice(folder: Path, why: str) -> Chosen:
    ending, tracks, _ = CHOICES[why]
    clip = make_tracks(folder / f"a.{ending}", *tracks)
    flags = [bool(s["disposition"]["default"]) for s in streams_of(clip) if "channels" in s]
    if ending == "mkv":  # MP4 flags the first where no other is
        assert flags == [track.is_default for track in tracks]
    made = make(clip, folder / "out")
    return Chosen(made, loudest_tone(read_samples(made.master)))


@pytest.fixture(scope="module")
def choices(request, tmp_path_factory):
    yield from batch(request, tmp_path_factory, "why", make_choice)


@pytest.mark.parametrize("why", CHOICES)
def test_of_several_sounds_the_right_one_is_heard(choices, why):
    _, tracks, number = CHOICES[why]
    one = choices[why].result()
    assert one.pitch_hz == pytest.approx(tracks[number - 1].pitch_hz, abs=3)
    (told,) = [f for f in one.made.report.findings if f.check == "audio.several_tracks"]
    assert told.severity == "info"
    assert [int(n) for n in re.findall(r"第\s*(\d+)\s*条", told.measured)] == [number]
    assert "audio.silent" not in one.made.checks


def test_one_sound_is_no_choice(tmp_path):
    made = make(make_tracks(tmp_path / "a.mkv", Track(400)), tmp_path / "out")
    assert "audio.several_tracks" not in made.checks


def test_several_silent_sounds_are_silence(tmp_path):
    clip = make_tracks(tmp_path / "a.mkv", Track(400, None), Track(600, None))
    assert make(clip, tmp_path / "out").checks["audio.silent"] == "block"


@pytest.mark.parametrize(
    ("picture_s", "sound_s", "is_told"), [(4, 1.5, True), (1.5, 4, True), (2.5, 2, False)]
)
def test_sound_lasts_as_long_as_the_picture(tmp_path, picture_s, sound_s, is_told):
    tone = "sine=frequency=500:sample_rate=48000"
    picture = make_clip(tmp_path / "picture.mp4", seconds=picture_s, sound=None)
    sound = make_clip(tmp_path / "sound.m4a", seconds=sound_s, picture=None, sound=tone)
    made = make(join_streams(tmp_path / "a.mp4", picture, sound), tmp_path / "out")
    frames, samples = len(read_planes(made.master).luma), read_samples(made.master)
    assert abs(frames - picture_s * 25) <= 1
    assert len(samples) == pytest.approx(frames * 1920, abs=1024)
    heard_s = min(picture_s, sound_s)
    heard, after = (
        samples[: round(heard_s * 48_000) - 2400],
        samples[round(heard_s * 48_000) + 4800 :],
    )
    assert loudest_tone(heard) == pytest.approx(500, abs=2)
    assert level_db(heard) > -40
    assert level_db(heard[-4800:]) == pytest.approx(level_db(heard), abs=1)
    assert not after.size or level_db(after) < -70
    assert (made.checks.get("timing.av_duration") == "warn") == is_told


def test_a_picture_that_ends_early_is_held_back_by_no_sound(tmp_path):
    """Streams of unlike length in a container without an index of its own."""
    picture = make_clip(tmp_path / "picture.ts", seconds=1.5, sound=None)
    sound = make_clip(tmp_path / "sound.ts", seconds=4, picture=None)
    made = make(join_streams(tmp_path / "a.ts", picture, sound), tmp_path / "out")
    assert abs(len(read_planes(made.master).luma) - 1.5 * 25) <= 2
    assert "timing.av_duration" in made.checks


SUBTITLES = "1\n00:00:00,000 --> 00:00:01,000\n字幕\n\n2\n00:00:01,000 --> 00:00:02,000\n完\n"


def make_with_subtitles(path, codec: str):
    clip = make_clip(path.with_name("plain.mp4"))
    path.with_name("a.srt").write_text(SUBTITLES, encoding="utf-8")
    both = ["-i", f"file:{clip.name}", "-i", "file:a.srt", "-map", "0", "-map", "1"]
    run_here(path, [*both, "-c", "copy", "-c:s", codec, f"file:{path.name}"])
    return path


def make_with_time_code(path):
    return make_clip(path, options=("-timecode", "01:00:00:00"))


def make_with_attachment(path):
    clip = make_clip(path.with_name("plain.mkv"))
    path.with_name("font.ttf").write_bytes(b"\0\1\0\0" + bytes(400))
    attached = ["-attach", "font.ttf", "-metadata:s:t", "mimetype=application/x-truetype-font"]
    run_here(path, ["-i", f"file:{clip.name}", "-c", "copy", *attached, f"file:{path.name}"])
    return path


@pytest.mark.parametrize(
    ("ending", "maker", "kind"),
    [
        ("mp4", lambda path: make_with_subtitles(path, "mov_text"), "subtitle"),
        ("mkv", lambda path: make_with_subtitles(path, "srt"), "subtitle"),
        ("mov", make_with_time_code, "data"),
        ("mkv", make_with_attachment, "attachment"),
    ],
    ids=["subtitles in MP4", "subtitles in MKV", "time code", "font"],
)
def test_streams_that_are_no_picture_and_no_sound_stay_out(tmp_path, ending, maker, kind):
    clip = maker(tmp_path / f"a.{ending}")
    assert kind in {s.get("codec_type") for s in streams_of(clip)}
    made = make(clip, tmp_path / "out")
    assert [s["codec_type"] for s in streams_of(made.master)] == ["video", "audio"]
    assert made.checks["container.extra_streams"] == "info"
    assert "字幕".encode() not in made.master.read_bytes()


@pytest.mark.parametrize("place", ["behind", "in front", "attached"])
def test_cover_art_is_not_taken_for_the_picture(tmp_path, place):
    clip = make_clip(tmp_path / "plain.mp4", size="128x72", picture="color=c=blue")
    cover = make_clip(
        tmp_path / "cover.png",
        size="400x400",
        picture="color=c=red",
        sound=None,
        options=("-c:v", "png", "-frames:v", "1"),
    )
    path = tmp_path / ("a.mkv" if place == "attached" else "a.mp4")
    if place == "attached":
        attached = ["-attach", cover.name, "-metadata:s:t", "mimetype=image/png"]
        run_here(path, ["-i", f"file:{clip.name}", "-c", "copy", *attached, f"file:{path.name}"])
    else:
        parts, number = ((clip, cover), 1) if place == "behind" else ((cover, clip), 0)
        art = (f"-disposition:v:{number}", "attached_pic")
        join_streams(path, *parts, options=art)
    made = make(path, tmp_path / "out")
    planes = read_planes(made.master)
    assert abs(len(planes.luma) - 50) <= 1
    red, _, blue = planes.color_at(5, 160, 90)
    assert blue > red + 100
    assert made.checks["container.extra_streams"] == "info"


def test_a_second_camera_is_named_and_left_out(tmp_path):
    small = make_clip(tmp_path / "small.mp4", size="96x54", picture="color=c=red", sound=None)
    large = make_clip(tmp_path / "large.mp4", size="192x108", picture="color=c=blue")
    clip = join_streams(
        tmp_path / "a.mp4", small, large, options=("-disposition:v:0", "0", "-disposition:v:1", "0")
    )
    made = make(clip, tmp_path / "out")
    assert [s["codec_type"] for s in streams_of(made.master)] == ["video", "audio"]
    assert made.checks["container.extra_streams"] == "info"
    assert np.ptp(read_planes(made.master).color_at(5, 160, 90)) > 100
