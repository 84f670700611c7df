"""The Chinese words for verdicts, states and checks: the same on every page and list."""

import re
from collections.abc import Iterable

from models.profile import CampaignProfile
from models.report import Finding, Report, Severity
from tasks.media.catalogue import CATALOGUE
from tasks.media.frames import timecode

VERDICTS = {"pass": "通过", "warn": "有提醒", "block": "不合格"}
SEVERITIES: dict[Severity, str] = {"block": "不合格", "warn": "提醒", "info": "说明"}
STATES = {
    "received": "已收到",
    "processing": "处理中",
    "blocked": "不合格",
    "in_review": "待审核",
    "approved": "审核通过",
    "returned": "已退回",
    "withdrawn": "已撤回",
}
AREAS = {
    "container": "文件",
    "policy": "规格",
    "video": "画面",
    "audio": "声音",
    "timing": "时间",
    "identity": "报送信息",
    "caption": "字幕",
}
NAMES = {
    "audio.tone": "测试音或交流声",
    "container.decode_errors": "解码错误",
    "container.playlist": "播放列表",
    "container.too_slow": "处理超时",
    "identity.folder": "所在文件夹",
    "identity.sidecar": "说明文件",
    "identity.unknown_campaign": "活动名称",
    "identity.unparsed_name": "文件名格式",
    "policy.codec": "编码格式",
    "policy.resolution": "画面尺寸",
    "timing.av_duration": "声音与画面长度",
    "timing.gaps": "画面或声音中断",
    "video.exposure": "曝光",
    "video.quality": "成片画面相似度",
    "video.repeated_frames": "实际帧率",
    "video.telecine": "3:2 下拉",
}
"""Checks whose message doesn't begin with what it is about."""
NOT_RUN = ".not_run"
"""How the ids end of findings that name a check which broke."""
MESSAGE_HEAD = re.compile(r"[^{（(：:，,。“]+")


def check_name(check: str) -> str:
    """Return what people call a check: the head of its message."""
    row = CATALOGUE.get(check)
    if row is None:
        return check
    head = MESSAGE_HEAD.match(row.message)
    return NAMES.get(check) or (head[0].strip() if head else f"{area_name(check)}问题")


def area_name(check: str) -> str:
    """Return the part of a work that a check looks at."""
    area = check.partition(".")[0]
    return AREAS.get(area, area)


def when(finding: Finding) -> str:
    """Return a finding's moments, empty when it holds throughout."""
    if finding.start_s is None:
        return ""
    if finding.end_s is None or finding.end_s <= finding.start_s:
        return timecode(finding.start_s)
    return f"{timecode(finding.start_s)} – {timecode(finding.end_s)}"


def extent(finding: Finding) -> str:
    """Return a finding's moments, or of what it holds as a whole."""
    is_of_file = finding.check.startswith(("container.", "policy.", "identity."))
    return when(finding) or ("整个文件" if is_of_file else "全片")


def counts(findings: Iterable[Finding]) -> dict[Severity, int]:
    """Return how many findings there are of each severity, worst first, without the noughts."""
    severities = [finding.severity for finding in findings]
    return {s: severities.count(s) for s in SEVERITIES if s in severities}


def count_line(findings: Iterable[Finding]) -> str:
    """Return the counts as one line, such as `不合格 1 · 提醒 3`."""
    told = " · ".join(f"{SEVERITIES[s]} {number}" for s, number in counts(findings).items())
    return told or "没有发现问题"


def picture_line(report: Report) -> str:
    """Return size and rate of the upload's picture, empty when unknown."""
    media = report.source.media
    picture = media.picture if media else None
    if picture is None:
        return ""
    rate = f" {float(picture.frame_rate):g} 帧/秒" if picture.frame_rate else ""
    return f"{picture.width_px}×{picture.height_px}{rate}"


def not_run(report: Report, profile: CampaignProfile) -> tuple[str, ...]:
    """Return what was not checked, and why, each as a phrase."""
    media = report.source.media
    told = []
    if media is None:
        told.append("文件无法打开：规格、画面、声音各项")
    elif report.measurements.duration_s is None:
        told.append("文件未能解码：画面、声音各项")
    elif media.sound is None:
        told.append("没有声音：响度、削波等声音各项")
    off = [check_name(check) for check, word in profile.severities.items() if word == "off"]
    if off:
        told.append(f"本活动不检查：{'、'.join(off)}")
    told += [finding.message for finding in report.findings if finding.check.endswith(NOT_RUN)]
    return tuple(told)
