"""A transfer of a session: one technician hands it over to another."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.ids import CommandKey, Email, SessionCode, SessionId, TransferId
from bot.values import replace, value_class

OFFERED_FOR = timedelta(hours=1)
"""How long a colleague may accept: somebody waits for help. The end of the session withdraws the offer earlier."""


class TransferState(StrEnum):
    """The state of a transfer."""

    OFFERED = "offered"
    """The colleague may accept or decline."""
    MOVING = "moving"
    """It was accepted, or an SDAdmin asked for it. TeamViewer has not confirmed it yet."""
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    FAILED = "failed"

    @property
    def is_running(self) -> bool:
        """Whether the transfer may still change the session. A session has one running transfer at most."""
        return self in {TransferState.OFFERED, TransferState.MOVING}


class TransferNews(StrEnum):
    """What a private message says to one of the people of a transfer."""

    OFFER = "offer"
    """To the colleague, with the buttons."""
    SETTLED = "settled"
    """To the colleague: what became of the offer, in place of its buttons."""
    DECLINED = "declined"
    """To who offered the session."""
    EXPIRED = "expired"
    """To who offered the session."""
    TAKEN = "taken"
    """To the former technician."""
    RECEIVED = "received"
    """To the new technician."""


@value_class
class Party:
    """A technician in a transfer."""

    email: Email
    name: str


@value_class
class Transfer:
    """A transfer of one session from its technician (``former``) to a colleague (``to``).

    ``by`` asked for it with the command ``command``: the technician, or an SDAdmin. ``accepted_by`` is the key of the
    colleague's command, None where an SDAdmin moves the session. ``account`` is the colleague's TeamViewer account, once the
    session is moved to it. ``former_account`` and ``former_code`` are what the session had before.
    """

    id: TransferId
    session_id: SessionId
    former: Party
    to: Party
    by: Party
    command: CommandKey
    offered_at: datetime
    state: TransferState = TransferState.OFFERED
    accepted_by: CommandKey | None = None
    account: str | None = None
    former_account: str | None = None
    former_code: SessionCode | None = None

    @property
    def expires_at(self) -> datetime:
        """When the offer ends."""
        return self.offered_at + OFFERED_FOR

    def is_open(self, now: datetime) -> bool:
        """Whether the colleague may still accept."""
        return self.state is TransferState.OFFERED and now < self.expires_at

    def moving(self, accepted_by: CommandKey | None) -> "Transfer":
        """Return the transfer as accepted. None: an SDAdmin moves the session without a question."""
        return replace(self, state=TransferState.MOVING, accepted_by=accepted_by)

    def in_account(self, account: str) -> "Transfer":
        """Return the transfer with the colleague's TeamViewer account."""
        return replace(self, account=account)

    def settled(self, state: TransferState) -> "Transfer":
        """Return the transfer with its last state."""
        return replace(self, state=state)


@value_class
class Leftover:
    """What a transfer left open at TeamViewer, in which account, so that it is closed there.

    ``code`` is None where it is not known: then the session is found by the id of the transfer, which it carries.
    """

    transfer: TransferId
    session_id: SessionId
    technician: Email
    account: str
    code: SessionCode | None
    since: datetime
