"""openai-whisper, one of the engines behind the transcriber's door."""

import logging
import os
import pickle
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numba
import numpy as np
import torch
import whisper
from whisper.decoding import DecodingOptions, DecodingTask
from whisper.timing import add_word_timestamps
from whisper.tokenizer import get_tokenizer

from models.errors import ModelUnavailable
from models.transcript import Segment, Word
from tasks.media.speech import Impression, Samples, Window, split_at_times
from tasks.media.speech_guards import find_loop, is_failure, is_looping

log = logging.getLogger(__name__)

NETWORK_WAIT_S = 15.0
PROMPTS = {"zh": "以下是普通话的句子。"}
"""Makes the engine write simplified characters and end its sentences."""
SECOND_TEMPERATURE = 0.4
TOKENS_PER_S = 12
"""Twice what fast speech needs; bounds what the engine may write over a short sound."""
SPARE_TOKENS = 16
SECONDS_PER_TIME_TOKEN = 0.02
FRAMES_PER_S = 100
SHORTEST_HALVED_S = 4.0
"""A shorter window is taken as it comes, even when the engine had more to write."""

Model = Any  # openai-whisper ships no types
Result = Any  # its DecodingResult
Encoded = tuple[torch.Tensor, torch.Tensor]
"""Spectrum and what the encoder made of it."""


def open_engine(weights: str, device: str, threads: int) -> "OpenAiWhisper":
    """Load the model whose name or file `weights` is.

    Raises:
        ModelUnavailable: the weights are nowhere to be had, or are no weights.
    """
    is_file = Path(weights).is_file()
    if not is_file and weights not in whisper.available_models():
        raise ModelUnavailable(weights, "neither a file nor the name of a model")
    with _translated(weights), _network_within(NETWORK_WAIT_S):
        model = whisper.load_model(weights, device=device)
        heads = _alignment_heads(Path(weights)) if is_file else None
        if heads:
            model.set_alignment_heads(heads)
        with warnings.catch_warnings():
            # The engine leaves its vocabulary's file to the garbage collector.
            warnings.simplefilter("ignore", ResourceWarning)
            get_tokenizer(model.is_multilingual, num_languages=model.num_languages)
    log.info("opened speech model %s on %s", weights, device)
    name = Path(weights).stem.removeprefix("whisper-")
    return OpenAiWhisper(
        model, name, is_half=device != "cpu", threads=threads or max(1, (os.cpu_count() or 1) // 2)
    )


class OpenAiWhisper:
    """One loaded model."""

    def __init__(self, model: Model, name: str, *, is_half: bool, threads: int) -> None:
        self.title = f"openai-whisper {version('openai-whisper')}"
        self.model = name
        self._model = model
        self._is_half = is_half
        self._threads = threads

    def encode(self, samples: Samples) -> Encoded:
        """See `Engine`; samples beyond 30 s are left out."""
        self._bound_threads()
        mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(samples), self._model.dims.n_mels)
        mel = mel.to(self._model.device, torch.float16 if self._is_half else torch.float32)
        with torch.no_grad():
            return mel, self._model.embed_audio(mel.unsqueeze(0))

    @torch.no_grad()
    def listen(self, encoded: Encoded) -> Impression:
        """See `Engine`."""
        tokenizer = self._tokenizer(None)
        start = torch.tensor([[tokenizer.sot]], device=self._model.device)
        logits = self._model.logits(start, encoded[1])[0, 0].float()
        no_speech = float(logits.softmax(dim=-1)[tokenizer.no_speech])
        if not self._model.is_multilingual:
            return Impression({"en": 1.0}, no_speech)
        shares = logits[list(tokenizer.all_language_tokens)].softmax(dim=-1).tolist()
        names = tokenizer.all_language_codes
        return Impression(dict(zip(names, shares, strict=True)), no_speech)

    def write_down(
        self,
        encoded: Encoded,
        window: Window,
        language: str,
        impression: Impression,
        require_time: Callable[[], None],
    ) -> tuple[Segment, ...] | None:
        """See `Engine`."""
        most_tokens = min(
            self._model.dims.n_text_ctx // 2,
            SPARE_TOKENS + round(TOKENS_PER_S * window.duration_s),
        )

        def has_failed(result: Result) -> bool:
            no_speech = impression.no_speech_probability
            return is_failure(result.text, result.avg_logprob, no_speech)

        result = self._decode(encoded, language, most_tokens, require_time)
        if has_failed(result):
            with torch.random.fork_rng():
                torch.manual_seed(0)  # the same sound gives the same text
                second = self._decode(
                    encoded, language, most_tokens, require_time, temperature=SECOND_TEMPERATURE
                )
            result = min(result, second, key=lambda r: (has_failed(r), *_badness(r)))
        is_cut_off = len(result.tokens) >= most_tokens and find_loop(result.text) is None
        if is_cut_off and window.duration_s >= SHORTEST_HALVED_S:
            return None
        require_time()
        drafts = self._with_times(result, encoded, window, language)
        return tuple(_segment(draft, result, window, impression) for draft in drafts)

    def _decode(
        self,
        encoded: Encoded,
        language: str,
        most_tokens: int,
        require_time: Callable[[], None],
        *,
        temperature: float = 0.0,
    ) -> Result:
        options = DecodingOptions(
            language=language,
            temperature=temperature,
            sample_len=most_tokens,
            prompt=PROMPTS.get(language),
            fp16=self._is_half,
        )
        task = DecodingTask(self._model, options)
        watch = _Watch(task.sample_begin, task.tokenizer.eot, require_time)
        task.logit_filters.append(watch)
        return task.run(encoded[1])[0]

    def _with_times(
        self, result: Result, encoded: Encoded, window: Window, language: str
    ) -> list[dict[str, Any]]:
        """Return the text between the engine's time tokens, with a time for every word."""
        tokenizer = self._tokenizer(language)
        spans = split_at_times(
            result.tokens,
            first_time_token=tokenizer.timestamp_begin,
            seconds_per_token=SECONDS_PER_TIME_TOKEN,
            duration_s=window.duration_s,
        )
        drafts: list[dict[str, Any]] = [
            {
                "seek": 0,
                "start": span.start_s,
                "end": span.end_s,
                "tokens": list(span.tokens),
                "text": tokenizer.decode(list(span.tokens)),
            }
            for span in spans
        ]
        mel, features = encoded
        self._bound_threads()
        add_word_timestamps(
            segments=drafts,
            model=_Encoder(self._model, features),
            tokenizer=tokenizer,
            mel=mel,
            num_frames=min(mel.shape[-1], max(2, round(window.duration_s * FRAMES_PER_S))),
            last_speech_timestamp=0.0,
        )
        return drafts

    def _bound_threads(self) -> None:
        """Leave cores to ffmpeg, which encodes beside.

        With a thread for every core the engine's threads wait for each other most of the time
        (measured on two busy cores: 35 s instead of 4 s for a window). Said again and again, and
        torch last: a thread has a bound of its own, and numba, which aligns words, resets torch's.
        """
        numba.set_num_threads(min(self._threads, numba.get_num_threads()))
        torch.set_num_threads(self._threads)

    def _tokenizer(self, language: str | None) -> Any:  # noqa: ANN401
        return get_tokenizer(
            self._model.is_multilingual,
            num_languages=self._model.num_languages,
            language=language,
            task="transcribe",
        )


