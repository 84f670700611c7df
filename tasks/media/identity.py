"""Read who made a work from its key, its file name and its sidecar.

Grammar of the name: 省-市-学校-姓名-题目, joined by - _ + or a space, half or full width.
What can't be read is a finding, never a failure.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from unicodedata import category

from models.profile import CampaignProfile
from models.report import Finding
from models.work import Identity
from tasks.media.catalogue import describe
from tasks.media.keys import campaign_of, work_id

SEPARATORS = re.compile(r"[-_+\s－＿＋　—–]+")
FIELDS = ("province", "city", "school", "principal", "title")
SIDECAR_NAMES: dict[str, str] = {
    "省": "province",
    "省份": "province",
    "市": "city",
    "地市": "city",
    "学校": "school",
    "学段": "stage",
    "校长姓名": "principal",
    "姓名": "principal",
    "职务": "post",
    "作品名称": "title",
    "题目": "title",
    "话题": "topic",
}
MAX_CHARACTERS = 120
UNWRITABLE = ("So", "Cs", "Co", "Cn", "Cf", "Me")
"""Unicode categories: other symbols (emoji among them), surrogates, private, unassigned, format."""


@dataclass(frozen=True)
class Identified:
    """What could be read, and what could not."""

    identity: Identity
    findings: tuple[Finding, ...] = ()


def identify(
    key: str,
    campaign: str,
    profile: CampaignProfile,
    sidecar: str | None = None,
    *,
    expects_folders: bool = True,
) -> Identified:
    """Read a work's identity; the sidecar wins over the name, the name over the folders."""
    path = PurePosixPath(key)
    folders = [part for part in path.parts[:-1] if part != campaign]
    named = parse_name(path.stem)
    findings: list[Finding | None] = []
    if len(named) < len(FIELDS):
        findings.append(describe("identity.unparsed_name", profile, measured=path.name[:80]))
    if expects_folders and len(folders) != 2:
        findings.append(
            describe("identity.folder", profile, measured="/".join(folders) or "（无文件夹）")
        )
    told, complaint = read_sidecar(sidecar)
    if complaint:
        findings.append(describe("identity.sidecar", profile, measured=complaint))
    known = {**dict(zip(("province", "city"), folders, strict=False)), **named, **told}
    known.setdefault("topic", _mentioned_topic(key, profile) or "")
    topic = known.get("topic")
    if profile.topics and topic not in profile.topics:
        findings.append(
            describe(
                "identity.unknown_topic",
                profile,
                measured=topic or "（未注明）",
                limit="、".join(profile.topics),
                severity=None if topic else "info",
            )
        )
    identity = Identity(**{name: _clean(text) for name, text in known.items() if _clean(text)})
    return Identified(identity, tuple(f for f in findings if f))


def parse_name(stem: str) -> dict[str, str]:
    """Return the fields of a file name; fewer than five when it doesn't follow the grammar.

    A title may hold separators itself: everything after the fourth field is the title.

    >>> parse_name("浙江省-杭州市-示例小学-示例校长-公平_之路")["title"]
    '公平_之路'
    """
    stem = stem.strip()
    cuts = list(SEPARATORS.finditer(stem))
    if len(cuts) < len(FIELDS) - 1:
        return {}
    bounds = [0, *(c.end() for c in cuts[: len(FIELDS) - 1])]
    ends = [*(c.start() for c in cuts[: len(FIELDS) - 1]), len(stem)]
    parts = [stem[a:b].strip() for a, b in zip(bounds, ends, strict=True)]
    return dict(zip(FIELDS, parts, strict=True)) if all(parts) else {}


def read_sidecar(text: str | None) -> tuple[dict[str, str], str | None]:
    """Return the fields of a sidecar and, when it can't be read, the reason."""
    if text is None:
        return {}, None
    try:
        parsed = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        return {}, f"不是 UTF-8 的 JSON：{type(error).__name__}"
    if not isinstance(parsed, dict):
        return {}, "不是一个 JSON 对象"
    return _fields_of(parsed), None


def label_of(identity: Identity, file_name: str) -> str:
    """Return what people call the work: school, principal, title; else its file name."""
    named = [p for p in (identity.school, identity.principal, identity.title) if p]
    return " · ".join(named) or _clean(PurePosixPath(file_name).stem) or "?"


def run_label(key: str, campaign: str) -> str:
    """Return the name of the run for an upload: who and what it is, and the work's id."""
    identity = Identity(**parse_name(PurePosixPath(key).stem))
    shown = _clean(label_of(identity, PurePosixPath(key).name))
    return f"{shown or '?'} · {work_id(campaign_of(key, campaign), key)}"


def _fields_of(parsed: Mapping[str, Any]) -> dict[str, str]:
    fields = {}
    for name, value in parsed.items():
        field = SIDECAR_NAMES.get(name, name)
        cleaned = _clean(value) if isinstance(value, str) else None
        if field in Identity.model_fields and cleaned:
            fields[field] = cleaned
    return fields


def _mentioned_topic(key: str, profile: CampaignProfile) -> str | None:
    return next((topic for topic in profile.topics if topic in key), None)


def _clean(text: str | None) -> str | None:
    """Drop what could break a line or a terminal or has no letter form, and cut what is endless.

    Emoji go too: no text font draws them, and a card would have to be refused.
    """
    if not text:
        return None
    kept = "".join(c for c in text if c.isprintable() and category(c) not in UNWRITABLE)
    return " ".join(kept.split())[:MAX_CHARACTERS] or None
