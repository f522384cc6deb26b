"""Commands that create sessions, act on them, and show them."""

from enum import StrEnum
from typing import ClassVar

from bot.commands.limits import LAST_PAGE, MOST_AT_ONCE
from bot.model.ids import (
    Email,
    NoticeId,
    RequestNumber,
    SessionId,
    request_number,
)
from bot.model.session import Kind
from bot.values import value_class


@value_class
class Create:
    """Create a session for a request.

    ``another``: even if one is open already (the button that a second ``create`` offers). ``in_chat``: the requester is
    invited in a chat too, where the settings allow it.
    """

    tag: ClassVar[str] = "create"
    only_reads: ClassVar[bool] = False

    number: RequestNumber
    kind: Kind = Kind.REMOTE
    note: str = ""
    another: bool = False
    in_chat: bool = True


@value_class
class CreateSeveral:
    """Create a session for each of several requests: two or more different ones, ``MOST_AT_ONCE`` at most.

    Kind, note, ``another`` and ``in_chat`` are as in ``Create``, and count for each of them.
    """

    tag: ClassVar[str] = "create-several"
    only_reads: ClassVar[bool] = False

    numbers: tuple[RequestNumber, ...]
    kind: Kind = Kind.REMOTE
    note: str = ""
    another: bool = False
    in_chat: bool = True

    def __post_init__(self) -> None:
        if not 1 < len(set(self.numbers)) == len(self.numbers) <= MOST_AT_ONCE:
            raise ValueError("not several different requests")
        # Checked here, because a decoded command may have been changed by a client.
        if any(request_number(one) != one for one in self.numbers):
            raise ValueError("not a request's number")


@value_class
class OpenForm:
    """Open the form for a new session, with the request filled in if it is known. ``at``: the time as it was typed."""

    tag: ClassVar[str] = "form"
    only_reads: ClassVar[bool] = False

    number: RequestNumber | None = None
    kind: Kind = Kind.REMOTE
    note: str = ""
    at: str = ""


@value_class
class Show:
    """Show a request and its open sessions."""

    tag: ClassVar[str] = "show"
    only_reads: ClassVar[bool] = False

    number: RequestNumber


class Verb(StrEnum):
    """What is done to an open session."""

    ENTER = "enter"
    REINVITE = "reinvite"
    LINK = "link"
    RENEW = "renew"
    END = "end"


@value_class
class OnSession:
    """Apply a verb to an open session.

    ``reference`` is the request's number, the session's code without dashes or, from a button, the session's id.
    """

    tag: ClassVar[str] = "on"
    only_reads: ClassVar[bool] = False

    verb: Verb
    reference: str | SessionId


@value_class
class Retry:
    """Create a session that could not be created (a button on its card)."""

    tag: ClassVar[str] = "retry"
    only_reads: ClassVar[bool] = False

    session: SessionId


@value_class
class History:
    """List sessions of a request, of a technician (``of``) or, with neither, of the sender.

    ``page`` counts from 1. The button for older sessions also names the last session shown (``after``), so that sessions
    created meanwhile do not shift the pages.
    """

    tag: ClassVar[str] = "history"
    only_reads: ClassVar[bool] = False

    number: RequestNumber | None = None
    page: int = 1
    of: Email | None = None
    after: SessionId | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.page <= LAST_PAGE:
            raise ValueError("no such page")


@value_class
class ShowCard:
    """Show a session's card as the sender may see it. Teams sends this by itself when it shows a card to its creator."""

    tag: ClassVar[str] = "see"
    only_reads: ClassVar[bool] = True

    session: SessionId


@value_class
class ShowHome:
    """Show the sender's overview."""

    tag: ClassVar[str] = "home"
    only_reads: ClassVar[bool] = False


@value_class
class ListOpen:
    """List the sender's open sessions. ``page`` counts from 1."""

    tag: ClassVar[str] = "list"
    only_reads: ClassVar[bool] = True

    page: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.page <= LAST_PAGE:
            raise ValueError("no such page")


@value_class
class Status:
    """Show whether everything is switched on and which account is connected."""

    tag: ClassVar[str] = "status"
    only_reads: ClassVar[bool] = True


@value_class
class SendAgain:
    """Send a notice again that failed, or whose outcome is unknown (a button on the session's card)."""

    tag: ClassVar[str] = "again"
    only_reads: ClassVar[bool] = False

    session: SessionId
    notice: NoticeId


@value_class
class DeclineInvitation:
    """Answer an invitation in a chat with “Not now” (a button of the message that the requester got).

    The only command of somebody who need not be a technician: see ``bot/use_cases/decline.py``.
    """

    tag: ClassVar[str] = "decline"
    only_reads: ClassVar[bool] = False

    notice: NoticeId