class _Encoder:
    """The model as the engine's alignment wants it, with the encoder's work done already."""

    def __init__(self, model: Model, features: torch.Tensor) -> None:
        self._model = model
        self._features = features

    def __call__(self, _mel: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self._model.decoder(tokens, self._features)
        return logits

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)


class _Watch:
    """A filter of the engine's decoding that ends it when it turns in circles or takes too long."""

    def __init__(self, first: int, end_token: int, require_time: Callable[[], None]) -> None:
        self._first = first
        self._end_token = end_token
        self._require_time = require_time

    def apply(self, logits: torch.Tensor, tokens: torch.Tensor) -> None:
        """Let nothing but the end follow where the newest tokens repeat themselves."""
        self._require_time()
        for row, written in enumerate(tokens[:, self._first :].tolist()):
            if is_looping([token for token in written if token < self._end_token]):
                logits[row] = -np.inf
                logits[row, self._end_token] = 0.0


def _badness(result: Result) -> tuple[bool, float]:
    return find_loop(result.text) is not None, -result.avg_logprob


def _segment(
    draft: dict[str, Any], result: Result, window: Window, impression: Impression
) -> Segment:
    def at(seconds: float) -> float:
        return round(window.start_s + min(max(0.0, float(seconds)), window.duration_s), 3)

    words = tuple(
        Word(
            text=word["word"],
            start_s=at(word["start"]),
            end_s=max(at(word["start"]), at(word["end"])),
            probability=round(float(word["probability"]), 4),
        )
        for word in draft.get("words", ())
    )
    return Segment(
        text=draft["text"].strip(),
        start_s=at(draft["start"]),
        end_s=max(at(draft["start"]), at(draft["end"])),
        words=words,
        average_log_probability=round(float(result.avg_logprob), 4),
        no_speech_probability=round(impression.no_speech_probability, 4),
        compression_ratio=round(float(result.compression_ratio), 4),
    )


def _alignment_heads(weights: Path) -> str | bytes | None:
    """Return which attention heads tell word times; files of ours hold it, others by their name.

    None leaves the engine's guess: the upper half of the decoder.
    """
    stored = torch.load(weights, map_location="cpu", mmap=True, weights_only=True)
    known: dict[str, bytes] = whisper._ALIGNMENT_HEADS  # noqa: SLF001 - has no public name
    heads: str | bytes | None = stored.get("alignment_heads") or known.get(weights.stem)
    return heads


@contextmanager
def _translated(weights: str) -> Iterator[None]:
    """Turn whatever goes wrong when weights are loaded into our own error."""
    try:
        yield
    except (
        OSError,  # no such file, no network
        RuntimeError,  # other shapes, no such device, damaged download
        EOFError,
        KeyError,
        TypeError,
        ValueError,
        pickle.UnpicklingError,
    ) as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelUnavailable(weights, first_line[:200]) from error


@contextmanager
def _network_within(seconds: float) -> Iterator[None]:
    """Bound every wait of the engine's own download, which sets no limit itself."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
