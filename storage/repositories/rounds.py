"""The rounds of the sweep: when the last one began, and when one was last completed."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.row_context import RowContext
from storage.tables import rounds


class SqlRoundRepository:
    """Counts the rounds, for all processes on the database."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def begin(self, now: datetime, every: timedelta) -> int | None:
        """Count a new round and return its number. None if one began just now, in this process or another one.

        A round that began much later than ``now`` is no reason to wait: the clock was set back.
        """
        await self._context.put_off_insert(rounds, org_id=self._context.org_id, number=0)
        is_due = sa.or_(
            rounds.c.began_at.is_(None),
            rounds.c.began_at <= now - every / 2,
            rounds.c.began_at > now + every,
        )
        begun = await self._context.connection.execute(
            sa.update(rounds)
            .where(rounds.c.org_id == self._context.org_id, is_due)
            .values(number=rounds.c.number + 1, began_at=now)
            .returning(rounds.c.number)
        )
        number: int | None = begun.scalar_one_or_none()
        return number

    async def complete(self, now: datetime) -> None:
        """Store that a round was completed."""
        await self._context.connection.execute(
            sa.update(rounds).where(rounds.c.org_id == self._context.org_id).values(completed_at=now)
        )

    async def completed_at(self) -> datetime | None:
        """Return when a round was last completed. None: never."""
        query = sa.select(rounds).where(rounds.c.org_id == self._context.org_id)
        row = await self._context.fetch_row(query)
        return None if row is None else row["completed_at"]

    async def reported_month(self) -> str | None:
        """Return the first day of the month in which reports were last posted. None: never."""
        query = sa.select(rounds).where(rounds.c.org_id == self._context.org_id)
        row = await self._context.fetch_row(query)
        return None if row is None else row["reported_month"]

    async def store_reported_month(self, month: str) -> None:
        """Store that the reports of a month are posted."""
        await self._context.put_off_insert(rounds, org_id=self._context.org_id, number=0)
        await self._context.connection.execute(
            sa.update(rounds).where(rounds.c.org_id == self._context.org_id).values(reported_month=month)
        )
