"""What the repositories share: connection, organisation, vault, and inserts that tolerate a row that exists."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ids import OrgId
from bot.model.secret import Secret
from bot.values import value_class
from storage import kept_statements
from storage.compiled_statements import Row
from storage.kept_statements import fetch_rows
from storage.vault import Vault

T = TypeVar("T")
UpsertStatement = postgresql.Insert | sqlite.Insert
"""An INSERT with ``ON CONFLICT``. The generic INSERT of SQLAlchemy has none."""
RowQuery = sa.Select[*tuple[Any, ...]]
"""A query for whole rows. Tables defined in Core have no static types for their columns."""


def is_lease_free(lease_until: sa.Column[datetime], now: datetime, until: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that nobody holds a lease that would now be taken until ``until``.

    A lease that ends much later than the new one would was taken before the clock was set back. Its owner may have
    died, so nobody waits for it.
    """
    return sa.or_(lease_until.is_(None), lease_until < now, lease_until > until + (until - now))


def start_insert(dialect: str, table: sa.Table) -> UpsertStatement:
    """Return an INSERT that knows ``ON CONFLICT``, in the dialect of this name."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


# Statements are built once and executed with the values. Building one takes several times as long as running it.


@cache
def insert_if_absent(dialect: str, table: sa.Table) -> sa.Insert:
    """Return the statement that inserts a row and returns one, or does nothing where a unique key of it exists already."""
    return start_insert(dialect, table).on_conflict_do_nothing().returning(sa.literal(1))


@cache
def _upsert(dialect: str, table: sa.Table, names: frozenset[str]) -> UpsertStatement:
    """Return the statement that inserts a row, or overwrites the columns ``names`` of the row with the same key."""
    key = [column.name for column in table.primary_key]
    statement = start_insert(dialect, table)
    changes = {name: statement.excluded[name] for name in sorted(names - set(key))}
    return statement.on_conflict_do_update(index_elements=key, set_=changes)


_LOCK_NAME = sa.select(
    sa.cast(
        sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("name", type_=sa.Text), 0)),
        sa.Text,
    ).label("locked")
)


@value_class
class RowContext:
    """One transaction's connection, with what is needed to read and write rows of one organisation."""

    connection: AsyncConnection
    org_id: OrgId
    vault: Vault

    def seal(self, secret: Secret | None, row: str) -> bytes | None:
        """Encrypt a secret for its row. None stays None."""
        return None if secret is None else self.vault.seal(secret, row)

    def unseal(self, sealed: bytes | None, row: str) -> Secret | None:
        """Decrypt what ``seal`` returned for the same row. None stays None. Raises Undecipherable."""
        return None if sealed is None else self.vault.unseal(sealed, row)

    def unseal_when_needed(self, sealed: bytes | None, row: str) -> Secret | None:
        """Return a secret that is decrypted by its first ``reveal()``, which may raise Undecipherable. None stays None."""
        return None if sealed is None else self.vault.unseal_when_needed(sealed, row)

    async def fetch_row(self, query: RowQuery, **values: object) -> Row | None:
        """Return the only row of a query. None if there is none. ``values`` are those of its bind parameters."""
        rows = await self.fetch_rows(query, **values)
        if len(rows) > 1:
            raise sa.exc.MultipleResultsFound("a query for one row has found more")
        return rows[0] if rows else None

    async def fetch_only_row(self, query: RowQuery, **values: object) -> Row:
        """Return the row of a query that always finds one."""
        row = await self.fetch_row(query, **values)
        if row is None:
            raise RuntimeError("a query that always finds a row found none")
        return row

    async def fetch_rows(self, query: RowQuery, **values: object) -> Sequence[Row]:
        """Return all rows of a query. ``values`` are those of its bind parameters."""
        return await fetch_rows(self.connection, query, values)

    async def fetch_read(self, query: RowQuery, read: Callable[[Row], T], **values: object) -> Sequence[T]:
        """Return what ``read`` makes of each row of a query, for rows that are mostly the same when they are asked for again.

        What it made of an equal row before is returned again, and stays in memory. So it depends on the row alone, nobody
        changes what it returns, and there is no secret in it.
        """
        return await kept_statements.fetch_read(self.connection, query, values, read)

    async def fetch_value(self, query: RowQuery, **values: object) -> Any:
        """Return the first column of the only row of a query. None if there is no row."""
        row = await self.fetch_row(query, **values)
        return None if row is None else next(iter(row.values()))

    async def execute(self, statement: sa.Executable, **values: object) -> int:
        """Run a statement that returns no rows. Returns how many rows it has changed.

        ``values`` are those of its bind parameters, and of the columns that an INSERT or an UPDATE writes.
        """
        return await kept_statements.execute(self.connection, statement, values)

    async def put_off(self, statement: sa.Executable, **values: object) -> None:
        """Run a statement whose result nobody needs, at the latest with the next one of the transaction or with its COMMIT.

        ``values`` as in ``execute``. An error of the statement may be raised there.
        """
        await kept_statements.put_off(self.connection, statement, values)

    async def returns_row(self, statement: sa.Executable, **values: object) -> bool:
        """Run a statement and return whether it returns a row."""
        return bool(await fetch_rows(self.connection, statement, values))

    async def delete_some(
        self, table: sa.Table, *conditions: sa.ColumnElement[bool] | sa.TextClause, limit: int
    ) -> bool:
        """Delete at most ``limit`` rows, so that nobody waits long. Returns whether there may be more."""
        key = sa.tuple_(*table.primary_key.columns)
        chosen = sa.select(*table.primary_key.columns).where(*conditions).limit(limit)
        result = await self.connection.execute(sa.delete(table).where(key.in_(chosen)))
        return result.rowcount == limit

    def start_insert(self, table: sa.Table) -> UpsertStatement:
        """Return an INSERT that knows ``ON CONFLICT``, in the database's own dialect."""
        return start_insert(self.connection.dialect.name, table)

    async def lock_name(self, name: str) -> None:
        """Let the next statement wait until no other transaction holds the lock ``name``, then hold it until this transaction ends.

        Does nothing on SQLite, where one transaction writes at a time anyway.
        """
        if self.connection.dialect.name == "postgresql":
            await self.put_off(_LOCK_NAME, name=f"{self.org_id}/{name}")

    async def upsert_row(self, table: sa.Table, **values: object) -> None:
        """Insert a row, or overwrite the row with the same primary key."""
        await self.put_off(_upsert(self.connection.dialect.name, table, frozenset(values)), **values)

    async def put_off_insert(self, table: sa.Table, **values: object) -> None:
        """Insert a row unless a unique key of it exists already, at the latest with the next statement."""
        await self.put_off(insert_if_absent(self.connection.dialect.name, table), **values)

    async def insert_if_absent(self, table: sa.Table, **values: object) -> bool:
        """Insert a row. Returns False if a unique key of it exists already."""
        statement = insert_if_absent(self.connection.dialect.name, table)
        return await self.returns_row(statement, **values)
