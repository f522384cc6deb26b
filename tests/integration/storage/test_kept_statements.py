"""Statements that are run without SQLAlchemy: they read, write and fail as they do with it, on both databases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ids import OrgId
from storage import kept_statements
from storage.compiled_statements import KeptStatement, Row, Schemas, compile_statement
from storage.database import Database
from storage.kept_statements import fetch_rows, find_kept
from storage.row_context import RowContext
from storage.tables import audit, step_outcomes, tokens
from storage.vault import Vault, new_key

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ROW = {
    "name": "teamviewer/1",
    "org_id": "itdesk",
    "sealed_access": b"\x00\xff secret",
    "expires_at": NOW,
    "lease_owner": "100 % mine: :x ?",
}
BY_NAME = sa.select(tokens).where(tokens.c.name == sa.bindparam("name"))


@asynccontextmanager
async def row_context(database: Database) -> AsyncIterator[RowContext]:
    async with database.writer.begin() as connection:
        yield RowContext(connection, OrgId("itdesk"), Vault([new_key()]))


def keep(connection: AsyncConnection, statement: sa.Executable, **values: Any) -> KeptStatement:
    """Return the kept form of a statement, as its second run does."""
    find_kept(connection, statement, values)
    kept = find_kept(connection, statement, values)
    assert kept is not None
    return kept


async def test_kept_statements_write_and_read_what_sqlalchemy_reads(database: Database) -> None:
    insert, update = sa.insert(tokens), sa.update(tokens).where(tokens.c.name == sa.bindparam("of_name"))
    async with row_context(database) as rows:
        connection = rows.connection
        assert await keep(connection, insert, **ROW).execute(connection, ROW) == 1
        by_sqlalchemy = (await connection.execute(BY_NAME, {"name": ROW["name"]})).mappings().one()
        assert await keep(connection, BY_NAME, name="").fetch(connection, {"name": ROW["name"]}) == [
            dict(by_sqlalchemy)
        ]
        assert by_sqlalchemy["expires_at"] == NOW
        values = {"of_name": ROW["name"], "expires_at": NOW + timedelta(days=1)}
        assert await keep(connection, update, **values).execute(connection, values) == 1
        values["of_name"] = "unknown"
        assert await keep(connection, update, **values).execute(connection, values) == 0
        [changed] = await keep(connection, BY_NAME, name="").fetch(connection, {"name": ROW["name"]})
    assert changed["expires_at"] == NOW + timedelta(days=1)


async def test_value_in_the_statement_is_converted_as_a_given_one(database: Database) -> None:
    query = sa.select(tokens.c.name).where(tokens.c.expires_at == NOW, tokens.c.name.like("team%"))
    async with row_context(database) as rows:
        await rows.execute(sa.insert(tokens), **ROW)
        assert [await rows.fetch_value(query) for _time in range(3)] == [ROW["name"]] * 3


async def test_row_context_returns_the_same_with_and_without_sqlalchemy(database: Database) -> None:
    async with row_context(database) as rows:
        inserted = [
            await rows.insert_if_absent(step_outcomes, job_key=job, step="s", outcome="{}")
            for job in ("a", "b", "a", "c", "c")
        ]
        found = [await rows.fetch_row(BY_NAME, name="unknown") for _time in range(3)]
    assert (inserted, found) == ([True, True, False, True, False], [None] * 3)


async def test_row_is_read_again_only_where_it_has_changed(database: Database) -> None:
    query = sa.select(tokens).where(tokens.c.name == sa.bindparam("name"))
    read: list[str] = []

    def note(row: Row) -> str:
        read.append(row["lease_owner"])
        return f"{row['lease_owner']} until {row['expires_at']:%H:%M}"

    async with row_context(database) as rows:
        await rows.execute(sa.insert(tokens), **ROW)
        await rows.fetch_read(query, note, name=ROW["name"])  # SQLAlchemy runs it the first time
        read.clear()
        first = [await rows.fetch_read(query, note, name=ROW["name"]) for _time in range(3)]
        await rows.execute(sa.update(tokens), lease_owner="somebody")
        then = [await rows.fetch_read(query, note, name=ROW["name"]) for _time in range(2)]
    assert first == [["100 % mine: :x ? until 09:00"]] * 3
    assert then == [["somebody until 09:00"]] * 2
    assert read == ["100 % mine: :x ?", "somebody"]


async def test_query_for_one_row_that_finds_more_fails(database: Database) -> None:
    query = sa.select(step_outcomes)
    async with row_context(database) as rows:
        for job in ("a", "b"):
            await rows.insert_if_absent(step_outcomes, job_key=job, step="s", outcome="{}")
        for _time in range(2):
            with pytest.raises(sa.exc.MultipleResultsFound):
                await rows.fetch_row(query)


async def test_refused_row_raises_the_error_of_sqlalchemy(database: Database) -> None:
    insert = sa.insert(step_outcomes)
    values = {"job_key": "a", "step": "s", "outcome": "{}"}
    for _time in range(3):
        with pytest.raises(sa.exc.IntegrityError) as raised:  # noqa: PT012 - the transaction ends with the error
            async with row_context(database) as rows:
                await rows.execute(insert, **values)
                await keep(rows.connection, insert, **values).execute(rows.connection, values)
        # Values may be secret.
        assert "job_key" not in str(raised.value.params)


async def test_broken_connection_is_taken_out_of_the_pool(postgres_database: Database) -> None:
    end = sa.text("SELECT pg_terminate_backend(:pid)")
    own = sa.select(sa.func.pg_backend_pid())
    async with postgres_database.begin_reading() as connection:
        pid = (await connection.execute(own)).scalar_one()
        async with postgres_database.writer.connect() as other:
            await other.execute(end, {"pid": pid})
        with pytest.raises(sa.exc.OperationalError) as raised:
            await keep(connection, own).fetch(connection, {})
        assert raised.value.connection_invalidated
    async with postgres_database.begin_reading() as connection:
        assert await keep(connection, own).fetch(connection, {}) != [{"pg_backend_pid": pid}]


async def test_list_of_unknown_length_or_computed_default_needs_sqlalchemy(database: Database) -> None:
    some = sa.select(audit.c.number).where(audit.c.number.in_([1, 2]))
    defaults = sa.insert(
        sa.Table("t", sa.MetaData(), sa.Column("a", sa.Text, default=str), sa.Column("b", sa.Text))
    )
    async with database.writer.begin() as connection:
        assert compile_statement(some, connection.dialect, []) is None
        assert compile_statement(defaults, connection.dialect, ["b"]) is None
        assert compile_statement(defaults, connection.dialect, ["a", "b"]) is not None


async def test_constant_default_of_a_column_is_written(database: Database) -> None:
    columns = (sa.Column("a", sa.JSON, default=["x"]), sa.Column("b", sa.Text), sa.Column("c", sa.Text))
    table = sa.Table("with_default", sa.MetaData(), *columns, prefixes=["TEMPORARY"])
    insert, values = sa.insert(table), {"b": "given", "c": None}
    async with database.writer.begin() as connection:
        await connection.execute(sa.schema.CreateTable(table))
        await connection.execute(insert, values)
        assert await keep(connection, insert, **values).execute(connection, values) == 1
        written = [dict(row) for row in (await connection.execute(sa.select(table))).mappings()]
    assert written == [{"a": ["x"], "b": "given", "c": None}] * 2


async def test_schema_of_a_statement_is_translated_as_by_sqlalchemy(database: Database) -> None:
    there = sa.Table("tokens", sa.MetaData(), sa.Column("name", sa.Text), schema="elsewhere")
    names = sa.select(there.c.name)
    schemas: Schemas = {"elsewhere": "main" if database.is_sqlite else "public"}
    async with row_context(database) as rows:
        await rows.execute(sa.insert(tokens), **ROW)
        found = [await fetch_rows(rows.connection, names, {}, schemas) for _time in range(3)]
        assert find_kept(rows.connection, names, {}, schemas) is not None
    assert found == [[{"name": ROW["name"]}]] * 3


async def test_statement_that_returns_no_columns_returns_no_rows(database: Database) -> None:
    insert = sa.insert(step_outcomes)
    async with row_context(database) as rows:
        for job in ("a", "b", "c"):
            values = {"job_key": job, "step": "s", "outcome": "{}"}
            assert await fetch_rows(rows.connection, insert, values) == []
        assert len(await rows.fetch_rows(sa.select(step_outcomes))) == 3


async def test_sqlalchemy_runs_what_somebody_listens_to(database: Database) -> None:
    """Else a test or a benchmark that counts statements would miss most of them."""
    statements: list[str] = []

    def record(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    engine = database.writer.sync_engine
    async with row_context(database) as rows:
        for _time in range(2):
            await rows.fetch_row(BY_NAME, name="x")
        sa.event.listen(engine, "before_cursor_execute", record)
        try:
            await rows.fetch_row(BY_NAME, name="x")
        finally:
            sa.event.remove(engine, "before_cursor_execute", record)
        await rows.fetch_row(BY_NAME, name="x")
    assert len(statements) == 1


async def test_sqlalchemy_runs_what_begins_a_transaction(database: Database) -> None:
    """It begins transactions itself. A statement before that would be committed at once."""
    async with database.writer.connect() as connection:
        for _time in range(3):
            assert find_kept(connection, BY_NAME, {"name": "x"}) is None
        await connection.begin()
        assert keep(connection, BY_NAME, name="x") is not None


async def test_statement_that_is_built_for_one_run_is_forgotten(database: Database) -> None:
    kept = kept_statements._KEPT[database.writer.dialect.name]
    async with row_context(database) as rows:
        before = len(kept)
        for number in range(20):
            await rows.fetch_row(sa.select(tokens).where(tokens.c.name == str(number)))
    # The cache of SQLAlchemy has one of them, which stands for all.
    assert len(kept) <= before + 1
