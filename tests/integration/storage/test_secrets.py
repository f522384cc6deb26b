"""Secrets are encrypted in the database, keys rotate without loss, and a grant is used once."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from support.clock import Clock
from support.sessions import make_session

from bot.authorizations import StoredTokens
from bot.commands import CommandRequest, Place, Status
from bot.model.connection import Account, Tokens
from bot.model.ids import CommandKey, Email, OrgId
from bot.model.secret import Secret
from bot.model.session import State
from bot.model.technician import Actor, Platform
from bot.unit_of_work import UnitOfWork
from bot.values import replace
from storage.database import Database
from storage.rotation import Rotation, reencrypt_secrets
from storage.sealed_columns import SEALED_COLUMNS
from storage.tables import metadata, sessions
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import BadKey, Undecipherable, Vault, new_key

ACCESS, REFRESH = "access-7d1f", "refresh-93ab"


def test_sealed_value_can_be_decrypted_for_its_own_row_only() -> None:
    vault = Vault([new_key()])
    sealed = vault.seal(Secret("s12345678-AbCdEfGhIjKl"), "sessions/1/supporter_link")
    assert vault.unseal(sealed, "sessions/1/supporter_link").reveal() == "s12345678-AbCdEfGhIjKl"
    with pytest.raises(Undecipherable):
        vault.unseal(sealed, "sessions/2/supporter_link")
    with pytest.raises(Undecipherable):
        vault.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), "sessions/1/supporter_link")
    with pytest.raises(Undecipherable):
        Vault([new_key()]).unseal(sealed, "sessions/1/supporter_link")


def test_value_is_decrypted_when_somebody_needs_it() -> None:
    vault = Vault([new_key()])
    sealed = vault.seal(Secret("s12345678-AbCdEfGhIjKl"), "sessions/1/supporter_link")
    assert vault.unseal_when_needed(sealed, "sessions/1/supporter_link").reveal() == "s12345678-AbCdEfGhIjKl"
    of_another_row = vault.unseal_when_needed(sealed, "sessions/2/supporter_link")
    with pytest.raises(Undecipherable):
        of_another_row.reveal()


@pytest.mark.parametrize("keys", [[], ["not base64!"], ["c2hvcnQ="]])
def test_bad_key_is_refused(keys: list[str]) -> None:
    with pytest.raises(BadKey):
        Vault(keys)


def test_secret_never_prints_itself() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"


async def test_key_rotation_preserves_every_secret_without_the_old_key(
    database: Database, clock: Clock
) -> None:
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
        await tx.commands.add(
            CommandRequest(CommandKey("k"), actor, Place("C1"), Status(), Secret("https://hook")), clock()
        )
    assert await reencrypt_secrets(database, Vault([new, old])) == Rotation(changed=4, left=0, damaged=0)
    assert await reencrypt_secrets(database, Vault([new, old])) == Rotation(changed=0, left=0, damaged=0)
    after = SqlUnitOfWork(database, Vault([new]), OrgId("itdesk"), nothing)
    async with after.read() as tx:
        stored = await tx.tokens.read(f"teamviewer/{connection.id}")
        assert stored == StoredTokens(Secret(ACCESS), Secret(REFRESH), clock() + timedelta(days=1))
        assert await tx.states.peek("state", "teamviewer", clock()) == "payload"
        address = await tx.commands.return_address("k")
    assert address is not None
    assert address.url == Secret("https://hook")


async def test_session_whose_link_is_damaged_fails_only_where_the_link_is_needed(
    sql_unit_of_work: SqlUnitOfWork, database: Database
) -> None:
    session = make_session(
        State.WAITING,
        requester_link=Secret("https://tv/join"),
        supporter_link=Secret("https://tv/support"),
    )
    async with sql_unit_of_work.write() as tx:
        await tx.sessions.open(session, CommandKey("key"), another=False)
    async with database.writer.begin() as connection:
        await connection.execute(sa.update(sessions).values(sealed_supporter_link=b"damaged"))
    async with sql_unit_of_work.write() as tx:
        first = await tx.sessions.get(session.id)
        assert first is not None
        renewed = replace(
            first, note="new", requester_link=Secret("https://tv/again"), version=first.version + 1
        )
        await tx.sessions.save(renewed, known=first)
        second = await tx.sessions.get(session.id)
        third = await tx.sessions.get(session.id)
    assert second is not None
    assert second == third
    assert (second.note, second.requester_link) == ("new", Secret("https://tv/again"))
    assert second.supporter_link is not None
    with pytest.raises(Undecipherable):
        second.supporter_link.reveal()


async def test_every_sealed_column_is_in_the_rotation() -> None:
    sealed = {
        column
        for table in metadata.tables.values()
        for column in table.c
        if column.name.startswith("sealed_")
    }
    assert {sealed_column.column for sealed_column in SEALED_COLUMNS} == sealed


async def test_no_column_holds_a_token_in_plain_text(
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


async def test_one_of_many_concurrent_callers_uses_a_grant(unit_of_work: UnitOfWork, clock: Clock) -> None:
    async with unit_of_work.write() as tx:
        await tx.states.put("state", "teamviewer", "payload", clock() + timedelta(minutes=10))

    async def consume() -> str | None:
        async with unit_of_work.write() as tx:
            return await tx.states.consume("state", "teamviewer", clock())

    assert sorted(await asyncio.gather(*(consume() for _number in range(10))), key=str).count("payload") == 1


async def test_grant_is_valid_for_one_purpose_until_it_expires(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    async with unit_of_work.write() as tx:
        await tx.states.put("state", "teamviewer", "payload", clock() + timedelta(minutes=10))
        assert await tx.states.consume("state", "slack", clock()) is None
        clock.move(minutes=11)
        assert await tx.states.consume("state", "teamviewer", clock()) is None
