"""Which conversations have people of another organization in them: shared channels, and group chats with others."""

from typing import Any

from adapters.answer_cache import AnswerCache
from adapters.teams.incoming.activity import (
    LOCAL_TENANT,
    SHARED_CHANNEL,
    TeamsActivity,
    is_marked_shared,
    without_thread,
)
from adapters.teams.transport.connector import Connector
from bot.errors import Rejected
from storage.repositories.teams import TeamsConversation

KNOWN_SECONDS = 600.0
"""How long the members of a conversation are not read again."""
TYPE_SECONDS = 24 * 3600.0
MAX_PAGES = 5
"""How many pages of members are read. Each has up to 500."""


class SharedChannels:
    """Knows the type of a channel from its activities. Where Teams does not name it, the members tell."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._types: AnswerCache[tuple[str, str], str] = AnswerCache(TYPE_SECONDS)
        self._by_members: AnswerCache[tuple[str, str], bool] = AnswerCache(KNOWN_SECONDS)

    def record_type(self, activity: TeamsActivity) -> None:
        """Store the type of the channel that an activity comes from, if it names it."""
        if activity.channel_type:
            self._types.store((activity.tenant, without_thread(activity.conversation)), activity.channel_type)

    def is_known_shared(self, tenant: str, place: str) -> bool | None:
        """Return what is known without a call. None: nothing is."""
        if is_marked_shared(place):
            return True
        known_type = self._types.find((tenant, without_thread(place)))
        return (
            known_type == SHARED_CHANNEL
            if known_type
            else self._by_members.find((tenant, without_thread(place)))
        )

    async def has_foreign_members(self, address: TeamsConversation) -> bool:
        """Whether a member belongs to another tenant. Guests belong to this one. Raises Unavailable.

        A member has a ``tenantId`` (Microsoft's documentation of apps in shared channels).
        """
        if address.tenant == LOCAL_TENANT:
            return False
        key = address.tenant, address.id
        known = self._by_members.find(key)
        if known is not None:
            return known
        try:
            is_foreign = await self._read_members(address)
        except Rejected:
            return (
                False  # The bot is no member now, so it posts nothing there. It may become one in a moment.
            )
        self._by_members.store(key, is_foreign)
        return is_foreign

    async def _read_members(self, address: TeamsConversation) -> bool:
        token = ""
        for _page in range(MAX_PAGES):
            page = await self._connector.read_members(address.service_url, address.id, token)
            members = page.get("members")
            if isinstance(members, list) and any(_is_foreign(one, address.tenant) for one in members):
                return True
            token = str(page.get("continuationToken") or "")
            if not token:
                break
        return False


def _is_foreign(member: Any, tenant: str) -> bool:
    if not isinstance(member, dict):
        return False
    home = str(member.get("tenantId") or tenant)
    return home.lower() != tenant.lower() and str(member.get("userRole") or "").lower() != "guest"
