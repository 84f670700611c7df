"""Plan which stretches of sound the speech engine hears, and read what it says back.

The engine hears windows of half a minute at most, cut where nobody speaks; long silences are
not sent to it at all, because it invents text over them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from models.transcript import Segment, Word
from tasks.media.notes import Span

Samples = npt.NDArray[np.float32]

LONGEST_S = 28.0
"""Below the engine's 30 s: the last words get silence after them, which ends them cleanly."""
SKIPPED_PAUSE_S = 2.0
"""A silence of this length is not sent."""
MARGIN_S = 0.25
"""Silence that stays around speech, for sounds too soft to be measured."""
SHORTEST_SOUND_S = 0.2
"""Shorter sounds between silences are clicks, not words."""
LEVEL_STEP_S = 0.05
QUIET_WITHIN_S = 8.0
QUIET_REACH = 4
"""Steps on either side over which a moment's quietness is judged."""
STEADY_DB = 3.0
"""Loud and soft moments of speech lie further apart, even under noise as loud as the speech;
those of rain, hum and fans do not."""
SPEECH_BANDS_HZ = (300, 700, 1400, 2400, 3800)
SOFTEST_POWER = 1e-8
NO_SPEECH = 0.6
"""The engine's own measure for sound without speech, and what it takes for one."""
CLEARLY = 0.7
"""How probable another language must be to be written down instead of the expected one."""


@dataclass(frozen=True)
class Window:
    """A stretch of sound that the engine hears at once."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Impression:
    """What the engine takes a window for, before it writes anything down."""

    languages: Mapping[str, float]
    """How probable each language is."""
    no_speech_probability: float


@dataclass(frozen=True)
class TokenSpan:
    """Text tokens between two of the engine's own time tokens, in seconds from the window."""

    start_s: float
    end_s: float
    tokens: tuple[int, ...]


def levels_of(samples: Samples, rate_hz: int) -> npt.NDArray[np.float32]:
    """Return the level of every twentieth of a second in dB, as the mean over bands of speech.

    A rumble or whistle is loud in one band only, so it counts for little.
    """
    size = max(1, round(rate_hz * LEVEL_STEP_S))
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    window = np.hanning(size).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames * window, axis=1))) / np.square(window.sum())
    edges = np.searchsorted(np.fft.rfftfreq(size, 1 / rate_hz), SPEECH_BANDS_HZ)
    bands = [power[:, low:high].sum(axis=1) for low, high in pairwise(edges)]
    levels: Samples = np.mean(10 * np.log10(np.array(bands) + SOFTEST_POWER), axis=0)
    return levels.astype(np.float32)


def plan_windows(
    duration_s: float, pauses: Sequence[Span], levels: npt.NDArray[np.float32]
) -> tuple[Window, ...]:
    """Return the windows to hear, in order; they never overlap.

    Left out are long silences and sound too steady to be speech. `pauses` are measured silences
    of any length; `levels` (see `levels_of`) find a quiet moment to cut at where there is no
    pause for too long.
    """
    silences = merged(pauses, duration_s)
    windows: list[Window] = []
    for stretch in _sounding(duration_s, silences):
        windows += _cut(stretch, silences, levels)
    return tuple(window for window in windows if not _is_steady(window, levels))


def halved(
    window: Window, pauses: Sequence[Span], levels: npt.NDArray[np.float32]
) -> tuple[Window, Window]:
    """Cut a window that holds more speech than the engine can write down at once."""
    third = window.duration_s / 3
    at = _best_cut(window.start_s + third, window.end_s - third, pauses, levels)
    return Window(window.start_s, at), Window(at, window.end_s)


def merged(spans: Sequence[Span], duration_s: float) -> tuple[Span, ...]:
    """Return `spans` in order, inside the sound and without overlaps."""
    joined: list[Span] = []
    for raw_start, raw_end in sorted(spans):
        start, end = max(0.0, raw_start), min(raw_end, duration_s)
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def share_inside(start_s: float, end_s: float, spans: Sequence[Span]) -> float:
    """Return which share of a stretch lies inside `spans`, which must not overlap."""
    if end_s <= start_s:
        return float(any(start <= start_s <= end for start, end in spans))
    inside = sum(max(0.0, min(end, end_s) - max(start, start_s)) for start, end in spans)
    return inside / (end_s - start_s)


