"""Keep what was said apart from what the speech engine made up.

Over noise, music and silence the engine writes sentences that nobody spoke, or one phrase again
and again. Whatever is left out here is recorded with its reason.
"""

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.transcript import Omission, Segment, Word
from tasks.media.caption_text import halves
from tasks.media.notes import Span
from tasks.media.speech import NO_SPEECH, Impression, Window, share_inside

UNSURE = -1.0
"""Average log probability below which the engine itself calls its text a failure."""
HOPELESS = -1.3
"""Below this the text is wrong more often than right, whatever the sound is."""
MOST_REPETITIVE = 2.4
"""Text that shrinks more than this when compressed says one thing again and again."""
MOST_HALVES_PER_S = 30
"""Fifteen full-width characters a second: faster than anybody speaks."""
SUSPECT_NO_SPEECH = 0.2
SUSPECT_PROBABILITY = -0.75
FOREIGN = 0.2
"""A window less probably in the language it is written down in is music, or nobody's language."""
SILENT_SHARE = 0.8

LEAST_TURNS = 4
LEAST_LOOP_CHARACTERS = 12
LONGEST_TURN = 40
LOOP = re.compile(rf"(?P<turn>.{{1,{LONGEST_TURN}}}?)(?P=turn){{{LEAST_TURNS - 1},}}", re.DOTALL)

NEVER_SPOKEN = (
    "字幕由",
    "字幕志愿者",
    "字幕制作",
    "请不吝点赞",
    "打赏支持",
    "明镜与点点",
    "amaraorg",
    "以下是普通话的句子",
    "subtitlesby",
    "captionsby",
    "transcribedby",
    "ご視聴ありがとうございました",
    "시청해주셔서감사합니다",
    "продолжениеследует",
)
"""Parts of phrases from the engine's training texts, and its own prompt; without marks."""
SELDOM_SPOKEN = (
    "谢谢观看",
    "谢谢收看",
    "谢谢大家观看",
    "感谢观看",
    "感谢收看",
    "感谢您的观看",
    "请订阅",
    "点赞订阅",
    "下期再见",
    "词曲",
    "作词",
    "作曲",
    "thankyou",
    "thankyouforwatching",
    "thanksforwatching",
    "pleasesubscribe",
    "you",
    "bye",
    "byebye",
)
"""Whole phrases that a speaker may say, but that the engine also writes over anything."""


class Reason(StrEnum):
    """Why text was left out."""

    NO_SPEECH = "no speech in the sound"
    UNCERTAIN = "the engine is too uncertain"
    REPETITION = "repetition"
    TOO_FAST = "faster than anybody speaks"
    PHANTOM = "a phrase of the engine's training texts"
    SILENCE = "over measured silence"


@dataclass(frozen=True)
class Judged:
    """What of a window's text is kept, and what is not."""

    segments: tuple[Segment, ...]
    omissions: tuple[Omission, ...] = ()


def judge(
    segments: Sequence[Segment],
    window: Window,
    impression: Impression,
    language: str,
    silences: Sequence[Span],
) -> Judged:
    """Judge what the engine made of one window in `language`; `silences` must not overlap."""
    spoken = [segment for segment in segments if segment.text.strip()]
    if not spoken:
        return Judged(())
    reason = _reason_against_all(spoken, window, impression, language)
    if reason is not None:
        return Judged((), tuple(_omission(segment, reason) for segment in spoken))
    kept: list[Segment] = []
    omissions: list[Omission] = []
    for segment in spoken:
        reason = _reason_against(segment, impression, silences)
        if reason is None:
            kept.append(segment)
        else:
            omissions.append(_omission(segment, reason))
    unrolled, repeated = _without_loop(kept)
    return Judged(unrolled, (*omissions, *repeated))


def is_failure(text: str, average_log_probability: float, no_speech_probability: float) -> bool:
    """Tell whether decoding again, less strictly, may give better text.

    Where nobody speaks no decoding does.
    """
    is_bad = find_loop(text) is not None or average_log_probability < UNSURE
    is_quiet = no_speech_probability > NO_SPEECH
    return (is_bad and not is_quiet) or compression_ratio(text) > MOST_REPETITIVE


