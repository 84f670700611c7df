"""Bring a programme to its target loudness, linearly where its peaks allow."""

from dataclasses import dataclass

from models.profile import Limits, LoudnessTarget
from tasks.media.measurements import SoundMeasurements

QUIETEST_LUFS = -60.0
"""Below this there is no programme, only noise that a gain would make audible."""
ENCODER_MARGIN_DB = 0.8
"""A lossy encoder moves peaks: stay this far below the limit before it."""
NEAR_LU = 0.25
"""Two masters that are each so near to the target are within half a unit of each other."""
DUAL_MONO_LU = 3.01
"""One side heard on both is louder by this (10·log10 2)."""


@dataclass(frozen=True)
class GainPlan:
    """How the sound is levelled."""

    gain_db: float
    ceiling_dbtp: float | None = None
    """Set when a limiter must hold the peaks."""
    heard_side: int | None = None
    """0 or 1 when only that side carries sound and goes to both."""


def plan_gain(sound: SoundMeasurements, target: LoudnessTarget, limits: Limits) -> GainPlan:
    """Decide gain and limiter for sound measured as `sound`; silence stays as it is."""
    side = heard_side(sound, limits)
    if sound.integrated_lufs is None or sound.integrated_lufs < QUIETEST_LUFS:
        return GainPlan(0.0, heard_side=side)
    loudness = sound.integrated_lufs + (DUAL_MONO_LU if side is not None else 0.0)
    gain_db = target.integrated_lufs - loudness
    ceiling = target.true_peak_dbtp - ENCODER_MARGIN_DB
    peak = sound.true_peak_dbtp
    needs_limiter = peak is not None and peak + gain_db > ceiling
    return GainPlan(gain_db, ceiling if needs_limiter else None, side)


def corrected(plan: GainPlan, made: SoundMeasurements, target: LoudnessTarget) -> GainPlan:
    """Return `plan` moved by what the finished master, measured as `made`, misses."""
    if made.integrated_lufs is None:
        return plan
    gain_db = plan.gain_db + target.integrated_lufs - made.integrated_lufs
    ceiling = plan.ceiling_dbtp
    peak = made.true_peak_dbtp
    risen = gain_db - plan.gain_db
    if ceiling is None and peak is not None and peak + risen > target.true_peak_dbtp:
        ceiling = target.true_peak_dbtp - ENCODER_MARGIN_DB
    if ceiling is not None and peak is not None and peak > target.true_peak_dbtp:
        ceiling -= peak - target.true_peak_dbtp
    return GainPlan(gain_db, ceiling, plan.heard_side)


def is_on_target(made: SoundMeasurements, target: LoudnessTarget) -> bool:
    """Tell whether a master is as near to the target as masters must be to each other."""
    if made.integrated_lufs is None:
        return True
    is_near = abs(made.integrated_lufs - target.integrated_lufs) <= NEAR_LU
    return is_near and (made.true_peak_dbtp or -99.0) <= target.true_peak_dbtp


def heard_side(sound: SoundMeasurements, limits: Limits) -> int | None:
    """Return the side that alone carries sound, or None when both do or neither."""
    if len(sound.channel_rms_db) != 2 or sound.is_silent:
        return None
    left, right = ((-120.0 if level is None else level) for level in sound.channel_rms_db)
    if abs(left - right) < limits.one_sided_db:
        return None
    return 0 if left > right else 1
