"""Grants that can be used once, such as the ``state`` of an OAuth round trip. Only the digest of a grant is stored."""

import hashlib
from datetime import datetime

import sqlalchemy as sa

from bot.model.secret import Secret
from storage.row_context import RowContext
from storage.tables import states


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


class SqlStateRepository:
    """Stores grants, each with a purpose, a payload and an expiry."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def put(self, state: str, purpose: str, payload: str, expires_at: datetime) -> None:
        """Store a grant until it is used or expires."""
        digest = _digest(state)
        await self._context.put_off_insert(
            states,
            digest=digest,
            org_id=self._context.org_id,
            purpose=purpose,
            sealed_payload=self._context.seal(Secret(payload), f"states/{digest}"),
            expires_at=expires_at,
        )

    async def consume(self, state: str, purpose: str, now: datetime) -> str | None:
        """Delete a grant and return its payload. None if it does not exist, is for another purpose, or has expired."""
        digest = _digest(state)
        # One statement, so that two requests at the same time cannot both use the grant.
        statement = (
            sa.delete(states)
            .where(states.c.digest == digest, states.c.purpose == purpose)
            .returning(states.c.sealed_payload, states.c.expires_at)
        )
        row = (await self._context.connection.execute(statement)).one_or_none()
        if row is None or row.expires_at <= now:
            return None
        payload = self._context.unseal(row.sealed_payload, f"states/{digest}")
        return payload.reveal() if payload else None

    async def peek(self, state: str, purpose: str, now: datetime) -> str | None:
        """Return a grant's payload without using the grant. None as in ``consume``."""
        digest = _digest(state)
        query = sa.select(states.c.sealed_payload).where(
            states.c.digest == digest, states.c.purpose == purpose, states.c.expires_at > now
        )
        payload = self._context.unseal(
            (await self._context.connection.execute(query)).scalar_one_or_none(), f"states/{digest}"
        )
        return payload.reveal() if payload else None

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete the grants that expired before ``before``."""
        return await self._context.delete_some(states, states.c.expires_at < before, limit=limit)
