"""Daily sums of sessions, and which sessions are still to be counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
import sqlalchemy as sa

from bot.model.daily_sums import Figure, SumKey
from bot.model.ids import SessionId
from bot.model.session import Session
from storage.repositories.session_row import read_session
from storage.row_context import RowContext, RowQuery, UpsertStatement, start_insert
from storage.tables import IS_OF_TECHNICIAN, IS_UNCOUNTED, daily_sums, sessions

_UNCOUNTED: RowQuery = (
    sa.select(sessions)
    .where(sessions.c.org_id == sa.bindparam("org_id"), IS_UNCOUNTED)
    .order_by(sessions.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_CLAIM = (
    sa.update(sessions)
    .where(sessions.c.id == sa.bindparam("of_id"), sessions.c.version == sa.bindparam("known_version"))
    .values(is_uncounted=False)
    .returning(sessions.c.counted)
)
_STORE_COUNTED = sa.update(sessions).where(sessions.c.id == sa.bindparam("of_id"))
_OF_DAYS = (
    daily_sums.c.org_id == sa.bindparam("org_id"),
    daily_sums.c.day.between(sa.bindparam("first"), sa.bindparam("last")),
)
_BY_DAY: RowQuery = sa.select(daily_sums.c.day, daily_sums.c.label, daily_sums.c.amount).where(
    *_OF_DAYS, daily_sums.c.figure == sa.bindparam("figure"), daily_sums.c.amount != 0
)
_TOTALS: RowQuery = (
    sa.select(daily_sums.c.figure, daily_sums.c.label, sa.func.sum(daily_sums.c.amount).label("total"))
    .where(*_OF_DAYS, daily_sums.c.amount != 0)
    .group_by(daily_sums.c.figure, daily_sums.c.label)
)


class SqlDailySumRepository:
    """Stores the daily sums, and with each session what was counted of it."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def uncounted(self, *, limit: int) -> Sequence[Session]:
        """List sessions that are over and changed since they were counted, at most ``limit``."""
        rows = await self._context.fetch_rows(_UNCOUNTED, org_id=self._context.org_id, limit=limit)
        return [read_session(self._context, row) for row in rows]

    async def claim(self, session: Session) -> Counter[SumKey] | None:
        """Mark a session as counted, and return what was counted of it so far. None where it has changed meanwhile.

        The row stays locked until the transaction ends, so a change that comes now is counted the next time.
        """
        values = {"of_id": session.id, "known_version": session.version}
        row = (await self._context.connection.execute(_CLAIM, values)).one_or_none()
        return None if row is None else _decode(row[0])

    async def store_counted(self, session_id: SessionId, counted: Counter[SumKey]) -> None:
        """Store what was counted of a session."""
        await self._context.connection.execute(
            _STORE_COUNTED, {"of_id": session_id, "counted": _encode(counted)}
        )

    async def add(self, changes: Mapping[SumKey, int]) -> None:
        """Add amounts, which may be negative, to the daily sums."""
        # In one order, so that two transactions never wait for each other.
        rows = [
            {
                "org_id": self._context.org_id,
                "day": key.day,
                "figure": key.figure.value,
                "label": key.label,
                "amount": amount,
            }
            for key, amount in sorted(changes.items())
            if amount
        ]
        if rows:
            await self._context.connection.execute(_add(self._context.connection.dialect.name), rows)

    async def by_day(self, figure: Figure, first: date, last: date) -> Mapping[date, Mapping[str, int]]:
        """Return the sums of one figure, by day and label."""
        rows = await self._context.fetch_rows(_BY_DAY, **self._days(first, last), figure=figure.value)
        days: dict[date, dict[str, int]] = {}
        for row in rows:
            days.setdefault(row["day"], {})[row["label"]] = row["amount"]
        return days

    async def totals(self, first: date, last: date) -> Mapping[Figure, Mapping[str, int]]:
        """Return the sums over some days, by figure and label."""
        found: dict[Figure, dict[str, int]] = {figure: {} for figure in Figure}
        for row in await self._context.fetch_rows(_TOTALS, **self._days(first, last)):
            found[Figure(row["figure"])][row["label"]] = int(row["total"])
        return found

    async def purge_people(self, before: date, *, limit: int) -> bool:
        """Delete the sums by technician of the days before that, at most ``limit``. Returns whether there may be more."""
        return await self._context.delete_some(
            daily_sums,
            daily_sums.c.org_id == self._context.org_id,
            daily_sums.c.day < before,
            IS_OF_TECHNICIAN,
            limit=limit,
        )

    def _days(self, first: date, last: date) -> dict[str, object]:
        return {"org_id": self._context.org_id, "first": first, "last": last}


def _add(dialect: str) -> UpsertStatement:
    statement = start_insert(dialect, daily_sums)
    return statement.on_conflict_do_update(
        index_elements=[column.name for column in daily_sums.primary_key],
        set_={"amount": daily_sums.c.amount + statement.excluded.amount},
    )


def _encode(counted: Counter[SumKey]) -> str:
    return msgspec.json.encode([(one.day, one.figure, one.label, n) for one, n in counted.items()]).decode()


def _decode(stored: str | None) -> Counter[SumKey]:
    rows = msgspec.json.decode(stored or "[]", type=list[tuple[date, Figure, str, int]])
    return Counter({SumKey(day, figure, label): amount for day, figure, label, amount in rows})
