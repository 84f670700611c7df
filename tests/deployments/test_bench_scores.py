"""What the checks said is scored against what was put in: found, in time, false, unsure."""

import pytest

from deployments.bench_scores import Told, Trial, score_checks, score_whole


def told(check: str, *span: float, severity: str = "warn") -> Told:
    start_s, end_s = span or (None, None)
    return Told(check=check, severity=severity, start_s=start_s, end_s=end_s)


def trial(*said: Told, check: str | None = "video.black", **more) -> Trial:
    return Trial(name="clip", check=check, told=said, **more)


@pytest.mark.parametrize(
    ("said", "is_found", "error_s", "is_in_time"),
    [
        ((), False, None, False),
        ((told("video.black", 6.0, 9.0),), True, 0.0, True),
        ((told("video.black", 6.4, 9.1),), True, 0.4, True),
        ((told("video.black", 4.0, 9.0),), True, 2.0, False),
        ((told("video.black", 12.0, 15.0),), False, None, False),
        ((told("video.black"),), True, float("inf"), False),
        ((told("video.freeze", 6.0, 9.0),), False, None, False),
    ],
)
def test_a_fault_is_found_where_it_was_put(said, is_found, error_s, is_in_time):
    seen = trial(*said, spans=((6.0, 9.0),))
    assert (seen.is_found, seen.time_error_s, seen.is_in_time) == (is_found, error_s, is_in_time)


def test_every_place_must_be_found_and_one_finding_may_join_them():
    places = ((2.0, 3.0), (6.0, 7.0))
    assert not trial(told("video.black", 2.0, 3.0), spans=places).is_found
    apart = trial(told("video.black", 2.0, 3.0), told("video.black", 6.0, 7.2), spans=places)
    assert (apart.is_found, apart.time_error_s) == (True, 0.2)
    joined = trial(told("video.black", 2.1, 7.0), spans=places)
    assert (joined.is_found, joined.time_error_s) == (True, 0.1)


def test_without_a_place_any_finding_of_the_check_will_do():
    seen = trial(told("video.black", 3.0, 4.0))
    assert (seen.is_found, seen.time_error_s, seen.is_in_time) == (True, None, True)


def test_a_finding_is_false_when_nothing_accounts_for_it():
    stray = told("video.black", 20.0, 22.0)
    seen = trial(
        told("video.black", 6.0, 9.0),
        stray,
        told("video.freeze", 6.0, 9.0),
        told("audio.noisy"),
        told("video.blur"),
        spans=((6.0, 9.0),),
        also=frozenset({"video.freeze"}),
        before=(told("audio.noisy"),),
    )
    assert seen.false == (stray, told("video.blur"))


def test_what_was_told_before_excuses_only_the_same_place():
    before = (told("video.black", 1.0, 3.0),)
    elsewhere = told("video.black", 14.0, 16.0)
    seen = trial(told("video.black", 1.0, 3.0), elsewhere, check="audio.silent", before=before)
    assert seen.false == (elsewhere,)


def test_a_check_is_scored_over_all_clips():
    trials = [
        trial(told("video.black", 6.0, 9.0), spans=((6.0, 9.0),)),
        trial(told("video.black", 6.3, 9.0), spans=((6.0, 9.0),)),
        trial(spans=((6.0, 9.0),), unsure=("video.black",)),
        trial(told("video.black", 1.0, 4.0), check=None),
        trial(check=None, unsure=("video.black",)),
    ]
    (score,) = score_checks(trials)
    assert (score.cases, score.found, score.in_time, score.false) == (3, 2, 2, 1)
    assert score.recall == pytest.approx(2 / 3)
    assert score.precision == pytest.approx(2 / 3)
    assert (score.median_error_s, score.worst_error_s) == (0.15, 0.3)
    assert (score.unsure, score.unsure_clean) == (1, 1)
    assert score.verdict == "missed"


def test_a_check_that_was_only_told_falsely_is_in_the_table():
    (score,) = score_checks([trial(told("video.flash"), check=None)])
    assert (score.check, score.cases, score.precision, score.verdict) == (
        "video.flash",
        0,
        0.0,
        "missed",
    )


def test_clean_clips_bear_no_block_and_few_warnings():
    quiet = [trial(check=None, is_stable=True) for _ in range(9)]
    one = trial(told("video.blur"), told("video.qr_code", severity="info"), check=None)
    whole = score_whole([*quiet, one, trial(told("video.black"))], 1.3)
    assert (whole.clean, whole.blocks, whole.warnings_a_clip) == (10, 0, 0.1)
    assert whole.is_met
    assert not score_whole([*quiet, *([one] * 3)], None).is_met
    assert not score_whole([*quiet, trial(told("a.b", severity="block"), check=None)], None).is_met


def test_some_checks_may_never_warn_on_a_clean_clip_and_a_second_look_must_agree():
    quiet = [trial(check=None, is_stable=True) for _ in range(9)]
    frozen = score_whole([*quiet, trial(told("video.freeze", 1, 9), check=None)], None)
    assert (frozen.never, frozen.is_met) == (("video.freeze",), False)
    shaky = score_whole([*quiet, trial(check=None, is_stable=False)], None)
    assert (shaky.unstable, shaky.is_met) == (("clip",), False)


def test_what_a_clip_rightly_bears_is_no_warning():
    music = trial(told("audio.no_speech"), check=None, also=frozenset({"audio.no_speech"}))
    assert score_whole([music], None).warnings == 0
