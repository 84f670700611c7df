"""What the speech engine makes of sound: of speech its words, of anything else nothing."""

import os
import re
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from models.errors import ModelUnavailable, OutputRejected
from models.profile import CaptionRules
from models.settings import WhisperSettings
from models.transcript import Segment, Transcript
from tasks.adapters.sound import SpeechSound
from tasks.adapters.transcriber import (
    Transcriber,
    WindowedTranscriber,
    open_transcriber,
    prepared_weights,
)
from tasks.media.cues import build_cues
from tasks.media.speech import Impression, Samples, Window
from tests.support.speech import melody, pink_noise, speak, write_wav

SPEECH = (
    "Good morning, teachers and students. Today we visit a small mountain school and look at the "
    "new playground and the new classroom. Every child deserves a good teacher."
)


class FakeEngine:
    """Writes one sentence per window, as told by the test."""

    title, model = "fake 1", "tiny"

    def __init__(self, language: str = "zh", *, most_s: float = 99.0, delay_s: float = 0.0) -> None:
        self.heard_s: list[float] = []
        self._language = language
        self._most_s = most_s
        self._delay_s = delay_s

    def encode(self, samples: Samples) -> float:
        return len(samples) / 16_000

    def listen(self, _encoded: float) -> Impression:
        return Impression({self._language: 0.97}, 0.01)

    def write_down(
        self,
        encoded: float,
        window: Window,
        language: str,
        impression: Impression,
        require_time: Callable[[], None],
    ) -> tuple[Segment, ...] | None:
        assert abs(encoded - window.duration_s) < 0.001
        assert impression.languages[self._language] == 0.97
        time.sleep(self._delay_s)
        require_time()
        if window.duration_s > self._most_s:
            return None
        self.heard_s.append(window.start_s)
        text = {"zh": "教育,是我們共同的願望.", "en": "Thanks, 教育."}[language]
        return (
            Segment(
                text=text,
                start_s=window.start_s,
                end_s=window.end_s,
                average_log_probability=-0.2,
            ),
        )


def test_chinese_is_written_simply_with_full_width_marks(tmp_path: Path):
    transcript = hear(FakeEngine(), write_wav(tmp_path / "s.wav", melody(4)))
    assert [segment.text for segment in transcript.segments] == ["教育，是我们共同的愿望。"]
    assert (transcript.language, transcript.is_complete) == ("zh", True)
    assert (transcript.engine, transcript.model) == ("fake 1", "tiny")
    assert (transcript.duration_s, transcript.media_sha256) == (4.0, "ab")


def test_another_spoken_language_is_kept_as_it_is(tmp_path: Path):
    transcript = hear(FakeEngine("en"), write_wav(tmp_path / "s.wav", melody(4)))
    assert transcript.language == "en"
    assert [segment.text for segment in transcript.segments] == ["Thanks, 教育."]


def test_progress_grows_with_the_windows(tmp_path: Path):
    shares: list[float] = []
    engine = FakeEngine()
    hear(engine, write_wav(tmp_path / "s.wav", melody(70)), on_progress=shares.append)
    assert len(engine.heard_s) == len(shares) == 3
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_window_with_too_much_speech_is_heard_in_parts(tmp_path: Path):
    engine = FakeEngine(most_s=6.0)
    transcript = hear(engine, write_wav(tmp_path / "s.wav", melody(20)))
    assert engine.heard_s == sorted(engine.heard_s)
    assert len(engine.heard_s) >= 4
    assert transcript.segments[0].start_s == 0.0
    assert transcript.segments[-1].end_s == 20.0


def test_when_the_time_is_up_what_there_is_stays(tmp_path: Path):
    engine = FakeEngine(delay_s=0.2)
    sound = write_wav(tmp_path / "s.wav", melody(84))
    transcript = hear(engine, sound, time_limit_s=0.3)
    assert not transcript.is_complete
    assert 1 <= len(transcript.segments) < 3


def test_the_engine_never_sees_silence(tmp_path: Path):
    sound = write_wav(tmp_path / "s.wav", np.concatenate([melody(4), np.zeros(96_000), melody(4)]))
    engine = FakeEngine()
    hear(engine, sound, pauses=((4.0, 10.0),))
    assert engine.heard_s == [0.0, 9.75]


def test_a_file_without_a_sample_is_an_empty_transcript(tmp_path: Path):
    transcript = hear(FakeEngine(), write_wav(tmp_path / "s.wav", np.zeros(0)))
    assert (transcript.segments, transcript.is_complete, transcript.language) == ((), True, None)


def test_sound_of_another_shape_is_refused(tmp_path: Path):
    wrong = write_wav(tmp_path / "wrong.wav", melody(1), rate_hz=44_100)
    with pytest.raises(OutputRejected, match="44100"):
        hear(FakeEngine(), wrong)
    (tmp_path / "none.wav").write_bytes(b"")
    with pytest.raises(OutputRejected, match=r"none\.wav"):
        hear(FakeEngine(), tmp_path / "none.wav")


def test_sound_is_read_in_pieces(tmp_path: Path):
    samples = melody(3)
    with SpeechSound(write_wav(tmp_path / "s.wav", samples)) as sound:
        assert sound.duration_s == 3.0
        assert np.allclose(sound.samples(1.0, 2.0), samples[16_000:32_000], atol=1e-3)
        assert len(sound.samples(2.5, 9.0)) == 8000
        assert len(sound.levels()) == 60


