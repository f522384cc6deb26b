"""The facts about this installation that the product's rules need."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.i18n import ChannelRef
from bot.model.ids import Email, JoinToken, OrgId


@dataclass(frozen=True, slots=True)
class Installation:
    """What the operator's settings say.

    ``language`` is the organisation's, ``retention`` how long ended sessions stay stored, ``admins`` the SDAdmins by the
    settings. ``admin_channels`` are by their ids; where there are any, admin commands work only there.
    """

    org_id: OrgId
    public_url: str
    language: str
    retention: timedelta
    admins: frozenset[Email]
    admin_channels: Mapping[str, ChannelRef]

    def join_page(self, token: JoinToken) -> str:
        """Return the address of the requester's page."""
        return f"{self.public_url}/join/{token}"
