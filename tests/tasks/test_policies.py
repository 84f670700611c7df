"""Who is asked again, and how often: one attribute of an error decides."""

import inspect

import pytest
from prefect.states import Completed, Crashed, Failed

from models.errors import ObjectMissing, RequestInvalid, SourceRefused, Unavailable
from tasks.fetch import fetch_source
from tasks.policies import DELAYS_S, patient_step, retry_if_retryable


@pytest.mark.parametrize(
    ("state", "is_retried"),
    [
        (Failed(data=Unavailable("store", "no answer")), True),
        (Failed(data=ObjectMissing("inbox", "a")), False),
        (Failed(data=RequestInvalid("x", ("y",))), False),
        (Failed(data=SourceRefused("container.playlist", "x")), False),
        (Failed(data=ValueError("a mistake of ours")), False),
        (Crashed(data=RuntimeError("killed")), False),
        (Completed(data=1), False),
    ],
)
def test_only_what_is_unavailable_is_asked_again(state, is_retried):
    assert retry_if_retryable(None, None, state) is is_retried


def test_prefect_sees_a_plain_function():
    """A partial or a method would turn retries off without a word."""
    assert inspect.isfunction(fetch_source.task.retry_condition_fn)


def test_an_outage_of_half_an_hour_is_outlasted():
    assert sum(DELAYS_S) > 1800
    assert patient_step("x")(lambda: None).task.retries == len(DELAYS_S)
