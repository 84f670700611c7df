"""Gain is linear where peaks allow, limited where they don't, and absent in silence."""

import pytest

from models.profile import Limits, LoudnessTarget
from tasks.media.loudness import corrected, heard_side, is_on_target, plan_gain
from tasks.media.measurements import SoundMeasurements

TARGET, LIMITS = LoudnessTarget(), Limits()


def sound(level, peak=-20.0, rms=(-25.0, -25.0)):
    return SoundMeasurements(20.0, integrated_lufs=level, true_peak_dbtp=peak, channel_rms_db=rms)


def test_quiet_sound_is_raised_to_the_target():
    plan = plan_gain(sound(-34.0), TARGET, LIMITS)
    assert plan.gain_db == pytest.approx(10)
    assert plan.ceiling_dbtp is None


def test_peaks_that_would_pass_the_limit_ask_for_a_limiter():
    plan = plan_gain(sound(-34.0, peak=-5.0), TARGET, LIMITS)
    assert plan.ceiling_dbtp is not None
    assert plan.ceiling_dbtp < TARGET.true_peak_dbtp


@pytest.mark.parametrize("level", [None, -65.0])
def test_silence_is_not_boosted_into_noise(level):
    assert plan_gain(sound(level), TARGET, LIMITS).gain_db == 0


def test_one_side_goes_to_both_and_its_doubling_is_counted():
    plan = plan_gain(sound(-24.0, rms=(None, -25.0)), TARGET, LIMITS)
    assert plan.heard_side == 1
    assert plan.gain_db == pytest.approx(-3.01)


def test_two_sides_of_different_level_are_both_heard():
    assert heard_side(sound(-24.0, rms=(-20.0, -35.0)), LIMITS) is None


def test_a_miss_is_made_good():
    plan = plan_gain(sound(-34.0), TARGET, LIMITS)
    missed = sound(-26.0, peak=-12.0)
    assert not is_on_target(missed, TARGET)
    assert corrected(plan, missed, TARGET).gain_db == pytest.approx(plan.gain_db + 2)


def test_a_peak_over_the_limit_is_a_miss_too():
    over = sound(-24.0, peak=-1.5)
    assert not is_on_target(over, TARGET)
    plan = plan_gain(sound(-34.0, peak=-5.0), TARGET, LIMITS)
    assert corrected(plan, over, TARGET).ceiling_dbtp == pytest.approx(plan.ceiling_dbtp - 0.5)
