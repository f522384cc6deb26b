"""The switches of an organisation."""

from typing import Any

import sqlalchemy as sa

from bot.model.switches import Location, Switches
from storage.row import Shelf
from storage.tables import switches


class SwitchRows:
    """The repository of switches."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def read(self) -> Switches:
        """Return how the switches stand."""
        return await self._read(sa.select(switches))

    async def lock(self) -> Switches:
        """Return how the switches stand, and keep others from moving them until this transaction ends."""
        await self._shelf.insert_new(switches, **self._values(Switches()))
        return await self._read(sa.select(switches).with_for_update())

    async def write(self, stand: Switches) -> None:
        """Keep how the switches stand. Whoever moves one of them reads them by ``lock`` before."""
        await self._shelf.upsert(switches, **self._values(stand))

    async def _read(self, query: "sa.Select[tuple[Any, ...]]") -> Switches:
        mine = query.where(switches.c.org_id == self._shelf.org_id)
        row = (await self._shelf.connection.execute(mine)).mappings().one_or_none()
        if row is None:
            return Switches()
        locations = frozenset(Location(name) for name in row["locations"].split(",") if name)
        return Switches(row["integration"], row["widget"], locations)

    def _values(self, stand: Switches) -> dict[str, Any]:
        return {
            "org_id": self._shelf.org_id,
            "integration": stand.integration,
            "widget": stand.widget,
            "locations": ",".join(sorted(stand.locations)),
        }
