"""The audit log. Rows are only appended."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.model.audit import START, Action, AuditEntry, AuditHead, AuditRecord
from storage.compiled_statements import Row
from storage.row_context import RowContext, RowQuery
from storage.tables import audit, audit_heads

_INSERT = sa.insert(audit)
_LAST: RowQuery = (
    sa.select(audit.c.number, audit.c.digest)
    .where(audit.c.org_id == sa.bindparam("org_id"))
    .order_by(audit.c.number.desc())
    .limit(1)
)
_END: RowQuery = (
    sa.select(
        audit.c.number,
        audit.c.digest,
        audit_heads.c.number.label("signed_number"),
        audit_heads.c.digest.label("signed_digest"),
        audit_heads.c.signature,
    )
    .select_from(audit.outerjoin(audit_heads, audit_heads.c.org_id == audit.c.org_id))
    .where(audit.c.org_id == sa.bindparam("org_id"))
    .order_by(audit.c.number.desc())
    .limit(1)
)
"""The last record, with the head that was signed."""
_HEAD: RowQuery = sa.select(audit_heads).where(audit_heads.c.org_id == sa.bindparam("org_id"))


class SqlAuditRepository:
    """Stores the audit log: a chain of records, with a signature over its head."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def append(self, entry: AuditEntry) -> None:
        """Append an entry, chained to the last one, and sign the new head.

        If the log did not end as it was signed before, the old signature stays, so that the tampering is found later.
        """
        await self.lock()
        last, is_signed = await self._read_end()
        record = (
            AuditRecord.after(last.number + 1, last.digest, entry)
            if last
            else AuditRecord.after(1, START, entry)
        )
        await self._insert_record(record)
        if is_signed:
            await self._sign_head(AuditHead(record.number, record.digest))

    async def lock(self) -> None:
        """Keep other transactions from appending until this one ends."""
        await self._context.lock_name("audit")

    async def head(self) -> AuditHead | None:
        """Return the signed head: the newest record's number and digest. None if no valid signature is stored."""
        row = await self._stored_head()
        return self._verified_head(row) if row is not None else None

    async def sign(self) -> None:
        """Sign the log as it ends now, whatever was signed before. Only an operator may decide this."""
        await self.lock()
        last = await self._last_record()
        if last is not None:
            await self._sign_head(last)

    async def latest(self, limit: int) -> Sequence[AuditRecord]:
        """List the newest records, newest first."""
        return await self._fetch_records(self._query().order_by(audit.c.number.desc()).limit(limit))

    async def all(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[AuditRecord]:
        """List the records from the first one on, or those from ``since`` to before ``until``."""
        query = self._query().order_by(audit.c.number)
        if since is not None:
            query = query.where(audit.c.at >= since)
        if until is not None:
            query = query.where(audit.c.at < until)
        return await self._fetch_records(query)

    async def _insert_record(self, record: AuditRecord) -> None:
        entry = record.entry
        await self._context.put_off(
            _INSERT,
            org_id=self._context.org_id,
            number=record.number,
            at=entry.at,
            by=entry.by,
            action=entry.action.value,
            subject=entry.subject,
            previous=record.previous,
            digest=record.digest,
        )

    async def _read_end(self) -> tuple[AuditHead | None, bool]:
        """Return the last record's number and digest, and whether the log ends as it was signed."""
        row = await self._context.fetch_row(_END, org_id=self._context.org_id)
        if row is None:
            return None, await self._stored_head() is None
        last = AuditHead(row["number"], row["digest"])
        if row["signature"] is None:
            return last, False
        signed = {
            "number": row["signed_number"],
            "digest": row["signed_digest"],
            "signature": row["signature"],
        }
        return last, self._verified_head(signed) == last

    async def _last_record(self) -> AuditHead | None:
        row = await self._context.fetch_row(_LAST, org_id=self._context.org_id)
        return AuditHead(row["number"], row["digest"]) if row else None

    async def _stored_head(self) -> Row | None:
        return await self._context.fetch_row(_HEAD, org_id=self._context.org_id)

    def _verified_head(self, row: Row) -> AuditHead | None:
        head = AuditHead(row["number"], row["digest"])
        text = audit_head_text(self._context.org_id, head)
        return head if self._context.vault.is_signature_valid(text, row["signature"]) else None

    async def _sign_head(self, head: AuditHead) -> None:
        await self._context.upsert_row(
            audit_heads,
            org_id=self._context.org_id,
            number=head.number,
            digest=head.digest,
            signature=self._context.vault.sign(audit_head_text(self._context.org_id, head)),
        )

    def _query(self) -> RowQuery:
        return sa.select(audit).where(audit.c.org_id == self._context.org_id)

    async def _fetch_records(self, query: RowQuery) -> Sequence[AuditRecord]:
        rows = await self._context.fetch_rows(query)
        return [
            AuditRecord(
                row["number"],
                AuditEntry(row["at"], row["by"], Action(row["action"]), row["subject"]),
                row["previous"],
                row["digest"],
            )
            for row in rows
        ]


def audit_head_text(org_id: str, head: AuditHead) -> str:
    """Return the text that the signature of a head is made of."""
    return f"audit/{org_id}/{head.number}/{head.digest}"
