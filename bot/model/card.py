"""A message in a chat that shows a session and is updated with it."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Self

from bot.model.ids import CommandKey, Email, SessionId
from bot.model.technician import Platform
from bot.values import value_class


class Audience(StrEnum):
    """Who sees a card.

    Everybody in a channel (``SHARED``), also people of another organization (``EXTERNAL``), one technician in private,
    only the session's creator, or one technician who is invited to the session.
    """

    SHARED = "shared"
    EXTERNAL = "external"
    TECHNICIAN = "technician"
    CREATOR = "creator"
    INVITED = "invited"

    @property
    def is_private(self) -> bool:
        """Whether one person alone sees the card."""
        return self in {Audience.TECHNICIAN, Audience.CREATOR, Audience.INVITED}


@value_class
class Card:
    """The place of a card, and its language and time zone. A card belongs to one session.

    ``invited``: the technician whose invitation the card shows.
    """

    session_id: SessionId
    platform: Platform
    tenant: str
    channel: str
    message: str
    audience: Audience
    locale: str
    timezone: str
    invited: Email | None = None


@value_class
class PostAttempt:
    """A card that is about to be posted for a command, in the command's channel or in private.

    It is stored before the post leaves, and deleted in the transaction that stores the card. So where it is still there,
    the card may have been posted all the same. ``marker`` travels with the message and reveals nothing.
    """

    session_id: SessionId
    command: CommandKey
    is_private: bool
    marker: str
    at: datetime

    @classmethod
    def new(cls, session_id: SessionId, command: CommandKey, at: datetime, *, is_private: bool) -> Self:
        """Return an attempt with a marker of its own."""
        return cls(session_id, command, is_private, secrets.token_hex(16), at)
