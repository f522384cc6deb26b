"""The switches of an organisation."""

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
        query = sa.select(switches).where(switches.c.org_id == self._shelf.org_id)
        row = (await self._shelf.connection.execute(query)).mappings().one_or_none()
        if row is None:
            return Switches()
        locations = frozenset(Location(name) for name in row["locations"].split(",") if name)
        return Switches(row["integration"], row["widget"], locations)

    async def write(self, stand: Switches) -> None:
        """Keep how the switches stand."""
        await self._shelf.upsert(
            switches,
            org_id=self._shelf.org_id,
            integration=stand.integration,
            widget=stand.widget,
            locations=",".join(sorted(stand.locations)),
        )