@pytest.mark.parametrize("model", ["no-such-model", "models/none.pt", "/nowhere/at/all.pt"])
def test_a_model_that_is_nowhere_is_named(model: str):
    with pytest.raises(ModelUnavailable, match=re.escape(model)):
        open_transcriber(WhisperSettings(model=model))


def test_a_file_that_holds_no_weights_is_refused(tmp_path: Path):
    for content in (b"", b"not weights at all" * 100, b"PK\x03\x04 half a zip"):
        path = tmp_path / f"{len(content)}.pt"
        path.write_bytes(content)
        with pytest.raises(ModelUnavailable, match=r"\.pt"):
            open_transcriber(WhisperSettings(model=str(path)))


def test_without_a_network_a_named_model_fails_fast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The engine's cache is empty and its address answers nothing."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match="tiny"):
        open_transcriber(WhisperSettings(model="tiny"))
    assert time.monotonic() - started < 30


@pytest.fixture(scope="module")
def whisper() -> Transcriber:
    return open_transcriber(WhisperSettings(model=str(prepared_weights())))


@pytest.mark.weights
@pytest.mark.media
def test_english_speech_is_written_down_with_word_times(tmp_path: Path, whisper: Transcriber):
    path = speak(tmp_path / "speech.wav", SPEECH)
    transcript = listen(whisper, path)
    assert (transcript.language, transcript.is_complete) == ("en", True)
    spoken, heard = plain(SPEECH), plain(" ".join(s.text for s in transcript.segments))
    assert len(set(spoken) & set(heard)) >= 0.9 * len(set(spoken))
    assert len(heard) <= 1.2 * len(spoken)
    words = [word for segment in transcript.segments for word in segment.words]
    starts = [word.start_s for word in words]
    assert starts == sorted(starts)
    assert all(0 <= w.start_s <= w.end_s <= transcript.duration_s for w in words)
    assert words[-1].end_s > 0.8 * transcript.duration_s
    cues = build_cues(transcript, CaptionRules(), Fraction(25))
    assert plain(" ".join(line for cue in cues for line in cue.lines)) == heard


@pytest.mark.weights
@pytest.mark.media
def test_silence_noise_and_music_give_no_captions(tmp_path: Path, whisper: Transcriber):
    silence = listen(
        whisper, write_wav(tmp_path / "silence.wav", np.zeros(320_000)), pauses=((0.0, 20.0),)
    )
    unmeasured = listen(whisper, write_wav(tmp_path / "zeros.wav", np.zeros(320_000)))
    noise = listen(whisper, write_wav(tmp_path / "pink.wav", pink_noise(20)))
    music = listen(whisper, write_wav(tmp_path / "music.wav", melody(20)))
    for transcript in (silence, unmeasured, noise, music):
        assert build_cues(transcript, CaptionRules(), Fraction(25)) == ()
        assert (transcript.language, transcript.is_complete) == (None, True)


@pytest.mark.weights
@pytest.mark.media
def test_a_third_of_a_second_of_sound_is_no_trouble(tmp_path: Path, whisper: Transcriber):
    speak(tmp_path / "speech.wav", "Hello.")
    with SpeechSound(tmp_path / "speech.wav") as sound:
        beginning = sound.samples(0.0, 0.3).astype(np.float64)
    transcript = listen(whisper, write_wav(tmp_path / "short.wav", beginning))
    assert transcript.duration_s == 0.3
    assert transcript.is_complete


@pytest.mark.weights
@pytest.mark.media
def test_the_time_limit_ends_even_a_single_window(tmp_path: Path, whisper: Transcriber):
    """Mandarin of espeak-ng sends the engine into repetition."""
    path = speak(tmp_path / "speech.wav", "老师们同学们大家好，今天我们来到山区小学。", voice="cmn")
    transcript = listen(whisper, path, time_limit_s=0.01)
    assert (transcript.is_complete, transcript.segments) == (False, ())


@pytest.mark.weights
@pytest.mark.media
def test_repetition_is_cut_short_and_left_out(tmp_path: Path, whisper: Transcriber):
    path = speak(tmp_path / "speech.wav", "老师们同学们大家好，今天我们来到山区小学。", voice="cmn")
    transcript = listen(whisper, path)
    assert transcript.is_complete
    assert len("".join(segment.text for segment in transcript.segments)) < 60
    assert all(len(omission.text) < 400 for omission in transcript.omissions)


@pytest.mark.weights
def test_the_engine_leaves_cores_to_ffmpeg(tmp_path: Path, whisper: Transcriber):
    """What aligns words resets the bound, so one that holds before it may not hold after it."""
    import torch

    listen(whisper, write_wav(tmp_path / "s.wav", melody(3)))
    listen(whisper, write_wav(tmp_path / "s.wav", melody(3)))
    assert torch.get_num_threads() == max(1, (os.cpu_count() or 1) // 2)


@pytest.mark.weights
def test_a_model_is_opened_once(whisper: Transcriber):
    assert open_transcriber(WhisperSettings(model=str(prepared_weights()))) is whisper


def hear(engine: FakeEngine, path: Path, **options: object) -> Transcript:
    return listen(WindowedTranscriber(engine), path, **options)


def listen(transcriber: Transcriber, path: Path, **options: object) -> Transcript:
    asked = {
        "language": "zh",
        "pauses": (),
        "time_limit_s": 600.0,
        "on_progress": lambda _share: None,
        "media_sha256": "ab",
        **options,
    }
    return transcriber.transcribe(path, **asked)


def plain(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())
