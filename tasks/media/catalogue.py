"""The checks: what each is worth by default and what a school's clerk is told.

A message may name `{measured}` and `{limit}`. A campaign overrides severities in its profile.
"""

from dataclasses import dataclass
from typing import Literal

from models.profile import CampaignProfile
from models.report import Finding, Severity

REEXPORT = "请用原始素材重新导出后再上传：MP4（H.264 + AAC）、1920×1080、25 帧/秒。"
MOST_SPANS = 10
"""Places of one problem that are told one by one."""
NOT_RUN = "无需处理；请工作人员把此信息告知开发者。"


@dataclass(frozen=True)
class Check:
    """One row of the catalogue."""

    severity: Severity
    message: str
    hint: str


CATALOGUE: dict[str, Check] = {
    "container.unrecognised": Check(
        "block", "不是可识别的视频文件：{measured}", "请确认上传的是视频文件本身，再重新上传。"
    ),
    "container.playlist": Check(
        "block",
        "文件内容是{measured}，不是视频，已拒收",
        "请上传完整的视频文件，不要上传播放列表（m3u8 等）或工程文件。",
    ),
    "container.truncated": Check(
        "block", "文件不完整：{measured}", "文件可能没有传完，请重新导出或重新上传完整文件。"
    ),
    "container.extension_mismatch": Check(
        "info", "扩展名与内容不符：{measured}", "无需处理；下次请保持导出时的扩展名。"
    ),
    "container.no_video": Check("block", "没有画面：{measured}", "请上传带画面的视频文件。"),
    "container.unsupported_codec": Check("block", "画面编码无法解码：{measured}", REEXPORT),
    "container.decode_errors": Check(
        "warn", "解码出错 {measured}，画面或声音可能花屏、断续", REEXPORT
    ),
    "container.undecodable": Check("block", "无法解码：{measured}", REEXPORT),
    "container.encrypted": Check(
        "block",
        "文件已加密（{measured}），无法读取",
        "请上传未加密的原始文件；从视频网站或学习平台下载的加密文件不能使用。",
    ),
    "container.private_metadata": Check(
        "info", "文件中带有私人信息：{measured}；成片中已去除", "无需处理；转发原文件时请留意。"
    ),
    "container.too_slow": Check(
        "block",
        "处理太慢，已停止：{measured}",
        "请工作人员看一看文件；机器繁忙时可调高 HEJI_FFMPEG_UPLOAD_TIME_FACTOR 后重新处理。",
    ),
    "container.extra_streams": Check(
        "info", "含有额外的轨道：{measured}，成片中已去除", "无需处理。"
    ),
    "policy.duration": Check("warn", "时长 {measured}，要求：{limit}", "请按要求的时长重新剪辑。"),
    "policy.file_size": Check(
        "warn", "文件大小 {measured}，要求：{limit}", "请适当降低码率后导出。"
    ),
    "policy.resolution": Check(
        "warn", "画面 {measured}，要求：{limit}", "请用 1920×1080 拍摄并导出，不要放大小画面。"
    ),
    "policy.frame_rate": Check("warn", "帧率 {measured}，要求：{limit}", "请按 25 帧/秒导出。"),
    "policy.bit_rate": Check(
        "warn", "视频码率 {measured}，要求：{limit}", "请提高导出码率，不要用聊天软件转发后的文件。"
    ),
    "policy.codec": Check("warn", "编码为 {measured}，要求：{limit}", REEXPORT),
    "policy.aspect": Check(
        "warn", "画面比例 {measured}，要求：{limit}", "请横屏 16:9 拍摄；成片中两侧已自动补齐。"
    ),
    "policy.portrait": Check(
        "warn", "竖屏画面（{measured}）", "请横屏拍摄；成片中两侧已自动补齐。"
    ),
    "video.black": Check(
        "warn", "画面全黑 {measured}，上限 {limit}", "请检查该处画面，剪去黑场或更换素材。"
    ),
    "video.freeze": Check(
        "warn", "画面静止 {measured}，上限 {limit}", "请检查该处是否卡顿或误用了静止画面。"
    ),
    "video.flash": Check(
        "warn",
        "画面闪烁过快：{measured}，上限 {limit}",
        "可能使光敏性癫痫患者发病，请剪去或放慢该处的频闪画面。",
    ),
    "video.dropped_frames": Check(
        "warn",
        "画面卡顿、掉帧：{measured}，上限 {limit}",
        "请用原始素材按其本来的帧率重新导出；录屏时请关闭其他程序。",
    ),
    "video.repeated_frames": Check(
        "info", "画面实际只有 {measured}", "无需处理；下次请按 25 帧/秒拍摄、制作和导出。"
    ),
    "video.letterbox": Check(
        "warn", "画面带黑边：{measured}", "请导出不带黑边的画面，让内容占满全屏。"
    ),
    "video.interlaced": Check(
        "warn",
        "隔行扫描画面（{measured}）",
        "成片中已去隔行；请在剪辑软件中按逐行（25p）导出。",
    ),
    "video.telecine": Check(
        "info",
        "画面经过 3:2 下拉（电影转 30 帧），运动时可见梳齿",
        "成片中保持原样；如有 24 帧的原始素材，请用原始素材导出。",
    ),
    "video.hdr": Check(
        "warn",
        "HDR 画面（{measured}）",
        "成片中已转为普通画面，颜色可能略有不同；下次请在手机或相机里关闭 HDR 再拍。",
    ),
    "video.rotated": Check("info", "画面带旋转标记（{measured}）", "无需处理：成片中画面已转正。"),
    "video.blank": Check(
        "warn",
        "画面没有内容：{measured}，上限 {limit}",
        "请剪去彩条、测试图、蓝屏或空白画面，或检查信号线与镜头盖后重拍。",
    ),
    "video.corrupt_frames": Check(
        "warn",
        "画面花屏：{measured}",
        "请检查该处画面；请用原始素材重新导出，不要用损坏的或没有传完的文件。",
    ),
    "video.shake": Check(
        "warn",
        "画面抖动：{measured}，上限 {limit}",
        "请用三脚架或稳定器重拍，或在剪辑软件中做防抖处理。",
    ),
    "video.blur": Check(
        "warn",
        "画面模糊（失焦）：{measured}，要求 {limit}",
        "请检查对焦，换用清晰的素材；拍摄时先对准人物对焦再开始录制。",
    ),
    "video.blocky": Check(
        "warn",
        "画面压缩过度，能看到方块：{measured}",
        "请提高导出码率，不要用聊天软件转发后的文件。",
    ),
    "video.upscaled": Check(
        "warn",
        "画面由小尺寸放大而来：{measured}",
        "请用原始尺寸的素材导出（1920×1080），不要放大小画面，也不要录屏转存。",
    ),
    "video.exposure": Check(
        "warn",
        "{measured}（要求 {limit}）",
        "请检查该处曝光：过暗请补光或调亮，过亮请降低曝光后重新拍摄或调色。",
    ),
    "video.quality": Check(
        "warn",
        "成片与来稿的画面相似度 {measured}，低于 {limit}",
        "无需处理；请工作人员看一看成片，来稿的噪点可能过多。",
    ),
    "video.corner_mark": Check(
        "warn",
        "画面上有不动的角标、台标或水印（{measured}）",
        "请用没有角标、水印和日期的原始素材重新导出；不要下载平台上的视频再上传。",
    ),
    "video.qr_code": Check("warn", "画面中有二维码：{measured}", "请去掉或遮住二维码后重新导出。"),
    "video.burned_subtitles": Check(
        "warn",
        "画面上已有字幕（{measured}）",
        "成片会另配字幕，请上传不带字幕的版本。",
    ),
    "video.long_title": Check(
        "info", "标题或文字页停留 {measured}，上限 {limit}", "请把片头、片尾的文字页剪短。"
    ),
    "audio.missing": Check("block", "没有声音轨道", "请上传带讲话声音的视频；成片中已补静音轨。"),
    "audio.undecodable": Check(
        "block", "声音轨道无法解码（{measured}）", "请用原始素材重新导出后上传；成片中已补静音轨。"
    ),
    "audio.silent": Check(
        "block", "声音轨道全程无声", "请检查麦克风或导出设置，重新上传有声音的视频。"
    ),
    "audio.silence": Check("warn", "连续无声 {measured}，上限 {limit}", "请检查该处是否漏录声音。"),
    "audio.loudness": Check(
        "warn", "响度 {measured}，要求：{limit}", "成片中已自动调整；下次录音请调好音量。"
    ),
    "audio.true_peak": Check(
        "warn", "真峰值 {measured}，上限 {limit}", "成片中已自动压低；下次录音请避免过载。"
    ),
    "audio.clipping": Check(
        "warn", "声音削波失真（{measured}）", "录音音量过大，请调低音量后重录。"
    ),
    "audio.one_sided": Check(
        "warn", "只有一侧有声音（{measured}）", "成片中已改为两侧相同；请检查麦克风接线。"
    ),
    "audio.antiphase": Check(
        "warn",
        "左右声道反相（{measured}），单声道播放时声音会抵消",
        "请检查话筒接线或剪辑软件中的反相设置，改正后重新导出。",
    ),
    "audio.no_speech": Check(
        "info", "没有听到讲话（{measured}）", "如作品应有讲话，请检查话筒和录音。"
    ),
    "audio.noisy": Check(
        "warn",
        "背景噪声大（{measured}，要求不低于 {limit}）",
        "请在安静的地方、靠近话筒重录，或降噪后重新导出。",
    ),
    "audio.tone": Check(
        "warn", "声音里有{measured}", "请剪去测试音或提示音；如是交流声，请检查话筒线和电源后重录。"
    ),
    "audio.dropout": Check(
        "warn", "声音断续（{measured}）", "请听该处是否丢了声音，用原始素材重新导出。"
    ),
    "audio.level_jumps": Check(
        "warn",
        "讲话声忽大忽小（相差 {measured}，上限 {limit}）",
        "请在剪辑软件中把各段讲话调到同样的音量后重新导出。",
    ),
    "audio.several_tracks": Check(
        "info",
        "有几条声音轨道：{measured}",
        "如采用的不是讲话声，请只保留一条声音轨道后重新导出。",
    ),
    "audio.limited": Check(
        "info",
        "声音起伏大：调整响度（{measured}）时压低了个别峰值",
        "无需处理；下次录音请让话筒与讲话人的距离保持不变。",
    ),
    "audio.master_loudness": Check(
        "warn", "成片响度 {measured}，未达到 {limit}", "请工作人员听一听成片，必要时手工调整。"
    ),
    "video.not_run": Check("info", "画面检查“{measured}”未能进行（{limit}）", NOT_RUN),
    "audio.not_run": Check("info", "声音检查“{measured}”未能进行（{limit}）", NOT_RUN),
    "timing.variable_frame_rate": Check(
        "warn", "帧率不恒定（{measured}）", "成片中已改为恒定帧率；请用恒定帧率导出。"
    ),
    "timing.sparse_frames": Check("block", "几乎没有画面：{measured}", REEXPORT),
    "timing.av_start": Check(
        "warn",
        "声音与画面不是同时开始：{measured}，上限 {limit}",
        "成片按文件中的时间对齐；请检查口型与声音是否对得上，必要时重新导出。",
    ),
    "timing.av_drift": Check(
        "warn",
        "声音的时钟不准：{measured}，上限 {limit}",
        "成片中已按时间标记对齐；请检查片尾口型与声音是否对得上。",
    ),
    "timing.gaps": Check(
        "warn", "{measured}，上限 {limit}", "请检查该处是否卡顿或漏录，必要时用原始素材重新导出。"
    ),
    "timing.av_duration": Check(
        "warn", "声音与画面长度相差 {measured}", "成片中已对齐；请检查片尾是否完整。"
    ),
    "identity.unparsed_name": Check(
        "warn",
        "文件名不符合“省-市-学校-姓名-题目”：{measured}",
        "请按“省-市-学校-姓名-题目”命名，或附上同名的 .json 说明文件。",
    ),
    "identity.folder": Check(
        "info", "所在文件夹不是“省/市”：{measured}", "请放入“省/市”两级文件夹。"
    ),
    "identity.sidecar": Check(
        "warn",
        "同名 .json 说明文件无法读取：{measured}",
        "请用 UTF-8 编码的 JSON 重新上传说明文件，并告知工作人员重新处理。",
    ),
    "identity.unknown_topic": Check(
        "warn", "话题不在名单内：{measured}", "请从名单中选择话题：{limit}。"
    ),
    "identity.duplicate_bytes": Check(
        "warn", "与另一作品的文件完全相同：{measured}", "请确认是否重复报送。"
    ),
    "identity.unknown_campaign": Check(
        "info", "没有名为“{measured}”的活动，按默认活动的要求检查", "请放入活动名称的文件夹。"
    ),
    "caption.not_made": Check(
        "warn", "字幕未生成：{measured}", "无需处理；由工作人员稍后重新生成字幕。"
    ),
    "caption.incomplete": Check("warn", "字幕不完整：{measured}", "请核对字幕，补上后面的部分。"),
    "caption.no_speech": Check("info", "没有听到讲话，未生成字幕", "如确有讲话，请检查录音。"),
}


