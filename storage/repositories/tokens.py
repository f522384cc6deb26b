"""OAuth tokens by name, each with a lease: one process at a time may refresh them."""

from datetime import datetime

import sqlalchemy as sa

from bot.authorizations import StoredTokens
from storage.row_context import RowContext, RowQuery, is_lease_free
from storage.tables import tokens

_BY_NAME: RowQuery = sa.select(tokens).where(tokens.c.name == sa.bindparam("name"))


class SqlTokenRepository:
    """Stores access and refresh tokens, encrypted."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def store(self, name: str, new: StoredTokens) -> None:
        """Store tokens under a name. They replace what was stored, and end any lease."""
        await self._context.upsert_row(
            tokens,
            name=name,
            org_id=self._context.org_id,
            sealed_access=self._context.seal(new.access, f"tokens/{name}/access"),
            sealed_refresh=self._context.seal(new.refresh, f"tokens/{name}/refresh"),
            expires_at=new.expires_at,
            lease_owner=None,
            lease_until=None,
        )

    async def read(self, name: str) -> StoredTokens | None:
        """Return the tokens stored under a name."""
        row = await self._context.fetch_row(_BY_NAME, name=name)
        if row is None:
            return None
        return StoredTokens(
            access=self._context.unseal(row["sealed_access"], f"tokens/{name}/access"),
            refresh=self._context.unseal(row["sealed_refresh"], f"tokens/{name}/refresh"),
            expires_at=row["expires_at"],
            is_being_refreshed=row["lease_owner"] is not None,
        )

    async def lease(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take the lease until ``until``. False if another owner holds it."""
        # The first caller has no row to lease yet.
        await self._context.put_off_insert(tokens, name=name, org_id=self._context.org_id)
        result = await self._context.connection.execute(
            sa.update(tokens)
            .where(tokens.c.name == name, is_lease_free(tokens.c.lease_until, now, until))
            .values(lease_owner=owner, lease_until=until)
        )
        return result.rowcount == 1

    async def store_and_release(self, name: str, owner: str, new: StoredTokens) -> bool:
        """Store access token, refresh token and expiry together, and release the lease. False if the lease was lost."""
        result = await self._context.connection.execute(
            sa.update(tokens)
            .where(tokens.c.name == name, tokens.c.lease_owner == owner)
            .values(
                sealed_access=self._context.seal(new.access, f"tokens/{name}/access"),
                sealed_refresh=self._context.seal(new.refresh, f"tokens/{name}/refresh"),
                expires_at=new.expires_at,
                lease_owner=None,
                lease_until=None,
            )
        )
        return result.rowcount == 1

    async def extend(self, name: str, owner: str, until: datetime) -> bool:
        """Extend a lease. False if it was lost."""
        result = await self._context.connection.execute(
            sa.update(tokens)
            .where(tokens.c.name == name, tokens.c.lease_owner == owner)
            .values(lease_until=until)
        )
        return result.rowcount == 1

    async def release(self, name: str, owner: str) -> None:
        """Release the lease without new tokens."""
        await self._context.connection.execute(
            sa.update(tokens)
            .where(tokens.c.name == name, tokens.c.lease_owner == owner)
            .values(lease_owner=None, lease_until=None)
        )
