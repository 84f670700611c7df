"""Compare a file with what was asked for: exit code 0 is not success."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from models.media import AudioStream, MediaInfo, VideoStream
from models.profile import MasterSpec
from tasks.media.geometry import INTERLACED_ORDERS
from tasks.media.probing import PacketFacts

AAC_FRAME = 1024
LABELS = ("matrix", "primaries", "transfer", "range")
"""What pictures of a master's size mean where they don't say it is what masters say."""
RATE_SLACK = 1.05
"""An encoder holds its limit over its buffer, not over the whole file."""
CHINESE = {
    "container": "封装格式",
    "codec": "视频编码",
    "profile": "编码档次",
    "level": "编码级别",
    "pixel format": "像素格式",
    "width": "宽度",
    "height": "高度",
    "sample aspect": "像素宽高比",
    "frame rate": "帧率",
    "rotation": "旋转角度",
    "mirrored": "镜像",
    "scan": "扫描方式",
    "matrix": "色彩矩阵",
    "primaries": "色域",
    "transfer": "传递特性",
    "range": "色彩范围",
    "start": "起始时间",
    "frame intervals": "帧间隔",
    "key frames": "关键帧间隔",
    "GOPs": "图像组",
    "bit rate": "码率",
    "decode errors": "解码错误",
    "sound codec": "音频编码",
    "sound profile": "音频档次",
    "sound rate": "采样率",
    "channels": "声道数",
    "sound length": "声音长度",
    "loudness": "响度",
    "sound sides": "左右声道",
    "picture": "画面",
    "sound": "声音",
}
CHINESE_VALUES = {
    "None": "未标明",
    "True": "是",
    "False": "否",
    "interlaced": "隔行",
    "mixed": "部分隔行",
    "progressive": "逐行",
    "open": "开放",
    "closed": "封闭",
    "one": "仅一侧",
    "both": "两侧",
    "encoded": "重新编码",
}


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the master must be."""

    name: str
    got: object
    want: object = None
    """None where nothing better can be named."""

    def __str__(self) -> str:
        return f"{self.name} is {self.got}" + ("" if self.want is None else f", not {self.want}")

    @property
    def is_missing_label(self) -> bool:
        """Tell whether a picture only doesn't say how its colours are meant."""
        return self.name in LABELS and self.got is None

    @property
    def chinese(self) -> str:
        """The same for people: `帧率为 30，应为 25`."""
        return f"{CHINESE[self.name]}为{_shown(self.got)}" + (
            "" if self.want is None else f"，应为{_shown(self.want)}"
        )


def _shown(value: object) -> str:
    """Write a value as Chinese does: figures and Latin words stand a space apart."""
    if isinstance(value, Fraction):
        return f" {float(value):g}" if value.denominator == 1 else f" {float(value):.2f}"
    return CHINESE_VALUES.get(str(value)) or f" {value}"


def compare_master(
    made: MediaInfo, packets: PacketFacts | None, spec: MasterSpec, frames: int
) -> tuple[str, ...]:
    """Return every way in which `made` is not the master of `frames` frames that `spec` asks for.

    An empty answer means that it may be published.
    """
    if len(made.video) != 1 or len(made.audio) != 1 or made.others:
        return (
            f"streams: {len(made.video)} video, {len(made.audio)} audio, {len(made.others)} other",
        )
    picture, sound = made.video[0], made.audio[0]
    mismatches = [
        str(difference)
        for difference in (
            *unlike_picture(picture, spec),
            *unlike_packets(packets, spec),
            *unlike_sound(sound, spec),
            *unlike_length(sound, float(frames / spec.frame_rate), spec),
        )
    ]
    if picture.frame_count != frames:
        mismatches.append(f"frames is {picture.frame_count}, not {frames}")
    if packets is None or packets.count != frames:
        mismatches.append(f"{packets.count if packets else 'no'} packets for {frames} frames")
    return tuple(mismatches)


def unlike_picture(picture: VideoStream, spec: MasterSpec) -> Iterator[Difference]:
    """Say in what a stream's header is not the picture of a master."""
    asked_level = round(float(spec.level) * 10)
    is_interlaced = picture.field_order in INTERLACED_ORDERS
    wanted: tuple[tuple[str, object, object], ...] = (
        ("codec", picture.codec, "h264"),
        ("profile", picture.profile, "High"),
        ("pixel format", picture.pixel_format, "yuv420p"),
        ("width", picture.width_px, spec.width_px),
        ("height", picture.height_px, spec.height_px),
        ("sample aspect", picture.sample_aspect or 1, 1),
        ("frame rate", picture.frame_rate, spec.frame_rate),
        ("rotation", picture.rotation_deg, 0),
        ("mirrored", picture.is_mirrored, False),
        ("scan", "interlaced" if is_interlaced else "progressive", "progressive"),
        ("matrix", picture.color_space, "bt709"),
        ("primaries", picture.color_primaries, "bt709"),
        ("transfer", picture.color_transfer, "bt709"),
        ("range", picture.color_range, "tv"),
    )
    for name, got, want in wanted:
        if got != want:
            yield Difference(name, got, want)
    if (picture.level or 0) > asked_level:
        yield Difference("level", (picture.level or 0) / 10, f"≤ {spec.level}")


