"""What a decode showed of picture and sound, out of the notes of ffmpeg's filters."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from models.report import Curves
from tasks.media.detection import NOTHING_FOUND, Verdict
from tasks.media.detectors.levels import LevelTrack
from tasks.media.frames import StillFacts
from tasks.media.notes import FrameNotes, Span, parse_notes, spans_of
from tasks.media.probing import PacketFacts
from tasks.media.scanning import NOTHING_SEEN, ScanFacts
from tasks.media.watching import WatchPlan

FLOOR_LUFS = -70.0
"""BS.1770 measures nothing below this: it means silence, not a level."""
MONO_GAIN = math.sqrt(2)
"""One channel is mixed into two at 0.707 each, so that both together are as loud."""
PEAK_STEP = 0.001
"""ebur128 writes peaks as a linear value with three decimals: take the upper edge."""
SILENCE = ("lavfi.silence_start", "lavfi.silence_end")


@dataclass(frozen=True)
class PictureSample:
    """What one still shows beside black bars."""

    time_s: float
    box: tuple[int, int, int, int] | None
    """Left, top, width, height of what is not black, in pixels of the reduced picture."""


@dataclass(frozen=True)
class PictureMeasurements:
    """What the picture's decode showed."""

    duration_s: float
    frames: int
    decode_errors: int
    watch: WatchPlan
    verdict: Verdict = NOTHING_FOUND
    """Of all detectors that saw it."""
    samples: tuple[PictureSample, ...] = ()
    """One for each still."""
    stills: tuple[StillFacts, ...] = ()
    scan: ScanFacts = NOTHING_SEEN


@dataclass(frozen=True)
class SoundMeasurements:
    """What the sound's decode showed; levels are None where there was only silence."""

    duration_s: float
    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_dbtp: float | None = None
    """Of the stereo mix, as `channel_rms_db`."""
    channel_rms_db: tuple[float | None, ...] = ()
    silences: tuple[Span, ...] = ()
    decode_errors: int = 0
    short_term: tuple[tuple[float, float], ...] = ()
    """Moments and short-term loudness (3 s) in LUFS."""
    verdict: Verdict = NOTHING_FOUND
    """Of the detectors that heard the sound."""
    levels: LevelTrack | None = field(default=None, compare=False)
    is_mono: bool = False

    @property
    def curves(self) -> Curves | None:
        """Return what the report draws of the sound."""
        return self.levels.curves(self.short_term) if self.levels else None

    @property
    def upload_peak_dbtp(self) -> float | None:
        """Return the true peak of the upload's own channels."""
        if self.true_peak_dbtp is None or not self.is_mono:
            return self.true_peak_dbtp
        return self.true_peak_dbtp + 20 * math.log10(MONO_GAIN)

    @property
    def silent_share(self) -> float:
        """Return how much of it is silence."""
        return sum(b - a for a, b in self.silences) / self.duration_s if self.duration_s else 0.0

    @property
    def is_silent(self) -> bool:
        """Tell whether nothing was ever heard."""
        return self.integrated_lufs is None


def read_picture_samples(lines: Iterable[str]) -> tuple[PictureSample, ...]:
    """Read the notes of cropdetect on the stills."""
    samples = []
    for note in parse_notes(lines):
        sides = [note.number(f"lavfi.cropdetect.{name}") for name in ("x", "y", "w", "h")]
        box = tuple(int(s) for s in sides if s is not None)
        samples.append(PictureSample(note.time_s, box if len(box) == 4 else None))
    return tuple(samples)


def watched_length_s(
    samples: Sequence[PictureSample],
    stills_per_s: float,
    packets: PacketFacts | None,
    start_s: float | None,
) -> float:
    """Return how much picture was decoded, when no master counts its frames.

    The packets tell it exactly, unless the stills stop short of them.
    """
    reached = samples[-1].time_s + 1 / stills_per_s if samples else 0.0
    length = picture_end_s(packets, start_s) if packets else None
    if length is None or reached < length - 2 / stills_per_s:
        return reached
    return length


def picture_end_s(packets: PacketFacts, start_s: float | None) -> float:
    """Return where a picture ends on the master's clock.

    It counts from the first moment of any stream, `start_s`: a picture that starts late stays late.
    """
    return packets.end_s - (start_s or 0.0)


def read_sound(
    lines: Iterable[str],
    duration_s: float,
    *,
    decode_errors: int = 0,
) -> SoundMeasurements:
    """Read the notes of ebur128, astats and silencedetect.

    They are read as they come: those of an hour would fill the memory.
    """
    last: dict[str, str] = {}
    marks: list[FrameNotes] = []
    short_term: list[tuple[float, float]] = []
    for note in parse_notes(lines):
        last.update(note.values)
        level = note.number("lavfi.r128.S")
        if level is not None:
            short_term.append((note.time_s, level))
        if not note.values.keys().isdisjoint(SILENCE):
            marks.append(note)
    final = FrameNotes(0, 0.0, last)
    integrated = _above_floor(final.number("lavfi.r128.I"))
    peaks = [final.number(f"lavfi.r128.true_peaks_ch{n}") for n in (0, 1)]
    highest = max((p for p in peaks if p), default=None)
    return SoundMeasurements(
        duration_s=duration_s,
        integrated_lufs=integrated,
        range_lu=final.number("lavfi.r128.LRA") if integrated is not None else None,
        true_peak_dbtp=20 * math.log10(highest + PEAK_STEP / 2) if highest else None,
        channel_rms_db=tuple(final.number(f"lavfi.astats.{n}.RMS_level") for n in (1, 2)),
        silences=tuple(spans_of(marks, *SILENCE, duration_s)),
        decode_errors=decode_errors,
        short_term=tuple(short_term),
    )


def decode_errors_of(picture: PictureMeasurements, sound: SoundMeasurements | None) -> int:
    """Return how often the decoders of both complained."""
    return picture.decode_errors + (sound.decode_errors if sound else 0)


def _above_floor(level: float | None) -> float | None:
    return level if level is not None and level > FLOOR_LUFS + 0.05 else None
