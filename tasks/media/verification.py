"""Compare a finished file with what was asked for: exit code 0 is not success."""

from models.media import MediaInfo
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
    wanted: list[tuple[str, object, object]] = [
        ("codec", picture.codec, "h264"),
        ("profile", picture.profile, "High"),
        ("pixel format", picture.pixel_format, "yuv420p"),
        ("size", (picture.width_px, picture.height_px), (spec.width_px, spec.height_px)),
        ("sample aspect", picture.sample_aspect in (1, None), True),
        ("frame rate", picture.frame_rate, spec.frame_rate),
        ("frames", picture.frame_count, frames),
        ("rotation", picture.rotation_deg, 0),
        ("matrix", picture.color_space, "bt709"),
        ("range", picture.color_range, "tv"),
        ("sound codec", sound.codec, "aac"),
        ("sound rate", sound.sample_rate_hz, spec.audio_rate_hz),
        ("channels", sound.channels, 2),
    ]
    mismatches = [f"{name} is {got}, not {want}" for name, got, want in wanted if got != want]
    if sound.duration_s is None or abs(sound.duration_s - expected_s) > (
        2 * AAC_FRAME / spec.audio_rate_hz
    ):
        mismatches.append(f"sound lasts {sound.duration_s} s, the picture {expected_s:.3f} s")
    if packets is None or packets.count != frames:
        mismatches.append(f"{packets.count if packets else 'no'} packets for {frames} frames")
    elif (packets.key_interval_max_s or 0) > float(spec.gop_s) + 0.001:
        mismatches.append(f"key frames {packets.key_interval_max_s} s apart")
    return tuple(mismatches)
