"""The commands of the audit log: export it, and verify that nobody tampered with it."""

import asyncio
import csv
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.bootstrap import organisation
from adapters.cli.vault import open_vault
from adapters.settings import load_settings
from bot.jobs import Job
from bot.model.audit import AuditRecord, ends_at, first_flaw
from storage.database import Database
from storage.unit_of_work import SqlUnitOfWork

_EXPORT_COLUMNS = ("number", "at", "by", "action", "subject", "digest")

_WRONG_END = (
    "the audit trail does not end where TVBOT_SECRET_KEYS signed it: its newest entries were removed or added, or its"
    " signature was; look into it, then sign what stands there with `tvbot audit verify --accept`"
)
T = TypeVar("T")


def export_audit_log(form: str, since: datetime | None, until: datetime | None) -> None:
    """Write the audit log, or a time span of it, to standard output. ``form`` is ``csv`` or ``jsonl``."""
    records = _read_records(since, until)
    if form == "jsonl":
        for record in records:
            sys.stdout.write(json.dumps(_export_row(record), ensure_ascii=False) + "\n")
        return
    writer = csv.DictWriter(sys.stdout, _EXPORT_COLUMNS)
    writer.writeheader()
    writer.writerows(_export_row(record) for record in records)


def verify_audit_log(*, accept: bool) -> tuple[str | None, int]:
    """Return the problem of the audit log, None if there is none, and the number of its records.

    ``accept``: if the chain of records is intact, sign the log as it ends now.
    """

    async def verify(unit_of_work: SqlUnitOfWork) -> tuple[str | None, int]:
        async with unit_of_work.write() as tx:
            await tx.audit.lock()
            records = await tx.audit.all()
            broken = first_flaw(records)
            if broken is not None:
                return f"the audit trail was tampered with at entry {broken}", len(records)
            if accept:
                await tx.audit.sign()
            problem = None if ends_at(records, await tx.audit.head()) else _WRONG_END
            return problem, len(records)

    return _run_with_database(verify)


def _export_row(record: AuditRecord) -> dict[str, object]:
    entry = record.entry
    at = entry.at.astimezone(UTC).isoformat(timespec="seconds")
    values = (record.number, at, entry.by, entry.action.value, entry.subject, record.digest)
    return dict(zip(_EXPORT_COLUMNS, values, strict=True))


def _read_records(since: datetime | None, until: datetime | None) -> Sequence[AuditRecord]:
    async def read(unit_of_work: SqlUnitOfWork) -> Sequence[AuditRecord]:
        async with unit_of_work.read() as tx:
            return await tx.audit.all(since=since, until=until)

    return _run_with_database(read)


def _run_with_database(use: Callable[[SqlUnitOfWork], Awaitable[T]]) -> T:
    settings = load_settings()
    vault = open_vault(settings)
    database = Database(settings.database_url)

    async def enqueue_nothing(
        _connection: AsyncConnection, _job: Job, _key: str, _delay_seconds: int
    ) -> None:
        return

    async def run() -> T:
        try:
            return await use(SqlUnitOfWork(database, vault, organisation(settings), enqueue_nothing))
        finally:
            await database.close()

    return asyncio.run(run())
