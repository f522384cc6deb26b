"""An outage: one cause that affects several requests. It has a session for each of them, and one card that shows them all."""

import secrets
from datetime import datetime

from bot.i18n import Text
from bot.model.ids import CommandKey, Email, OutageId, RequestNumber
from bot.model.session import Kind
from bot.model.technician import Actor
from bot.values import field, value_class


def new_marker() -> str:
    """Return a marker for the message of a card. It reveals nothing."""
    return secrets.token_hex(16)


@value_class
class OutagePlace:
    """Where the card of an outage is, and its language and time zone. ``is_private``: one person alone sees it there."""

    channel: str
    message: str
    is_private: bool
    locale: str
    timezone: str


@value_class
class Refusal:
    """A request of an outage that got no session."""

    number: RequestNumber
    why: Text


@value_class
class Outage:
    """What one technician reported by one command.

    ``actor`` is the account that sent the command with the key ``command``. ``marker`` travels with the message of the card,
    so that a message is found whose place is not stored. ``attempted_at`` is when the card was first posted. ``place`` is
    None until the card is stored. ``shown`` is a digest of what the card showed last.
    """

    id: OutageId
    command: CommandKey
    actor: Actor
    technician: Email
    technician_name: str
    kind: Kind
    note: str
    created_at: datetime
    marker: str = field(default_factory=new_marker)
    attempted_at: datetime | None = None
    place: OutagePlace | None = None
    shown: str = ""
