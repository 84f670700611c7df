"""Every programme ends as loud as the profile asks, by a meter of the tests' own."""

import numpy as np
import pytest
import yaml

from models.profile import CampaignProfile
from tests.support.batches import batch
from tests.support.clips import make_clip
from tests.support.pixels import level_db, loudness_of, measure_loudness, read_samples
from tests.support.versions import SMALL, make

pytestmark = pytest.mark.media

SPEECH = "anoisesrc=color=pink:sample_rate=48000:seed=3,volume='0.5+0.5*sin(2*PI*3*t)':eval=frame"
PINK = "anoisesrc=color=pink:sample_rate=48000:seed=7"
CHORD = "aevalsrc='0.1*(sin(2*PI*220*t)+sin(2*PI*222*t)+sin(2*PI*331*t)+sin(2*PI*442*t))':s=48000"
CLICKS = "0.9*lt(mod(t+1,2),0.001)*sin(2*PI*1500*t)"
PEAKY = f"aevalsrc='0.03*(random(0)-0.5)+{CLICKS}':s=48000"
SILENCE = "anullsrc=sample_rate=48000"
STEREO = "aformat=channel_layouts=stereo"
PROGRAMMES: dict[str, dict] = {
    "a whisper": {"sound": SPEECH, "sound_filter": f"volume=-30dB,{STEREO}"},
    "clipped": {"sound": PINK, "sound_filter": f"volume=30dB,aformat=s16,{STEREO}"},
    "loud": {"sound": PINK, "sound_filter": f"volume=4dB,{STEREO}"},
    "in 5.1": {"sound": PINK, "sound_filter": "pan=5.1|" + "|".join(f"c{n}=c0" for n in range(6))},
    "beating chord": {"sound": CHORD, "sound_filter": STEREO},
    "two seconds": {"sound": SPEECH, "sound_filter": STEREO, "seconds": 2},
    "a second of speech": {"sound": SPEECH, "sound_filter": f"volume=0:enable='gt(t,1)',{STEREO}"},
}


def make_sounding(path, **more):
    """Make a clip whose sound counts; six channels stay six."""
    is_surround = "5.1" in more["sound_filter"]
    options = (*(("-ac", "6", "-b:a", "256k") if is_surround else ()), *more.get("options", ()))
    return make_clip(path, **{"seconds": 4, **more, "options": options})


def assert_on_target(measured, level: float = -24, peak: float = -2):
    assert measured.integrated_lufs == pytest.approx(level, abs=0.5)
    assert measured.true_peak_dbtp <= peak


def make_programme(folder, programme):
    """Measure a programme before and after."""
    clip = make_sounding(folder / "a.mp4", **PROGRAMMES[programme])
    return measure_loudness(clip), measure_loudness(make(clip, folder / "out").master)


def make_preset(folder, preset):
    told = yaml.safe_load(f"loudness: {preset}")
    profile = CampaignProfile.model_validate({**SMALL.model_dump(), **told})
    clip = make_sounding(folder / "a.mp4", sound=SPEECH, sound_filter=STEREO)
    return measure_loudness(make(clip, folder / "out", profile).master)


@pytest.fixture(scope="module")
def programmes(request, tmp_path_factory):
    yield from batch(request, tmp_path_factory, "programme", make_programme)


@pytest.fixture(scope="module")
def presets(request, tmp_path_factory):
    yield from batch(request, tmp_path_factory, "preset", make_preset)


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_any_programme_meets_the_target(programmes, programme):
    before, after = programmes[programme].result()
    assert abs(before.integrated_lufs + 24) > 1
    if programme == "a whisper":
        assert before.integrated_lufs == pytest.approx(-50, abs=2)
    assert_on_target(after)


def test_peaks_that_stand_far_above_the_rest_are_limited(tmp_path):
    """A door that slams in a quiet room: the gain that speech needs would clip it."""
    clip = make_sounding(tmp_path / "a.mp4", sound=PEAKY, sound_filter=STEREO)
    before = measure_loudness(clip)
    assert before.true_peak_dbtp - before.integrated_lufs > 25
    made = make(clip, tmp_path / "out")
    assert_on_target(measure_loudness(made.master))
    assert made.report.master.is_limited


