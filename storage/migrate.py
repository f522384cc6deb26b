"""Migrate the schema in one transaction, and check whether it is current."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto

import sqlalchemy as sa

from storage.database import Database
from storage.revisions import current_revision, newest_revision, next_revision
from storage.sqlite import begin_write_transactions

_LOCK_KEY = 0x7476626F74
"""Key of the PostgreSQL advisory lock: the letters "tvbot"."""


class SchemaState(Enum):
    """How the schema of a database compares with the one that this version needs."""

    BEHIND = auto()
    CURRENT = auto()
    AHEAD = auto()
    """A later version has migrated it. Its migrations fit the version before, so a process that runs may go on."""


def upgrade_schema(database: Database, to: str = "head") -> None:
    """Migrate up to a revision. Processes that start together wait for the one that migrates.

    A process that is killed meanwhile leaves the database as it was. Raises SchemaUnusable, DatabaseUnusable.
    """

    def upgrade(connection: sa.Connection) -> None:
        current = current_revision(connection)
        following = next_revision(current)
        if following is None:
            return
        from storage.interrupted_upgrade import remove_unfinished_changes  # noqa: PLC0415 - see storage.revisions
        from storage.migration_scripts import run_upgrade  # noqa: PLC0415 - see storage.revisions

        if database.is_sqlite:
            remove_unfinished_changes(connection, current, following)
        run_upgrade(connection, to)

    _run_in_transaction(database, upgrade)


def downgrade_schema(database: Database, to: str) -> None:
    """Migrate down to a revision. The revision ``base`` is an empty database."""
    from storage.migration_scripts import run_downgrade  # noqa: PLC0415 - see storage.revisions

    _run_in_transaction(database, lambda connection: run_downgrade(connection, to))


async def read_schema_state(database: Database) -> SchemaState:
    """Compare the schema with the one that this version needs, on a connection that is open already. Raises SQLAlchemyError."""
    async with database.begin_reading() as connection:
        return _compare(await connection.run_sync(current_revision))


def _compare(current: str | None) -> SchemaState:
    newest = newest_revision()
    if current == newest:
        return SchemaState.CURRENT
    # Revisions are numbers of four digits, so they are ordered as texts.
    return SchemaState.AHEAD if current is not None and current > newest else SchemaState.BEHIND


def is_schema_current(database: Database) -> bool:
    """Return whether the schema is the one that this version needs. Raises DatabaseUnusable."""
    return _compare(_read_revision(database)) is SchemaState.CURRENT


def has_schema(database: Database) -> bool:
    """Return whether the database has a schema of tvbot, at any revision. Raises DatabaseUnusable."""
    return _read_revision(database) is not None


def _read_revision(database: Database) -> str | None:
    database.prepare_files()
    engine = sa.create_engine(database.sync_url)
    try:
        with engine.connect() as connection:
            return current_revision(connection)
    finally:
        engine.dispose()


def _run_in_transaction(database: Database, migrate: Callable[[sa.Connection], None]) -> None:
    database.prepare_files()
    with _migration_engine(database) as engine, engine.begin() as connection:
        # SQLite needs no such lock: its transaction takes the write lock when it begins.
        if not database.is_sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK_KEY})
        migrate(connection)


@contextmanager
def _migration_engine(database: Database) -> Iterator[sa.Engine]:
    engine = sa.create_engine(database.sync_url)
    if database.is_sqlite:
        begin_write_transactions(engine)
    try:
        yield engine
    finally:
        engine.dispose()
