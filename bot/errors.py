"""Every error that has a sentence for a person.

BotError                       has a sentence for a person
├── Misunderstood              the words are not a command
├── NotAllowed                 the role or the switch forbids it
├── NotFound                   no such request, session, connection
├── NotAuthorized              the technician has no live TeamViewer connection
├── Rejected                   the outside system said no, and why
│   └── NotSupported           it says no to every call of this kind, whatever the call is about
├── Unavailable                the outside system is away; knows when to retry
│   └── OutcomeUnknown         it may have been done: look before doing it again
└── NotConfirmed               our own store was too slow to say whether it was accepted
"""

import secrets
from enum import StrEnum
from typing import Any, ClassVar

from bot.i18n import Text, _

LONGEST_RETRY_AFTER_SECONDS = 86_400.0
"""Nothing outside is left alone for longer, whatever it asks for."""


class ErrorCode(StrEnum):
    """The stable name of each kind of error. It crosses the engine, so that a job can decide by it after a restart."""

    MISUNDERSTOOD = "misunderstood"
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    NOT_AUTHORIZED = "not_authorized"
    REJECTED = "rejected"
    NOT_SUPPORTED = "not_supported"
    UNAVAILABLE = "unavailable"
    OUTCOME_UNKNOWN = "outcome_unknown"
    NOT_CONFIRMED = "not_confirmed"
    INTERNAL = "internal"
    """A fault in the bot itself. No exception class carries it."""


class BotError(Exception):
    """An error with a sentence for a person. ``ref`` is in the log too, so that support finds the log line."""

    error_code: ClassVar[ErrorCode]

    def __init__(self, text: Text) -> None:
        super().__init__(text.template)
        self.text = text
        self.ref = secrets.token_hex(3)

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.ref}: {self.text}"

    @property
    def log_text(self) -> str:
        """The error for the log: its class, its ``ref`` and its sentence without values, which may name a person."""
        return f"{type(self).__name__} {self.ref}: {self.text.without_values()}"


class Misunderstood(BotError):
    """The words are not a command."""

    error_code = ErrorCode.MISUNDERSTOOD


class NotAllowed(BotError):
    """The role or the switch forbids it."""

    error_code = ErrorCode.NOT_ALLOWED


class NotFound(BotError):
    """No such request, session or connection."""

    error_code = ErrorCode.NOT_FOUND


class NotAuthorized(BotError):
    """The technician has no live TeamViewer connection: authorizing (again) helps."""

    error_code = ErrorCode.NOT_AUTHORIZED


class Rejected(BotError):
    """The outside system said no, and repeating would not help."""

    error_code = ErrorCode.REJECTED


class NotSupported(Rejected):
    """The outside system refuses every call of this kind here, so the next one would be refused too."""

    error_code = ErrorCode.NOT_SUPPORTED


class Unavailable(BotError):
    """The outside system is away or busy. ``retry_after`` is in seconds, a day at most, where it said when to come back."""

    error_code = ErrorCode.UNAVAILABLE

    def __init__(self, text: Text, *, retry_after: float | None = None, **_: Any) -> None:
        super().__init__(text)
        # A time that no sensible system asks for must not keep anything from being tried.
        self.retry_after = None if retry_after is None else min(retry_after, LONGEST_RETRY_AFTER_SECONDS)


class OutcomeUnknown(Unavailable):
    """The call was sent and no answer came: it may have been carried out."""

    error_code = ErrorCode.OUTCOME_UNKNOWN


class NotConfirmed(BotError):
    """Our own store was too slow to say whether a command was accepted; a repeat is harmless."""

    error_code = ErrorCode.NOT_CONFIRMED


def database_unavailable() -> Unavailable:
    """Return the error for a database that does not answer."""
    return Unavailable(_("The bot’s own database does not answer."))


def too_many_conflicts() -> NotConfirmed:
    """Return the error for a write that concurrent writes overtook again and again."""
    return NotConfirmed(_("Too much is happening at once for this request. Try again in a moment."))
