"""Outages: several sessions with one card, and the requests of each that got no session."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.i18n import Text
from bot.model.ids import CommandKey, Email, OutageId, RequestNumber
from bot.model.outage import Outage, OutagePlace, Refusal
from bot.model.session import Kind
from bot.model.technician import Actor, Platform
from storage.compiled_statements import Row
from storage.row_context import RowContext, RowQuery
from storage.tables import IS_OPEN, outage_refusals, outages, sessions

_BY_ID: RowQuery = sa.select(outages).where(
    outages.c.id == sa.bindparam("id"), outages.c.org_id == sa.bindparam("org_id")
)
# The index of open sessions holds few rows.
_OF_OPEN_SESSIONS: RowQuery = (
    sa.select(sessions.c.outage_id)
    .where(sessions.c.org_id == sa.bindparam("org_id"), IS_OPEN, sessions.c.outage_id.is_not(None))
    .order_by(sessions.c.outage_id)
    .distinct()
)
_REFUSALS: RowQuery = (
    sa.select(outage_refusals)
    .where(outage_refusals.c.outage_id == sa.bindparam("outage_id"))
    .order_by(outage_refusals.c.number)
)


class SqlOutageRepository:
    """Stores outages."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def add(self, outage: Outage) -> None:
        """Store a new outage. One that is stored already stays as it is."""
        await self._context.put_off_insert(
            outages,
            id=outage.id,
            org_id=self._context.org_id,
            command_key=outage.command,
            platform=outage.actor.platform.value,
            tenant=outage.actor.tenant,
            user=outage.actor.user,
            technician=outage.technician,
            technician_name=outage.technician_name,
            kind=outage.kind.value,
            note=outage.note,
            created_at=outage.created_at,
            marker=outage.marker,
            attempted_at=outage.attempted_at,
            shown=outage.shown,
            **_place_values(outage.place),
        )

    async def get(self, outage: OutageId) -> Outage | None:
        """Return an outage by its id."""
        row = await self._context.fetch_row(_BY_ID, id=outage, org_id=self._context.org_id)
        return _read_outage(row) if row is not None else None

    async def with_open_sessions(self) -> Sequence[Outage]:
        """List the outages of which a session is open."""
        rows = await self._context.fetch_rows(_OF_OPEN_SESSIONS, org_id=self._context.org_id)
        found = [await self.get(OutageId(row["outage_id"])) for row in rows]
        return [one for one in found if one is not None]

    async def add_refusal(self, outage: OutageId, refusal: Refusal) -> None:
        """Store why a request got no session. The first reason stays."""
        await self._context.put_off_insert(
            outage_refusals,
            outage_id=outage,
            number=refusal.number,
            org_id=self._context.org_id,
            why=refusal.why.to_json(),
        )

    async def refusals(self, outage: OutageId) -> Sequence[Refusal]:
        """List the requests of an outage that got no session."""
        rows = await self._context.fetch_rows(_REFUSALS, outage_id=outage)
        return [Refusal(RequestNumber(row["number"]), Text.from_json(row["why"])) for row in rows]

    async def mark_attempted(self, outage: OutageId, at: datetime) -> bool:
        """Store that the card is about to be posted. True if an earlier attempt may have posted it."""
        result = await self._context.connection.execute(
            sa.update(outages)
            .where(outages.c.id == outage, outages.c.attempted_at.is_(None))
            .values(attempted_at=at)
        )
        return result.rowcount == 0

    async def unmark_attempted(self, outage: OutageId) -> None:
        """Store that the card was certainly not posted."""
        await self._update(outage, attempted_at=None)

    async def store_place(self, outage: OutageId, place: OutagePlace | None) -> None:
        """Store where the card is. None: it has no message any more."""
        await self._update(outage, **_place_values(place))

    async def store_shown(self, outage: OutageId, message: str, shown: str) -> bool:
        """Store what the card shows now. False if that message is not the card any more: then nothing is stored."""
        result = await self._context.connection.execute(
            sa.update(outages).where(outages.c.id == outage, outages.c.message == message).values(shown=shown)
        )
        return result.rowcount == 1

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete outages that were reported before that. The database deletes their refusals."""
        return await self._context.delete_some(
            outages,
            outages.c.org_id == self._context.org_id,
            outages.c.created_at < before,
            limit=limit,
        )

    async def _update(self, outage: OutageId, **values: object) -> None:
        await self._context.connection.execute(
            sa.update(outages).where(outages.c.id == outage).values(**values)
        )


def _place_values(place: OutagePlace | None) -> dict[str, object]:
    return {
        "channel": place.channel if place else None,
        "message": place.message if place else None,
        "is_private": place.is_private if place else None,
        "locale": place.locale[:10] if place else None,
        "timezone": place.timezone[:64] if place else None,
    }


def _read_outage(row: Row) -> Outage:
    place = None
    if row["message"] is not None:
        place = OutagePlace(
            row["channel"], row["message"], bool(row["is_private"]), row["locale"], row["timezone"]
        )
    return Outage(
        id=OutageId(row["id"]),
        command=CommandKey(row["command_key"]),
        actor=Actor(Platform(row["platform"]), row["tenant"], row["user"]),
        technician=Email(row["technician"]),
        technician_name=row["technician_name"],
        kind=Kind(row["kind"]),
        note=row["note"],
        created_at=row["created_at"],
        marker=row["marker"],
        attempted_at=row["attempted_at"],
        place=place,
        shown=row["shown"],
    )
