"""A message in a chat that shows a session and is updated with it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.model.ids import SessionId
from bot.model.technician import Platform


class Audience(StrEnum):
    """Who sees a card.

    Everybody in a channel (``SHARED``), also people of another organization (``EXTERNAL``), one technician in private,
    or only the session's creator.
    """

    SHARED = "shared"
    EXTERNAL = "external"
    TECHNICIAN = "technician"
    CREATOR = "creator"


@dataclass(frozen=True, slots=True)
class Card:
    """The place of a card, and its language and time zone. A card belongs to one session."""

    session_id: SessionId
    platform: Platform
    tenant: str
    channel: str
    message: str
    audience: Audience
    locale: str
    timezone: str
