"""Renewals of sessions, and what each leaves to be closed at TeamViewer."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.model.ids import Email, RenewalId, SessionCode, SessionId, bare_code
from bot.model.renewal import Renewal
from storage.compiled_statements import Row
from storage.row_context import RowContext, RowQuery
from storage.tables import IS_RUNNING, IS_TO_CLOSE, renewals

_OWN = renewals.c.org_id == sa.bindparam("org_id")
_BY_ID: RowQuery = sa.select(renewals).where(renewals.c.id == sa.bindparam("id"))
_OLDEST_FIRST = (renewals.c.created_at, renewals.c.id)
_DUE_TO_CLOSE: RowQuery = (
    sa.select(renewals)
    .where(
        _OWN, IS_TO_CLOSE, renewals.c.close_after <= sa.bindparam("now", type_=renewals.c.close_after.type)
    )
    .order_by(*_OLDEST_FIRST)
)
_RUNNING: RowQuery = (
    sa.select(renewals)
    .where(
        _OWN, IS_RUNNING, renewals.c.created_at <= sa.bindparam("before", type_=renewals.c.created_at.type)
    )
    .order_by(*_OLDEST_FIRST)
)
_IN_ACCOUNT = (
    renewals.c.technician == sa.bindparam("technician"),
    renewals.c.account == sa.bindparam("account"),
)
_TO_CLOSE_IN_ACCOUNT: RowQuery = sa.select(renewals.c.id).where(_OWN, IS_TO_CLOSE, *_IN_ACCOUNT).limit(1)
_RUNNING_IN_ACCOUNT: RowQuery = sa.select(renewals.c.id).where(_OWN, IS_RUNNING, *_IN_ACCOUNT).limit(1)


class SqlRenewalRepository:
    """Stores renewals. A unique slot keeps a second one of the same session from running."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def begin(self, renewal: Renewal) -> bool:
        """Store a running renewal. False if one of the same session runs already. The same one is stored once."""
        is_new = await self._context.insert_if_absent(
            renewals,
            id=renewal.id,
            org_id=self._context.org_id,
            session_id=renewal.session_id,
            slot=renewal.session_id,
            technician=renewal.technician,
            created_at=renewal.created_at,
        )
        return is_new or await self.get(renewal.id) is not None

    async def get(self, renewal_id: RenewalId) -> Renewal | None:
        """Return a renewal by its id."""
        row = await self._context.fetch_row(_BY_ID, id=renewal_id)
        return _read_renewal(row) if row else None

    async def mark_attempted(self, renewal_id: RenewalId, account: str, at: datetime) -> bool:
        """Store that TeamViewer is about to be asked, and with which account. True if it was asked before."""
        result = await self._context.connection.execute(
            sa.update(renewals)
            .where(renewals.c.id == renewal_id, renewals.c.attempted_at.is_(None))
            .values(attempted_at=at, account=account)
        )
        return result.rowcount == 0

    async def unmark_attempted(self, renewal_id: RenewalId) -> None:
        """Store that TeamViewer was certainly not asked. A renewal that does not run any more stays as it is."""
        await self._context.connection.execute(
            sa.update(renewals)
            .where(renewals.c.id == renewal_id, IS_RUNNING)
            .values(attempted_at=None, account=None)
        )

    async def finish(self, renewal_id: RenewalId, code: SessionCode, close_after: datetime) -> None:
        """Store that a new code replaced ``code``, and when TeamViewer is asked to close that."""
        await self._context.connection.execute(
            sa.update(renewals)
            .where(renewals.c.id == renewal_id)
            .values(slot=None, code=code, bare_code=bare_code(code), close_after=close_after)
        )

    async def abandon(self, renewal_id: RenewalId, close_after: datetime) -> None:
        """Store that a running renewal came to nothing. If TeamViewer was asked, what it created is closed after that."""
        was_asked = sa.case((renewals.c.account.is_not(None), close_after), else_=None)
        await self._context.connection.execute(
            sa.update(renewals)
            .where(renewals.c.id == renewal_id, IS_RUNNING)
            .values(slot=None, close_after=sa.type_coerce(was_asked, renewals.c.close_after.type))
        )

    async def set_close_after(self, renewal_id: RenewalId, at: datetime | None) -> None:
        """Store when TeamViewer is asked to close what a renewal has left. None: nothing is open there."""
        await self._context.connection.execute(
            sa.update(renewals).where(renewals.c.id == renewal_id).values(close_after=at)
        )

    async def due_to_close(self, now: datetime) -> Sequence[Renewal]:
        """List the renewals that have left something that is to be closed by now, oldest first."""
        rows = await self._context.fetch_rows(_DUE_TO_CLOSE, org_id=self._context.org_id, now=now)
        return [_read_renewal(row) for row in rows]

    async def running(self, before: datetime) -> Sequence[Renewal]:
        """List the running renewals that began at or before a moment, oldest first."""
        rows = await self._context.fetch_rows(_RUNNING, org_id=self._context.org_id, before=before)
        return [_read_renewal(row) for row in rows]

    async def has_to_close(self, technician: Email, account: str) -> bool:
        """Return whether a renewal has left, or may leave, something to be closed in one TeamViewer account."""
        values = {"org_id": self._context.org_id, "technician": technician, "account": account}
        for query in (_TO_CLOSE_IN_ACCOUNT, _RUNNING_IN_ACCOUNT):
            if await self._context.fetch_row(query, **values) is not None:
                return True
        return False


def _read_renewal(row: Row) -> Renewal:
    return Renewal(
        id=RenewalId(row["id"]),
        session_id=SessionId(row["session_id"]),
        technician=Email(row["technician"]),
        created_at=row["created_at"],
        is_running=row["slot"] is not None,
        account=row["account"],
        code=SessionCode(row["code"]) if row["code"] else None,
    )
