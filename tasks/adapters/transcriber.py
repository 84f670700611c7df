"""The door to speech engines: 16 kHz sound in, a transcript with word times out.

What every engine needs stands here: windows, language, time limit, guards. An engine itself is
in a module of its own, is heavy, and is opened once a process, when the first sound comes.
"""

import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from models.errors import ModelUnavailable
from models.settings import WhisperSettings
from models.transcript import Omission, Segment, Transcript
from tasks.adapters.chinese import to_simplified
from tasks.adapters.sound import SpeechSound
from tasks.media.caption_text import with_full_width_marks
from tasks.media.notes import Span
from tasks.media.speech import (
    Impression,
    Samples,
    Window,
    choose_language,
    halved,
    merged,
    plan_windows,
    rewritten,
)
from tasks.media.speech_guards import judge

log = logging.getLogger(__name__)

HEARD_FOR_LANGUAGE = 3
"""So many of the longest windows tell which language is spoken."""
CHINESE = ("zh", "yue")

OnProgress = Callable[[float], None]
Encoded = Any
"""What an engine makes of a window's sound before it writes anything down."""


class Transcriber(Protocol):
    """Something that writes down what is said."""

    def transcribe(
        self,
        audio: Path,
        *,
        language: str | None,
        pauses: Sequence[Span],
        time_limit_s: float,
        on_progress: OnProgress,
        media_sha256: str | None = None,
    ) -> Transcript:
        """Return the transcript of a 16 kHz mono WAV file.

        `pauses` are silences that were measured in it. `language` is what should be spoken; if
        another one clearly is, the text is in that one. When the time is up, what there is
        until then is returned as incomplete.

        Raises:
            OutputRejected: the file is not what the ffmpeg door should have made.
        """
        ...


class Engine(Protocol):
    """A loaded speech model."""

    title: str
    """Name and version."""
    model: str

    def encode(self, samples: Samples) -> Encoded:
        """Prepare the sound of one window."""
        ...

    def listen(self, encoded: Encoded) -> Impression:
        """Return what the window seems to hold."""
        ...

    def write_down(
        self,
        encoded: Encoded,
        window: Window,
        language: str,
        impression: Impression,
        require_time: Callable[[], None],
    ) -> tuple[Segment, ...] | None:
        """Return what is said, or None when it is more than can be written at once.

        `require_time` is called often; it raises when the time is up.
        """
        ...


class TimeIsUp(Exception):
    """The time limit passed while the engine was at work; never leaves the door."""


def open_transcriber(settings: WhisperSettings) -> Transcriber:
    """Open the speech model that `settings` name, once a process.

    Without a name it is the one that `make setup` prepared, else the engine's own `base`, from
    its cache or from the network.

    Raises:
        ModelUnavailable: the weights are nowhere to be had, or are no weights.
    """
    with _opening:
        return _opened(named_weights(settings), settings.device, settings.threads)


def named_weights(settings: WhisperSettings) -> str:
    """Return the name or path of the weights that `open_transcriber` asks for."""
    if settings.model is not None:
        return settings.model
    return str(prepared_weights()) if prepared_weights().is_file() else "base"


def prepared_weights() -> Path:
    """Return where `make setup` puts the weights of the base model."""
    return Path(sys.prefix) / "share" / "heji" / "whisper-base.pt"


@contextmanager
def _named_failures(engine: str) -> Iterator[None]:
    """Turn an engine's own failure, such as a device without memory, into an error of ours."""
    try:
        yield
    except RuntimeError as error:
        raise ModelUnavailable(engine, str(error)[:200]) from error


_opening = Lock()


@lru_cache(maxsize=2)
def _opened(weights: str, device: str, threads: int) -> "WindowedTranscriber":
    from tasks.adapters.openai_whisper import open_engine

    return WindowedTranscriber(open_engine(weights, device, threads))


@dataclass
class _Heard:
    """What there is so far."""

    language: str | None = None
    segments: list[Segment] = field(default_factory=list)
    omissions: list[Omission] = field(default_factory=list)
    is_complete: bool = True


class WindowedTranscriber:
    """Give an engine one window after the other, and judge what it makes of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._busy = Lock()
        """Engines keep what they decode in the model itself: one sound at a time."""

    def transcribe(
        self,
        audio: Path,
        *,
        language: str | None,
        pauses: Sequence[Span],
        time_limit_s: float,
        on_progress: OnProgress,
        media_sha256: str | None = None,
    ) -> Transcript:
        """See `Transcriber`."""
        with self._busy, SpeechSound(audio) as sound, _named_failures(self._engine.title):
            deadline = time.monotonic() + time_limit_s

            def require_time() -> None:
                if time.monotonic() >= deadline:
                    raise TimeIsUp

            heard = _Heard()
            silences = merged(pauses, sound.duration_s)
            try:
                for share in self._hear(sound, language, silences, heard, require_time):
                    on_progress(share)
            except TimeIsUp:
                heard.is_complete = False
                log.warning("transcription was ended after %.0f s", time_limit_s)
            return Transcript(
                engine=self._engine.title,
                model=self._engine.model,
                language=heard.language if heard.segments else None,
                duration_s=round(sound.duration_s, 3),
                segments=tuple(heard.segments),
                omissions=tuple(heard.omissions),
                is_complete=heard.is_complete,
                media_sha256=media_sha256,
            )

    def _hear(
        self,
        sound: SpeechSound,
        asked: str | None,
        silences: Sequence[Span],
        heard: _Heard,
        require_time: Callable[[], None],
    ) -> Iterator[float]:
        """Add to `heard` window by window; yield the finished share after each."""
        levels = sound.levels()
        windows = deque(plan_windows(sound.duration_s, silences, levels))
        listened: dict[Window, tuple[Encoded, Impression]] = {}

        def listen(window: Window) -> tuple[Encoded, Impression]:
            require_time()
            encoded = self._engine.encode(sound.samples(window.start_s, window.end_s))
            return encoded, self._engine.listen(encoded)

        for window in sorted(windows, key=lambda w: -w.duration_s)[:HEARD_FOR_LANGUAGE]:
            listened[window] = listen(window)
        heard.language = choose_language(asked, [impression for _, impression in listened.values()])
        while windows and heard.language:
            window = windows.popleft()
            known = listened.pop(window) if window in listened else listen(window)
            encoded, impression = known
            written = self._engine.write_down(
                encoded, window, heard.language, impression, require_time
            )
            if written is None:
                windows.extendleft(reversed(halved(window, silences, levels)))
                continue
            if heard.language in CHINESE:
                written = tuple(rewritten(segment, _as_published) for segment in written)
            judged = judge(written, window, impression, heard.language, silences)
            heard.segments += judged.segments
            heard.omissions += judged.omissions
            yield window.end_s / sound.duration_s


def _as_published(text: str) -> str:
    return with_full_width_marks(to_simplified(text))
