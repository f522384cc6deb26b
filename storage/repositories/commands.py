"""Commands as they came in: what was answered to a key, and where a later answer goes."""

from datetime import datetime

import sqlalchemy as sa

from bot.commands import CommandRequest
from bot.model.secret import Secret
from bot.model.technician import Actor, Platform
from bot.ports import ReturnAddress
from storage.row_context import RowContext
from storage.tables import commands


class CommandRows:
    """The repository of commands."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def first(self, command_request: CommandRequest, at: datetime) -> bool:
        """Keep a command. False where its key was seen before."""
        return await self._context.insert_new(
            commands,
            key=command_request.key,
            org_id=self._context.org_id,
            platform=command_request.actor.platform.value,
            tenant=command_request.actor.tenant,
            user=command_request.actor.user,
            channel=command_request.place.channel,
            is_private=command_request.place.is_private,
            sealed_return_address=self._context.seal(
                command_request.return_address, f"commands/{command_request.key}/address"
            ),
            received_at=at,
        )

    async def answer(self, key: str, answer: str) -> None:
        """Keep what was answered; it may hold a supporter link, so it is sealed."""
        sealed = self._context.seal(Secret(answer), f"commands/{key}/answer")
        await self._context.connection.execute(
            sa.update(commands).where(commands.c.key == key).values(sealed_answer=sealed)
        )

    async def answered(self, key: str) -> str | None:
        """Return what was answered to this key, or None where nothing was yet."""
        query = sa.select(commands.c.sealed_answer).where(commands.c.key == key)
        sealed = (await self._context.connection.execute(query)).scalar_one_or_none()
        answer = self._context.open(sealed, f"commands/{key}/answer")
        return answer.reveal() if answer else None

    async def hear(self, key: str, at: datetime) -> bool:
        """Note that a command that had to wait was heard. False where it was heard before."""
        result = await self._context.connection.execute(
            sa.update(commands)
            .where(commands.c.key == key, commands.c.heard_at.is_(None))
            .values(heard_at=at)
        )
        return result.rowcount == 1

    async def return_address(self, key: str) -> ReturnAddress | None:
        """Return where later answers to a command go."""
        query = sa.select(commands).where(commands.c.key == key)
        row = (await self._context.connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        return ReturnAddress(
            actor=Actor(Platform(row["platform"]), row["tenant"], row["user"]),
            channel=row["channel"],
            is_private=row["is_private"],
            url=self._context.open(row["sealed_return_address"], f"commands/{key}/address"),
        )

    async def purge(self, before: datetime) -> None:
        """Forget commands older than any redelivery."""
        await self._context.connection.execute(sa.delete(commands).where(commands.c.received_at < before))