def severity_of(
    check: str, profile: CampaignProfile, asked: Severity | None = None
) -> Severity | Literal["off"]:
    """Return what a finding is worth: the profile's word, what the measurement asks, the usual."""
    return profile.severities.get(check, asked or CATALOGUE[check].severity)


def describe(
    check: str,
    profile: CampaignProfile,
    *,
    severity: Severity | None = None,
    measured: str | None = None,
    limit: str | None = None,
    span: tuple[float, float] | None = None,
) -> Finding | None:
    """Return the finding, or None when the profile switches the check off.

    `severity` is what the measurement asks for; the profile's own word wins over it.
    """
    row = CATALOGUE[check]
    told = severity_of(check, profile, severity)
    if told == "off":
        return None
    words = {"measured": measured or "", "limit": limit or ""}
    return Finding(
        check=check,
        severity=told,
        start_s=None if span is None else round(span[0], 3),
        end_s=None if span is None else round(span[1], 3),
        measured=measured,
        limit=limit,
        message=row.message.format(**words),
        hint=row.hint.format(**words),
    )


def others_told(number: int, count: int) -> str:
    """Say, with the last of `count` places that is told, how many aren't."""
    is_last = number == MOST_SPANS and count > MOST_SPANS
    return f"（另有 {count - MOST_SPANS} 处）" if is_last else ""
