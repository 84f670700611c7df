"""Tell what a file is from its first bytes, before any demuxer may look at it.

A playlist or script under a video's name makes a stock ffmpeg open other files; only families
that hold their own pictures and sound pass (design D10).
"""

from dataclasses import dataclass

HEAD_BYTES = 4096

MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"moof")
MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"OggS", "ogg"),
    (0, b"\x00\x00\x01\xba", "mpeg"),
    (0, b"\x00\x00\x01\xb3", "mpegvideo"),
    (0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01", "mxf"),
    (0, b".RMF", "rm"),
    (0, b"\x1f\x07\x00", "dv"),
    (0, b"ID3", "mp3"),
    (0, b"\xff\xfb", "mp3"),
    (0, b"\xff\xf3", "mp3"),
    (0, b"fLaC", "flac"),
    (0, b"#!AMR", "amr"),
    (0, b"caff", "caf"),
    (0, b"\xff\xf1", "aac"),
    (0, b"\xff\xf9", "aac"),
)
DEMUXERS: dict[str, str] = {
    "mp4": "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska": "matroska,webm",
    "avi": "avi",
    "wav": "wav",
    "aiff": "aiff",
    "mpegts": "mpegts",
}
"""Family to the demuxers that may read it, where the names differ."""
EXTENSIONS: dict[str, tuple[str, ...]] = {
    "mp4": ("mp4", "mov", "m4v", "3gp", "3g2", "qt", "m4a"),
    "matroska": ("mkv", "webm", "mka"),
    "avi": ("avi", "divx"),
    "flv": ("flv", "f4v"),
    "asf": ("wmv", "asf", "wma"),
    "ogg": ("ogv", "ogg", "oga", "opus"),
    "mpeg": ("mpg", "mpeg", "vob", "m2p", "dat"),
    "mpegvideo": ("mpg", "mpeg", "m2v", "m1v"),
    "mpegts": ("ts", "mts", "m2ts", "tp", "trp"),
    "mxf": ("mxf",),
    "rm": ("rm", "rmvb"),
    "dv": ("dv", "dif"),
}
PLAYLIST_MARKS = (b"#EXTM3U", b"ffconcat", b"<MPD", b"v=0\r", b"v=0\n", b"[playlist]", b"<smil")
OTHER_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "压缩包或 Office 文档"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"%PDF", "PDF 文档"),
    (b"\xd0\xcf\x11\xe0", "Office 文档"),
    (b"\x89PNG", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"MZ", "Windows 程序"),
    (b"\x7fELF", "程序"),
)


@dataclass(frozen=True)
class Sniffed:
    """What the first bytes say."""

    family: str | None
    """A family of `DEMUXERS`/`EXTENSIONS`, or None when the file is refused."""
    refusal: tuple[str, str] | None = None
    """(check id, what it is) of a file that no demuxer may open."""

    @property
    def demuxers(self) -> str:
        """The comma list for ffmpeg's format white list."""
        return DEMUXERS.get(self.family or "", self.family or "")


def sniff(head: bytes) -> Sniffed:
    """Judge a file by its first `HEAD_BYTES` bytes."""
    if not head:
        return Sniffed(None, ("container.unrecognised", "空文件（0 字节）"))
    family = _family(head)
    if family:
        return Sniffed(family)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if any(mark in text[:1024] for mark in PLAYLIST_MARKS):
        return Sniffed(None, ("container.playlist", "播放列表或脚本"))
    for magic, kind in OTHER_KINDS:
        if head.startswith(magic):
            return Sniffed(None, ("container.unrecognised", kind))
    kind = "文本文件" if _looks_like_text(head) else "未知格式"
    return Sniffed(None, ("container.unrecognised", kind))


def extension_fits(family: str, file_name: str) -> bool | None:
    """Tell whether a name's ending belongs to the content; None when either is unknown."""
    ending = file_name.rpartition(".")[2].lower()
    known = {e for endings in EXTENSIONS.values() for e in endings}
    if family not in EXTENSIONS or ending not in known:
        return None
    return ending in EXTENSIONS[family]


def _family(head: bytes) -> str | None:
    if head[4:8] in MP4_BOXES:
        return "mp4"
    if head[:4] in (b"RIFF", b"RF64"):
        return {b"AVI ": "avi", b"WAVE": "wav"}.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    for offset, magic, family in MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return family
    return "mpegts" if transport_packets(head) else None


def transport_packets(head: bytes) -> tuple[int, int] | None:
    """Return length and start of a transport stream's packets, plain (188) or with time code (192).

    They are found by the sync bytes of five in a row.
    """
    for length, before_sync in ((188, 0), (192, 4)):
        for first in range(length):
            sync = head[first : first + 5 * length : length]
            if len(sync) >= 5 and set(sync) == {0x47}:
                return length, (first - before_sync) % length
    return None


def _looks_like_text(head: bytes) -> bool:
    control = sum(byte < 9 or 13 < byte < 32 for byte in head[:512])
    return control == 0
