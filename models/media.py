"""What ffprobe can say about a file, typed; a fact it can't say is None."""

from fractions import Fraction
from typing import Literal

from models.base import Frozen

PrivateKind = Literal["location", "device", "person", "timed"]
"""Where it was taken, with what, by whom; `timed`: a track that notes such things as it goes."""


class VideoStream(Frozen):
    """One stream of moving pictures, as coded (before rotation and aspect are applied)."""

    index: int
    codec: str | None = None
    profile: str | None = None
    level: int | None = None
    pixel_format: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    sample_aspect: Fraction | None = None
    frame_rate: Fraction | None = None
    """Average rate; from the counted frames where a count stands in the container."""
    frame_count: int | None = None
    bit_rate_bps: int | None = None
    start_s: float | None = None
    duration_s: float | None = None
    field_order: str | None = None
    color_range: str | None = None
    color_space: str | None = None
    color_transfer: str | None = None
    color_primaries: str | None = None
    dolby_vision_profile: int | None = None
    rotation_deg: int = 0
    """Clockwise turn that a player applies: 0, 90, 180 or 270."""
    is_mirrored: bool = False
    """A player swaps left and right before it turns."""
    is_cover_art: bool = False
    is_default: bool = False


class AudioStream(Frozen):
    """One stream of sound, as coded."""

    index: int
    codec: str | None = None
    profile: str | None = None
    sample_rate_hz: int | None = None
    channels: int | None = None
    channel_layout: str | None = None
    bit_rate_bps: int | None = None
    start_s: float | None = None
    duration_s: float | None = None
    language: str | None = None
    is_default: bool = False
    is_commentary: bool = False
    """Meant for listening beside the programme: a comment, or a description of the picture."""


class OtherStream(Frozen):
    """A subtitle, data or attachment stream: named, never opened."""

    index: int
    kind: str
    codec: str | None = None


class MediaInfo(Frozen):
    """The facts of one file."""

    container: str
    """ffprobe's format name, a comma list such as `mov,mp4,m4a,3gp,3g2,mj2`."""
    size_bytes: int
    duration_s: float | None = None
    """What the header claims; only a decode proves it."""
    start_s: float | None = None
    bit_rate_bps: int | None = None
    video: tuple[VideoStream, ...] = ()
    audio: tuple[AudioStream, ...] = ()
    others: tuple[OtherStream, ...] = ()
    tags: dict[str, str] = {}
    """Of the container: those that say nothing of people, places or devices."""
    private_metadata: tuple[PrivateKind, ...] = ()
    """What kinds of private notes stand in the file; never what they say."""
    chosen_sound: int | None = None
    """Index of the stream that was chosen among several sounds by listening to all."""

    @property
    def picture(self) -> VideoStream | None:
        """The stream to show: a real one with a size, the default one first, then the largest."""
        candidates = [
            v for v in self.video if not v.is_cover_art and v.width_px and v.height_px and v.codec
        ]
        return max(
            candidates,
            key=lambda v: (v.is_default, (v.width_px or 0) * (v.height_px or 0), -v.index),
            default=None,
        )

    @property
    def sounds(self) -> tuple[AudioStream, ...]:
        """The streams of sound that name a codec, a rate and channels."""
        return tuple(a for a in self.audio if a.codec and a.channels and a.sample_rate_hz)

    @property
    def sound(self) -> AudioStream | None:
        """The stream to hear: the chosen one; unless one was chosen, the default or the first."""
        return max(
            self.sounds,
            key=lambda a: (a.index == self.chosen_sound, a.is_default, -a.index),
            default=None,
        )
