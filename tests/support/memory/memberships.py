"""Where the bot is a member, in memory."""

from collections.abc import Sequence
from datetime import datetime

from support.memory.data import Data

from bot.model.membership import Membership
from bot.model.technician import Platform
from bot.values import replace


class MemoryMemberships:
    """The memberships of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def store(self, membership: Membership, at: datetime) -> bool:
        key = (membership.platform, membership.tenant, membership.place)
        before, changed_at = self._data.memberships.get(key, (None, at))
        if changed_at > at:
            return False
        name = membership.name or (before.name if before else "")
        self._data.memberships[key] = replace(membership, name=name), at
        return before is None or before.is_member != membership.is_member

    async def list_current(self, platform: Platform, tenant: str, *, limit: int) -> Sequence[Membership]:
        newest_first = sorted(self._data.memberships.values(), key=lambda one: one[1], reverse=True)
        current = [one for one, _at in newest_first if one.is_member]
        return [one for one in current if (one.platform, one.tenant) == (platform, tenant)][:limit]

    async def forget_tenant(self, platform: Platform, tenant: str) -> None:
        stored = self._data.memberships
        self._data.memberships = {key: one for key, one in stored.items() if key[:2] != (platform, tenant)}

    async def purge(self, before: datetime, *, limit: int) -> bool:
        stored = self._data.memberships
        old = [key for key, (one, at) in stored.items() if not one.is_member and at < before][:limit]
        self._data.memberships = {key: one for key, one in stored.items() if key not in old}
        return len(old) == limit
