"""The switches of an organisation."""

from typing import Any

import sqlalchemy as sa

from bot.model.switches import Location, Switches
from storage.row_context import RowContext
from storage.tables import switches


class SwitchRows:
    """The repository of switches."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def read(self) -> Switches:
        """Return how the switches stand."""
        return await self._read(sa.select(switches))

    async def lock(self) -> Switches:
        """Return how the switches stand, and keep others from moving them until this transaction ends."""
        await self._context.insert_new(switches, **self._values(Switches()))
        return await self._read(sa.select(switches).with_for_update())

    async def write(self, stand: Switches) -> None:
        """Keep how the switches stand. Whoever moves one of them reads them by ``lock`` before."""
        await self._context.upsert(switches, **self._values(stand))

    async def _read(self, query: "sa.Select[tuple[Any, ...]]") -> Switches:
        mine = query.where(switches.c.org_id == self._context.org_id)
        row = (await self._context.connection.execute(mine)).mappings().one_or_none()
        if row is None:
            return Switches()
        locations = frozenset(Location(name) for name in row["locations"].split(",") if name)
        return Switches(row["integration"], row["widget"], locations)

    def _values(self, stand: Switches) -> dict[str, Any]:
        return {
            "org_id": self._context.org_id,
            "integration": stand.integration,
            "widget": stand.widget,
            "locations": ",".join(sorted(stand.locations)),
        }
