"""The facts about this installation that the product's rules need."""

from collections.abc import Mapping
from datetime import timedelta

from bot.i18n import ChannelRef
from bot.model.ids import Email, EnterToken, JoinToken, OrgId
from bot.model.notice import Channel
from bot.model.secret import Secret
from bot.model.session_record import RecordKind
from bot.model.technician import Platform
from bot.ports import ChatCapabilities
from bot.values import value_class


@value_class
class Installation:
    """What the settings say, as far as rules depend on it. It gives no access to any outside system.

    Attributes:
        org_id: The ServiceDesk Plus portal.
        public_url: The address at which people and platforms reach the bot, without a slash at its end.
        language: The language of requesters' mails and of everybody whose own is not known.
        retention: How long ended sessions are stored.
        admins: The SDAdmins named in the settings.
        admin_channels: The channels that administration is limited to, by id. None: it works everywhere.
        sms_channel: Who sends SMS: the SMS gateway or TeamViewer. None: nobody does.
        record: What the end of a session leaves on its request.
        timezone: The organization's time zone, by its IANA name, for the hours of rules.
        creations_per_hour: How many sessions one person can create in an hour. None: as many as they want.
        tells_requester_in_chat: Whether requesters are invited in a chat too, where they are found there.
        report_names: Whether reports have technicians in them.
        capabilities: What each chat platform that is set up can do.
    """

    org_id: OrgId
    public_url: str
    language: str
    retention: timedelta
    admins: frozenset[Email]
    admin_channels: Mapping[str, ChannelRef]
    sms_channel: Channel | None
    record: RecordKind
    timezone: str
    creations_per_hour: int | None
    tells_requester_in_chat: bool
    report_names: bool
    capabilities: Mapping[Platform, ChatCapabilities]

    def join_page(self, token: JoinToken) -> str:
        """Return the address of the requester's page."""
        return f"{self.public_url}/join/{token}"

    def enter_page(self, token: EnterToken) -> Secret:
        """Return the address of an invited technician's way in. It is theirs alone."""
        return Secret(f"{self.public_url}/enter/{token}")

    def is_admin_channel(self, channel: str) -> bool:
        """Whether administration is limited to some channels, and this is one of them."""
        return channel in self.admin_channels
