"""Connections: a technician's authorizations at TeamViewer. Their tokens are in the table ``tokens``."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.authorizations import StoredTokens
from bot.errors import too_many_conflicts
from bot.model.connection import Account, Connection, Tokens
from bot.model.effect import Effect
from bot.model.ids import Email
from bot.values import replace
from storage.repositories.connection_row import HAS_TOKENS, IS_ALIVE, read_connection, select_connections
from storage.repositories.revocations import SqlRevocationRepository
from storage.repositories.tokens import SqlTokenRepository
from storage.row_context import RowContext, RowQuery
from storage.tables import connections, profiles, tokens

_IS_IN_USE = connections.c.revoke_after.is_(None)
_OF_TECHNICIAN: RowQuery = (
    sa.select(connections, IS_ALIVE)
    .select_from(connections.outerjoin(tokens, HAS_TOKENS))
    .where(
        connections.c.org_id == sa.bindparam("org_id"),
        connections.c.technician == sa.bindparam("technician"),
        _IS_IN_USE,
    )
)
_ACTIVE = _OF_TECHNICIAN.where(connections.c.is_active)
_OF_ACCOUNT = (
    _OF_TECHNICIAN.where(connections.c.account_id == sa.bindparam("account_id"))
    .order_by(connections.c.connected_at.desc())
    .limit(1)
)

_TOUCH = sa.update(connections).where(connections.c.id == sa.bindparam("of_id"))


class SqlConnectionRepository:
    """Stores connections. Its queries leave out those that were given up: see ``SqlRevocationRepository``."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def connect(self, technician: Email, account: Account, new: Tokens, at: datetime) -> Connection:
        """Store a new authorization as the technician's active connection. The one before becomes inactive.

        An earlier one to the same account is given up: its tokens wait to be revoked.
        """
        return await self._take_into_use(await self.hold(technician, account, new, at, at), at)

    async def hold(
        self, technician: Email, account: Account, new: Tokens, at: datetime, until: datetime
    ) -> Connection:
        """Store an authorization that is not in use yet. Unless it is accepted by ``until``, it is due for revocation."""
        connection = Connection(secrets.token_hex(16), technician, account, at, None, is_active=False)
        await self._context.connection.execute(
            sa.insert(connections).values(
                id=connection.id,
                org_id=self._context.org_id,
                technician=technician,
                account_id=account.user_id,
                account_name=account.name,
                account_email=account.email,
                connected_at=at,
                is_active=False,
                revoke_after=until,
            )
        )
        stored = StoredTokens(new.access, new.refresh, at + timedelta(seconds=new.expires_in))
        await SqlTokenRepository(self._context).store(connection.token_name, stored)
        return connection

    async def accept(self, connection_id: str, now: datetime) -> Connection | None:
        """Make a held authorization the technician's active connection. None if it does not exist or has expired."""
        held = await self._fetch_first(connections.c.id == connection_id, connections.c.revoke_after > now)
        return await self._take_into_use(held, now) if held else None

    async def _take_into_use(self, held: Connection, now: datetime) -> Connection:
        await self._lock(held.technician)
        await self._deactivate_all(held.technician)
        for earlier in await self.of_technician(held.technician):
            if earlier.account.user_id == held.account.user_id:
                await SqlRevocationRepository(self._context).give_up(earlier, now)
        await self._context.connection.execute(
            sa.update(connections)
            .where(connections.c.id == held.id)
            .values(is_active=True, revoke_after=None, connected_at=now)
        )
        return replace(held, is_active=True, connected_at=now)

    async def active(self, technician: Email) -> Connection | None:
        """Return the connection with which a technician's sessions are created."""
        row = await self._context.fetch_row(_ACTIVE, org_id=self._context.org_id, technician=technician)
        return read_connection(row) if row else None

    async def of_account(self, technician: Email, account_id: str) -> Connection | None:
        """Return a technician's connection to one TeamViewer account, active or not."""
        row = await self._context.fetch_row(
            _OF_ACCOUNT, org_id=self._context.org_id, technician=technician, account_id=account_id
        )
        return read_connection(row) if row else None

    async def get(self, connection_id: str) -> Connection | None:
        """Return a connection by its id."""
        return await self._fetch_first(_IS_IN_USE, connections.c.id == connection_id)

    async def of_technician(self, technician: Email) -> Sequence[Connection]:
        """List a technician's connections, newest first."""
        return await self._fetch_all(_IS_IN_USE, connections.c.technician == technician)

    async def with_unfinished_refresh(self, now: datetime) -> Sequence[Connection]:
        """List the connections whose tokens somebody began to refresh, with a lease that ran out and no result."""
        return await self._fetch_all(
            _IS_IN_USE, tokens.c.lease_owner.is_not(None), tokens.c.lease_until < now
        )

    async def with_usable_token(self, now: datetime) -> Connection | None:
        """Return the newest connection in use whose access token is still valid at ``now``, of any technician."""
        found = await self._fetch_all(_IS_IN_USE, IS_ALIVE, tokens.c.expires_at > now, limit=1)
        return found[0] if found else None

    async def unused(self, before: datetime, *, limit: int) -> Sequence[Connection]:
        """List connections that were last used before ``before``, of technicians whose profile is no longer stored."""
        has_profile = sa.exists().where(
            profiles.c.org_id == self._context.org_id, profiles.c.email == connections.c.technician
        )
        last_used = sa.func.coalesce(connections.c.last_used_at, connections.c.connected_at)
        return await self._fetch_all(_IS_IN_USE, last_used < before, ~has_profile, limit=limit)

    async def activate(self, connection: Connection) -> Effect:
        """Make a connection its technician's active one. NOTHING if it is already.

        Raises NotConfirmed if it was given up meanwhile.
        """
        await self._lock(connection.technician)
        active = await self.active(connection.technician)
        if active is not None and active.id == connection.id:
            return Effect.NOTHING
        await self._deactivate_all(connection.technician)
        result = await self._context.connection.execute(
            sa.update(connections).where(connections.c.id == connection.id, _IS_IN_USE).values(is_active=True)
        )
        if result.rowcount == 0:
            raise too_many_conflicts()
        return Effect.CHANGED

    async def deactivate(self, connection: Connection) -> None:
        """Make a connection inactive."""
        await self._context.connection.execute(
            sa.update(connections).where(connections.c.id == connection.id).values(is_active=False)
        )

    async def touch(self, connection: Connection, at: datetime) -> None:
        """Store when a connection was last used."""
        await self._context.put_off(_TOUCH, of_id=connection.id, last_used_at=at)

    async def _lock(self, technician: Email) -> None:
        """Lock a technician's connections until the transaction ends.

        Without the lock, two transactions could each make a connection active.
        """
        await self._context.lock_name(f"connections/{technician}")

    async def _deactivate_all(self, technician: Email) -> None:
        """Make all of a technician's connections inactive. They are locked before."""
        await self._context.connection.execute(
            sa.update(connections)
            .where(connections.c.org_id == self._context.org_id, connections.c.technician == technician)
            .values(is_active=False)
        )

    async def _fetch_first(self, *conditions: sa.ColumnElement[bool]) -> Connection | None:
        newest_first = await self._fetch_all(*conditions)
        return newest_first[0] if newest_first else None

    async def _fetch_all(
        self, *conditions: sa.ColumnElement[bool], limit: int | None = None
    ) -> Sequence[Connection]:
        query = select_connections(self._context, *conditions)
        rows = await self._context.fetch_rows(query.order_by(connections.c.connected_at.desc()).limit(limit))
        return [read_connection(row) for row in rows]
