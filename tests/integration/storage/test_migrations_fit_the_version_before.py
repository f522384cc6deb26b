"""A migration adds, and takes nothing away: the version before goes on working on the new schema until it is replaced.

In a rolling upgrade the first process of the new version migrates, while processes of the version before still work.
"""

from pathlib import Path

import pytest
import sqlalchemy as sa
from support.schema_compatibility import Schema, find_breaks, read_schema

from storage.database import Database
from storage.migrate import upgrade_schema
from storage.revisions import MIGRATIONS

BEFORE_THE_RULE = {"0003", "0005"}
"""No version was released before them."""
BREAKS: dict[str, str] = {}
"""The migrations that do not fit the version before, each with the reason. The changelog must say: stop every tvbot first.

A column or a table goes in two releases. The first one no longer uses it, the second one removes it and is listed here.
"""
CHANGELOG = Path(__file__).parents[3] / "CHANGELOG.md"


def schema_of(database: Database) -> Schema:
    engine = sa.create_engine(database.sync_url)
    with engine.connect() as connection:
        schema = read_schema(connection)
    engine.dispose()
    return schema


@pytest.mark.long
def test_each_migration_fits_the_version_before_or_says_why_not(database_url: str) -> None:
    database = Database(database_url)
    revisions = sorted(file.name[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    breaks = {}
    before: Schema = {}
    for revision in revisions:
        upgrade_schema(database, to=revision)
        after = schema_of(database)
        breaks[revision] = find_breaks(before, after)
        before = after
    allowed = BEFORE_THE_RULE | BREAKS.keys()
    assert {revision: said for revision, said in breaks.items() if said and revision not in allowed} == {}
    assert [revision for revision in sorted(allowed) if not breaks.get(revision)] == [], (
        "these fit: take them off the list"
    )


def test_changelog_warns_of_each_migration_that_does_not_fit() -> None:
    changes = CHANGELOG.read_text(encoding="utf-8")
    assert [revision for revision in BREAKS if f"schema {revision}" not in changes] == []


_BEFORE = "CREATE TABLE sessions (id INTEGER PRIMARY KEY, code TEXT, state TEXT NOT NULL)"


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["DROP TABLE sessions"], "the table sessions is gone"),
        (["ALTER TABLE sessions DROP COLUMN code"], "the column sessions.code is gone"),
        (["ALTER TABLE sessions RENAME COLUMN code TO pin"], "the column sessions.code is gone"),
        (
            ["DROP TABLE sessions", _BEFORE.replace("code TEXT", "code INTEGER")],
            "the column sessions.code has another type: INTEGER, it was TEXT",
        ),
        (
            ["DROP TABLE sessions", _BEFORE.replace("code TEXT", "code TEXT NOT NULL")],
            "the column sessions.code must have a value now",
        ),
        (
            ["DROP TABLE sessions", _BEFORE.replace("code TEXT", "code TEXT, kind TEXT NOT NULL")],
            "the new column sessions.kind must have a value: let it be null, or give it a server_default",
        ),
        (["CREATE UNIQUE INDEX one ON sessions (code)"], "sessions has a new rule: unique code"),
        (
            ["DROP TABLE sessions", _BEFORE.replace("code TEXT", "code TEXT CHECK (code <> '')")],
            "sessions has a new rule: check code <> ''",
        ),
        (
            ["DROP TABLE sessions", _BEFORE.replace("code TEXT", "code TEXT REFERENCES codes (id)")],
            "sessions has a new rule: code refers to codes",
        ),
        (["ALTER TABLE sessions ADD COLUMN note TEXT"], None),
        (["ALTER TABLE sessions ADD COLUMN is_new BOOLEAN NOT NULL DEFAULT false"], None),
        (["CREATE INDEX some ON sessions (code)"], None),
        (["CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"], None),
    ],
)
def test_what_breaks_the_version_before_is_found(statements: list[str], said: str | None) -> None:
    with sa.create_engine("sqlite://").connect() as connection:
        connection.execute(sa.text(_BEFORE))
        before = read_schema(connection)
        for statement in statements:
            connection.execute(sa.text(statement))
        found = find_breaks(before, read_schema(connection))
    assert found == ([] if said is None else [said])
