"""The audit trail: only ever appended to."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.model.audit import START, Action, Entry, Kept
from storage.row import Shelf
from storage.tables import audit

_LOCK = 0x6175646974  # "audit": on PostgreSQL, one writer at a time chains an entry


class AuditRows:
    """The repository of the audit trail."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def append(self, entry: Entry) -> None:
        """Chain an entry to the last one."""
        connection = self._shelf.connection
        if connection.dialect.name == "postgresql":
            await connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        last = (
            await connection.execute(
                sa.select(audit.c.number, audit.c.digest)
                .where(audit.c.org_id == self._shelf.org_id)
                .order_by(audit.c.number.desc())
                .limit(1)
            )
        ).one_or_none()
        kept = Kept.after(last.number + 1, last.digest, entry) if last else Kept.after(1, START, entry)
        await connection.execute(
            sa.insert(audit).values(
                org_id=self._shelf.org_id,
                number=kept.number,
                at=entry.at,
                by=entry.by,
                action=entry.action.value,
                subject=entry.subject,
                details=entry.details,
                previous=kept.previous,
                digest=kept.digest,
            )
        )

    async def latest(self, limit: int) -> Sequence[Kept]:
        """List the newest entries, the newest first."""
        return await self._kept(self._query().order_by(audit.c.number.desc()).limit(limit))

    async def all(self, *, since: datetime | None = None, until: datetime | None = None) -> Sequence[Kept]:
        """List the trail from its start, or what of it falls into a span of time."""
        query = self._query().order_by(audit.c.number)
        if since is not None:
            query = query.where(audit.c.at >= since)
        if until is not None:
            query = query.where(audit.c.at < until)
        return await self._kept(query)

    def _query(self) -> "sa.Select[tuple[object, ...]]":
        return sa.select(audit).where(audit.c.org_id == self._shelf.org_id)

    async def _kept(self, query: "sa.Select[tuple[object, ...]]") -> Sequence[Kept]:
        rows = (await self._shelf.connection.execute(query)).mappings().all()
        return [
            Kept(
                row["number"],
                Entry(row["at"], row["by"], Action(row["action"]), row["subject"], row["details"]),
                row["previous"],
                row["digest"],
            )
            for row in rows
        ]
