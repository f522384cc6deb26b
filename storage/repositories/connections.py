"""Connections: a technician's authorizations at TeamViewer. Their tokens lie in the table of tokens."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.model.connection import Account, Connection, Tokens
from bot.model.ids import Email
from bot.store import KeptTokens
from storage.repositories.tokens import TokenRows
from storage.row import Shelf
from storage.tables import connections, tokens


class ConnectionRows:
    """The repository of connections."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def connect(self, technician: Email, account: Account, new: Tokens, at: datetime) -> Connection:
        """Keep a new authorization as the technician's active one; the one before is no longer active."""
        mine = sa.and_(connections.c.org_id == self._shelf.org_id, connections.c.technician == technician)
        await self._shelf.connection.execute(sa.update(connections).where(mine).values(is_active=False))
        for before in await self.of_technician(technician):
            if before.account.user_id == account.user_id:
                await self.forget(before)
        connection = Connection(secrets.token_hex(16), technician, account, at, None, is_active=True)
        await self._shelf.insert_new(
            connections,
            id=connection.id,
            org_id=self._shelf.org_id,
            technician=technician,
            account_id=account.user_id,
            account_name=account.name,
            account_email=account.email,
            connected_at=at,
            is_active=True,
        )
        kept = KeptTokens(new.access, new.refresh, at + timedelta(seconds=new.expires_in))
        await TokenRows(self._shelf).put(token_name(connection), kept)
        return connection

    async def active(self, technician: Email) -> Connection | None:
        """Return the connection that a technician's sessions are created with."""
        return await self._one(connections.c.technician == technician, connections.c.is_active)

    async def of_account(self, technician: Email, account_id: str) -> Connection | None:
        """Return a technician's connection to one TeamViewer account, whichever is the active one."""
        return await self._one(connections.c.technician == technician, connections.c.account_id == account_id)

    async def get(self, connection_id: str) -> Connection | None:
        """Return a connection by its id."""
        return await self._one(connections.c.id == connection_id)

    async def of_technician(self, technician: Email) -> Sequence[Connection]:
        """List a technician's connections, the newest first."""
        query = (
            sa.select(connections)
            .where(connections.c.org_id == self._shelf.org_id, connections.c.technician == technician)
            .order_by(connections.c.connected_at.desc())
        )
        return [_connection(row) for row in (await self._shelf.connection.execute(query)).mappings()]

    async def activate(self, connection: Connection) -> None:
        """Make a connection its technician's active one."""
        mine = sa.and_(
            connections.c.org_id == self._shelf.org_id, connections.c.technician == connection.technician
        )
        await self._shelf.connection.execute(
            sa.update(connections).where(mine).values(is_active=connections.c.id == connection.id)
        )

    async def rest(self, connection: Connection) -> None:
        """Let a connection no longer be the active one; its tokens stay until it is forgotten."""
        await self._shelf.connection.execute(
            sa.update(connections).where(connections.c.id == connection.id).values(is_active=False)
        )

    async def _one(self, *conditions: sa.ColumnElement[bool]) -> Connection | None:
        query = sa.select(connections).where(connections.c.org_id == self._shelf.org_id, *conditions)
        row = (await self._shelf.connection.execute(query)).mappings().first()
        return _connection(row) if row else None

    async def forget(self, connection: Connection) -> None:
        """Delete a connection and its tokens."""
        await self._shelf.connection.execute(sa.delete(tokens).where(tokens.c.name == token_name(connection)))
        await self._shelf.connection.execute(sa.delete(connections).where(connections.c.id == connection.id))

    async def touch(self, connection: Connection, at: datetime) -> None:
        """Note that a connection was used."""
        await self._shelf.connection.execute(
            sa.update(connections).where(connections.c.id == connection.id).values(last_used_at=at)
        )


def token_name(connection: Connection) -> str:
    """Return the name under which a connection's tokens are kept."""
    return f"teamviewer/{connection.id}"


def _connection(row: sa.RowMapping) -> Connection:
    email = row["account_email"]
    return Connection(
        id=row["id"],
        technician=Email(row["technician"]),
        account=Account(row["account_id"], row["account_name"], Email(email) if email else None),
        connected_at=row["connected_at"],
        last_used_at=row["last_used_at"],
        is_active=row["is_active"],
    )