def test_even_sound_is_raised_without_a_limiter(tmp_path):
    """What a plain gain can do leaves the sound as it was, but louder."""
    clip = make_sounding(tmp_path / "a.mp4", **PROGRAMMES["a whisper"])
    made = make(clip, tmp_path / "out")
    before, after = read_samples(clip), read_samples(made.master)
    crest = [np.abs(s).max() / np.sqrt((s**2).mean()) for s in (before, after)]
    assert crest[1] == pytest.approx(crest[0], rel=0.05)
    assert not made.report.master.is_limited


@pytest.mark.parametrize(
    "sound",
    [
        SILENCE,
        f"{PINK},volume=-52dB",
        "anoisesrc=color=white:amplitude=0.0002:sample_rate=48000:seed=5",
    ],
    ids=["digital silence", "a quiet room", "hiss"],
)
def test_what_is_hardly_there_is_not_made_loud(tmp_path, sound):
    clip = make_sounding(
        tmp_path / "a.mov", sound=sound, sound_filter=STEREO, options=("-c:a", "pcm_s24le")
    )
    before = read_samples(clip)
    assert loudness_of(before).integrated_lufs < -60
    made = make(clip, tmp_path / "out")
    assert sound != SILENCE or made.checks["audio.silent"] == "block"
    after = read_samples(made.master)
    assert level_db(after) <= max(level_db(before), -100) + 1
    assert np.abs(after).max() < 0.01


@pytest.mark.parametrize(
    ("preset", "level", "peak"),
    [
        ("gyt-282", -24, -2),
        ("gyt-377", -24, -1),
        ("gyt-377-mobile", -15, -1),
        ("ebu-r128", -23, -1),
    ],
)
def test_a_profile_names_its_loudness_by_a_preset(presets, preset, level, peak):
    assert_on_target(presets[preset].result(), level, peak)


def sine(frequency_hz: float, level_dbfs: float, seconds: float, phase: float = 0.0):
    at = np.arange(round(seconds * 48_000)) / 48_000
    wave = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * frequency_hz * at + phase)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def test_the_meter_reads_what_the_standard_says():
    """Cases 1, 3, 15 and 16 of EBU Tech 3341, the long ones cut short."""
    assert loudness_of(sine(1000, -23, 5)).integrated_lufs == pytest.approx(-23, abs=0.1)
    assert loudness_of(sine(1000, -33, 5)).integrated_lufs == pytest.approx(-33, abs=0.1)
    gated = np.concatenate([sine(1000, -36, 4), sine(1000, -23, 20), sine(1000, -36, 4)])
    assert loudness_of(gated).integrated_lufs == pytest.approx(-23, abs=0.15)
    between = loudness_of(sine(12_000, -6, 2, phase=np.pi / 4))
    assert between.true_peak_dbtp == pytest.approx(-6, abs=0.3)
    assert 20 * np.log10(np.abs(sine(12_000, -6, 2, phase=np.pi / 4)).max()) < -8.9
    one_ear = sine(1000, -23, 5) * [1, 0]
    assert loudness_of(one_ear).integrated_lufs == pytest.approx(-26.01, abs=0.1)
    assert loudness_of(np.zeros((96_000, 2), np.float32)).integrated_lufs == -np.inf


def test_the_measure_tells_a_master_that_is_off_by_one(tmp_path):
    loudness = SMALL.loudness.model_copy(update={"integrated_lufs": -25.0})
    profile = SMALL.model_copy(update={"loudness": loudness})
    clip = make_sounding(tmp_path / "a.mp4", sound=SPEECH, sound_filter=STEREO)
    measured = measure_loudness(make(clip, tmp_path / "out", profile).master)
    with pytest.raises(AssertionError):
        assert_on_target(measured)