def unlike_packets(packets: PacketFacts | None, spec: MasterSpec) -> Iterator[Difference]:
    """Say in what a stream's packets are not those of a master's picture."""
    if packets is None:
        yield Difference("frame intervals", None, f"{float(1 / spec.frame_rate):g} s")
        return
    frame_s = float(1 / spec.frame_rate)
    if abs(packets.first_s) > frame_s / 2 or packets.discarded:
        yield Difference("start", f"{packets.first_s:.3f} s", "0 s")
    expected_s = packets.count * frame_s
    is_uneven = (packets.longest_interval_s or frame_s) > 1.5 * frame_s
    if is_uneven or abs(packets.end_s - packets.first_s - expected_s) > frame_s / 2:
        longest = packets.longest_interval_s or packets.end_s - packets.first_s
        yield Difference("frame intervals", f"≤ {longest:.3f} s", f"{frame_s:g} s")
    if not packets.starts_with_key or (packets.key_interval_max_s or 0) > float(spec.gop_s) + 0.001:
        apart = packets.key_interval_max_s
        yield Difference(
            "key frames", None if apart is None else f"{apart:.2f} s", f"≤ {spec.gop_s} s"
        )
    if packets.has_open_gops:
        yield Difference("GOPs", "open", "closed")


def unlike_sound(sound: AudioStream, spec: MasterSpec) -> Iterator[Difference]:
    """Say in what a stream's header is not the sound of a master."""
    wanted: tuple[tuple[str, object, object], ...] = (
        ("sound codec", sound.codec, "aac"),
        ("sound profile", sound.profile, "LC"),
        ("sound rate", sound.sample_rate_hz, spec.audio_rate_hz),
        ("channels", sound.channels, 2),
    )
    return (Difference(name, got, want) for name, got, want in wanted if got != want)


def unlike_length(sound: AudioStream, picture_s: float, spec: MasterSpec) -> Iterator[Difference]:
    """Say whether a sound doesn't begin and end with its picture, to two AAC frames."""
    slack_s = 2 * AAC_FRAME / spec.audio_rate_hz
    if sound.duration_s is None or abs(sound.duration_s - picture_s) > slack_s:
        got = None if sound.duration_s is None else f"{sound.duration_s:.3f} s"
        yield Difference("sound length", got, f"{picture_s:.3f} s")


def reasons_to_encode(
    source: MediaInfo, packets: PacketFacts | None, spec: MasterSpec
) -> tuple[Difference, ...]:
    """Return in what a source's picture is not a master's; nothing means: copy its packets.

    A label that is missing is no reason: it can be written into a copy (see `lacks_labels`).
    """
    picture = source.picture
    if picture is None:
        return (Difference("picture", None, "h264"),)
    found: list[Difference] = []
    if "mp4" not in source.container.split(","):
        found.append(Difference("container", source.container.split(",")[0], "mp4"))
    found += (d for d in unlike_picture(picture, spec) if not d.is_missing_label)
    found += unlike_packets(packets, spec)
    rate = packets.bit_rate_bps if packets else None
    most = spec.max_rate_kbps * 1000
    if rate and rate > most * RATE_SLACK:
        found.append(Difference("bit rate", f"{rate / 1e6:.1f} Mbit/s", f"≤ {most / 1e6:g} Mbit/s"))
    return tuple(found)


def lacks_labels(picture: VideoStream, spec: MasterSpec) -> bool:
    """Tell whether a picture doesn't say how its colours are meant, as masters do."""
    return any(d.is_missing_label for d in unlike_picture(picture, spec))


def reasons_to_encode_sound(
    source: MediaInfo, picture_s: float, spec: MasterSpec
) -> tuple[Difference, ...]:
    """Return in what a source's sound differs from the master's, its level aside."""
    sound = source.sound
    if sound is None:
        return (Difference("sound", None, "aac"),)
    found = [*unlike_sound(sound, spec), *unlike_length(sound, picture_s, spec)]
    if abs(sound.start_s or 0.0) > AAC_FRAME / spec.audio_rate_hz:
        found.append(Difference("start", f"{sound.start_s:.3f} s", "0 s"))
    return tuple(found)
