"""Limitations: what ServiceDesk Plus was found to refuse to the bot."""

from collections.abc import Sequence

import sqlalchemy as sa

from bot.i18n import Text
from bot.model.limitation import KnownLimitation, Limitation
from storage.compiled_statements import Row
from storage.row_context import RowContext, RowQuery
from storage.tables import limitations

_ONE: RowQuery = sa.select(limitations).where(
    limitations.c.org_id == sa.bindparam("org_id"), limitations.c.limitation == sa.bindparam("limitation")
)


class SqlLimitationRepository:
    """Stores the known limitations of an organisation."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def get(self, limitation: Limitation) -> KnownLimitation | None:
        """Return a limitation. None if it is not known."""
        row = await self._context.fetch_row(_ONE, org_id=self._context.org_id, limitation=limitation.value)
        return _read_limitation(row) if row else None

    async def all(self) -> Sequence[KnownLimitation]:
        """List the known limitations, by their names."""
        rows = await self._context.fetch_rows(self._own().order_by(limitations.c.limitation))
        return [_read_limitation(row) for row in rows]

    async def store(self, known: KnownLimitation) -> bool:
        """Store a limitation. False if it is known already: then its reason and next try are updated."""
        news = {"reason": known.reason.to_json(), "retry_at": known.retry_at}
        is_new = await self._context.insert_if_absent(
            limitations,
            org_id=self._context.org_id,
            limitation=known.limitation.value,
            found_at=known.found_at,
            **news,
        )
        if not is_new:
            own = limitations.c.org_id == self._context.org_id
            same = limitations.c.limitation == known.limitation.value
            await self._context.connection.execute(sa.update(limitations).where(own, same).values(**news))
        return is_new

    async def delete(self, known: KnownLimitation) -> bool:
        """Delete a limitation. False if it is not stored, or was found again meanwhile."""
        result = await self._context.connection.execute(
            sa.delete(limitations).where(
                limitations.c.org_id == self._context.org_id,
                limitations.c.limitation == known.limitation.value,
                limitations.c.found_at == known.found_at,
                limitations.c.retry_at == known.retry_at,
            )
        )
        return result.rowcount == 1

    def _own(self) -> sa.Select[tuple[object, ...]]:
        return sa.select(limitations).where(limitations.c.org_id == self._context.org_id)


def _read_limitation(row: Row) -> KnownLimitation:
    return KnownLimitation(
        Limitation(row["limitation"]), Text.from_json(row["reason"]), row["found_at"], row["retry_at"]
    )
