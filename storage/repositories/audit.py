"""The audit trail: only ever appended to."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.model.audit import START, Action, AuditEntry, AuditHead, AuditRecord
from storage.row_context import RowContext
from storage.tables import audit, audit_heads


class AuditRows:
    """The repository of the audit trail."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def append(self, entry: AuditEntry) -> None:
        """Chain an entry to the last one, and sign where the trail ends now.

        Where it did not end as signed before, the signature is left as it is: what was tampered with stays found.
        """
        await self.lock()
        last = await self._last()
        kept = (
            AuditRecord.after(last.number + 1, last.digest, entry)
            if last
            else AuditRecord.after(1, START, entry)
        )
        await self._context.connection.execute(
            sa.insert(audit).values(
                org_id=self._context.org_id,
                number=kept.number,
                at=entry.at,
                by=entry.by,
                action=entry.action.value,
                subject=entry.subject,
                previous=kept.previous,
                digest=kept.digest,
            )
        )
        if await self._was_signed(last):
            await self._keep_head(AuditHead(kept.number, kept.digest))

    async def lock(self) -> None:
        """Keep others from appending until this transaction ends."""
        await self._context.alone("audit")

    async def head(self) -> AuditHead | None:
        """Return the newest entry's number and digest as they were signed. None where nothing is, or not by us."""
        row = await self._head_row()
        return self._signed(row) if row is not None else None

    async def sign(self) -> None:
        """Sign the trail as it stands, whatever was signed before: an operator's word."""
        await self.lock()
        last = await self._last()
        if last is not None:
            await self._keep_head(last)

    async def _was_signed(self, last: AuditHead | None) -> bool:
        row = await self._head_row()
        if last is None or row is None:
            return last is None and row is None
        return self._signed(row) == last

    async def _last(self) -> AuditHead | None:
        query = (
            sa.select(audit.c.number, audit.c.digest)
            .where(audit.c.org_id == self._context.org_id)
            .order_by(audit.c.number.desc())
            .limit(1)
        )
        row = (await self._context.connection.execute(query)).one_or_none()
        return AuditHead(row.number, row.digest) if row else None

    async def _head_row(self) -> sa.RowMapping | None:
        query = sa.select(audit_heads).where(audit_heads.c.org_id == self._context.org_id)
        return (await self._context.connection.execute(query)).mappings().one_or_none()

    def _signed(self, row: sa.RowMapping) -> AuditHead | None:
        head = AuditHead(row["number"], row["digest"])
        text = signed_text(self._context.org_id, head)
        return head if self._context.vault.has_signed(text, row["signature"]) else None

    async def _keep_head(self, head: AuditHead) -> None:
        await self._context.upsert(
            audit_heads,
            org_id=self._context.org_id,
            number=head.number,
            digest=head.digest,
            signature=self._context.vault.sign(signed_text(self._context.org_id, head)),
        )

    async def latest(self, limit: int) -> Sequence[AuditRecord]:
        """List the newest entries, the newest first."""
        return await self._kept(self._query().order_by(audit.c.number.desc()).limit(limit))

    async def all(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[AuditRecord]:
        """List the trail from its start, or what of it falls into a span of time."""
        query = self._query().order_by(audit.c.number)
        if since is not None:
            query = query.where(audit.c.at >= since)
        if until is not None:
            query = query.where(audit.c.at < until)
        return await self._kept(query)

    def _query(self) -> "sa.Select[tuple[object, ...]]":
        return sa.select(audit).where(audit.c.org_id == self._context.org_id)

    async def _kept(self, query: "sa.Select[tuple[object, ...]]") -> Sequence[AuditRecord]:
        rows = (await self._context.connection.execute(query)).mappings().all()
        return [
            AuditRecord(
                row["number"],
                AuditEntry(row["at"], row["by"], Action(row["action"]), row["subject"]),
                row["previous"],
                row["digest"],
            )
            for row in rows
        ]


def signed_text(org_id: str, head: AuditHead) -> str:
    """Return what is signed of a trail's head."""
    return f"audit/{org_id}/{head.number}/{head.digest}"
