"""Where the bot is a member: channels of Slack, and teams of Teams."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.model.membership import Membership
from bot.model.technician import Platform
from storage.row_context import RowContext
from storage.tables import memberships


class SqlMembershipRepository:
    """Stores each place that the bot was added to or removed from, as the newest event says."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def store(self, membership: Membership, at: datetime) -> bool:
        """Store that the bot was added to a place or removed from it. Returns whether that is news.

        Events may come out of order, so one that is older than the stored one changes nothing. An empty name does not replace a
        stored one.
        """
        table = memberships
        key = {
            "platform": membership.platform.value,
            "tenant": membership.tenant,
            "place": membership.place,
        }
        stored = await self._context.insert_if_absent(
            table,
            **key,
            org_id=self._context.org_id,
            name=membership.name,
            is_member=membership.is_member,
            changed_at=at,
        )
        if stored:
            return True
        is_this = sa.and_(*(table.c[name] == value for name, value in key.items()))
        before = await self._context.fetch_row(sa.select(table).where(is_this))
        if before is None or before["changed_at"] > at:
            return False
        await self._context.connection.execute(
            sa.update(table)
            .where(is_this, table.c.changed_at <= at)
            .values(name=membership.name or before["name"], is_member=membership.is_member, changed_at=at)
        )
        return bool(before["is_member"] != membership.is_member)

    async def list_current(self, platform: Platform, tenant: str, *, limit: int) -> Sequence[Membership]:
        """List the places of a tenant that the bot is in, the last changed first."""
        query = (
            sa.select(memberships)
            .where(*self._current(platform, tenant))
            .order_by(memberships.c.changed_at.desc(), memberships.c.place)
            .limit(limit)
        )
        rows = await self._context.fetch_rows(query)
        return [Membership(platform, tenant, row["place"], is_member=True, name=row["name"]) for row in rows]

    async def forget_tenant(self, platform: Platform, tenant: str) -> None:
        """Delete what is stored about the places of a tenant that has removed the bot."""
        table = memberships
        await self._context.connection.execute(
            sa.delete(table).where(
                table.c.platform == platform.value,
                table.c.tenant == tenant,
                table.c.org_id == self._context.org_id,
            )
        )

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete the places that the bot was removed from before ``before``. Returns whether there may be more."""
        table = memberships
        return await self._context.delete_some(
            table,
            table.c.org_id == self._context.org_id,
            table.c.is_member.is_(False),
            table.c.changed_at < before,
            limit=limit,
        )

    def _current(self, platform: Platform, tenant: str) -> tuple[sa.ColumnElement[bool], ...]:
        table = memberships
        return (
            table.c.platform == platform.value,
            table.c.tenant == tenant,
            table.c.org_id == self._context.org_id,
            table.c.is_member.is_(True),
        )
