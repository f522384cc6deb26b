"""What a card shows of a session, in one query: the session, its notices, its cards, who is invited, and the switches."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa

from bot.model.ids import Email, RequestNumber, SessionId
from bot.model.shown_session import SessionPlaces, ShownSession
from storage.compiled_statements import Row
from storage.repositories.cards import read_card
from storage.repositories.homes import HOMES_OF_SESSION
from storage.repositories.invitations import read_invitation
from storage.repositories.joined_rows import part_of_row, prefixed
from storage.repositories.notices import read_notice
from storage.repositories.session_queries import LIMIT, NEWEST_FIRST, OWN
from storage.repositories.session_row import read_session
from storage.repositories.switches import read_switches
from storage.row_context import RowContext, RowQuery
from storage.tables import IS_OPEN, cards, chat_invitations, invitations, notices, sessions, switches


def _of_session(table: sa.Table) -> sa.ColumnElement[bool]:
    return table.c.session_id == sessions.c.id


_PARTS = (notices, invitations, cards)
_JOINED: RowQuery = sa.select(
    sessions,
    switches.c.integration,
    switches.c.widget,
    switches.c.locations,
    *(column for table in _PARTS for column in prefixed(table)),
).select_from(
    sessions.outerjoin(switches, switches.c.org_id == sessions.c.org_id)
    .outerjoin(notices, _of_session(notices))
    .outerjoin(invitations, _of_session(invitations))
    .outerjoin(cards, _of_session(cards))
)
"""A row for each notice, with each invitation, with each card. Most sessions have two notices, no invitation and a card."""
_IN_ORDER = (notices.c.created_at, notices.c.id, invitations.c.technician, cards.c.id)
_SHOWN = _JOINED.where(
    sessions.c.id == sa.bindparam("id"), sessions.c.org_id == sa.bindparam("org_id")
).order_by(*_IN_ORDER)
_NEWEST_OPEN = _JOINED.where(
    sessions.c.id.in_(
        sa.select(sessions.c.id)
        .where(OWN, IS_OPEN, sessions.c.technician == sa.bindparam("technician"))
        .order_by(*NEWEST_FIRST)
        .limit(LIMIT)
        .correlate(None)
    )
).order_by(*NEWEST_FIRST, *_IN_ORDER)
_OPEN_OF_REQUEST = _JOINED.where(OWN, IS_OPEN, sessions.c.number == sa.bindparam("number")).order_by(
    *NEWEST_FIRST, *_IN_ORDER
)


def _has(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.exists(sa.literal(1)).where(table.c.session_id == sa.bindparam("session_id"))


_ALWAYS = sa.select(sa.literal(1).label("one")).subquery("always")
_PLACES: RowQuery = (
    sa.select(
        _has(chat_invitations).label("has_chat_invitations"),
        _has(invitations).label("has_invitations"),
        HOMES_OF_SESSION.exists().label("has_homes"),
        *prefixed(cards),
    )
    .select_from(_ALWAYS.outerjoin(cards, cards.c.session_id == sa.bindparam("session_id")))
    .order_by(cards.c.id)
)
"""A row for each card, and one if there is none."""


class SqlShownSessionRepository:
    """Reads what a card shows. A statement for each table took most of the processor time of a card."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def get(self, session_id: SessionId) -> ShownSession | None:
        """Return a session with everything that a card shows of it. None if it is not stored."""
        rows = await self._context.fetch_rows(_SHOWN, id=session_id, org_id=self._context.org_id)
        return self._read(rows) if rows else None

    async def newest_open(self, technician: Email, *, limit: int) -> Sequence[ShownSession]:
        """List the newest open sessions of a technician, with everything that their cards show, in one query."""
        rows = await self._context.fetch_rows(
            _NEWEST_OPEN, technician=technician, org_id=self._context.org_id, limit=limit
        )
        return self._read_all(rows)

    async def open_of_request(self, number: RequestNumber) -> Sequence[ShownSession]:
        """List the open sessions of a request, newest first, with everything that their cards show, in one query."""
        rows = await self._context.fetch_rows(_OPEN_OF_REQUEST, number=number, org_id=self._context.org_id)
        return self._read_all(rows)

    def _read_all(self, rows: Sequence[Row]) -> list[ShownSession]:
        return [self._read(list(of_session)) for _id, of_session in groupby(rows, itemgetter("id"))]

    def _read(self, rows: Sequence[Row]) -> ShownSession:
        shown = rows[0]
        return ShownSession(
            read_session(self._context, shown),
            [read_notice(row) for row in _rows_of(notices, rows)],
            read_switches(shown),
            [read_invitation(self._context, row) for row in _rows_of(invitations, rows)],
            [read_card(row) for row in _rows_of(cards, rows)],
        )

    async def find_places(self, session_id: SessionId) -> SessionPlaces:
        """Return the cards of a session, and which other kinds of places show it."""
        rows = await self._context.fetch_rows(_PLACES, session_id=session_id, org_id=self._context.org_id)
        places = rows[0]
        return SessionPlaces(
            [read_card(row) for row in _rows_of(cards, rows)],
            bool(places["has_chat_invitations"]),
            bool(places["has_invitations"]),
            bool(places["has_homes"]),
        )


def _rows_of(table: sa.Table, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of one table in those of the query, each once, in their order."""
    found: dict[object, Row] = {}
    for row in rows:
        key = row[f"{table.name}_id"]
        if key is not None and key not in found:
            found[key] = part_of_row(table, row)
    return list(found.values())
