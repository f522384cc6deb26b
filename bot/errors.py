"""Everything that can go wrong in a way that a person is told.

BotError                       something a person can be told
├── Misunderstood              the words are not a command
├── NotAllowed                 the role or the switch forbids it
├── NotFound                   no such request, session, connection
├── NotAuthorized              the technician has no live TeamViewer connection
├── Rejected                   the outside system said no, and why
├── Unavailable                the outside system is away; knows when to retry
│   └── OutcomeUnknown         it may have been done: look before doing it again
└── NotConfirmed               our own store was too slow to say whether it was accepted
"""

import secrets
from typing import Any

from bot.i18n import Text, _


class BotError(Exception):
    """Something a person can be told. ``ref`` is also in the log, so that support finds it."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.template)
        self.text = text
        self.ref = secrets.token_hex(3)

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.ref}: {self.text}"


class Misunderstood(BotError):
    """The words are not a command."""


class NotAllowed(BotError):
    """The role or the switch forbids it."""


class NotFound(BotError):
    """No such request, session or connection."""


class NotAuthorized(BotError):
    """The technician has no live TeamViewer connection: authorizing (again) helps."""


class Rejected(BotError):
    """The outside system said no, and repeating would not help."""


class Unavailable(BotError):
    """The outside system is away or busy. ``retry_after`` is in seconds, where it said when to come back."""

    def __init__(self, text: Text, *, retry_after: float | None = None, **_: Any) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class OutcomeUnknown(Unavailable):
    """The call was sent and no answer came: it may have been carried out."""


class NotConfirmed(BotError):
    """Our own store was too slow to say whether a command was accepted; a repeat is harmless."""


def database_unavailable() -> Unavailable:
    """Return the error for a database that does not answer."""
    return Unavailable(_("The bot’s own database does not answer."))


def too_many_conflicts() -> NotConfirmed:
    """Return the error for a write that concurrent writes kept overtaking."""
    return NotConfirmed(_("Too much is happening at once for this request. Try again in a moment."))
