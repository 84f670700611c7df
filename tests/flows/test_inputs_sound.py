"""Sound of any form is heard in the master, on both sides and as long as the picture."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.batches import batch
from tests.support.clips import encoders, make_clip
from tests.support.pixels import (
    level_db,
    loudest_tone,
    loudness_of,
    read_planes,
    read_samples,
    tone_db,
)
from tests.support.versions import make

pytestmark = pytest.mark.media

TONE_HZ = 880
FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "AAC, 8 kHz": ("mp4", ("-ar", "8000")),
    "AAC, 22.05 kHz": ("mp4", ("-ar", "22050")),
    "AAC, 44.1 kHz": ("mp4", ("-ar", "44100")),
    "AAC, 96 kHz": ("mp4", ("-ar", "96000", "-b:a", "192k")),
    "AAC, mono": ("mp4", ("-ac", "1")),
    "ALAC": ("mp4", ("-c:a", "alac")),
    "AMR, 8 kHz": ("3gp", ("-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1")),
    "Opus": ("mkv", ("-c:a", "libopus", "-b:a", "64k")),
    "PCM, 24 bits": ("mov", ("-c:a", "pcm_s24le")),
    "PCM, 96 kHz": ("mov", ("-c:a", "pcm_s24le", "-ar", "96000")),
    "PCM of 8 bits, 11.025 kHz": ("avi", ("-c:a", "pcm_u8", "-ar", "11025", "-ac", "1")),
    "A-law, 8 kHz": ("mov", ("-c:a", "pcm_alaw", "-ar", "8000", "-ac", "1")),
    "MP3": ("avi", ("-c:a", "libmp3lame")),
}


@dataclass(frozen=True)
class Heard:
    """A master's samples, and how many frames it has."""

    samples: NDArray[np.float32]
    frames: int


def make_heard(folder: Path, form: str) -> Heard:
    ending, options = FORMS[form]
    if "libopencore_amrnb" in options and "libopencore_amrnb" not in encoders():
        pytest.skip("this ffmpeg has no encoder for AMR")
    tone = f"sine=frequency={TONE_HZ}:sample_rate=48000"
    clip = make_clip(folder / f"a.{ending}", seconds=2, sound=tone, options=options)
    master = make(clip, folder / "out").master
    return Heard(read_samples(master), len(read_planes(master).luma))


@pytest.fixture(scope="module")
def heard(request, tmp_path_factory):
    yield from batch(request, tmp_path_factory, "form", make_heard)


@pytest.mark.parametrize("form", FORMS)
def test_any_form_of_sound_is_heard_at_its_own_pitch(heard, form):
    one = heard[form].result()
    assert abs(one.frames - 50) <= 1
    assert len(one.samples) == pytest.approx(one.frames * 1920, abs=1024)
    assert loudest_tone(one.samples) == pytest.approx(TONE_HZ, abs=2)
    middle = one.samples[4800:-9600]
    assert level_db(middle[:, :1]) == pytest.approx(level_db(middle[:, 1:]), abs=0.2)
    # Nothing but the tone: no whistle of a wrong rate, no crackle.
    assert tone_db(middle, TONE_HZ) - 3 == pytest.approx(level_db(middle), abs=0.3)
    assert loudness_of(one.samples).integrated_lufs == pytest.approx(-24, abs=0.5)


SIDES = {"front left": 300, "front right": 500, "centre": 1000, "back left": 700, "back right": 900}
"""What each channel of 5.1 carries, in Hz; the sixth, for low effects, may be left out."""


def make_surround(path, amplitudes):
    """Make a clip in 5.1: a tone of its own in each channel."""
    left, right, centre, *back = (
        f"{amplitude}*sin(2*PI*{SIDES[name]}*t)" for name, amplitude in amplitudes.items()
    )
    sound = f"aevalsrc='{left}|{right}|{centre}|0|{back[0]}|{back[1]}':c=5.1:s=48000"
    options = ("-c:a", "pcm_s16le", "-ac", "6")
    return make_clip(path, seconds=2, sound=sound, options=options)


