"""The keys must fit the database: a value that is sealed at the first start shows it."""

import pytest
import sqlalchemy as sa
from support.clock import Clock

from bot.authorizations import StoredTokens
from bot.model.ids import OrgId
from bot.model.secret import Secret
from storage.canary import check_keys, probe_database
from storage.database import Database
from storage.errors import WrongKeys
from storage.rotation import reencrypt_secrets
from storage.tables import canaries
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key

ORG = OrgId("itdesk")


async def test_keys_of_the_first_start_are_required_from_then_on(database: Database) -> None:
    first = Vault([new_key()])
    for _start in range(2):
        await check_keys(database, first, ORG)
    await probe_database(database, first, ORG)
    for call in (check_keys, probe_database):
        with pytest.raises(WrongKeys, match="TVBOT_SECRET_KEYS: lacks the key"):
            await call(database, Vault([new_key()]), ORG)


async def test_keys_must_open_the_secrets_of_a_database_that_is_older_than_the_canary(
    database: Database, clock: Clock
) -> None:
    async def nothing(*_args: object) -> None:
        return

    vault = Vault([new_key()])
    async with SqlUnitOfWork(database, vault, ORG, nothing).write() as tx:
        await tx.tokens.store("slack/T1", StoredTokens(Secret("access"), None, clock()))
    with pytest.raises(WrongKeys):
        await check_keys(database, Vault([new_key()]), ORG)
    await check_keys(database, vault, ORG)


async def test_rotation_seals_the_canary_under_the_first_key(database: Database) -> None:
    old, new = new_key(), new_key()
    await check_keys(database, Vault([old]), ORG)
    await reencrypt_secrets(database, Vault([new, old]))
    await check_keys(database, Vault([new]), ORG)
    with pytest.raises(WrongKeys):
        await check_keys(database, Vault([old]), ORG)


async def test_each_probe_writes(database: Database) -> None:
    vault = Vault([new_key()])
    await check_keys(database, vault, ORG)
    for _probe in range(2):
        await probe_database(database, vault, ORG)
    async with database.reader.connect() as connection:
        assert (await connection.execute(sa.select(canaries.c.probes))).scalar_one() == 2
