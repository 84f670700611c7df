"""Names of things in the store, and the texts that make work needless to repeat."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from models.errors import RequestInvalid

CAMPAIGN = re.compile(r"[a-z0-9][a-z0-9-]*")
SIDECAR_SUFFIX = ".json"
MOST_SIDECAR_BYTES = 256 * 1024
HEJI_VERSION = "1"
"""Raise it when a change of Heji makes earlier outputs worth making again."""

WORK_FILES = {
    "master.mp4": "video/mp4",
    "captions.srt": "application/x-subrip; charset=utf-8",
    "captions.vtt": "text/vtt; charset=utf-8",
    "transcript.json": "application/json",
    "poster.jpg": "image/jpeg",
    "contact-sheet.jpg": "image/jpeg",
    "report.json": "application/json",
    "report.html": "text/html; charset=utf-8",
    "notice.html": "text/html; charset=utf-8",
}
"""File names of a processed work with their content types; a notice only where one is needed."""
MASTER, PAGE, NOTICE = "master.mp4", "report.html", "notice.html"
LAST = "report.json"
"""Published after all others: where it stands, the version is whole."""
OVERVIEW_PAGE, OVERVIEW_SHEET = "overview.html", "overview.xlsx"
OVERVIEW_INDEX = "overview.json"
"""Written after the other two: it says from which records they were made."""


def content_type(name: str) -> str:
    """Return the content type for a file of ours."""
    known = {**WORK_FILES, "timeline.otio": "application/json"}
    by_suffix = {
        "jpg": "image/jpeg",
        "html": "text/html; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "json": "application/json",
        "mp4": "video/mp4",
        "vtt": "text/vtt; charset=utf-8",
        "srt": "application/x-subrip; charset=utf-8",
    }
    return known.get(name) or by_suffix.get(name.rpartition(".")[2], "application/octet-stream")


def work_id(campaign: str, inbox_key: str) -> str:
    """Return the id of the work under `inbox_key`: stable however often it is uploaded.

    `inbox_key` is the whole key in the inbox, campaign and all: the campaign before it keeps
    `a.mp4` of the default campaign apart from the same name in that campaign's own folder.
    """
    name = f"{campaign}/{inbox_key}"
    return "w" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:10]


def version_of(sha256: str) -> str:
    """Return the version that a source's SHA-256 names."""
    return sha256[:12]


def record_key(campaign: str, work: str) -> str:
    """Return the key of a work's record."""
    return f"{campaign}/{work}/record.json"


def version_prefix(campaign: str, work: str, version: str) -> str:
    """Return the folder of a version's files, with its slash."""
    return f"{campaign}/{work}/{version}/"


def overview_key(campaign: str, name: str) -> str:
    """Return the key of one of a campaign's overview files."""
    return f"{campaign}/{name}"


def content_marker_key(campaign: str, sha256: str, work: str = "") -> str:
    """Return the key of the marker by which equal uploads find each other."""
    return f".content/{campaign}/{sha256}/{work}"


def release_prefix(campaign: str, release_id: str) -> str:
    """Return the folder of a release, with its slash."""
    return f"{campaign}/{release_id}/"


def latest_key(campaign: str) -> str:
    """Return the key of the pointer to the newest final release."""
    return f"{campaign}/latest.json"


def is_sidecar(key: str) -> bool:
    """Tell whether an inbox key holds metadata instead of a work."""
    return key.lower().endswith(SIDECAR_SUFFIX)


def sidecar_key(key: str) -> str:
    """Return where a work's metadata may stand."""
    return key + SIDECAR_SUFFIX


def sidecar_text(data: bytes) -> str:
    """Read metadata as UTF-8 and leave what isn't to the finding on it."""
    return data[:MOST_SIDECAR_BYTES].decode("utf-8", "replace")


def run_key(bucket: str, key: str, etag: str) -> str:
    """Return the idempotency key of the run for one upload (design D4)."""
    return f"{bucket}/{key}@{etag}"


def campaign_of(key: str, default: str) -> str:
    """Return the campaign that an inbox key names: its first folder, if that can be a name of one.

    A province is none: `浙江省/杭州市/a.mp4` belongs to the default campaign.
    """
    first, slash, _ = key.partition("/")
    return first if slash and CAMPAIGN.fullmatch(first) else default


def split_object(reference: str, buckets: tuple[str, ...]) -> tuple[str, str]:
    """Split `bucket/key`.

    Raises:
        RequestInvalid: it names none of `buckets`.
    """
    bucket, slash, key = reference.lstrip("/").partition("/")
    if not slash or not key or bucket not in buckets:
        raise RequestInvalid(reference, (f"give it as <bucket>/<key>, bucket one of {buckets}",))
    return bucket, key


def fingerprint(parts: Mapping[str, Any]) -> str:
    """Return a short name for everything that changes a result: equal parts, equal name."""
    text = json.dumps({"heji": HEJI_VERSION, **parts}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
