"""Judge what a file declares about itself: high dynamic range, a turned picture, private notes."""

from collections.abc import Iterator

from models.media import MediaInfo, PrivateKind, VideoStream
from models.profile import CampaignProfile
from models.report import Finding
from tasks.media.catalogue import describe

TRANSFERS = {"arib-std-b67": "HLG", "smpte2084": "PQ"}
"""ffprobe's names of the curves of ITU-R BT.2100."""
PRIVATE_WORDS: dict[PrivateKind, str] = {
    "location": "位置",
    "device": "设备",
    "person": "作者",
    "timed": "随时间记录的位置或设备数据",
}


def judge_declarations(info: MediaInfo, profile: CampaignProfile) -> tuple[Finding, ...]:
    """Return the findings on what the header says; nothing is decoded."""
    found: list[Finding | None] = []
    if info.picture:
        found += _hdr(info.picture, profile)
        found += _rotated(info.picture, profile)
    if info.private_metadata:
        told = "、".join(PRIVATE_WORDS[kind] for kind in info.private_metadata)
        found.append(describe("container.private_metadata", profile, measured=told))
    return tuple(f for f in found if f)


def _hdr(picture: VideoStream, profile: CampaignProfile) -> Iterator[Finding | None]:
    kinds = [TRANSFERS[picture.color_transfer]] if picture.color_transfer in TRANSFERS else []
    if picture.dolby_vision_profile is not None:
        kinds.append("杜比视界")
    if kinds:
        yield describe("video.hdr", profile, measured="、".join(kinds))


def _rotated(picture: VideoStream, profile: CampaignProfile) -> Iterator[Finding | None]:
    parts = [f"顺时针 {picture.rotation_deg}°"] if picture.rotation_deg else []
    if picture.is_mirrored:
        parts.append("镜像")
    if parts:
        yield describe("video.rotated", profile, measured="、".join(parts))
