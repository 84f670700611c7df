"""The failures this system explains to a person.

Every class says what happened (`str`), what to do (`hint`) and whether trying again can help
(`retryable`). Arguments equal the signature, so an error survives pickling between processes.
"""

from typing import ClassVar


class HejiError(Exception):
    """Base of every failure that Heji names."""

    retryable: ClassVar[bool] = False
    hint: ClassVar[str] = ""


class SourceRefused(HejiError):
    """The upload is not something Heji will open or can make a master of.

    `check` is the id of the finding that tells the sender so.
    """

    hint = "Ask the sender for a playable video file; the upload itself is kept."

    def __init__(self, check: str, reason: str) -> None:
        super().__init__(check, reason)
        self.check = check
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.check}: {self.reason}"


class CommandFailed(HejiError):
    """An outside program ended with a failure."""

    hint = "The last lines of the program say why; the same input will fail again."

    def __init__(self, argv: tuple[str, ...], returncode: int, last_words: str) -> None:
        super().__init__(argv, returncode, last_words)
        self.argv = argv
        self.returncode = returncode
        self.last_words = last_words

    def __str__(self) -> str:
        lines = [line for line in self.last_words.splitlines() if line.strip()]
        return f"{self.argv[0]} ended with {self.returncode}: {lines[-1] if lines else '(silent)'}"


class CommandTimedOut(HejiError):
    """An outside program was stopped: it used up its time, or came no further."""

    hint = "The input asks for more work than its length allows; look at it by hand."

    def __init__(
        self, argv: tuple[str, ...], limit_s: float, reached_s: float | None = None
    ) -> None:
        super().__init__(argv, limit_s, reached_s)
        self.argv = argv
        self.limit_s = limit_s
        self.reached_s = reached_s
        """How far into the media it had come when its time was up; None when it stood still."""

    def __str__(self) -> str:
        return f"{self.argv[0]} was stopped after {self.limit_s:.0f} s"


class OutputRejected(HejiError):
    """What was made does not match what was asked for, so it is not published."""

    hint = "This is a fault of Heji or its tools, not of the sender: report it with the run's log."

    def __init__(self, what: str, mismatches: tuple[str, ...]) -> None:
        super().__init__(what, mismatches)
        self.what = what
        self.mismatches = mismatches

    def __str__(self) -> str:
        return f"{self.what}: {'; '.join(self.mismatches)}"


class ObjectMissing(HejiError):
    """The store has no object under this key."""

    hint = "Check bucket and key; the object may have been removed or replaced."

    def __init__(self, bucket: str, key: str) -> None:
        super().__init__(bucket, key)
        self.bucket = bucket
        self.key = key

    def __str__(self) -> str:
        return f"no object {self.bucket}/{self.key}"


class Unavailable(HejiError):
    """A service or resource can't serve now: the store, the Prefect API, room on a disk."""

    retryable = True
    hint = "Look at the service named here; runs of the stack try again for forty minutes."

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(what, reason)
        self.what = what
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.what} is unavailable: {self.reason}"


class ModelUnavailable(HejiError):
    """No speech model can be loaded, so captions can't be made."""

    hint = "Set HEJI_WHISPER_MODEL to a weights file, or run `make setup`."

    def __init__(self, model: str, reason: str) -> None:
        super().__init__(model, reason)
        self.model = model
        self.reason = reason

    def __str__(self) -> str:
        return f"speech model {self.model}: {self.reason}"


class RequestInvalid(HejiError):
    """What a person asked for can't be done as asked; `problems` names each reason."""

    hint = "Correct the request and run it again; nothing was changed."

    def __init__(self, what: str, problems: tuple[str, ...]) -> None:
        super().__init__(what, problems)
        self.what = what
        self.problems = problems

    def __str__(self) -> str:
        return f"{self.what}: {'; '.join(self.problems)}"
