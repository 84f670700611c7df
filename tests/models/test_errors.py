"""Every error says what, what to do and whether trying again helps, and survives a pickle."""

import pickle

import pytest

from models import errors

CASES = [
    errors.SourceRefused("container.playlist", "a playlist"),
    errors.CommandFailed(("ffmpeg", "-i", "x"), 1, "first\nlast words\n"),
    errors.CommandTimedOut(("ffmpeg",), 60.0),
    errors.OutputRejected("master.mp4", ("frames is 3, not 4",)),
    errors.ObjectMissing("inbox", "a/b.mp4"),
    errors.Unavailable("store", "connection refused"),
    errors.ModelUnavailable("base", "no weights"),
    errors.RequestInvalid("spec", ("no works", "no title")),
]


@pytest.mark.parametrize("error", CASES, ids=lambda e: type(e).__name__)
def test_an_error_survives_pickling_with_its_words(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert str(again).strip()
    assert again.hint


def test_every_class_of_the_tree_is_tried():
    assert {type(e) for e in CASES} == set(errors.HejiError.__subclasses__())


def test_only_what_is_unavailable_is_worth_another_try():
    assert [type(e).__name__ for e in CASES if e.retryable] == ["Unavailable"]


def test_a_failed_command_shows_its_last_words():
    assert str(CASES[1]) == "ffmpeg ended with 1: last words"
