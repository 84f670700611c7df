"""Which detectors look at a work, and which listen to it."""

from collections.abc import Callable
from dataclasses import dataclass

from models.profile import CampaignProfile
from tasks.media.detection import Detail, Panel, SmallFrame, SoundBlock, Still
from tasks.media.detectors.black import BlackDetector
from tasks.media.detectors.blank import BlankDetector
from tasks.media.detectors.blockiness import BlockinessDetector
from tasks.media.detectors.channels import Channels
from tasks.media.detectors.clipping import Clipping
from tasks.media.detectors.corner_mark import CornerMarks
from tasks.media.detectors.corruption import CorruptionDetector
from tasks.media.detectors.crisp_edges import MeanDetail
from tasks.media.detectors.dropout import Dropout
from tasks.media.detectors.exposure import ExposureDetector
from tasks.media.detectors.flash import FlashDetector
from tasks.media.detectors.glances import Glances
from tasks.media.detectors.level_jumps import LevelJumps
from tasks.media.detectors.levels import LevelTrack
from tasks.media.detectors.motion import Motion
from tasks.media.detectors.qr_code import QrCodes, Reader
from tasks.media.detectors.shake import ShakeDetector
from tasks.media.detectors.sharpness import BlurDetector
from tasks.media.detectors.side_fill import SideFillDetector
from tasks.media.detectors.speech import Speech
from tasks.media.detectors.still_picture import FreezeDetector
from tasks.media.detectors.stutter import DroppedFramesDetector
from tasks.media.detectors.subtitles import BurnedSubtitles
from tasks.media.detectors.title_card import LongTitles
from tasks.media.detectors.tone import Tone
from tasks.media.detectors.upscaling import UpscalingDetector
from tasks.media.detectors.voices import VoiceTrack
from tasks.media.watching import WatchPlan


def frame_panel(
    profile: CampaignProfile, watch: WatchPlan, has_decode_errors: Callable[[], bool]
) -> Panel[SmallFrame]:
    """Return the detectors that see the picture in motion.

    `has_decode_errors` is asked at the verdict.
    """
    limits, rate, motion = profile.limits, float(watch.small_rate), Motion()
    return Panel(
        [
            motion,
            BlackDetector(limits, rate),
            FreezeDetector(limits, rate, motion),
            DroppedFramesDetector(limits, rate, motion, is_even=watch.is_even),
            FlashDetector(rate),
            BlankDetector(limits),
            CorruptionDetector(limits, has_decode_errors),
            ShakeDetector(limits, rate),
        ]
    )


def still_panels(
    profile: CampaignProfile, height_px: int, read_codes: Reader
) -> tuple[Panel[Still], Panel[Detail]]:
    """Return the detectors that see stills, and those that see few frames at full size.

    `height_px` is the upload's own, upright; `read_codes` finds QR codes. Some share what they saw,
    so verdicts are asked for when both have seen everything.
    """
    limits, glances, mean = profile.limits, Glances(), MeanDetail()
    codes = QrCodes(read_codes, glances)
    stills: Panel[Still] = Panel(
        [
            glances,
            ExposureDetector(limits),
            BlurDetector(height_px),
            SideFillDetector(limits),
            CornerMarks(glances, mean, codes.boxes),
            BurnedSubtitles(),
            LongTitles(limits),
        ]
    )
    return stills, Panel([mean, codes, UpscalingDetector(), BlockinessDetector()])


@dataclass(frozen=True)
class Hearing:
    """The detectors that hear the sound, and the levels that they and the report draw on."""

    panel: Panel[SoundBlock]
    levels: LevelTrack


def hearing(profile: CampaignProfile) -> Hearing:
    """Return the detectors that hear the sound."""
    limits, levels, voices = profile.limits, LevelTrack(), VoiceTrack()
    panel: Panel[SoundBlock] = Panel(
        [
            levels,
            voices,
            Clipping(),
            Channels(limits, levels),
            Speech(limits, voices),
            LevelJumps(limits, profile.loudness.integrated_lufs, voices),
            Tone(),
            Dropout(),
        ]
    )
    return Hearing(panel, levels)
