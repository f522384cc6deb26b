"""The audit trail from outside: written out, and proved to be whole."""

import asyncio
import csv
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.bootstrap import organisation
from adapters.settings import PREFIX, BadSettings, keys, load
from bot.model.audit import Kept, first_flaw
from bot.store import Job
from storage.books import SqlBooks
from storage.database import Database
from storage.vault import BadKey, Vault

_COLUMNS = ("number", "at", "by", "action", "subject", "details", "digest")


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


def flaw() -> int | None:
    """Return the number of the first entry that was tampered with; None where the trail is whole."""
    return first_flaw(list(_read(None, None)))


def count() -> int:
    """Return how many entries there are."""
    return len(_read(None, None))


def _row(kept: Kept) -> dict[str, object]:
    entry = kept.entry
    at = entry.at.astimezone(UTC).isoformat(timespec="seconds")
    values = (kept.number, at, entry.by, entry.action.value, entry.subject, entry.details, kept.digest)
    return dict(zip(_COLUMNS, values, strict=True))


def _read(since: datetime | None, until: datetime | None) -> Sequence[Kept]:
    settings = load()
    try:
        vault = Vault(keys(settings))
    except BadKey as error:
        raise BadSettings([f"{PREFIX}SECRET_KEYS: {error}"]) from None
    database = Database(settings.database_url)

    async def nothing(_connection: AsyncConnection, _job: Job) -> None:
        return

    async def read() -> Sequence[Kept]:
        try:
            async with SqlBooks(database, vault, organisation(settings), nothing).read() as tx:
                return await tx.audit.all(since=since, until=until)
        finally:
            await database.close()

    return asyncio.run(read())
