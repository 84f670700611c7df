"""Sample works are what they claim to be, and are made once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deployments.samples import SAMPLES, Sample, build_commands, make_sample, samples_folder
from models.settings import FfmpegSettings, ScratchSettings, Settings
from tasks.adapters.ffmpeg import probe
from tasks.adapters.profiles import load_profile
from tasks.media.identity import identify

CAMPAIGN = "gonghua-2022"


def test_every_topic_is_spoken_of_and_one_name_tells_nothing():
    profile = load_profile(CAMPAIGN, Settings())
    identities = {}
    for sample in SAMPLES:
        key = f"{CAMPAIGN}/{sample.path}"
        identities[sample.path] = identify(key, CAMPAIGN, profile).identity
    nameless = [path for path, identity in identities.items() if identity.school is None]
    topics = {i.topic for i in identities.values()} | {s.sidecar.get("话题") for s in SAMPLES}
    assert [Path(path).name for path in nameless] == ["最终版视频2.mp4"]
    assert topics >= set(profile.topics)


def test_names_are_clearly_of_samples():
    named = [s for s in SAMPLES if "最终版" not in s.path]
    assert all("示例" in s.path and "示例" in s.title for s in named)
    assert len({s.path for s in SAMPLES}) == len(SAMPLES)


def test_a_sample_without_speech_has_no_sound():
    mute = [s for s in SAMPLES if not s.speech]
    assert len(mute) == 1
    assert not any("-c:a" in command for command in build_commands(mute[0]))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, scratch=ScratchSettings(reserve_bytes=0))


@pytest.mark.media
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.title.split("\n")[0])
def test_a_sample_carries_its_peculiarity(sample: Sample, tmp_path: Path):
    facts = probe(
        make_sample(replace(sample, seconds=1), tmp_path, FfmpegSettings()),
        settings=FfmpegSettings(),
    )
    video = [s for s in facts["streams"] if s["codec_type"] == "video"]
    audio = [s for s in facts["streams"] if s["codec_type"] == "audio"]
    assert len(video) == 1
    assert len(audio) == (1 if sample.speech else 0) + ("1:a" in sample.options)
    assert bool(rotation_of(video[0])) == bool(sample.rotation_deg)
    assert (video[0]["avg_frame_rate"] == "25/1") == ("vfr" not in sample.options)


@pytest.mark.media
def test_samples_are_made_once_and_again_when_they_change(settings: Settings):
    samples = [replace(s, seconds=1) for s in SAMPLES if s.sidecar]
    made: list[str] = []
    folder = samples_folder(settings, samples, made.append)
    assert samples_folder(settings, samples, made.append) == folder
    assert len(made) == 1
    assert sorted(p.suffix for p in folder.rglob("*.*")) == [".json", ".mp4"]
    changed = [replace(s, speech="Hello.") for s in samples]
    assert samples_folder(settings, changed, made.append) != folder


def rotation_of(stream: dict[str, Any]) -> int:
    return next(
        (int(d["rotation"]) for d in stream.get("side_data_list", []) if "rotation" in d), 0
    )
