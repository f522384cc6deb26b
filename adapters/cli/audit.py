"""The commands of the audit log: export it, and verify that nobody tampered with it."""

import asyncio
import csv
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.cli.database import open_current_database
from adapters.installation_settings import organisation
from adapters.settings import load_settings, problems_with_keys, vault_keys
from adapters.spreadsheet import without_formula
from bot.jobs import Job
from bot.model.audit import AuditRecord, ends_at, first_flaw
from storage.database import Database
from storage.key_check import has_unfit_signature, require_known_keys
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault

_EXPORT_COLUMNS = ("number", "at", "by", "action", "subject", "digest")

_WRONG_END = (
    "the audit trail does not end where TVBOT_SECRET_KEYS signed it: its newest entries were removed or added, or its"
    " signature was; look into it, then sign what stands there with `tvbot audit verify --accept`"
)
_UNFIT_SIGNATURE = (
    "no key in TVBOT_SECRET_KEYS fits the signature of the audit trail: add the key that was used before. If no key is"
    " missing, the signature was changed; look into it, then sign with `tvbot audit verify --accept`"
)
T = TypeVar("T")


def export_audit_log(form: str, since: datetime | None, until: datetime | None) -> None:
    """Write the audit log, or a time span of it, to standard output. ``form`` is ``csv`` or ``jsonl``.

    A spreadsheet takes no text of the CSV for a formula. The JSON lines have every text as it is.
    """
    records = _read_records(since, until)
    if form == "jsonl":
        for record in records:
            sys.stdout.write(json.dumps(_export_row(record), ensure_ascii=False) + "\n")
        return
    writer = csv.DictWriter(sys.stdout, _EXPORT_COLUMNS)
    writer.writeheader()
    writer.writerows(_without_formulas(_export_row(record)) for record in records)


def verify_audit_log(*, accept: bool) -> tuple[str | None, int]:
    """Return the problem of the audit log, None if there is none, and the number of its records.

    ``accept``: if the chain of records is intact, sign the log as it ends now. Raises BadSettings, and UnknownKey if
    the keys are not those of the database.
    """

    async def verify(unit_of_work: SqlUnitOfWork, database: Database, vault: Vault) -> tuple[str | None, int]:
        await require_known_keys(database, vault)
        async with unit_of_work.write() as tx:
            await tx.audit.lock()
            records = await tx.audit.all()
            broken = first_flaw(records)
            if broken is not None:
                return f"the audit trail was tampered with at entry {broken}", len(records)
            if accept:
                await tx.audit.sign()
            is_whole = ends_at(records, await tx.audit.head())
        if is_whole:
            return None, len(records)
        return _UNFIT_SIGNATURE if await has_unfit_signature(database, vault) else _WRONG_END, len(records)

    return _run_with_database(verify)


def _export_row(record: AuditRecord) -> dict[str, object]:
    entry = record.entry
    at = entry.at.astimezone(UTC).isoformat(timespec="seconds")
    values = (record.number, at, entry.by, entry.action.value, entry.subject, record.digest)
    return dict(zip(_EXPORT_COLUMNS, values, strict=True))


def _without_formulas(row: dict[str, object]) -> dict[str, object]:
    return {name: without_formula(value) if isinstance(value, str) else value for name, value in row.items()}


def _read_records(since: datetime | None, until: datetime | None) -> Sequence[AuditRecord]:
    async def read(unit_of_work: SqlUnitOfWork, _database: Database, _vault: Vault) -> Sequence[AuditRecord]:
        async with unit_of_work.read() as tx:
            return await tx.audit.all(since=since, until=until)

    return _run_with_database(read)


def _run_with_database(use: Callable[[SqlUnitOfWork, Database, Vault], Awaitable[T]]) -> T:
    settings = load_settings(problems_with_keys)
    vault = Vault(vault_keys(settings))
    database = open_current_database(settings)

    async def enqueue_nothing(
        _connection: AsyncConnection, _job: Job, _key: str, _delay_seconds: int
    ) -> None:
        return

    async def run() -> T:
        try:
            unit_of_work = SqlUnitOfWork(database, vault, organisation(settings), enqueue_nothing)
            return await use(unit_of_work, database, vault)
        finally:
            await database.close()

    return asyncio.run(run())
