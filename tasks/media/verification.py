"""Compare a finished file with what was asked for: exit code 0 is not success."""

from collections.abc import Iterator

from models.media import AudioStream, MediaInfo, VideoStream
from models.profile import MasterSpec
from tasks.media.probing import PacketFacts

AAC_FRAME = 1024


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
    expected_s = float(frames / spec.frame_rate)
    mismatches = [*_unlike(picture, sound, spec)]
    if picture.frame_count != frames:
        mismatches.append(f"frames is {picture.frame_count}, not {frames}")
    if sound.duration_s is None or abs(sound.duration_s - expected_s) > (
        2 * AAC_FRAME / spec.audio_rate_hz
    ):
        mismatches.append(f"sound lasts {sound.duration_s} s, the picture {expected_s:.3f} s")
    if packets is None or packets.count != frames:
        mismatches.append(f"{packets.count if packets else 'no'} packets for {frames} frames")
    elif (packets.key_interval_max_s or 0) > float(spec.gop_s) + 0.001:
        mismatches.append(f"key frames {packets.key_interval_max_s} s apart")
    return tuple(mismatches)


def reasons_to_encode(source: MediaInfo, spec: MasterSpec) -> tuple[str, ...]:
    """Return in what a source differs from the master that is made of it.

    Every source is encoded; one that differs in nothing is so because Heji copies none yet.
    """
    if source.picture is None:
        return ("there is no picture",)
    if source.sound is None:
        return ("there is no sound",)
    differences = tuple(_unlike(source.picture, source.sound, spec))
    return differences or ("sources are always encoded",)


def _unlike(picture: VideoStream, sound: AudioStream, spec: MasterSpec) -> Iterator[str]:
    wanted: tuple[tuple[str, object, object], ...] = (
        ("codec", picture.codec, "h264"),
        ("profile", picture.profile, "High"),
        ("pixel format", picture.pixel_format, "yuv420p"),
        ("width", picture.width_px, spec.width_px),
        ("height", picture.height_px, spec.height_px),
        ("sample aspect", picture.sample_aspect or 1, 1),
        ("frame rate", picture.frame_rate, spec.frame_rate),
        ("rotation", picture.rotation_deg, 0),
        ("matrix", picture.color_space, "bt709"),
        ("primaries", picture.color_primaries, "bt709"),
        ("transfer", picture.color_transfer, "bt709"),
        ("range", picture.color_range, "tv"),
        ("sound codec", sound.codec, "aac"),
        ("sound rate", sound.sample_rate_hz, spec.audio_rate_hz),
        ("channels", sound.channels, 2),
    )
    return (f"{name} is {got}, not {want}" for name, got, want in wanted if got != want)
