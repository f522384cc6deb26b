"""Commands by which a session changes hands, and a colleague joins one."""

from typing import ClassVar

from bot.model.ids import (
    SessionId,
    TransferId,
)
from bot.values import value_class


@value_class
class Transfer:
    """Offer an open session to a colleague. An SDAdmin moves it without an offer.

    ``reference`` is as in ``OnSession``. ``user`` is the platform's id of an account, or an e-mail address.
    """

    tag: ClassVar[str] = "transfer"
    only_reads: ClassVar[bool] = False

    reference: str | SessionId
    user: str


@value_class
class OpenTransferForm:
    """Open the form in which a colleague is chosen, for a transfer. ``reference`` is as in ``OnSession``."""

    tag: ClassVar[str] = "transfer-form"
    only_reads: ClassVar[bool] = False

    reference: str | SessionId


@value_class
class WithdrawOffer:
    """Withdraw the offer of a session to a colleague. ``reference`` is as in ``OnSession``."""

    tag: ClassVar[str] = "transfer-withdraw"
    only_reads: ClassVar[bool] = False

    reference: str | SessionId


@value_class
class AnswerOffer:
    """Accept or decline the offer of a colleague's session.

    ``offer`` is the id of the transfer, from a button, or names the session as in ``OnSession``.
    """

    tag: ClassVar[str] = "transfer-answer"
    only_reads: ClassVar[bool] = False

    offer: str | TransferId
    accepts: bool


@value_class
class Invite:
    """Let a second technician into an open session.

    ``reference`` is as in ``OnSession``. ``user`` is the platform's id of an account, or an e-mail address.
    """

    tag: ClassVar[str] = "invite"
    only_reads: ClassVar[bool] = False

    reference: str | SessionId
    user: str


@value_class
class Uninvite:
    """Withdraw an invitation. ``user`` is as in ``Invite``. Empty: the only one there is; the bot asks where there are several."""

    tag: ClassVar[str] = "uninvite"
    only_reads: ClassVar[bool] = False

    reference: str | SessionId
    user: str = ""


@value_class
class Leave:
    """Decline an invitation, or leave the session of somebody else. ``reference`` is as in ``OnSession``."""

    tag: ClassVar[str] = "leave"
    only_reads: ClassVar[bool] = False

    reference: str | SessionId


@value_class
class OpenInviteForm:
    """Open the form in which a colleague is chosen, for an invitation. ``session`` is as ``reference`` in ``OnSession``."""

    tag: ClassVar[str] = "invite-form"
    only_reads: ClassVar[bool] = False

    session: str | SessionId
