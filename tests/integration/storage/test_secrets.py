"""No secret lies open in the database, keys rotate without loss, and a grant is used once."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from support.clock import Clock

from bot.authorizations import KeptTokens
from bot.commands import CommandRequest, Place, Status
from bot.model.connection import Account, Tokens
from bot.model.ids import CommandKey, Email, OrgId
from bot.model.secret import Secret
from bot.model.technician import Actor, Platform
from bot.unit_of_work import UnitOfWork
from storage.database import Database
from storage.rotation import reseal
from storage.tables import metadata
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import BadKey, Undecipherable, Vault, new_key

ACCESS, REFRESH = "access-7d1f", "refresh-93ab"


def test_a_sealed_value_opens_only_for_its_own_row() -> None:
    vault = Vault([new_key()])
    sealed = vault.seal(Secret("s12345678-AbCdEfGhIjKl"), "sessions/1/supporter_link")
    assert vault.open(sealed, "sessions/1/supporter_link").reveal() == "s12345678-AbCdEfGhIjKl"
    with pytest.raises(Undecipherable):
        vault.open(sealed, "sessions/2/supporter_link")
    with pytest.raises(Undecipherable):
        vault.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), "sessions/1/supporter_link")
    with pytest.raises(Undecipherable):
        Vault([new_key()]).open(sealed, "sessions/1/supporter_link")


@pytest.mark.parametrize("keys", [[], ["not base64!"], ["c2hvcnQ="]])
def test_a_bad_key_is_refused(keys: list[str]) -> None:
    with pytest.raises(BadKey):
        Vault(keys)


def test_a_secret_never_prints_itself() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"


async def test_rotation_keeps_every_secret_and_frees_the_old_key(database: Database, clock: Clock) -> None:
    old, new = new_key(), new_key()

    async def nothing(*_args: object) -> None:
        return

    before = SqlUnitOfWork(database, Vault([old]), OrgId("itdesk"), nothing)
    actor = Actor(Platform.SLACK, "T1", "U1")
    async with before.write() as tx:
        connection = await tx.connections.connect(
            Email("tom@example.test"),
            Account("u1", "Tom", None),
            Tokens(Secret(ACCESS), Secret(REFRESH), 86400),
            clock(),
        )
        await tx.states.put("state", "teamviewer", "payload", clock() + timedelta(minutes=10))
        await tx.commands.first(
            CommandRequest(CommandKey("k"), actor, Place("C1"), Status(), Secret("https://hook")), clock()
        )
    assert await reseal(database, Vault([new, old])) == 4
    assert await reseal(database, Vault([new, old])) == 0
    after = SqlUnitOfWork(database, Vault([new]), OrgId("itdesk"), nothing)
    async with after.read() as tx:
        kept = await tx.tokens.read(f"teamviewer/{connection.id}")
        assert kept == KeptTokens(Secret(ACCESS), Secret(REFRESH), clock() + timedelta(days=1))
        assert await tx.states.peek("state", "teamviewer", clock()) == "payload"
        address = await tx.commands.return_address("k")
    assert address is not None
    assert address.url == Secret("https://hook")


async def test_every_sealed_column_is_rotated() -> None:
    from storage.rotation import _PLACES

    sealed = {
        column
        for table in metadata.tables.values()
        for column in table.c
        if column.name.startswith("sealed_")
    }
    assert {place[2] for place in _PLACES} == sealed


async def test_no_token_lies_open_in_any_column(
    sql_unit_of_work: SqlUnitOfWork, database: Database, clock: Clock
) -> None:
    async with sql_unit_of_work.write() as tx:
        await tx.connections.connect(
            Email("tom@example.test"),
            Account("u1", "Tom", None),
            Tokens(Secret(ACCESS), Secret(REFRESH), 86400),
            clock(),
        )
    async with database.reader.connect() as connection:
        rows = [
            repr(row)
            for table in metadata.tables.values()
            for row in await connection.execute(sa.select(table))
        ]
    assert not [row for row in rows if ACCESS in row or REFRESH in row]


async def test_a_grant_is_used_by_one_of_many(unit_of_work: UnitOfWork, clock: Clock) -> None:
    async with unit_of_work.write() as tx:
        await tx.states.put("state", "teamviewer", "payload", clock() + timedelta(minutes=10))

    async def consume() -> str | None:
        async with unit_of_work.write() as tx:
            return await tx.states.consume("state", "teamviewer", clock())

    assert sorted(await asyncio.gather(*(consume() for _number in range(10))), key=str).count("payload") == 1


async def test_a_grant_is_for_one_purpose_and_a_while(unit_of_work: UnitOfWork, clock: Clock) -> None:
    async with unit_of_work.write() as tx:
        await tx.states.put("state", "teamviewer", "payload", clock() + timedelta(minutes=10))
        assert await tx.states.consume("state", "slack", clock()) is None
        clock.move(minutes=11)
        assert await tx.states.consume("state", "teamviewer", clock()) is None
