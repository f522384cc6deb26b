"""Keys rotate in short transactions while the bot writes, and an interrupted rotation is run again."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.clock import Clock

from bot.authorizations import StoredTokens
from bot.model.ids import OrgId
from bot.model.secret import Secret
from storage.database import Database
from storage.rotation import BATCH, Rotation, reencrypt_secrets
from storage.tables import tokens
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import UnknownKey, Vault, new_key

ORG = OrgId("itdesk")
OLD, NEW = new_key(), new_key()
ROOT = Path(__file__).parents[3]


def unit_of_work(database: Database, *keys: str) -> SqlUnitOfWork:
    async def nothing(*_args: object) -> None:
        return

    return SqlUnitOfWork(database, Vault(keys), ORG, nothing)


async def store_tokens(database: Database, clock: Clock, number: int, *keys: str) -> None:
    async with unit_of_work(database, *keys).write() as tx:
        for one in range(number):
            await tx.tokens.store(f"slack/{one:05}", StoredTokens(Secret(f"access-{one}"), None, clock()))


async def expect_tokens(database: Database, number: int, *keys: str) -> None:
    """Expect that these keys open every token."""
    async with unit_of_work(database, *keys).read() as tx:
        for one in range(number):
            stored = await tx.tokens.read(f"slack/{one:05}")
            assert stored is not None
            assert stored.access == Secret(f"access-{one}")


async def count_under_new_key(database: Database) -> int:
    key_id = sa.func.substr(tokens.c.sealed_access, 1, 4, type_=sa.LargeBinary)
    is_access = tokens.c.name.startswith("slack/")
    query = sa.select(sa.func.count()).where(key_id == Vault([NEW]).first_key_id, is_access)
    async with database.reader.connect() as connection:
        return (await connection.execute(query)).scalar_one()


async def test_rotation_that_was_interrupted_goes_on_where_it_was(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = 2 * BATCH + 3
    await store_tokens(database, clock, number, OLD)
    pauses = iter([False, True])

    async def stop_in_the_second_pause() -> None:
        if await count_under_new_key(database) and next(pauses):
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("storage.rotation._let_others_write", stop_in_the_second_pause)
        with pytest.raises(KeyboardInterrupt):
            await reencrypt_secrets(database, Vault([NEW, OLD]))
    assert await count_under_new_key(database) == 2 * BATCH
    await expect_tokens(database, number, NEW, OLD)
    assert await reencrypt_secrets(database, Vault([NEW, OLD])) == Rotation(changed=3, left=0, damaged=0)
    await expect_tokens(database, number, NEW)


async def test_rotation_without_the_old_key_says_that_it_is_the_key(database: Database, clock: Clock) -> None:
    await store_tokens(database, clock, 1, OLD)
    with pytest.raises(UnknownKey):
        await reencrypt_secrets(database, Vault([NEW]))
    await expect_tokens(database, 1, OLD)


async def test_damaged_secret_does_not_stop_the_rotation_of_the_others(
    database: Database, clock: Clock
) -> None:
    await store_tokens(database, clock, 2, OLD)
    other_row = Vault([OLD]).seal(Secret("access"), "tokens/other/access")
    async with database.writer.begin() as connection:
        moved = sa.update(tokens).where(tokens.c.name == "slack/00000").values(sealed_access=other_row)
        await connection.execute(moved)
    assert await reencrypt_secrets(database, Vault([NEW, OLD])) == Rotation(changed=1, left=1, damaged=1)


async def test_secret_that_a_bot_with_the_old_key_first_writes_meanwhile_is_counted(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It writes between two transactions. Without the count, the old key would be removed while it is still needed."""
    await store_tokens(database, clock, 1, OLD)

    async def write_in_the_pause() -> None:
        await store_tokens(database, clock, 1, OLD, NEW)

    monkeypatch.setattr("storage.rotation._let_others_write", write_in_the_pause)
    done = await reencrypt_secrets(database, Vault([NEW, OLD]))
    assert (done.left, done.damaged) == (1, 0)


@pytest.mark.long
async def test_rotation_killed_in_the_middle_of_a_running_bots_writes(
    migrated_url: str, database: Database, clock: Clock
) -> None:
    """Killed with SIGKILL, by a process of its own. The writes of the bot are done between its transactions."""
    number = 20 * BATCH
    await store_tokens(database, clock, number, OLD)
    await _run_rotation(migrated_url, lambda rotated: rotated < BATCH, database, kills=True)
    rotated = await count_under_new_key(database)
    assert BATCH <= rotated < number, "it was killed in the middle"
    await expect_tokens(database, number, NEW, OLD)
    await _run_rotation(migrated_url, lambda rotated: rotated < number, database, kills=False)
    await expect_tokens(database, number, NEW)


async def _run_rotation(url: str, goes_on: Callable[[int], bool], database: Database, *, kills: bool) -> None:
    """Run ``tvbot keys rotate``, and write as a bot does, while ``goes_on`` is true of how many are rotated."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TVBOT_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from adapters.cli.main import run; run()",
        "keys",
        "rotate",
        env={**clean, "TVBOT_DATABASE_URL": url, "TVBOT_SECRET_KEYS": f"{NEW},{OLD}"},
        cwd=ROOT,
    )
    while goes_on(await count_under_new_key(database)):
        assert process.returncode is None
        async with unit_of_work(database, NEW, OLD).write() as tx:
            await tx.tokens.store("written", StoredTokens(Secret("meanwhile"), None, None))
    if kills:
        process.kill()
    assert await process.wait() == (-9 if kills else 0)
