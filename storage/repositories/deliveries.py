"""When the last verified request of each outside system arrived."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from bot.model.delivery import DeliverySource
from storage.row_context import RowContext
from storage.tables import deliveries


class SqlDeliveryRepository:
    """Stores one moment for each outside system, for all processes."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def note(self, source: DeliverySource, at: datetime) -> None:
        """Store that a verified request arrived. A later moment that is stored already stays."""
        await self._context.put_off_insert(
            deliveries, org_id=self._context.org_id, source=source.value, received_at=at
        )
        await self._context.connection.execute(
            sa.update(deliveries)
            .where(
                deliveries.c.org_id == self._context.org_id,
                deliveries.c.source == source.value,
                deliveries.c.received_at < at,
            )
            .values(received_at=at)
        )

    async def last(self) -> Mapping[DeliverySource, datetime]:
        """Return when the last request of each outside system arrived. One that never called is not in it."""
        query = sa.select(deliveries).where(deliveries.c.org_id == self._context.org_id)
        rows = await self._context.fetch_rows(query)
        return {DeliverySource(row["source"]): row["received_at"] for row in rows}
