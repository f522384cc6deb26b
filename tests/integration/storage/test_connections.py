"""A technician has one active connection. Connections that were given up stay stored for revocation only."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from support.clock import Clock

from bot.authorizations import StoredTokens
from bot.model.connection import Account, Connection, Tokens
from bot.model.effect import Effect
from bot.model.ids import Email
from bot.model.secret import Secret
from bot.unit_of_work import UnitOfWork
from storage.database import Database
from storage.tables import connections
from storage.unit_of_work import SqlUnitOfWork

TOM = Email("tom@example.test")
MINE, OTHER = Account("u1", "Tom", TOM), Account("u2", "Other", None)
TOKENS = Tokens(Secret("access-7d1f"), Secret("refresh-93ab"), 86400)


async def connect(unit_of_work: UnitOfWork, clock: Clock, account: Account = MINE) -> Connection:
    async with unit_of_work.write() as tx:
        return await tx.connections.connect(TOM, account, TOKENS, clock())


async def waiting(unit_of_work: UnitOfWork, clock: Clock) -> list[str]:
    async with unit_of_work.read() as tx:
        return [one.id for one in await tx.revocations.due(clock())]


async def test_second_sign_in_stores_the_old_tokens_until_they_are_revoked(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    """The sweep revokes them. No list and no look-up returns them any more."""
    old = await connect(unit_of_work, clock)
    clock.move(minutes=1)
    new = await connect(unit_of_work, clock)
    assert await waiting(unit_of_work, clock) == [old.id]
    async with unit_of_work.write() as tx:
        assert [one.id for one in await tx.connections.of_technician(TOM)] == [new.id]
        assert await tx.connections.get(old.id) is None
        connection = await tx.connections.of_account(TOM, "u1")
        assert connection is not None
        assert connection.id == new.id
        stored = await tx.tokens.read(old.token_name)
        assert stored is not None
        assert stored.access == TOKENS.access
        await tx.revocations.delete(old)
        assert await tx.tokens.read(old.token_name) is None
    assert await waiting(unit_of_work, clock) == []


async def test_connection_that_was_given_up_is_found_by_its_account(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    """Sessions whose end was asked for before are closed with it. The newest one is returned."""
    await connect(unit_of_work, clock)
    clock.move(minutes=1)
    newer = await connect(unit_of_work, clock)
    async with unit_of_work.write() as tx:
        older = await tx.revocations.of_account(TOM, "u1")
        assert older is not None
        assert older.id != newer.id
        await tx.revocations.give_up(newer, clock())
        found = await tx.revocations.of_account(TOM, "u1")
        assert found is not None
        assert found.id == newer.id
        assert await tx.revocations.of_account(TOM, "u2") is None
        assert await tx.revocations.of_account(Email("ines@example.test"), "u1") is None


async def test_connection_to_another_account_can_be_used_again(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    first = await connect(unit_of_work, clock)
    clock.move(minutes=1)
    second = await connect(unit_of_work, clock, OTHER)
    async with unit_of_work.write() as tx:
        assert [one.id for one in await tx.connections.of_technician(TOM)] == [second.id, first.id]
        assert await tx.connections.activate(first) is Effect.CHANGED
        assert (await tx.connections.active(TOM) or second).id == first.id
        assert await tx.connections.activate(first) is Effect.NOTHING
        assert (await tx.connections.active(TOM) or second).id == first.id
    assert await waiting(unit_of_work, clock) == []


async def test_unconfirmed_connection_is_due_for_revocation_after_its_time(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    until = clock() + timedelta(minutes=11)
    async with unit_of_work.write() as tx:
        held = await tx.connections.hold(TOM, OTHER, TOKENS, clock(), until)
        assert await tx.connections.of_technician(TOM) == []
    assert await waiting(unit_of_work, clock) == []
    clock.move(minutes=11)
    assert await waiting(unit_of_work, clock) == [held.id]
    async with unit_of_work.write() as tx:
        assert await tx.connections.accept(held.id, clock()) is None


async def test_confirmed_connection_becomes_active(unit_of_work: UnitOfWork, clock: Clock) -> None:
    await connect(unit_of_work, clock)
    async with unit_of_work.write() as tx:
        held = await tx.connections.hold(TOM, OTHER, TOKENS, clock(), clock() + timedelta(minutes=11))
        accepted = await tx.connections.accept(held.id, clock())
        assert await tx.connections.active(TOM) == accepted
    clock.move(minutes=12)
    assert await waiting(unit_of_work, clock) == []


async def test_connection_with_invalid_tokens_is_deleted_when_given_up(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    """It has nothing left to revoke."""
    dead = await connect(unit_of_work, clock)
    async with unit_of_work.write() as tx:
        await tx.tokens.store(dead.token_name, StoredTokens(None, None, None))
        (connection,) = await tx.connections.of_technician(TOM)
        assert not connection.is_alive
        assert await tx.revocations.give_up(connection, clock()) is Effect.CHANGED
        assert await tx.tokens.read(dead.token_name) is None
        assert await tx.revocations.give_up(connection, clock()) is Effect.NOTHING
    assert await waiting(unit_of_work, clock) == []


async def test_postponed_revocation_is_not_due(unit_of_work: UnitOfWork, clock: Clock) -> None:
    one = await connect(unit_of_work, clock)
    async with unit_of_work.write() as tx:
        assert await tx.revocations.give_up(one, clock()) is Effect.CHANGED
        assert await tx.revocations.give_up(one, clock() + timedelta(hours=1)) is Effect.NOTHING
        await tx.revocations.postpone(one, clock() + timedelta(minutes=5))
    assert await waiting(unit_of_work, clock) == []
    clock.move(minutes=5)
    assert await waiting(unit_of_work, clock) == [one.id]


async def test_database_refuses_a_second_active_connection(
    sql_unit_of_work: SqlUnitOfWork, database: Database, clock: Clock
) -> None:
    await connect(sql_unit_of_work, clock)
    await connect(sql_unit_of_work, clock, OTHER)
    with pytest.raises(IntegrityError):
        async with database.writer.begin() as connection:
            await connection.execute(sa.update(connections).values(is_active=True))


async def test_concurrent_sign_ins_leave_one_connection_active(
    postgres_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    accounts = [Account(f"u{number}", "Tom", None) for number in range(6)]
    made = await asyncio.gather(*(connect(postgres_unit_of_work, clock, one) for one in accounts))
    await asyncio.gather(*(_activate(postgres_unit_of_work, one) for one in made))
    async with postgres_unit_of_work.read() as tx:
        theirs = await tx.connections.of_technician(TOM)
    assert len(theirs) == len(accounts)
    assert [one.is_active for one in theirs].count(True) == 1


async def _activate(unit_of_work: UnitOfWork, connection: Connection) -> None:
    async with unit_of_work.write() as tx:
        await tx.connections.activate(connection)


async def test_refresh_without_a_result_is_found_when_its_lease_has_run_out(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    connection = await connect(unit_of_work, clock)
    name, until = connection.token_name, clock() + timedelta(seconds=30)

    async def unfinished() -> list[str]:
        async with unit_of_work.read() as tx:
            return [one.id for one in await tx.connections.with_unfinished_refresh(clock())]

    assert await unfinished() == []
    async with unit_of_work.write() as tx:
        assert await tx.tokens.lease(name, "a process", clock(), until)
    assert await unfinished() == []
    clock.move(seconds=31)
    assert await unfinished() == [connection.id]
    async with unit_of_work.read() as tx:
        stored = await tx.tokens.read(name)
    assert stored is not None
    assert stored.is_being_refreshed
    async with unit_of_work.write() as tx:
        await tx.tokens.release(name, "a process")
    assert await unfinished() == []


async def test_newest_connection_with_a_valid_access_token_is_found(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    async def usable() -> str | None:
        async with unit_of_work.read() as tx:
            connection = await tx.connections.with_usable_token(clock())
        return connection.id if connection else None

    assert await usable() is None
    first = await connect(unit_of_work, clock)
    clock.move(seconds=60)
    second = await connect(unit_of_work, clock, OTHER)
    assert await usable() == second.id
    clock.move(seconds=TOKENS.expires_in - 30)
    assert await usable() == second.id, "the first one's token has expired"
    async with unit_of_work.write() as tx:
        await tx.revocations.give_up(second, clock())
    assert await usable() is None
    assert first.id != second.id


async def test_refresh_of_a_connection_that_was_given_up_is_nobody_s_to_finish(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    """Its tokens are revoked."""
    connection = await connect(unit_of_work, clock)
    async with unit_of_work.write() as tx:
        assert await tx.tokens.lease(connection.token_name, "a process", clock(), clock())
        await tx.revocations.give_up(connection, clock())
    clock.move(seconds=1)
    async with unit_of_work.read() as tx:
        assert await tx.connections.with_unfinished_refresh(clock()) == []