def test_speech_in_the_centre_alone_is_heard_on_both_sides(tmp_path):
    amplitudes = dict.fromkeys(SIDES, 0.0) | {"centre": 0.1}
    made = make(make_surround(tmp_path / "a.mov", amplitudes), tmp_path / "out")
    samples = read_samples(made.master)
    assert loudest_tone(samples) == pytest.approx(1000, abs=2)
    assert level_db(samples[:, :1]) == pytest.approx(level_db(samples[:, 1:]), abs=0.2)
    assert loudness_of(samples).integrated_lufs == pytest.approx(-24, abs=0.5)


def test_every_place_of_surround_sound_is_heard_on_its_side(tmp_path):
    made = make(make_surround(tmp_path / "a.mov", dict.fromkeys(SIDES, 0.1)), tmp_path / "out")
    samples = read_samples(made.master)
    left, right = (np.repeat(samples[:, side : side + 1], 2, axis=1) for side in (0, 1))
    for name, frequency in SIDES.items():
        here, there = tone_db(left, frequency), tone_db(right, frequency)
        assert max(here, there) > -45, name
        if "left" in name:
            assert here > there + 20
        elif "right" in name:
            assert there > here + 20
        else:
            assert here == pytest.approx(there, abs=0.5)


@pytest.mark.parametrize("ear", ["left", "right"])
def test_one_sided_sound_is_heard_on_both_sides(tmp_path, ear):
    pan = "pan=stereo|c0=c0|c1=0*c0" if ear == "left" else "pan=stereo|c0=0*c0|c1=c0"
    made = make(make_clip(tmp_path / "a.mp4", seconds=3, sound_filter=pan), tmp_path / "out")
    assert "audio.one_sided" in made.checks
    samples = read_samples(made.master)
    assert level_db(samples[:, :1]) == pytest.approx(level_db(samples[:, 1:]), abs=0.2)
    assert loudness_of(samples).integrated_lufs == pytest.approx(-24, abs=0.5)


def test_two_sides_stay_two(tmp_path):
    sound = "aevalsrc='0.1*sin(2*PI*300*t)|0.1*sin(2*PI*500*t)':s=48000"
    made = make(make_clip(tmp_path / "a.mp4", seconds=2, sound=sound), tmp_path / "out")
    samples = read_samples(made.master)
    for side, frequency in ((0, 300), (1, 500)):
        assert loudest_tone(samples[:, side : side + 1]) == pytest.approx(frequency, abs=2)
    assert "audio.one_sided" not in made.checks


def test_missing_sound_becomes_silence_and_a_finding(tmp_path):
    made = make(make_clip(tmp_path / "a.mp4", sound=None), tmp_path / "out")
    assert made.checks == {"audio.missing": "block"}
    samples = read_samples(made.master)
    assert len(samples) == pytest.approx(2 * 48_000, abs=1100)
    assert np.abs(samples).max() < 1e-4


def test_the_measures_tell_a_wrong_pitch_and_a_crackle():
    at = np.arange(96_000) / 48_000
    tone = (0.1 * np.sin(2 * np.pi * TONE_HZ * at)).astype(np.float32)[:, None].repeat(2, axis=1)
    assert loudest_tone(tone) == pytest.approx(TONE_HZ, abs=0.5)
    assert tone_db(tone, TONE_HZ) == pytest.approx(-20, abs=0.1)
    assert tone_db(tone, TONE_HZ) - 3 == pytest.approx(level_db(tone), abs=0.1)
    assert tone_db(tone, 1000) < -80
    slow = np.sin(2 * np.pi * TONE_HZ * 44_100 / 48_000 * at)[:, None].repeat(2, axis=1)
    assert abs(loudest_tone(slow) - TONE_HZ) > 50
    holes = tone.copy()
    holes[::10] = 0
    assert abs(tone_db(holes, TONE_HZ) - 3 - level_db(holes)) > 0.3
