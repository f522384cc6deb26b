"""Commands about an outage: several sessions with one card."""

from typing import ClassVar

from bot.commands.limits import MOST_IN_OUTAGE
from bot.model.ids import OutageId, RequestNumber, request_number
from bot.model.session import Kind
from bot.values import value_class


@value_class
class ReportOutage:
    """Create a session for each request that one outage affects, with one card for all: ``MOST_IN_OUTAGE`` at most.

    Kind, note and ``in_chat`` are as in ``Create``, and count for each of them.
    """

    tag: ClassVar[str] = "outage"
    only_reads: ClassVar[bool] = False

    numbers: tuple[RequestNumber, ...]
    kind: Kind = Kind.REMOTE
    note: str = ""
    in_chat: bool = True

    def __post_init__(self) -> None:
        if not 0 < len(set(self.numbers)) == len(self.numbers) <= MOST_IN_OUTAGE:
            raise ValueError("not different requests, or too many")
        # Checked here, because a decoded command may have been changed by a client.
        if any(request_number(one) != one for one in self.numbers):
            raise ValueError("not a request's number")


@value_class
class OpenOutageForm:
    """Open the form for an outage."""

    tag: ClassVar[str] = "outage-form"
    only_reads: ClassVar[bool] = False

    kind: Kind = Kind.REMOTE
    note: str = ""


@value_class
class ShowOutageLinks:
    """Show the sender the ways into their own sessions of an outage (a button on its card)."""

    tag: ClassVar[str] = "outage-links"
    only_reads: ClassVar[bool] = True

    outage: OutageId


@value_class
class ShowOutageCard:
    """Show the card of an outage. Teams sends this by itself when it shows the card to who reported the outage."""

    tag: ClassVar[str] = "outage-see"
    only_reads: ClassVar[bool] = True

    outage: OutageId


@value_class
class EndOutage:
    """End each session of an outage that the sender may end (a button on its card)."""

    tag: ClassVar[str] = "outage-end"
    only_reads: ClassVar[bool] = False

    outage: OutageId
