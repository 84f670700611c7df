"""How long a command may take, in proportion to the media it works on."""

from models.settings import FfmpegSettings
from tasks.media.geometry import PicturePlan

FULL_HD_PIXELS = 1920 * 1080
HDR_FACTOR = 3.0
"""Tone mapping works in floating point and costs about so many times the encode."""


def time_budget_s(settings: FfmpegSettings, duration_s: float | None) -> float:
    """Return the seconds that a command on media of our own of this length may take."""
    return _budget(settings, settings.time_factor, duration_s)


def upload_budget_s(settings: FfmpegSettings, duration_s: float | None) -> float:
    """Return the seconds that a command on an upload of this length may take."""
    return _budget(settings, settings.upload_time_factor, duration_s)


def picture_budget_s(
    settings: FfmpegSettings, plan: PicturePlan, duration_s: float | None
) -> float:
    """Return the seconds that a pass over a picture may take: more where each frame costs more."""
    share = plan.width_px * plan.height_px / FULL_HD_PIXELS
    cost = max(1.0, share) * (HDR_FACTOR if plan.needs_tone_mapping else 1.0)
    return _budget(settings, settings.upload_time_factor * cost, duration_s)


def _budget(settings: FfmpegSettings, factor: float, duration_s: float | None) -> float:
    """A header may claim any length: the budget never exceeds that of the longest media we read."""
    length = min(max(duration_s or 0.0, 0.0), settings.max_duration_s)
    return max(settings.min_time_s, factor * length)
