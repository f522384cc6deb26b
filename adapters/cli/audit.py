"""The audit trail from outside: written out, and proved to be whole."""

import asyncio
import csv
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.bootstrap import organisation
from adapters.settings import PREFIX, BadSettings, load_settings, vault_keys
from bot.jobs import Job
from bot.model.audit import AuditRecord, ends_at, first_flaw
from storage.database import Database
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import BadKey, Vault

_COLUMNS = ("number", "at", "by", "action", "subject", "digest")

_NOT_THE_END = (
    "the audit trail does not end where TVBOT_SECRET_KEYS signed it: its newest entries were removed or added, or its"
    " signature was; look into it, then sign what stands there with `tvbot audit verify --accept`"
)
T = TypeVar("T")


def export(form: str, since: datetime | None, until: datetime | None) -> None:
    """Write the trail, or a span of it, to standard output: ``csv`` or ``jsonl``."""
    trail = _read(since, until)
    if form == "jsonl":
        for kept in trail:
            sys.stdout.write(json.dumps(_row(kept), ensure_ascii=False) + "\n")
        return
    writer = csv.DictWriter(sys.stdout, _COLUMNS)
    writer.writeheader()
    writer.writerows(_row(kept) for kept in trail)


def verify(*, accept: bool) -> tuple[str | None, int]:
    """Return what is wrong with the trail (None where it is whole), and how many entries there are.

    ``accept``: sign the trail as it ends now, where its entries hang together.
    """

    async def look(unit_of_work: SqlUnitOfWork) -> tuple[str | None, int]:
        async with unit_of_work.write() as tx:
            await tx.audit.lock()
            trail = await tx.audit.all()
            broken = first_flaw(trail)
            if broken is not None:
                return f"the audit trail was tampered with at entry {broken}", len(trail)
            if accept:
                await tx.audit.sign()
            wrong = None if ends_at(trail, await tx.audit.head()) else _NOT_THE_END
            return wrong, len(trail)

    return _with_books(look)


def _row(kept: AuditRecord) -> dict[str, object]:
    entry = kept.entry
    at = entry.at.astimezone(UTC).isoformat(timespec="seconds")
    values = (kept.number, at, entry.by, entry.action.value, entry.subject, kept.digest)
    return dict(zip(_COLUMNS, values, strict=True))


def _read(since: datetime | None, until: datetime | None) -> Sequence[AuditRecord]:
    async def read(unit_of_work: SqlUnitOfWork) -> Sequence[AuditRecord]:
        async with unit_of_work.read() as tx:
            return await tx.audit.all(since=since, until=until)

    return _with_books(read)


def _with_books(act: Callable[[SqlUnitOfWork], Awaitable[T]]) -> T:
    settings = load_settings()
    try:
        vault = Vault(vault_keys(settings))
    except BadKey as error:
        raise BadSettings([f"{PREFIX}SECRET_KEYS: {error}"]) from None
    database = Database(settings.database_url)

    async def enqueue_nothing(
        _connection: AsyncConnection, _job: Job, _key: str, _delay_seconds: int
    ) -> None:
        return

    async def run() -> T:
        try:
            return await act(SqlUnitOfWork(database, vault, organisation(settings), enqueue_nothing))
        finally:
            await database.close()

    return asyncio.run(run())
