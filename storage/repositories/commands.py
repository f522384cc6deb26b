"""Received commands: the answer to each key, and where later answers go."""

from datetime import datetime

import sqlalchemy as sa

from bot.commands import CommandRequest
from bot.model.effect import Effect
from bot.model.ids import SessionId
from bot.model.secret import Secret
from bot.model.technician import Actor, Platform
from bot.ports import ReturnAddress
from storage.compiled_statements import Row
from storage.row_context import RowContext, RowQuery
from storage.tables import IS_OPEN, IS_PLANNED, IS_PRIVATE, commands, plans, sessions

_BY_KEY: RowQuery = sa.select(commands).where(commands.c.key == sa.bindparam("of_key"))
_EFFECT: RowQuery = sa.select(commands.c.effect).where(commands.c.key == sa.bindparam("of_key"))
_RECORD_EFFECT = sa.update(commands).where(
    commands.c.key == sa.bindparam("of_key"), commands.c.effect.is_(None)
)
_OF_SESSION: RowQuery = (
    sa.select(commands)
    .join(sessions, sessions.c.command_key == commands.c.key)
    .where(sessions.c.id == sa.bindparam("of_session"))
)
_CREATED_AN_OPEN_SESSION = sa.exists().where(
    sessions.c.org_id == commands.c.org_id, sessions.c.command_key == commands.c.key, IS_OPEN
)
_PLANNED_A_SESSION = sa.exists().where(
    plans.c.org_id == commands.c.org_id, plans.c.command_key == commands.c.key, IS_PLANNED
)
_ANSWER = sa.select(commands.c.sealed_answer).where(commands.c.key == sa.bindparam("of_key"))
_STORE = sa.update(commands).where(commands.c.key == sa.bindparam("of_key"))


def read_address(row_context: RowContext, row: Row) -> ReturnAddress:
    """Return where later answers to the command in a row of ``commands`` go."""
    return ReturnAddress(
        actor=Actor(Platform(row["platform"]), row["tenant"], row["user"]),
        channel=row["channel"],
        is_private=row["is_private"],
        url=row_context.unseal(row["sealed_return_address"], f"commands/{row['key']}/address"),
        received_at=row["received_at"],
    )


class SqlCommandRepository:
    """Stores the commands that were received, so that each is carried out once."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def add(self, command_request: CommandRequest, at: datetime) -> bool:
        """Store a command. False if a command with its key is stored already."""
        return await self._context.insert_if_absent(
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

    async def store_answer(self, key: str, answer: str) -> None:
        """Store the answer to a command. It is encrypted, because it may hold a supporter link."""
        sealed = self._context.seal(Secret(answer), f"commands/{key}/answer")
        await self._context.put_off(_STORE, of_key=key, sealed_answer=sealed)

    async def stored_answer(self, key: str) -> str | None:
        """Return the stored answer to a command. None if there is none yet."""
        sealed = await self._context.fetch_value(_ANSWER, of_key=key)
        answer = self._context.unseal(sealed, f"commands/{key}/answer")
        return answer.reveal() if answer else None

    async def mark_as_run(self, key: str, at: datetime) -> bool:
        """Mark a command that had to wait as carried out. False if it was marked before."""
        result = await self._context.connection.execute(
            sa.update(commands)
            .where(commands.c.key == key, commands.c.heard_at.is_(None))
            .values(heard_at=at)
        )
        return result.rowcount == 1

    async def record_effect(self, key: str, effect: Effect) -> Effect:
        """Store what a command changed, unless its effect is stored, and return what is stored."""
        await self._context.put_off(_RECORD_EFFECT, of_key=key, effect=effect)
        stored = await self._context.fetch_value(_EFFECT, of_key=key)
        return Effect(stored) if stored else effect

    async def return_address(self, key: str) -> ReturnAddress | None:
        """Return where later answers to a command go. None if the command is not stored."""
        row = await self._context.fetch_row(_BY_KEY, of_key=key)
        return None if row is None else read_address(self._context, row)

    async def origin_of(self, session_id: SessionId) -> ReturnAddress | None:
        """Return where the command came from that created a session. None if that is no longer stored."""
        row = await self._context.fetch_row(_OF_SESSION, of_session=session_id)
        return None if row is None else read_address(self._context, row)

    async def private_sender(self, platform: Platform, tenant: str, channel: str) -> Actor | None:
        """Return whose private conversation a channel is, by the commands that came from it. None if none did."""
        query = (
            sa.select(commands.c.user)
            .where(
                commands.c.org_id == self._context.org_id,
                commands.c.platform == platform.value,
                commands.c.tenant == tenant,
                commands.c.channel == channel,
                IS_PRIVATE,
            )
            .limit(1)
        )
        user = (await self._context.connection.execute(query)).scalar_one_or_none()
        return Actor(platform, tenant, user) if user is not None else None

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete the commands that were received before ``before``. A platform no longer delivers them again.

        The command that created an open session stays: it says where the session's creator is reminded and answered. So
        does the one that planned a session, which is still to be created.
        """
        return await self._context.delete_some(
            commands,
            commands.c.received_at < before,
            sa.not_(_CREATED_AN_OPEN_SESSION),
            sa.not_(_PLANNED_A_SESSION),
            limit=limit,
        )
