"""The switches of an organisation: the integration, the widget, and the places where the widget is shown."""

import sqlalchemy as sa

from bot.model.switches import Location, Switches
from storage.compiled_statements import Row
from storage.row_context import RowContext, RowQuery
from storage.tables import switches

_SELECT: RowQuery = sa.select(switches).where(switches.c.org_id == sa.bindparam("org_id"))
_SELECT_LOCKED: RowQuery = _SELECT.with_for_update()


def read_switches(row: Row) -> Switches:
    """Return the switches in a row that has their columns. Where nothing is stored, the defaults apply."""
    if row["locations"] is None:
        return Switches()
    locations = frozenset(Location(name) for name in row["locations"].split(",") if name)
    return Switches(row["integration"], row["widget"], locations)


class SqlSwitchRepository:
    """Stores the switches. While no row is stored, the defaults of ``Switches`` apply."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def read(self) -> Switches:
        """Return the switches."""
        row = await self._context.fetch_row(_SELECT, org_id=self._context.org_id)
        return Switches() if row is None else read_switches(row)

    async def lock(self) -> Switches:
        """Return the switches, and keep other transactions from writing them until this one ends."""
        # A row lock needs a row.
        await self._context.put_off_insert(switches, **self._row_values(Switches()))
        row = await self._context.fetch_row(_SELECT_LOCKED, org_id=self._context.org_id)
        return Switches() if row is None else read_switches(row)

    async def write(self, new: Switches) -> None:
        """Store the switches. Read them with ``lock`` first, in the same transaction."""
        await self._context.upsert_row(switches, **self._row_values(new))

    def _row_values(self, values: Switches) -> dict[str, object]:
        return {
            "org_id": self._context.org_id,
            "integration": values.integration,
            "widget": values.widget,
            "locations": ",".join(sorted(values.locations)),
        }
