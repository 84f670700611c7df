"""A campaign as data: its names, topics, limits, targets, colours and texts.

A profile is a YAML file; `deployments/campaigns/` ships some, `HEJI_HOME/campaigns/` adds or
replaces them. No limit of any campaign stands in code.
"""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from models.base import Frozen
from models.report import Severity

Color = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]


class MasterSpec(Frozen):
    """The one encoder setting that all masters of a campaign share (design D8)."""

    width_px: int = Field(default=1920, gt=0, multiple_of=2)
    height_px: int = Field(default=1080, gt=0, multiple_of=2)
    frame_rate: Fraction = Field(default=Fraction(25), gt=0)
    gop_s: Fraction = Field(default=Fraction(2), gt=0)
    codec_profile: Literal["high"] = "high"
    level: str = "4.1"
    preset: str = "veryfast"
    crf: float = Field(default=20, ge=0, le=51)
    max_rate_kbps: int = Field(default=12_000, gt=0)
    audio_rate_hz: int = Field(default=48_000, gt=0)
    audio_bit_rate_kbps: int = Field(default=192, gt=0)
    fit: Literal["blur", "pad", "crop"] = "blur"
    """What fills the frame beside a picture of another shape."""
    ssim_floor: float = Field(default=0.95, ge=0, le=1)
    """Structural similarity to its source below which a master is encoded once more, finer.

    It is measured at viewing size (about 256 lines), where good encodes reach 0.98 and more, noisy
    ones too; 0 switches the comparison off.
    """

    @property
    def gop_frames(self) -> int:
        """Frames from one key frame to the next."""
        return round(self.gop_s * self.frame_rate)

    @property
    def samples_per_frame(self) -> Fraction:
        """Audio samples that last as long as one frame."""
        return Fraction(self.audio_rate_hz) / self.frame_rate


class LoudnessTarget(Frozen):
    """Programme loudness after BS.1770."""

    integrated_lufs: float = Field(default=-24.0, ge=-70, le=0)
    tolerance_lu: float = Field(default=2.0, gt=0)
    true_peak_dbtp: float = Field(default=-2.0, le=0)


LOUDNESS_PRESETS = {
    "gyt-282": LoudnessTarget(integrated_lufs=-24, tolerance_lu=2, true_peak_dbtp=-2),
    "gyt-377": LoudnessTarget(integrated_lufs=-24, tolerance_lu=2, true_peak_dbtp=-1),
    "gyt-377-mobile": LoudnessTarget(integrated_lufs=-15, tolerance_lu=2, true_peak_dbtp=-1),
    "ebu-r128": LoudnessTarget(integrated_lufs=-23, tolerance_lu=1, true_peak_dbtp=-1),
}
"""GY/T 282-2014 for television, GY/T 377-2023 for the net and for telephones, EBU R 128 (2020)."""


class Limits(Frozen):
    """Block and warn limits; None switches a limit off."""

    duration_max_block_s: float | None = 300.0
    duration_max_warn_s: float | None = 180.0
    duration_min_warn_s: float | None = 30.0
    duration_min_block_s: float | None = 1.0
    size_block_bytes: int | None = 1_000_000_000
    size_warn_bytes: int | None = 500_000_000
    short_side_block_px: int | None = 720
    short_side_warn_px: int | None = 1080
    long_side_warn_px: int | None = 1920
    frame_rate_block: Fraction | None = Fraction(20)
    frame_rate_warn: Fraction | None = Fraction(25)
    """The rate that is asked for; any other is a warning."""
    bit_rate_block_bps: int | None = 1_000_000
    """Of the video stream at 1080p; smaller pictures get the share of their pixels."""
    bit_rate_warn_bps: int | None = 8_000_000
    aspect: Fraction | None = Fraction(16, 9)
    aspect_tolerance: float = 0.02
    audio_rate_warn_hz: int | None = 48_000
    audio_bit_rate_warn_bps: int | None = 128_000
    containers: tuple[str, ...] = ("mp4",)
    video_codecs: tuple[str, ...] = ("h264",)
    audio_codecs: tuple[str, ...] = ("aac",)
    black_s: float = Field(default=2.0, gt=0)
    freeze_s: float = Field(default=5.0, gt=0)
    repeated_share: float = Field(default=0.1, gt=0, lt=1)
    """Frames that repeat the one before where the picture moves, within any four seconds."""
    long_title_s: float = Field(default=10.0, gt=0)
    silence_s: float = Field(default=10.0, gt=0)
    silence_dbfs: float = Field(default=-50.0, lt=0)
    letterbox_share: float = Field(default=0.05, gt=0, lt=1)
    dark_luma: float = Field(default=40, ge=16, le=235)
    """Limited range, as `bright_luma`: a camera picture whose median is darker is under-exposed."""
    bright_luma: float = Field(default=215, ge=16, le=235)
    clipped_share: float = Field(default=0.5, gt=0, lt=1)
    """Of the picture, burnt out to white."""
    av_offset_s: float | None = Field(default=0.1, gt=0)
    """How far apart picture and sound may start, and drift until the end."""
    gap_s: float | None = Field(default=0.5, gt=0)
    """How long picture or sound may leave out."""
    blank_s: float = Field(default=3.0, gt=0)
    """How long one flat colour, colour bars or a test card may stand."""
    shake_share: float = Field(default=0.004, gt=0, lt=1)
    """How far a hand may shake the picture, as a share of its longer side (quadratic mean)."""
    one_sided_db: float = Field(default=30.0, gt=0)
    speech_noise_db: float = Field(default=15.0, gt=0)
    level_jump_lu: float = Field(default=10.0, gt=0)


