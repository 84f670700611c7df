"""The step that captions a work: its files, and what it says when there can be none."""

import json
from pathlib import Path

import pytest

from models.errors import ModelUnavailable
from models.profile import CampaignProfile, CaptionRules
from models.settings import Settings
from models.transcript import CaptionsMade, Omission, Segment, Transcript
from tasks.adapters import transcriber as door
from tasks.caption import caption_work
from tasks.media.measurements import SoundMeasurements

SOUND = SoundMeasurements(duration_s=40.0, silences=((30.0, 40.0),))
PROFILE = CampaignProfile(name="c", revision="1", title="题")
FILES = ["captions.srt", "captions.vtt", "transcript.json"]


class FakeTranscriber:
    def __init__(self, *segments: Segment, is_complete: bool = True) -> None:
        self.asked: dict[str, object] = {}
        self._segments = segments
        self._is_complete = is_complete

    def transcribe(self, audio: Path, **asked: object) -> Transcript:
        self.asked = {"audio": audio, **asked}
        return Transcript(
            engine="fake",
            model="fake",
            language="zh" if self._segments else None,
            duration_s=40.0,
            segments=self._segments,
            omissions=(Omission(text="谢谢观看", start_s=1, end_s=2, reason="phantom"),),
            is_complete=self._is_complete,
            media_sha256="ab",
        )


@pytest.fixture
def transcriber(monkeypatch: pytest.MonkeyPatch) -> FakeTranscriber:
    fake = FakeTranscriber(Segment(text="教育公平，共同愿望。", start_s=1.0, end_s=4.0))
    monkeypatch.setattr(door, "open_transcriber", lambda _settings: fake)
    return fake


def test_captions_stand_in_three_files(tmp_path: Path, transcriber: FakeTranscriber):
    made = caption_work.fn("ab", SOUND, tmp_path, PROFILE, Settings())
    assert made == CaptionsMade(cues=1, omitted=1, language="zh")
    assert (tmp_path / "captions.srt").read_text("utf-8") == (
        "1\n00:00:01,000 --> 00:00:04,200\n教育公平，共同愿望\n"
    )
    assert (tmp_path / "captions.vtt").read_text("utf-8").startswith("WEBVTT\n\n00:00:01.000")
    transcript = json.loads((tmp_path / "transcript.json").read_text("utf-8"))
    assert transcript["segments"][0]["text"] == "教育公平，共同愿望。"
    assert transcript["omissions"][0]["text"] == "谢谢观看"
    assert transcript["media_sha256"] == "ab"
    assert transcriber.asked["audio"] == tmp_path / "speech.wav"
    assert transcriber.asked["pauses"] == SOUND.silences


@pytest.mark.parametrize(("factor", "limit_s"), [(6, 240.0), (1, 60.0)])
def test_the_time_limit_grows_with_the_sound_from_a_minute_on(
    tmp_path: Path, transcriber: FakeTranscriber, factor: float, limit_s: float
):
    rules = CaptionRules(time_limit_factor=factor)
    profile = PROFILE.model_copy(update={"captions": rules})
    caption_work.fn("ab", SOUND, tmp_path, profile, Settings())
    assert transcriber.asked["time_limit_s"] == limit_s


def test_nobody_speaking_makes_valid_empty_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(door, "open_transcriber", lambda _settings: FakeTranscriber())
    made = caption_work.fn("ab", SOUND, tmp_path, PROFILE, Settings())
    assert (made.cues, made.language, made.reason) == (0, None, None)
    assert (tmp_path / "captions.srt").read_text("utf-8") == ""
    assert (tmp_path / "captions.vtt").read_text("utf-8") == "WEBVTT\n"


def test_half_a_transcript_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fake = FakeTranscriber(Segment(text="教育", start_s=1, end_s=2), is_complete=False)
    monkeypatch.setattr(door, "open_transcriber", lambda _settings: fake)
    made = caption_work.fn("ab", SOUND, tmp_path, PROFILE, Settings())
    assert (made.cues, made.is_complete, made.reason) == (1, False, None)


def test_without_a_model_the_work_goes_on_without_captions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def nowhere(_settings: object) -> FakeTranscriber:
        raise ModelUnavailable("base", "no route to host")

    monkeypatch.setattr(door, "open_transcriber", nowhere)
    made = caption_work.fn("ab", SOUND, tmp_path, PROFILE, Settings())
    assert made.reason == "语音识别模型不可用（base：no route to host）"
    assert [name for name in FILES if (tmp_path / name).exists()] == []
