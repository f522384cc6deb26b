"""The audit log in memory."""

from collections.abc import Sequence
from datetime import datetime

from support.memory.data import Data

from bot.model.audit import START, AuditEntry, AuditHead, AuditRecord


class MemoryAuditLog:
    """The audit log of one transaction. It has no signature key, so its head is what was appended last."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def append(self, entry: AuditEntry) -> None:
        last = self._data.audit[-1] if self._data.audit else None
        number, previous = (last.number + 1, last.digest) if last else (1, START)
        self._data.audit.append(AuditRecord.after(number, previous, entry))
        await self.sign()

    async def latest(self, limit: int) -> Sequence[AuditRecord]:
        return self._data.audit[::-1][:limit]

    async def all(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[AuditRecord]:
        return [
            record
            for record in self._data.audit
            if (since is None or record.entry.at >= since) and (until is None or record.entry.at < until)
        ]

    async def lock(self) -> None:
        """Do nothing: there is one transaction at a time."""

    async def head(self) -> AuditHead | None:
        return self._data.audit_head

    async def sign(self) -> None:
        last = self._data.audit[-1] if self._data.audit else None
        self._data.audit_head = AuditHead(last.number, last.digest) if last else None
