"""Say why a file can't be made into a master: ffmpeg's last words, as a finding of ours."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from models.errors import CommandTimedOut, SourceRefused
from models.media import MediaInfo
from tasks.media.probing import PacketFacts

NOISE = re.compile(r"\[[^\]]*@ 0x[0-9a-f]+\]|\[(?:error|fatal|warning)\]|file:input\.bin:?|\s+")
EMPTY = ("Error marking filters as finished", "Conversion failed", "Error while decoding stream")
"""Lines that only say that something else went wrong."""
MOST_CHARACTERS = 160
SPARSE_LENGTH_S, SPARSE_RATE_HZ = 60.0, 0.1
ENCRYPTED_ENTRIES = {
    "encv": "画面",
    "enca": "声音",
    "drmi": "画面",
    "drms": "声音",
}
"""Sample entries of Common Encryption (ISO/IEC 23001-7) and of Apple's FairPlay."""
Refusal = tuple[str, str]
"""Check id, and what was seen."""


def last_words(stderr: str) -> str:
    """Return the last line that says something, without addresses and our own file names."""
    for line in reversed(stderr.splitlines()):
        cleaned = " ".join(NOISE.sub(" ", line).split())
        if cleaned and not cleaned.startswith(EMPTY):
            return cleaned[:MOST_CHARACTERS]
    return "无法读取"


def refusal_of_protection(entries: Collection[str]) -> Refusal | None:
    """Judge an MP4 by the kinds of its sample entries."""
    found = sorted(ENCRYPTED_ENTRIES.keys() & entries, reverse=True)
    if not found:
        return None
    return "container.encrypted", "、".join(dict.fromkeys(ENCRYPTED_ENTRIES[k] for k in found))


def refusal_of_probe(words: str, *, is_cut: bool) -> Refusal:
    """Judge a file that ffprobe could not read."""
    if is_cut or "moov atom not found" in words:
        return "container.truncated", f"缺少索引或末尾（{words}）"
    if "not on whitelist" in words or "not in whitelist" in words:
        return "container.unrecognised", words
    return "container.undecodable", words


def refusal_of_streams(info: MediaInfo) -> Refusal | None:
    """Judge a file without a picture that could be decoded."""
    if info.picture:
        return None
    moving = [v for v in info.video if not v.is_cover_art]
    if any(v.codec is None for v in moving):
        return "container.unsupported_codec", "未知的视频编码"
    if moving:
        return "container.undecodable", "视频轨道没有画面尺寸"
    if info.video:
        return "container.no_video", "只有封面图片"
    return "container.no_video", "只有声音" if info.audio else "没有任何音视频轨道"


def refusal_of_pace(packets: PacketFacts | None) -> Refusal | None:
    """Judge a file whose few frames stand so far apart that a constant rate would take hours."""
    length_s = packets.end_s - packets.first_s if packets else 0.0
    if packets is None or length_s < SPARSE_LENGTH_S or packets.count > length_s * SPARSE_RATE_HZ:
        return None
    return "timing.sparse_frames", f"{length_s:.0f} 秒内只有 {packets.count} 帧"


def refusal_of_decode(words: str) -> Refusal:
    """Judge a file whose picture could not be decoded."""
    if "not found" in words and "ecoder" in words:
        return "container.unsupported_codec", words
    return "container.undecodable", words


@contextmanager
def delay_refused() -> Iterator[None]:
    """Refuse a file on which a command within the block used up its time, or stood still.

    Raises:
        SourceRefused: it did.
    """
    try:
        yield
    except CommandTimedOut as error:
        raise SourceRefused(*_refusal_of_delay(error.limit_s, error.reached_s)) from error


def _refusal_of_delay(limit_s: float, reached_s: float | None) -> Refusal:
    if reached_s is None:
        return "container.undecodable", f"{limit_s:.0f} 秒没有任何进展"
    return "container.too_slow", f"{limit_s:.0f} 秒只处理了 {reached_s:.0f} 秒"
