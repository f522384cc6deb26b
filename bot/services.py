"""The services of one installation, put together once by ``adapters/bootstrap.py``.

Only the two dispatchers take services out of here. A use case or a workflow receives exactly what it uses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.errors import Rejected
from bot.i18n import _
from bot.installation import Installation
from bot.model.connection import Connection
from bot.model.technician import Platform
from bot.ports import Chat, Clock, Mailer, ServiceDesk, TeamViewer, Texter, TokenSource
from bot.unit_of_work import UnitOfWork

DIRECTORY_FRESH = timedelta(minutes=10)
"""Oldest technician list accepted for a command that changes something."""
DIRECTORY_FRESH_FOR_UNLISTED = timedelta(seconds=15)
"""Oldest list accepted as proof that somebody is no technician: they may have become one this minute."""
STALE_LIMIT = timedelta(hours=24)
"""Oldest technician list accepted while ServiceDesk Plus is down, or for read-only commands."""
PROFILE_FRESH = timedelta(hours=1)
"""Oldest chat profile accepted."""
REVOKE_RETRY_AFTER = timedelta(minutes=5)
"""How long the sweep waits with an authorization that was given up just now, or could not be revoked."""


class Chats(dict[Platform, Chat]):
    """The chat platforms that are set up.

    Raises Rejected for another one: cards and homes may still be stored of a platform that was set up before.
    """

    def __missing__(self, platform: Platform) -> Chat:
        raise Rejected(_("{platform} is not set up here any more.", platform=platform.value.capitalize()))


@dataclass(frozen=True, slots=True)
class Services:
    """The ports, and the facts about this installation."""

    installation: Installation
    clock: Clock
    unit_of_work: UnitOfWork
    teamviewer: TeamViewer
    servicedesk: ServiceDesk
    mailer: Mailer
    texter: Texter
    chats: Chats
    token_source: Callable[[Connection], TokenSource]