def is_looping(
    tokens: Sequence[int], *, longest: int = 24, turns: int = 5, least: int = 12
) -> bool:
    """Tell whether the newest tokens are one turn again and again, so that no end is in sight."""
    for period in range(1, min(longest, len(tokens) // turns) + 1):
        length = max(period * turns, least)
        tail = tokens[-length:]
        if len(tail) == length and tail[period:] == tail[:-period]:
            return True
    return False


def find_loop(text: str) -> tuple[int, int] | None:
    """Return where the first repetition stands: from its second turn to its end."""
    for match in LOOP.finditer(text):
        turn = match["turn"]
        says_something = any(character.isalpha() for character in turn)
        if says_something and match.end() - match.start() >= LEAST_LOOP_CHARACTERS:
            return match.start() + len(turn), match.end()
    return None


def compression_ratio(text: str) -> float:
    """Return how many times shorter `text` becomes when compressed."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def bare(text: str) -> str:
    """Return letters and digits of `text` alone, in one case and width."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in plain if character.isalnum())


def _reason_against_all(
    segments: Sequence[Segment], window: Window, impression: Impression, language: str
) -> Reason | None:
    text = "".join(segment.text for segment in segments)
    certainty = segments[0].average_log_probability or 0.0
    no_speech = impression.no_speech_probability
    loop = find_loop(text)
    is_suspect = loop is not None or certainty < SUSPECT_PROBABILITY
    is_foreign = impression.languages.get(language, 1.0) < FOREIGN
    holds = {
        Reason.NO_SPEECH: (no_speech > NO_SPEECH and is_suspect)
        or (no_speech > SUSPECT_NO_SPEECH and certainty < UNSURE)
        or (is_foreign and is_suspect),
        Reason.UNCERTAIN: certainty < HOPELESS,
        Reason.REPETITION: (loop[1] - loop[0]) * 2 > len(text)
        if loop
        else compression_ratio(text) > MOST_REPETITIVE,
        Reason.TOO_FAST: halves(text) > MOST_HALVES_PER_S * max(window.duration_s, 0.1),
    }
    return next((reason for reason, is_so in holds.items() if is_so), None)


def _reason_against(
    segment: Segment, impression: Impression, silences: Sequence[Span]
) -> Reason | None:
    phrase = bare(segment.text)
    is_suspect = (
        impression.no_speech_probability > SUSPECT_NO_SPEECH
        or (segment.average_log_probability or 0.0) < SUSPECT_PROBABILITY
    )
    if any(part in phrase for part in NEVER_SPOKEN) or (phrase in SELDOM_SPOKEN and is_suspect):
        return Reason.PHANTOM
    if share_inside(segment.start_s, segment.end_s, silences) > SILENT_SHARE:
        return Reason.SILENCE
    return None


def _without_loop(
    segments: Sequence[Segment],
) -> tuple[tuple[Segment, ...], tuple[Omission, ...]]:
    """Keep one turn of a repetition; what is kept and left out stays in whole words."""
    texts = ["".join(word.text for word in s.words) if s.words else s.text for s in segments]
    loop = find_loop("".join(texts))
    if loop is None:
        return tuple(segments), ()
    kept: list[Segment] = []
    omissions: list[Omission] = []
    at = 0
    for segment, text in zip(segments, texts, strict=True):
        parts = segment.words or (Word(text=text, start_s=segment.start_s, end_s=segment.end_s),)
        stay: list[Word] = []
        leave: list[Word] = []
        for word in parts:
            (leave if loop[0] <= at < loop[1] else stay).append(word)
            at += len(word.text)
        if stay:
            kept.append(segment if not leave else _of_words(segment, stay))
        if leave:
            omissions.append(_omission(_of_words(segment, leave), Reason.REPETITION))
    return tuple(kept), tuple(omissions)


def _of_words(segment: Segment, words: Sequence[Word]) -> Segment:
    return segment.model_copy(
        update={
            "text": "".join(word.text for word in words).strip(),
            "words": tuple(words) if segment.words else (),
            "start_s": words[0].start_s,
            "end_s": words[-1].end_s,
        }
    )


def _omission(segment: Segment, reason: Reason) -> Omission:
    return Omission(
        text=segment.text, start_s=segment.start_s, end_s=segment.end_s, reason=str(reason)
    )
