"""Databases with every table, which tests use one after another: to make and migrate one takes hundreds of milliseconds."""

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from support import postgres

from storage.database import Database
from storage.migrate import upgrade_schema
from storage.tables import metadata

_numbers = itertools.count(1)
_free: dict[str, list[str]] = {}
"""The URLs of databases that no test uses now, for each server."""


def write_sqlite_file(file: Path) -> str:
    """Write a new database; returns its URL."""
    file.write_bytes(_migrated_file())
    return f"sqlite:///{file}"


@cache
def _migrated_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "migrated.db"
        upgrade_schema(Database(f"sqlite:///{file}"))
        return file.read_bytes()


@contextmanager
def borrowed_postgres(server: str) -> Iterator[str]:
    """Yield the URL of a database without rows. Nobody may be connected to it afterwards."""
    free = _free.setdefault(server, [])
    url = free.pop() if free else _make(server)
    yield url
    if _delete_rows(url):
        free.append(url)


def _make(server: str) -> str:
    url = postgres.new_database(server, f"migrated{next(_numbers)}")
    upgrade_schema(Database(url))
    return url


def _delete_rows(url: str) -> bool:
    """Delete all rows. Returns whether there are the tables of this version, and no more."""
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        if {*sa.inspect(connection).get_table_names()} - {"alembic_version"} == {*metadata.tables}:
            for table in reversed(metadata.sorted_tables):
                connection.execute(sa.delete(table))
            is_as_new = True
        else:
            is_as_new = False
    engine.dispose()
    return is_as_new
