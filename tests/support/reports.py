"""Reports with made-up findings, for the pages that show them."""

import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

from models.media import AudioStream, MediaInfo, VideoStream
from models.overview import Overview, OverviewRow
from models.profile import CampaignProfile
from models.report import (
    Curves,
    Finding,
    MasterFacts,
    Measurements,
    ProfileRef,
    Report,
    SourceFacts,
    Verdict,
    in_reading_order,
    verdict_of,
)
from models.work import Identity, State
from tasks.media.catalogue import CATALOGUE, describe
from tasks.media.overviews import in_table_order

PROFILE = CampaignProfile(
    name="test-2022", revision="2022-11.1", title="凝心铸魂共育未来", subtitle="校长共话"
)
IDENTITY = Identity(
    province="浙江省",
    city="杭州市",
    school="示例实验小学",
    principal="示例校长",
    title="让每个孩子都站在光里",
    topic="教育公平",
)
HOSTILE = "<img src=x onerror=alert(1)>\"'&{{7*7}}</script>-" + "很长的文件名" * 12 + ".mp4"
SPANNED = (
    ("video.black", "3.2 秒", "2 秒", (31.0, 34.2)),
    ("video.black", "2.6 秒", "2 秒", (161.5, 164.1)),
    ("video.freeze", "7.5 秒", "5 秒", (61.2, 68.7)),
    ("audio.silence", "14.0 秒", "10 秒", (100.0, 114.0)),
    ("audio.clipping", "每秒 12 处", None, (140.0, 151.5)),
)
WHOLE = (
    ("audio.one_sided", "左 −18.2 dB，右 −61.0 dB", None),
    ("policy.duration", "5:42", "不超过 5:00"),
    ("policy.resolution", "960×540", "不低于 1920×1080"),
    ("policy.codec", "视频 hevc、采样率 44.1 kHz", "H264、48 kHz"),
    ("identity.unparsed_name", "视频1.mp4", None),
    ("timing.variable_frame_rate", "平均 27.31 帧/秒，最长间隔 133 毫秒", None),
    ("container.extra_streams", "封面图 png、data bin_data", None),
)
BLOCKS = {"policy.duration", "video.freeze"}


def many_findings() -> tuple[Finding, ...]:
    """Return twelve findings of all severities, five of them with a time."""
    found = [
        *(_found(c, measured, limit, span) for c, measured, limit, span in SPANNED),
        *(_found(c, measured, limit, None) for c, measured, limit in WHOLE),
    ]
    return in_reading_order(tuple(found))


def report(
    findings: tuple[Finding, ...] = (),
    *,
    file_name: str = "浙江省-杭州市-示例实验小学-示例校长-让每个孩子都站在光里.mp4",
    has_master: bool = True,
    has_sound: bool = True,
    size_px: tuple[int, int] = (1920, 1080),
    duration_s: float = 182.4,
    unsure: tuple[str, ...] = (),
) -> Report:
    """Return a report on a work that was made into a master, unless it says otherwise."""
    verdict = verdict_of(findings)
    return Report(
        work_id="w0123456789",
        version="a1b2c3d4e5f6",
        profile=ProfileRef(name=PROFILE.name, revision=PROFILE.revision),
        verdict=verdict,
        source=SourceFacts(
            key=f"test-2022/浙江省/杭州市/{file_name}",
            file_name=file_name,
            size_bytes=312_400_000,
            sha256="5" * 64,
            media=_media(size_px, duration_s, has_sound=has_sound),
        ),
        findings=findings,
        measurements=Measurements(
            duration_s=duration_s,
            frames=round(duration_s * 25),
            decode_errors=0,
            loudness_lufs=-18.2 if has_sound else None,
            loudness_range_lu=7.4 if has_sound else None,
            true_peak_dbtp=-0.4 if has_sound else None,
            master_loudness_lufs=-24.0 if has_sound else None,
            master_true_peak_dbtp=-6.1 if has_sound else None,
        ),
        curves=curves(duration_s) if has_sound else None,
        unsure=unsure,
        master=_master(duration_s, has_sound=has_sound) if has_master else None,
        tools={"heji": "0.1.0", "ffmpeg": "5.1.9", "whisper": "20250625"},
        fingerprint="f" * 16,
    )


def curves(duration_s: float) -> Curves:
    """Return the curves of speech with a pause in it."""
    step_s = duration_s / 400
    moments = [n * step_s for n in range(400)]
    told = [abs(math.sin(t * 0.9)) * abs(math.sin(t * 3.7)) for t in moments]
    is_pause = [100 <= t < 114 for t in moments]
    return Curves(
        step_s=step_s,
        peak_dbfs=tuple(
            None if pause else round(-32 + 31 * share, 1)
            for share, pause in zip(told, is_pause, strict=True)
        ),
        loudness_lufs=tuple(
            None if pause else round(-26 + 10 * abs(math.sin(t / 17)), 1)
            for t, pause in zip(moments, is_pause, strict=True)
        ),
    )


