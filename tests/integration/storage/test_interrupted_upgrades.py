"""A process that is killed during an upgrade leaves the database as it was; older versions' leftovers are removed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from storage.database import Database
from storage.errors import SchemaUnusable
from storage.migrate import is_schema_current, upgrade_schema
from storage.migration_scripts import migration_config
from storage.revisions import next_revision

TESTS = Path(__file__).parents[2]


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.long), 50])
def test_killed_upgrade_of_a_new_database_leaves_nothing(tmp_path: Path, every: int) -> None:
    """Killed with SIGKILL after a statement, by a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "support.killed_upgrades", str(tmp_path), str(every)],
        cwd=TESTS.parent,
        env=os.environ | {"PYTHONPATH": f"{TESTS.parent}:{TESTS}"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 60 / every


class _Interrupted(Exception):
    """The upgrade ends here, as if its process was killed: what the driver has committed remains."""


def _upgrade_as_before(file: Path, to: str, *, statements: int) -> bool:
    """Upgrade as earlier versions did, with the driver's own commits. True if it was interrupted.

    The driver's commits are: each statement by itself, until the first one that changes rows.
    """
    engine = sa.create_engine(f"sqlite:///{file}")
    executed = 0

    @sa.event.listens_for(engine, "after_cursor_execute")
    def _interrupt(*_arguments: Any) -> None:
        nonlocal executed
        executed += 1
        if executed == statements:
            raise _Interrupted

    try:
        with engine.begin() as connection:
            command.upgrade(migration_config(connection), to)
    except _Interrupted:
        return True
    finally:
        engine.dispose()
    return False


def _schema(file: Path) -> frozenset[str]:
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT name || coalesce(sql, '') FROM sqlite_master"))
        schema = frozenset(rows.scalars())
    engine.dispose()
    return schema


def _interrupted_databases(folder: Path, revision: str | None, following: str) -> Iterator[Path]:
    """Yield a database for each different state that an interrupted upgrade between two revisions leaves."""
    start = folder / "start.db"
    start.unlink(missing_ok=True)
    if revision is not None:
        upgrade_schema(Database(f"sqlite:///{start}"), revision)
    else:
        start.touch()
    seen = {_schema(start)}
    statements, is_interrupted = 1, True
    while is_interrupted:
        file = folder / f"{revision}-{statements}.db"
        copyfile(start, file)
        is_interrupted = _upgrade_as_before(file, following, statements=statements)
        if is_interrupted and _schema(file) not in seen:
            seen.add(_schema(file))
            yield file
        statements += 1


def _revisions() -> list[str | None]:
    """Every revision that can be upgraded, the empty database first."""
    revisions: list[str | None] = [None]
    while (following := next_revision(revisions[-1])) is not None:
        revisions.append(following)
    return revisions[:-1]


@pytest.mark.parametrize("revision", [None, "0008", "0010", pytest.param("all", marks=pytest.mark.long)])
def test_interrupted_upgrade_by_an_earlier_version_is_repaired(tmp_path: Path, revision: str | None) -> None:
    """Every state that one can leave. In the suite: of three revisions."""
    upgrade_schema(Database(f"sqlite:///{tmp_path}/whole.db"))
    for current in _revisions() if revision == "all" else [revision]:
        following = next_revision(current)
        assert following is not None
        for number, file in enumerate(_interrupted_databases(tmp_path, current, following)):
            # In the suite, some of the many states of a new database stand for all.
            if revision is None and number % 12:
                continue
            database = Database(f"sqlite:///{file}")
            upgrade_schema(database)
            assert is_schema_current(database)
            assert _names(file) == _names(tmp_path / "whole.db")


def _names(file: Path) -> set[tuple[str, str]]:
    """Return the tables with their columns, and the indexes."""
    engine = sa.create_engine(f"sqlite:///{file}")
    inspector = sa.inspect(engine)
    names = {
        (table, part["name"] or "")
        for table in inspector.get_table_names()
        for part in [*inspector.get_columns(table), *inspector.get_indexes(table)]
    }
    engine.dispose()
    return names


def test_rows_of_an_interrupted_upgrade_survive(tmp_path: Path) -> None:
    file = tmp_path / "tvbot.db"
    database = Database(f"sqlite:///{file}")
    upgrade_schema(database, "0010")
    _execute(file, "INSERT INTO admins VALUES ('itdesk', 'ada@example.test')")
    assert _upgrade_as_before(file, "0011", statements=5)
    assert "session_records" in {table for table, _ in _names(file)}, (
        "the upgrade was interrupted in the middle"
    )
    upgrade_schema(database)
    assert is_schema_current(database)
    assert _execute(file, "SELECT email FROM admins") == ["ada@example.test"]


def _execute(file: Path, statement: str) -> list[Any]:
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        found = connection.execute(sa.text(statement))
        values = list(found.scalars()) if found.returns_rows else []
    engine.dispose()
    return values


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("DROP TABLE cards", "the table cards is not complete; restore a backup"),
        ("ALTER TABLE homes DROP COLUMN org_id", "the table homes is not complete; restore a backup"),
        ("UPDATE alembic_version SET version_num = '9999'", "another version of tvbot"),
        (
            "INSERT INTO homes VALUES ('slack', 't', 'u', 'o'); DELETE FROM alembic_version",
            "homes, which has rows",
        ),
    ],
)
def test_database_that_cannot_be_upgraded_is_explained_and_left_as_it_is(
    tmp_path: Path, damage: str, says: str
) -> None:
    file = tmp_path / "tvbot.db"
    upgrade_schema(Database(f"sqlite:///{file}"), "0010")
    for statement in damage.split("; "):
        _execute(file, statement)
    before = _schema(file)
    with pytest.raises(SchemaUnusable, match=says):
        upgrade_schema(Database(f"sqlite:///{file}"))
    assert _schema(file) == before
