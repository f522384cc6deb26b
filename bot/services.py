"""Everything a use case may need, gathered once by the one file that wires."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.errors import Rejected
from bot.i18n import ChannelRef, _
from bot.model.connection import Connection
from bot.model.ids import Email, OrgId
from bot.model.technician import Platform
from bot.ports import Chat, Clock, Mailer, ServiceDesk, TeamViewer, Texter, TokenSource
from bot.unit_of_work import UnitOfWork

DIRECTORY_FRESH = timedelta(minutes=10)
"""How long the list of technicians is believed."""
DIRECTORY_FRESH_FOR_UNLISTED = timedelta(seconds=15)
"""How long it is believed that somebody is not on it: they may have been made a technician this minute."""
STALE_LIMIT = timedelta(hours=24)
"""How long it is made do with where ServiceDesk Plus does not answer, and for words that only read."""
PROFILE_FRESH = timedelta(hours=1)
"""How long a chat profile is believed."""

REVOKE_RETRY_AFTER = timedelta(minutes=5)
"""How long the watch leaves an authorization alone after it was given up, or could not be revoked."""


class Chats(dict[Platform, Chat]):
    """The platforms that are set up. One that was set up once, and of which cards and homes are still kept, is refused."""

    def __missing__(self, platform: Platform) -> Chat:
        raise Rejected(_("{platform} is not set up here any more.", platform=platform.value.capitalize()))


@dataclass(frozen=True, slots=True)
class Services:
    """The ports, and the few facts about this installation that the product's rules need."""

    org_id: OrgId
    public_url: str
    language: str
    retention: timedelta
    admins: frozenset[Email]
    admin_channels: Mapping[str, ChannelRef]
    clock: Clock
    unit_of_work: UnitOfWork
    teamviewer: TeamViewer
    servicedesk: ServiceDesk
    mailer: Mailer
    texter: Texter
    chats: Chats
    tokens: Callable[[Connection], TokenSource]

    def join_page(self, token: str) -> str:
        """Return the address of the requester's page."""
        return f"{self.public_url}/join/{token}"
