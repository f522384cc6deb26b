"""The invitation of a requester in their own chat with the bot."""

from datetime import datetime

from bot.model.ids import NoticeId, SessionId
from bot.model.notice import Channel
from bot.model.technician import Actor, Platform
from bot.values import value_class


@value_class
class ChatInvitation:
    """To whom a notice goes in a chat, in which language, and the message that shows it.

    ``marker`` travels with the message and reveals nothing. ``attempted_at`` is stored before the message is sent first, so
    that a repeat looks for it. ``channel`` and ``message`` are the place of the message, empty until it is known. ``shown`` is
    a digest of what the message shows.
    """

    notice: NoticeId
    session: SessionId
    actor: Actor
    locale: str
    timezone: str
    marker: str
    attempted_at: datetime | None = None
    channel: str = ""
    message: str = ""
    shown: str = ""


def channel_of(platform: Platform) -> Channel:
    """Return the channel of a notice that goes to a person on a platform."""
    match platform:
        case Platform.SLACK:
            return Channel.SLACK
        case Platform.TEAMS:
            return Channel.TEAMS
