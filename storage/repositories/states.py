"""Grants that are used once. The grant itself is not kept, only its digest."""

import hashlib
from datetime import datetime

import sqlalchemy as sa

from bot.model.secret import Secret
from storage.row_context import RowContext
from storage.tables import states


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


class StateRows:
    """The repository of grants."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def put(self, state: str, purpose: str, payload: str, expires_at: datetime) -> None:
        """Keep a grant until it is used or its time is over."""
        digest = _digest(state)
        await self._context.insert_new(
            states,
            digest=digest,
            org_id=self._context.org_id,
            purpose=purpose,
            sealed_payload=self._context.seal(Secret(payload), f"states/{digest}"),
            expires_at=expires_at,
        )

    async def consume(self, state: str, purpose: str, now: datetime) -> str | None:
        """Take a grant out, for good, in one statement. None where there is none, or its time is over."""
        digest = _digest(state)
        statement = (
            sa.delete(states)
            .where(states.c.digest == digest, states.c.purpose == purpose)
            .returning(states.c.sealed_payload, states.c.expires_at)
        )
        row = (await self._context.connection.execute(statement)).one_or_none()
        if row is None or row.expires_at <= now:
            return None
        payload = self._context.open(row.sealed_payload, f"states/{digest}")
        return payload.reveal() if payload else None

    async def peek(self, state: str, purpose: str, now: datetime) -> str | None:
        """Read a grant without using it up."""
        digest = _digest(state)
        query = sa.select(states.c.sealed_payload).where(
            states.c.digest == digest, states.c.purpose == purpose, states.c.expires_at > now
        )
        payload = self._context.open(
            (await self._context.connection.execute(query)).scalar_one_or_none(), f"states/{digest}"
        )
        return payload.reveal() if payload else None

    async def purge(self, before: datetime) -> None:
        """Forget grants whose time was over by ``before``."""
        await self._context.connection.execute(sa.delete(states).where(states.c.expires_at < before))