def split_at_times(
    tokens: Sequence[int],
    *,
    first_time_token: int,
    seconds_per_token: float,
    duration_s: float,
) -> tuple[TokenSpan, ...]:
    """Split the engine's tokens where it wrote down times; no text token is lost."""
    spans: list[TokenSpan] = []
    start_s, text = 0.0, []
    for token in tokens:
        if token < first_time_token:
            text.append(token)
            continue
        time_s = min((token - first_time_token) * seconds_per_token, duration_s)
        if text:
            spans.append(TokenSpan(min(start_s, time_s), time_s, tuple(text)))
            text = []
        start_s = time_s
    if text:
        spans.append(TokenSpan(start_s, duration_s, tuple(text)))
    return tuple(spans)


def rewritten(segment: Segment, rewrite: Callable[[str], str]) -> Segment:
    """Return `segment` with its text rewritten as a whole, so that words see their neighbours.

    Where the new text has another length, every word is rewritten alone instead.
    """
    before = "".join(word.text for word in segment.words)
    after = rewrite(before)
    words: list[Word] = []
    at = 0
    for word in segment.words:
        text = after[at : at + len(word.text)]
        at += len(word.text)
        words.append(
            word.model_copy(
                update={"text": text if len(after) == len(before) else rewrite(word.text)}
            )
        )
    text = "".join(word.text for word in words) if words else rewrite(segment.text)
    return segment.model_copy(update={"text": text.strip(), "words": tuple(words)})


def choose_language(asked: str | None, impressions: Sequence[Impression]) -> str | None:
    """Return the language to write down: the asked one, unless another is clearly spoken.

    Windows without speech have no say: the engine hears some language in any noise. None, when
    no language that the engine knows was asked for and none is heard.
    """
    main = asked.partition("-")[0].lower() if asked else None
    asked = main if any(main in impression.languages for impression in impressions) else None
    spoken = [i.languages for i in impressions if i.no_speech_probability <= NO_SPEECH]
    names = sorted({name for languages in spoken for name in languages})
    mean = {name: sum(one.get(name, 0.0) for one in spoken) / len(spoken) for name in names}
    likeliest = max(names, key=lambda name: mean[name], default=None)
    if asked is None or likeliest is None or mean[likeliest] < CLEARLY:
        return asked or likeliest
    return likeliest


def _is_steady(window: Window, levels: npt.NDArray[np.float32]) -> bool:
    own = levels[round(window.start_s / LEVEL_STEP_S) : round(window.end_s / LEVEL_STEP_S)]
    if not len(own):
        return False
    soft, loud = np.percentile(own, (10, 99))
    return bool(loud - soft <= STEADY_DB)


def _sounding(duration_s: float, silences: Sequence[Span]) -> list[Window]:
    """Return what lies between long silences, with a margin of them."""
    stretches: list[Window] = []
    start = 0.0
    after_silence = False
    ends = [span for span in silences if span[1] - span[0] >= SKIPPED_PAUSE_S]
    for silence_start, silence_end in [*ends, (duration_s, duration_s)]:
        if silence_start - start >= SHORTEST_SOUND_S:
            first = start - MARGIN_S if after_silence else start
            last = min(silence_start + MARGIN_S, duration_s)
            stretches.append(Window(max(0.0, first), last))
        start, after_silence = silence_end, True
    return stretches


def _cut(stretch: Window, pauses: Sequence[Span], levels: npt.NDArray[np.float32]) -> list[Window]:
    windows: list[Window] = []
    start = stretch.start_s
    while stretch.end_s - start > LONGEST_S:
        latest = min(start + LONGEST_S, stretch.end_s - 1.0)
        at = _best_cut(start + LONGEST_S / 3, latest, pauses, levels)
        windows.append(Window(start, at))
        start = at
    return [*windows, Window(start, stretch.end_s)]


def _best_cut(
    earliest: float, latest: float, pauses: Sequence[Span], levels: npt.NDArray[np.float32]
) -> float:
    """Return the middle of the longest pause between two moments, else a late quiet moment."""
    middles = [
        (min(end - start, 1.0), (start + end) / 2)
        for start, end in pauses
        if earliest <= (start + end) / 2 <= latest
    ]
    if middles:
        return max(middles)[1]
    first = round(max(earliest, latest - QUIET_WITHIN_S) / LEVEL_STEP_S)
    reach = levels[first : round(latest / LEVEL_STEP_S)]
    if len(reach) <= 2 * QUIET_REACH:
        return latest
    kernel = np.ones(2 * QUIET_REACH + 1) / (2 * QUIET_REACH + 1)
    around = np.convolve(reach, kernel, mode="valid")
    return float((first + QUIET_REACH + int(np.argmin(around)) + 0.5) * LEVEL_STEP_S)
