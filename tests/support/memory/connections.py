"""TeamViewer connections in memory: those in use."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from support.memory.data import ConnectionRow, Data
from support.memory.revocations import MemoryRevocations
from support.memory.tokens import MemoryTokens

from bot.authorizations import StoredTokens
from bot.model.connection import Account, Connection, Tokens
from bot.model.effect import Effect
from bot.model.ids import Email
from bot.values import replace


class MemoryConnections:
    """The connections in use, of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def connect(self, technician: Email, account: Account, tokens: Tokens, at: datetime) -> Connection:
        return await self._begin(await self.hold(technician, account, tokens, at, at), at)

    async def hold(
        self, technician: Email, account: Account, tokens: Tokens, at: datetime, until: datetime
    ) -> Connection:
        connection = Connection(secrets.token_hex(16), technician, account, at, None, is_active=False)
        self._data.connections[connection.id] = ConnectionRow(connection, until)
        stored = StoredTokens(tokens.access, tokens.refresh, at + timedelta(seconds=tokens.expires_in))
        await MemoryTokens(self._data).store(connection.token_name, stored)
        return connection

    async def accept(self, connection_id: str, now: datetime) -> Connection | None:
        held = self._data.connections.get(connection_id)
        if held is None or held.revoke_after is None or held.revoke_after <= now:
            return None
        return await self._begin(held.connection, now)

    async def _begin(self, held: Connection, now: datetime) -> Connection:
        self._rest_all(held.technician)
        for earlier in await self.of_technician(held.technician):
            if earlier.account.user_id == held.account.user_id:
                await MemoryRevocations(self._data).give_up(earlier, now)
        begun = replace(held, is_active=True, connected_at=now)
        self._data.connections[held.id] = ConnectionRow(begun, None)
        return begun

    async def active(self, technician: Email) -> Connection | None:
        return next((one for one in await self.of_technician(technician) if one.is_active), None)

    async def get(self, connection_id: str) -> Connection | None:
        return next((one for one in self._in_use() if one.id == connection_id), None)

    async def of_account(self, technician: Email, account_id: str) -> Connection | None:
        theirs = await self.of_technician(technician)
        return next((one for one in theirs if one.account.user_id == account_id), None)

    async def of_technician(self, technician: Email) -> Sequence[Connection]:
        theirs = [one for one in self._in_use() if one.technician == technician]
        return sorted(theirs, key=lambda one: one.connected_at, reverse=True)

    async def with_unfinished_refresh(self, now: datetime) -> Sequence[Connection]:
        leases = {name: (row.lease_owner, row.lease_until) for name, row in self._data.tokens.items()}
        found = []
        for one in self._in_use():
            owner, until = leases.get(one.token_name, (None, None))
            if owner is not None and until is not None and until < now:
                found.append(one)
        return found

    async def with_usable_token(self, now: datetime) -> Connection | None:
        usable = {
            name
            for name, row in self._data.tokens.items()
            if row.tokens.access and row.tokens.expires_at and row.tokens.expires_at > now
        }
        newest_first = sorted(self._in_use(), key=lambda one: one.connected_at, reverse=True)
        return next((one for one in newest_first if one.token_name in usable), None)

    async def unused(self, before: datetime, *, limit: int) -> Sequence[Connection]:
        known = {profile.email for profile, _read_at in self._data.profiles.values()}
        return [
            one
            for one in self._in_use()
            if (one.last_used_at or one.connected_at) < before and one.technician not in known
        ][:limit]

    async def activate(self, connection: Connection) -> Effect:
        active = await self.active(connection.technician)
        if active is not None and active.id == connection.id:
            return Effect.NOTHING
        self._rest_all(connection.technician)
        self._change(connection.id, is_active=True)
        return Effect.CHANGED

    async def deactivate(self, connection: Connection) -> None:
        self._change(connection.id, is_active=False)

    async def touch(self, connection: Connection, at: datetime) -> None:
        stored = self._data.connections[connection.id]
        stored.connection = replace(stored.connection, last_used_at=at)

    def _rest_all(self, technician: Email) -> None:
        for stored in self._data.connections.values():
            if stored.connection.technician == technician:
                stored.connection = replace(stored.connection, is_active=False)

    def _change(self, connection_id: str, *, is_active: bool) -> None:
        stored = self._data.connections.get(connection_id)
        if stored is not None and stored.revoke_after is None:
            stored.connection = replace(stored.connection, is_active=is_active)

    def _in_use(self) -> Iterable[Connection]:
        for stored in self._data.connections.values():
            if stored.revoke_after is None:
                yield self._data.with_liveness(stored.connection)
