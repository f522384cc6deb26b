"""What every repository stands on: a connection, an organisation, the vault, and an insert that tolerates a twin."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ids import OrgId
from bot.model.secret import Secret
from storage.vault import Vault


@dataclass(frozen=True, slots=True)
class RowContext:
    """One transaction's connection, with what is needed to read and write rows of one organisation."""

    connection: AsyncConnection
    org_id: OrgId
    vault: Vault

    def seal(self, secret: Secret | None, row: str) -> bytes | None:
        """Encrypt a secret for its row; None stays None."""
        return None if secret is None else self.vault.seal(secret, row)

    def open(self, sealed: bytes | None, row: str) -> Secret | None:
        """Decrypt what ``seal`` made; None stays None."""
        return None if sealed is None else self.vault.open(sealed, row)

    def insert(self, table: sa.Table) -> Any:
        """Start an INSERT that knows ``ON CONFLICT``, in the database's own dialect."""
        if self.connection.dialect.name == "sqlite":
            return sqlite_insert(table)
        return postgresql_insert(table)

    async def alone(self, name: str) -> None:
        """Wait until no other transaction is at work on ``name``, and keep others out until this one ends.

        On SQLite there is one writer at a time anyway.
        """
        if self.connection.dialect.name == "postgresql":
            key = sa.func.hashtextextended(f"{self.org_id}/{name}", 0)
            await self.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))

    async def upsert(self, table: sa.Table, **values: Any) -> None:
        """Insert a row, or overwrite the one with the same primary key."""
        key = [column.name for column in table.primary_key]
        changes = {name: value for name, value in values.items() if name not in key}
        statement = (
            self.insert(table).values(**values).on_conflict_do_update(index_elements=key, set_=changes)
        )
        await self.connection.execute(statement)

    async def insert_new(self, table: sa.Table, **values: Any) -> bool:
        """Insert a row. False where a row stands in its way."""
        statement = self.insert(table).values(**values).on_conflict_do_nothing().returning(sa.literal(1))
        return (await self.connection.execute(statement)).scalar_one_or_none() is not None