class CaptionRules(Frozen):
    """How captions must stand (defaults: Netflix Simplified Chinese timed text)."""

    language: str | None = "zh"
    """What is spoken; None lets the engine decide."""
    max_units_per_line: float = Field(default=16, gt=0)
    """Full-width characters; a half-width one counts a half."""
    max_lines: int = Field(default=2, ge=1)
    max_units_per_s: float = Field(default=9, gt=0)
    min_duration_s: float = Field(default=5 / 6, gt=0)
    max_duration_s: float = Field(default=7, gt=0)
    min_gap_frames: int = Field(default=2, ge=0)
    time_limit_factor: float = Field(default=6, gt=0)
    """Transcription is ended after this many times the sound's length (60 s at least)."""


class CardStyle(Frozen):
    """How title cards look; sizes are shares of the picture's height."""

    font: str = "Noto Sans CJK SC"
    font_bold: str = "Noto Serif CJK SC:bold"
    """Of titles and names."""
    background: Color = "#7A1518"
    background_edge: Color = "#4A0A0C"
    title_color: Color = "#FFF4D6"
    text_color: Color = "#FFFFFF"
    accent: Color = "#E8B84A"
    safe_share: float = Field(default=0.9, gt=0.5, le=1)
    """Titles stay inside this inner share of the picture."""
    title_share: float = Field(default=0.105, gt=0)
    text_share: float = Field(default=0.052, gt=0)
    smallest_share: float = Field(default=0.034, gt=0)
    """Text shrinks to fit, but never below this."""


class Credits(Frozen):
    """Who stands on the closing card: a heading and its names, in order."""

    role: str
    names: tuple[str, ...]


def _preset(value: object) -> object:
    if isinstance(value, str):
        if value not in LOUDNESS_PRESETS:
            raise ValueError(f"no such loudness preset; there are {', '.join(LOUDNESS_PRESETS)}")
        return LOUDNESS_PRESETS[value]
    return value


class CampaignProfile(Frozen):
    """One campaign."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    revision: str
    title: str
    subtitle: str = ""
    topics: tuple[str, ...] = ()
    """The closed list of 话题; empty accepts any."""
    stages: tuple[str, ...] = ()
    credits: tuple[Credits, ...] = ()
    closing_text: str = ""
    deadline: str = ""
    """By when a returned work must come again, as a notice to its school says it."""
    contact: str = ""
    """Whom schools may ask, as a notice says it."""
    limits: Limits = Limits()
    severities: dict[str, Severity | Literal["off"]] = {}
    """Check id to severity, where the campaign judges otherwise than the catalogue."""
    master: MasterSpec = MasterSpec()
    loudness: Annotated[LoudnessTarget, BeforeValidator(_preset)] = LoudnessTarget()
    """A preset by name (`gyt-282`, `gyt-377`, `gyt-377-mobile`, `ebu-r128`), or figures."""
    captions: CaptionRules = CaptionRules()
    cards: CardStyle = CardStyle()
