"""What was said, and how it stands on the screen."""

from models.base import Frozen


class Word(Frozen):
    """One word as the engine heard it."""

    text: str
    start_s: float
    end_s: float
    probability: float | None = None


class Segment(Frozen):
    """A stretch of speech that the engine decoded as one."""

    text: str
    start_s: float
    end_s: float
    words: tuple[Word, ...] = ()
    average_log_probability: float | None = None
    no_speech_probability: float | None = None
    compression_ratio: float | None = None


class Omission(Frozen):
    """Text the engine produced and Heji left out, with the reason."""

    text: str
    start_s: float
    end_s: float
    reason: str


class Cue(Frozen):
    """One caption on the screen: one or two lines between two moments."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]


class Transcript(Frozen):
    """Speech with word times: the shape of `transcript.json`."""

    engine: str
    model: str
    language: str | None = None
    duration_s: float
    segments: tuple[Segment, ...] = ()
    omissions: tuple[Omission, ...] = ()
    is_complete: bool = True
    """False when the time limit ended the work before the end of the sound."""
    media_sha256: str | None = None
    """The source whose sound this is."""


class CaptionsMade(Frozen):
    """What the captioning of a work came to; the captions themselves are files."""

    cues: int = 0
    omitted: int = 0
    """Stretches of text that were left out because nobody said them."""
    is_complete: bool = True
    """False when the time limit ended the work before the end of the sound."""
    language: str | None = None
    """What is spoken; None when nothing was heard."""
    reason: str | None = None
    """Why no captions were made, for people; None when they were."""
