"""Connections: a technician's authorizations at TeamViewer. Their tokens lie in the table of tokens."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.authorizations import KeptTokens
from bot.model.connection import Account, Connection, Tokens
from bot.model.ids import Email
from storage.repositories import connection_row
from storage.repositories.revocations import RevocationRows
from storage.repositories.tokens import TokenRows
from storage.row_context import RowContext
from storage.tables import connections, profiles

_IS_IN_USE = connections.c.revoke_after.is_(None)


class ConnectionRows:
    """The repository of connections in use. Those that were given up are in no answer of it."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def connect(self, technician: Email, account: Account, new: Tokens, at: datetime) -> Connection:
        """Keep a new authorization as the technician's active one; the one before is no longer active.

        An earlier one to the same account is given up: its tokens wait to be revoked.
        """
        return await self._begin(await self.hold(technician, account, new, at, at), at)

    async def hold(
        self, technician: Email, account: Account, new: Tokens, at: datetime, until: datetime
    ) -> Connection:
        """Keep an authorization that nobody uses. Unless it is accepted until then, it waits to be revoked."""
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
        kept = KeptTokens(new.access, new.refresh, at + timedelta(seconds=new.expires_in))
        await TokenRows(self._context).put(connection.token_name, kept)
        return connection

    async def accept(self, connection_id: str, now: datetime) -> Connection | None:
        """Make what was held the technician's active connection. None where it is gone, or its time is over."""
        held = await self._one(connections.c.id == connection_id, connections.c.revoke_after > now)
        return await self._begin(held, now) if held else None

    async def _begin(self, held: Connection, now: datetime) -> Connection:
        await self._rest_all(held.technician)
        for before in await self.of_technician(held.technician):
            if before.account.user_id == held.account.user_id:
                await RevocationRows(self._context).give_up(before, now)
        await self._context.connection.execute(
            sa.update(connections)
            .where(connections.c.id == held.id)
            .values(is_active=True, revoke_after=None, connected_at=now)
        )
        return replace(held, is_active=True, connected_at=now)

    async def active(self, technician: Email) -> Connection | None:
        """Return the connection that a technician's sessions are created with."""
        return await self._one(_IS_IN_USE, connections.c.technician == technician, connections.c.is_active)

    async def of_account(self, technician: Email, account_id: str) -> Connection | None:
        """Return a technician's connection to one TeamViewer account, whichever is the active one."""
        return await self._one(
            _IS_IN_USE, connections.c.technician == technician, connections.c.account_id == account_id
        )

    async def get(self, connection_id: str) -> Connection | None:
        """Return a connection by its id."""
        return await self._one(_IS_IN_USE, connections.c.id == connection_id)

    async def of_technician(self, technician: Email) -> Sequence[Connection]:
        """List a technician's connections, the newest first."""
        return await self._many(_IS_IN_USE, connections.c.technician == technician)

    async def unused(self, before: datetime) -> Sequence[Connection]:
        """List the connections that were last used before that, by somebody who is no longer known."""
        known = sa.exists().where(
            profiles.c.org_id == self._context.org_id, profiles.c.email == connections.c.technician
        )
        last_used = sa.func.coalesce(connections.c.last_used_at, connections.c.connected_at)
        return await self._many(_IS_IN_USE, last_used < before, ~known)

    async def activate(self, connection: Connection) -> None:
        """Make a connection its technician's active one."""
        await self._rest_all(connection.technician)
        await self._context.connection.execute(
            sa.update(connections).where(connections.c.id == connection.id, _IS_IN_USE).values(is_active=True)
        )

    async def rest(self, connection: Connection) -> None:
        """Let a connection no longer be the active one."""
        await self._context.connection.execute(
            sa.update(connections).where(connections.c.id == connection.id).values(is_active=False)
        )

    async def touch(self, connection: Connection, at: datetime) -> None:
        """Note that a connection was used."""
        await self._context.connection.execute(
            sa.update(connections).where(connections.c.id == connection.id).values(last_used_at=at)
        )

    async def _rest_all(self, technician: Email) -> None:
        """Let none be active, and keep others from making one so: two at once would both be the newest."""
        await self._context.alone(f"connections/{technician}")
        await self._context.connection.execute(
            sa.update(connections)
            .where(connections.c.org_id == self._context.org_id, connections.c.technician == technician)
            .values(is_active=False)
        )

    async def _one(self, *conditions: sa.ColumnElement[bool]) -> Connection | None:
        found = await self._many(*conditions)
        return found[0] if found else None

    async def _many(self, *conditions: sa.ColumnElement[bool]) -> Sequence[Connection]:
        query = connection_row.select(self._context, *conditions)
        rows = await self._context.connection.execute(query.order_by(connections.c.connected_at.desc()))
        return [connection_row.read(row) for row in rows.mappings()]
