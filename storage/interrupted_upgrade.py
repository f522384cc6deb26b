"""Repair an SQLite database whose upgrade by an earlier version was interrupted.

Earlier versions did not migrate SQLite in one transaction: each CREATE and ALTER was committed at once, up to the first
statement that changed rows. A process that was killed there left tables, columns or indexes of the next revision behind,
and every later upgrade failed with "table already exists".
"""

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from bot.values import value_class
from storage.errors import SchemaUnusable
from storage.migration_scripts import run_upgrade

_COPY_PREFIX = "_alembic_tmp_"
"""Alembic's name for the copy of a table that it changes by rewriting it."""


@value_class
class _Shape:
    """The names of a table's columns and indexes."""

    columns: frozenset[str]
    indexes: frozenset[str]


def remove_unfinished_changes(connection: sa.Connection, current: str | None, following: str) -> None:
    """Remove what an interrupted upgrade from revision ``current`` to ``following`` left behind.

    Nothing has used it: the upgrade comes before everything else. Raises SchemaUnusable if tables or columns of
    ``current`` are missing, or if a table that must be empty has rows.
    """
    before, after = _shapes_at(current), _shapes_at(following)
    found = _read_shapes(connection)
    _require_complete(found, before)
    operations = Operations(MigrationContext.configure(connection))
    for name, shape in found.items():
        if name in before:
            _remove_additions(operations, name, shape, before[name], after.get(name, before[name]))
        elif name in after or name.removeprefix(_COPY_PREFIX) in before:
            _require_empty(connection, name)
            operations.drop_table(name)


def _shapes_at(revision: str | None) -> dict[str, _Shape]:
    """Return the tables as they are at a revision."""
    if revision is None:
        return {}
    engine = sa.create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            run_upgrade(connection, revision)
            return _read_shapes(connection)
    finally:
        engine.dispose()


def _read_shapes(connection: sa.Connection) -> dict[str, _Shape]:
    inspector = sa.inspect(connection)
    return {
        name: _Shape(
            frozenset(column["name"] for column in inspector.get_columns(name)),
            frozenset(index["name"] for index in inspector.get_indexes(name) if index["name"]),
        )
        for name in inspector.get_table_names()
        if name != "alembic_version"
    }


def _require_complete(found: dict[str, _Shape], expected: dict[str, _Shape]) -> None:
    for name, shape in expected.items():
        if name not in found or shape.columns - found[name].columns:
            raise SchemaUnusable(
                f"the database is damaged: the table {name} is not complete; restore a backup of it"
            )


def _require_empty(connection: sa.Connection, name: str) -> None:
    if connection.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)).first() is not None:
        raise SchemaUnusable(
            f"the database does not say which version of tvbot made its table {name}, which has rows; restore a backup"
            " of it, or set TVBOT_DATABASE_URL to another database"
        )


def _remove_additions(
    operations: Operations, name: str, found: _Shape, before: _Shape, after: _Shape
) -> None:
    columns = found.columns & (after.columns - before.columns)
    indexes = found.indexes & (after.indexes - before.indexes)
    for index in sorted(indexes):
        operations.drop_index(index, name)
    if columns:
        with operations.batch_alter_table(name) as batch:
            for column in sorted(columns):
                batch.drop_column(column)
