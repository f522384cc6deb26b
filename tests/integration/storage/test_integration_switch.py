"""The switch that is asked before each call leaves: it says what was committed, on both databases and on one connection."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
import sqlalchemy as sa

from bot.errors import Unavailable
from bot.model.ids import OrgId
from storage.database import Database
from storage.integration_switch import IntegrationSwitch, open_integration_switch
from storage.integration_switch_postgresql import SwitchInPostgresql
from storage.migrate import upgrade_schema
from storage.tables import switches

ORG = OrgId("default")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    upgrade_schema(database)
    yield database
    await database.close()


@pytest.fixture
async def switch(database: Database) -> AsyncIterator[IntegrationSwitch]:
    switch = open_integration_switch(database, ORG)
    yield switch
    await switch.close()


async def store(database: Database, *, is_on: bool) -> None:
    """Store the switch, as another process does."""
    async with database.writer.begin() as connection:
        await connection.execute(sa.delete(switches))
        await connection.execute(
            sa.insert(switches).values(org_id=ORG, integration=is_on, widget=True, locations="")
        )


async def test_each_commit_is_seen_by_the_next_question(
    database: Database, switch: IntegrationSwitch
) -> None:
    assert await switch.is_on(), "nothing is stored, and the default is on"
    for is_on in (False, True, False):
        await store(database, is_on=is_on)
        assert await switch.is_on() is is_on


async def test_what_is_not_committed_is_not_seen(database: Database, switch: IntegrationSwitch) -> None:
    await store(database, is_on=True)
    async with database.writer.begin() as connection:
        await connection.execute(sa.update(switches).values(integration=False))
        assert await switch.is_on()
    assert not await switch.is_on()


async def test_many_questions_at_once_are_answered(database: Database, switch: IntegrationSwitch) -> None:
    await store(database, is_on=True)
    assert await asyncio.gather(*(switch.is_on() for _question in range(50))) == [True] * 50


async def test_question_during_a_read_gets_a_later_read(
    postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read that has begun may have seen the switch before it was moved."""
    switch = SwitchInPostgresql(sa.make_url(postgres_server), ORG)
    stored, begun, finish = True, asyncio.Event(), asyncio.Event()

    async def read() -> bool:
        seen = stored
        begun.set()
        await finish.wait()
        return seen

    monkeypatch.setattr(switch, "_read", read)
    early = asyncio.create_task(switch.is_on())
    await begun.wait()
    stored = False
    late = [asyncio.create_task(switch.is_on()) for _question in range(3)]
    finish.set()
    assert await early
    assert await asyncio.gather(*late) == [False] * 3


async def test_connection_that_the_database_has_closed_is_replaced(
    database: Database, switch: IntegrationSwitch
) -> None:
    await store(database, is_on=True)
    assert await switch.is_on()
    if isinstance(switch, SwitchInPostgresql):
        assert isinstance(switch._connection, psycopg.AsyncConnection)
        await switch._connection.close()
    assert await switch.is_on()


async def test_database_that_is_away_is_said_as_that(tmp_path: object) -> None:
    switch = open_integration_switch(Database(f"sqlite:///{tmp_path}/missing/tvbot.db"), ORG)
    with pytest.raises(Unavailable):
        await switch.is_on()
