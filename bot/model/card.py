"""A message in a chat that shows a session and follows it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.model.ids import SessionId
from bot.model.technician import Platform


class Audience(StrEnum):
    """Who sees a card: everybody in a channel, any technician in private, or its creator alone."""

    SHARED = "shared"
    TECHNICIAN = "technician"
    CREATOR = "creator"


@dataclass(frozen=True, slots=True)
class Card:
    """Where a card stands, and in whose language and time zone it speaks. A card belongs to one session."""

    session_id: SessionId
    platform: Platform
    tenant: str
    channel: str
    message: str
    audience: Audience
    locale: str
    timezone: str
