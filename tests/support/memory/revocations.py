"""TeamViewer connections in memory: those that were given up."""

from collections.abc import Sequence
from datetime import datetime

from support.memory.data import ConnectionRow, Data

from bot.model.connection import Connection
from bot.model.effect import Effect
from bot.model.ids import Email
from bot.values import replace


class MemoryRevocations:
    """The connections that were given up, of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def give_up(self, connection: Connection, look_after: datetime) -> Effect:
        if not connection.is_alive:
            return await self.delete(connection)
        stored = self._data.connections[connection.id]
        if stored.revoke_after is not None:
            return Effect.NOTHING
        resting = replace(stored.connection, is_active=False)
        self._data.connections[connection.id] = ConnectionRow(resting, look_after)
        return Effect.CHANGED

    async def of_account(self, technician: Email, account_id: str) -> Connection | None:
        given_up = [
            self._data.with_liveness(stored.connection)
            for stored in self._data.connections.values()
            if stored.revoke_after is not None
            and (stored.connection.technician, stored.connection.account.user_id) == (technician, account_id)
        ]
        return max(given_up, key=lambda one: one.connected_at, default=None)

    async def get(self, connection_id: str) -> Connection | None:
        stored = self._data.connections.get(connection_id)
        if stored is None or stored.revoke_after is None:
            return None
        return self._data.with_liveness(stored.connection)

    async def due(self, now: datetime) -> Sequence[Connection]:
        due = [
            (stored.revoke_after, stored.connection)
            for stored in self._data.connections.values()
            if stored.revoke_after is not None and stored.revoke_after <= now
        ]
        due.sort(key=lambda one: one[0])
        return [self._data.with_liveness(connection) for _revoke_after, connection in due]

    async def postpone(self, connection: Connection, until: datetime) -> None:
        stored = self._data.connections.get(connection.id)
        if stored is not None and stored.revoke_after is not None:
            stored.revoke_after = until

    async def delete(self, connection: Connection) -> Effect:
        deleted = self._data.connections.pop(connection.id, None)
        self._data.tokens.pop(connection.token_name, None)
        return Effect.of(changed=deleted is not None)
