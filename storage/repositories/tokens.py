"""Tokens by name, each with a lease: one process at a time may refresh it."""

from datetime import datetime

import sqlalchemy as sa

from bot.authorizations import KeptTokens
from storage.row_context import RowContext
from storage.tables import tokens


class TokenRows:
    """The repository of tokens."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def put(self, name: str, kept: KeptTokens) -> None:
        """Keep tokens under a name, whatever was there."""
        await self._context.upsert(
            tokens,
            name=name,
            org_id=self._context.org_id,
            sealed_access=self._context.seal(kept.access, f"tokens/{name}/access"),
            sealed_refresh=self._context.seal(kept.refresh, f"tokens/{name}/refresh"),
            expires_at=kept.expires_at,
            lease_owner=None,
            lease_until=None,
        )

    async def read(self, name: str) -> KeptTokens | None:
        """Return the tokens kept under a name."""
        query = sa.select(tokens).where(tokens.c.name == name)
        row = (await self._context.connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        return KeptTokens(
            access=self._context.open(row["sealed_access"], f"tokens/{name}/access"),
            refresh=self._context.open(row["sealed_refresh"], f"tokens/{name}/refresh"),
            expires_at=row["expires_at"],
        )

    async def lease(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take the lease where it is free or has run out."""
        await self._context.insert_new(tokens, name=name, org_id=self._context.org_id)
        result = await self._context.connection.execute(
            sa.update(tokens)
            .where(
                tokens.c.name == name,
                sa.or_(tokens.c.lease_until.is_(None), tokens.c.lease_until < now),
            )
            .values(lease_owner=owner, lease_until=until)
        )
        return result.rowcount == 1

    async def keep(self, name: str, owner: str, kept: KeptTokens) -> bool:
        """Write access, refresh and expiry in one go and give the lease back. False where the lease was lost."""
        result = await self._context.connection.execute(
            sa.update(tokens)
            .where(tokens.c.name == name, tokens.c.lease_owner == owner)
            .values(
                sealed_access=self._context.seal(kept.access, f"tokens/{name}/access"),
                sealed_refresh=self._context.seal(kept.refresh, f"tokens/{name}/refresh"),
                expires_at=kept.expires_at,
                lease_owner=None,
                lease_until=None,
            )
        )
        return result.rowcount == 1

    async def extend(self, name: str, owner: str, until: datetime) -> bool:
        """Hold a lease for longer. False where it was lost."""
        result = await self._context.connection.execute(
            sa.update(tokens)
            .where(tokens.c.name == name, tokens.c.lease_owner == owner)
            .values(lease_until=until)
        )
        return result.rowcount == 1

    async def release(self, name: str, owner: str) -> None:
        """Give the lease back without new tokens."""
        await self._context.connection.execute(
            sa.update(tokens)
            .where(tokens.c.name == name, tokens.c.lease_owner == owner)
            .values(lease_owner=None, lease_until=None)
        )
