"""Commands in memory."""

from datetime import datetime

from support.memory.data import CommandRow, Data

from bot.commands import CommandRequest
from bot.model.effect import Effect
from bot.model.ids import SessionId
from bot.model.technician import Actor, Platform
from bot.ports import ReturnAddress


class MemoryCommands:
    """The commands of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def add(self, command_request: CommandRequest, at: datetime) -> bool:
        if command_request.key in self._data.commands:
            return False
        self._data.commands[command_request.key] = CommandRow(command_request, at)
        return True

    async def store_answer(self, key: str, answer: str) -> None:
        if key in self._data.commands:
            self._data.commands[key].answer = answer

    async def stored_answer(self, key: str) -> str | None:
        stored = self._data.commands.get(key)
        return stored.answer if stored else None

    async def mark_as_run(self, key: str, at: datetime) -> bool:
        stored = self._data.commands.get(key)
        if stored is None or stored.heard_at is not None:
            return False
        stored.heard_at = at
        return True

    async def record_effect(self, key: str, effect: Effect) -> Effect:
        stored = self._data.commands.get(key)
        if stored is None:
            return effect
        stored.effect = stored.effect or effect
        return stored.effect

    async def return_address(self, key: str) -> ReturnAddress | None:
        stored = self._data.commands.get(key)
        if stored is None:
            return None
        request = stored.request
        place = request.place
        return ReturnAddress(
            request.actor, place.channel, place.is_private, request.return_address, stored.received_at
        )

    async def origin_of(self, session_id: SessionId) -> ReturnAddress | None:
        stored = self._data.sessions.get(session_id)
        return await self.return_address(stored.command_key) if stored else None

    async def private_sender(self, platform: Platform, tenant: str, channel: str) -> Actor | None:
        for stored in self._data.commands.values():
            actor, place = stored.request.actor, stored.request.place
            if place.is_private and (actor.platform, actor.tenant, place.channel) == (
                platform,
                tenant,
                channel,
            ):
                return actor
        return None

    async def purge(self, before: datetime, *, limit: int) -> bool:
        kept = {row.command_key for row in self._data.sessions.values() if row.session.state.is_open}
        kept |= {row.plan.command for row in self._data.plans.values() if row.plan.is_planned}
        old = [
            key
            for key, stored in self._data.commands.items()
            if stored.received_at < before and key not in kept
        ][:limit]
        for key in old:
            del self._data.commands[key]
        return len(old) == limit
