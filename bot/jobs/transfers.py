"""Jobs by which a session changes hands."""

from typing import ClassVar

from bot.jobs.queues import Queue
from bot.model.ids import (
    CommandKey,
    Email,
    SessionId,
    TransferId,
)
from bot.model.technician import Platform
from bot.model.transfer import TransferNews
from bot.values import value_class


@value_class
class OfferSession:
    """Find out who is meant by ``user``, then offer them a session, or move it to them if an SDAdmin asked for it.

    ``user`` is the platform's id of an account, or an e-mail address.
    """

    tag: ClassVar[str] = "offer_session"
    queue: ClassVar[Queue] = Queue.LOOK_UP
    platform: Platform
    session: SessionId
    user: str
    by: Email
    by_name: str
    command: CommandKey


@value_class
class MoveSession:
    """Hand a session over at TeamViewer: assign it to the colleague's account, or replace it by a new one there.

    ``tries`` counts the earlier ones, while TeamViewer was away.
    """

    tag: ClassVar[str] = "move_session"
    queue: ClassVar[Queue] = Queue.CREATE
    transfer: TransferId
    tries: int = 0


@value_class
class ExpireOffer:
    """End an offer that nobody has answered in time."""

    tag: ClassVar[str] = "expire_offer"
    queue: ClassVar[Queue] = Queue.LOCAL
    transfer: TransferId


@value_class
class AddTransferNote:
    """Add the note to the request that says who handed the session over to whom."""

    tag: ClassVar[str] = "add_transfer_note"
    queue: ClassVar[Queue] = Queue.NOTE
    transfer: TransferId


@value_class
class TellOfTransfer:
    """Send one of the people of a transfer a private message about it: the offer, or what came of it."""

    tag: ClassVar[str] = "tell_of_transfer"
    queue: ClassVar[Queue] = Queue.MESSAGE
    transfer: TransferId
    news: TransferNews
    tries: int = 0