def pictured(made: Report, folder: Path, size_px: tuple[int, int] = (640, 360)) -> Report:
    """Write poster, contact sheet, captions and the evidence of findings with a time."""
    (folder / "evidence").mkdir(parents=True, exist_ok=True)
    _picture(folder / "poster.jpg", size_px, 3)
    _picture(folder / "contact-sheet.jpg", (1600, 720), 7)
    blocks = [
        f"{n}\n00:00:{n * 5:02d},000 --> 00:00:{n * 5 + 4:02d},000\n字幕第 {n} 条 <b>&\n第二行\n"
        for n in range(1, 10)
    ]
    (folder / "captions.srt").write_text("\n".join(blocks), "utf-8")
    findings = []
    for number, finding in enumerate(made.findings):
        name = f"evidence/{number:02d}.jpg"
        if finding.start_s is not None:
            _picture(folder / name, size_px, number)
        evidence = name if finding.start_s is not None else None
        findings.append(finding.model_copy(update={"evidence": evidence}))
    return made.model_copy(update={"findings": tuple(findings)})


def _found(
    check: str, measured: str, limit: str | None, span: tuple[float, float] | None
) -> Finding:
    assert check in CATALOGUE
    severity = "block" if check in BLOCKS else None
    found = describe(check, PROFILE, severity=severity, measured=measured, limit=limit, span=span)
    assert found
    return found


def _media(size_px: tuple[int, int], duration_s: float, *, has_sound: bool) -> MediaInfo:
    sound = AudioStream(
        index=1, codec="aac", sample_rate_hz=44_100, channels=2, bit_rate_bps=128_000
    )
    return MediaInfo(
        container="mov,mp4,m4a,3gp,3g2,mj2",
        size_bytes=312_400_000,
        duration_s=duration_s,
        video=(
            VideoStream(
                index=0,
                codec="hevc",
                profile="Main",
                pixel_format="yuv420p",
                width_px=size_px[0],
                height_px=size_px[1],
                frame_rate="30000/1001",
                bit_rate_bps=13_200_000,
            ),
        ),
        audio=(sound,) if has_sound else (),
    )


def _master(duration_s: float, *, has_sound: bool) -> MasterFacts:
    return MasterFacts(
        sha256="6" * 64,
        size_bytes=158_000_000,
        duration_s=duration_s,
        why_encoded=("编码是 hevc，不是 h264", "帧率不是 25"),
        why_sound_encoded=("采样率是 44.1 kHz",) if has_sound else (),
        ssim=0.987,
        gain_db=-5.8 if has_sound else None,
    )


def _picture(path: Path, size_px: tuple[int, int], seed: int) -> None:
    width, height = size_px
    y, x = np.mgrid[0:height, 0:width]
    red = (x * 255 // width + seed * 37) % 256
    green = (y * 255 // height + seed * 61) % 256
    pixels = np.stack([red, green, np.full_like(red, 90 + seed * 9)], axis=-1).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=80)


def overview() -> Overview:
    """Return twenty-five works of five provinces, some of them with names that mean harm."""
    provinces = ("浙江省", "江苏省", "广东省", "北京市", None)
    verdicts = (Verdict.BLOCK, Verdict.WARN, Verdict.PASS, Verdict.WARN, None)
    messages = tuple(finding.message for finding in many_findings()[:3])
    rows = [
        OverviewRow(
            work_id=f"w{number:010d}",
            record_etag="e",
            identity=Identity(
                province=provinces[number % 5],
                city="示例市",
                school='=HYPERLINK("x")' if number == 3 else f"第{number}小学",
                principal="@示例" if number == 4 else "示例校长",
            ),
            file_name="-1+1.mp4" if number == 5 else HOSTILE,
            state=State.IN_REVIEW if verdict else State.PROCESSING,
            version="a1b2c3d4e5f6",
            number=1,
            verdict=verdict,
            problems=messages if verdict in {Verdict.BLOCK, Verdict.WARN} else (),
            duration_s=float(300 - number * 7) if verdict else None,
            loudness_lufs=-18.5 - number if verdict else None,
            updated_at=datetime(2022, 12, 31, tzinfo=UTC),
        )
        for number in range(25)
        for verdict in (verdicts[number // 5],)
    ]
    return Overview(
        campaign="test-2022",
        title=PROFILE.title,
        digest="d",
        made_at=datetime(2022, 12, 31, tzinfo=UTC),
        rows=in_table_order(rows),
    )
