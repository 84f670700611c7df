"""Write down what is said, and make captions of it."""

import logging
from pathlib import Path

from models.errors import ModelUnavailable
from models.profile import CampaignProfile
from models.settings import Settings
from models.transcript import CaptionsMade
from tasks.adapters.scratch import translated_disk_errors
from tasks.media.captions import render_srt, render_vtt
from tasks.media.cues import build_cues
from tasks.media.graph import SPEECH
from tasks.media.measurements import SoundMeasurements
from tasks.policies import step
from tasks.progress import progress_of

log = logging.getLogger(__name__)

LEAST_TIME_S = 60.0


@step("caption")
def caption_work(
    media_sha256: str,
    sound: SoundMeasurements,
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
) -> CaptionsMade:
    """Write `captions.srt`, `captions.vtt` and `transcript.json` beside the sound in `folder`.

    Without a speech model none of them is written and the result says why; a work is published
    all the same.
    """
    from tasks.adapters.transcriber import open_transcriber

    with progress_of("字幕 captions") as advance:
        try:
            transcript = open_transcriber(settings.whisper).transcribe(
                folder / SPEECH,
                language=profile.captions.language,
                pauses=sound.silences,
                time_limit_s=max(
                    LEAST_TIME_S, profile.captions.time_limit_factor * sound.duration_s
                ),
                on_progress=advance,
                media_sha256=media_sha256,
            )
        except ModelUnavailable as error:
            log.warning("no captions: %s", error)
            return CaptionsMade(reason=f"语音识别模型不可用（{error.model}：{error.reason}）")
    cues = build_cues(transcript, profile.captions, profile.master.frame_rate)
    with translated_disk_errors():
        (folder / "captions.srt").write_text(render_srt(cues), "utf-8")
        (folder / "captions.vtt").write_text(render_vtt(cues), "utf-8")
        (folder / "transcript.json").write_text(transcript.model_dump_json(indent=2), "utf-8")
    return CaptionsMade(
        cues=len(cues),
        omitted=len(transcript.omissions),
        is_complete=transcript.is_complete,
        language=transcript.language,
    )
