"""How long a command may take, in proportion to the media it works on."""

from models.settings import FfmpegSettings


def time_budget_s(settings: FfmpegSettings, duration_s: float | None) -> float:
    """Return the seconds a pass over media of this length may take.

    A header may claim any length; the budget never exceeds that of the longest media we read.
    """
    length = min(max(duration_s or 0.0, 0.0), settings.max_duration_s)
    return max(settings.min_time_s, settings.time_factor * length)
