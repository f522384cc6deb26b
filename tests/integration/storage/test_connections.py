"""A technician has one active connection, and what was given up is kept to be revoked, and found by nobody else."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.authorizations import KeptTokens
from bot.model.connection import Account, Connection, Tokens
from bot.model.ids import Email
from bot.model.secret import Secret
from storage.books import SqlBooks
from storage.database import Database
from storage.tables import connections

TOM = Email("tom@example.test")
MINE, OTHER = Account("u1", "Tom", TOM), Account("u2", "Other", None)
TOKENS = Tokens(Secret("access-7d1f"), Secret("refresh-93ab"), 86400)


async def connect(books: SqlBooks, clock, account: Account = MINE) -> Connection:
    async with books.write() as tx:
        return await tx.connections.connect(TOM, account, TOKENS, clock())


async def waiting(books: SqlBooks, clock) -> list[str]:
    async with books.read() as tx:
        return [one.id for one in await tx.revocations.due(clock())]


async def test_signing_in_again_keeps_the_old_tokens_until_they_are_revoked(books: SqlBooks, clock) -> None:
    """They wait for the watch, sealed; no list and no look-up finds them any more."""
    old = await connect(books, clock)
    clock.move(minutes=1)
    new = await connect(books, clock)
    assert await waiting(books, clock) == [old.id]
    async with books.write() as tx:
        assert [one.id for one in await tx.connections.of_technician(TOM)] == [new.id]
        assert await tx.connections.get(old.id) is None
        found = await tx.connections.of_account(TOM, "u1")
        assert found is not None
        assert found.id == new.id
        kept = await tx.tokens.read(old.token_name)
        assert kept is not None
        assert kept.access == TOKENS.access
        await tx.revocations.done(old)
        assert await tx.tokens.read(old.token_name) is None
    assert await waiting(books, clock) == []


async def test_another_account_stays_to_be_used_again(books: SqlBooks, clock) -> None:
    first = await connect(books, clock)
    clock.move(minutes=1)
    second = await connect(books, clock, OTHER)
    async with books.write() as tx:
        assert [one.id for one in await tx.connections.of_technician(TOM)] == [second.id, first.id]
        await tx.connections.activate(first)
        assert (await tx.connections.active(TOM) or second).id == first.id
    assert await waiting(books, clock) == []


async def test_what_is_not_confirmed_in_time_waits_to_be_revoked(books: SqlBooks, clock) -> None:
    until = clock() + timedelta(minutes=11)
    async with books.write() as tx:
        held = await tx.connections.hold(TOM, OTHER, TOKENS, clock(), until)
        assert await tx.connections.of_technician(TOM) == []
    assert await waiting(books, clock) == []
    clock.move(minutes=11)
    assert await waiting(books, clock) == [held.id]
    async with books.write() as tx:
        assert await tx.connections.accept(held.id, clock()) is None


async def test_what_is_confirmed_becomes_the_active_connection(books: SqlBooks, clock) -> None:
    await connect(books, clock)
    async with books.write() as tx:
        held = await tx.connections.hold(TOM, OTHER, TOKENS, clock(), clock() + timedelta(minutes=11))
        accepted = await tx.connections.accept(held.id, clock())
        assert await tx.connections.active(TOM) == accepted
    clock.move(minutes=12)
    assert await waiting(books, clock) == []


async def test_dead_tokens_are_told_apart_and_forgotten_when_given_up(books: SqlBooks, clock) -> None:
    """There is nothing left to revoke."""
    dead = await connect(books, clock)
    async with books.write() as tx:
        await tx.tokens.put(dead.token_name, KeptTokens(None, None, None))
        (found,) = await tx.connections.of_technician(TOM)
        assert not found.is_alive
        await tx.revocations.give_up(found, clock())
        assert await tx.tokens.read(dead.token_name) is None
    assert await waiting(books, clock) == []


async def test_the_watch_leaves_alone_what_is_postponed(books: SqlBooks, clock) -> None:
    one = await connect(books, clock)
    async with books.write() as tx:
        await tx.revocations.give_up(one, clock())
        await tx.revocations.postpone(one, clock() + timedelta(minutes=5))
    assert await waiting(books, clock) == []
    clock.move(minutes=5)
    assert await waiting(books, clock) == [one.id]


async def test_the_database_itself_refuses_a_second_active_connection(
    books: SqlBooks, database: Database, clock
) -> None:
    await connect(books, clock)
    await connect(books, clock, OTHER)
    with pytest.raises(IntegrityError):
        async with database.writer.begin() as connection:
            await connection.execute(sa.update(connections).values(is_active=True))


async def test_many_sign_ins_at_once_leave_one_active(postgres_books: SqlBooks, clock) -> None:
    accounts = [Account(f"u{number}", "Tom", None) for number in range(6)]
    made = await asyncio.gather(*(connect(postgres_books, clock, one) for one in accounts))
    await asyncio.gather(*(_activate(postgres_books, one) for one in made))
    async with postgres_books.read() as tx:
        theirs = await tx.connections.of_technician(TOM)
    assert len(theirs) == len(accounts)
    assert [one.is_active for one in theirs].count(True) == 1


async def _activate(books: SqlBooks, connection: Connection) -> None:
    async with books.write() as tx:
        await tx.connections.activate(connection)
