"""Closing a database waits for the connections that are in use."""

import asyncio

import pytest
import sqlalchemy as sa

from storage import database as module
from storage.database import Database


async def test_database_is_closed_after_the_connections_in_use_have_come_back(database_url: str) -> None:
    """Nobody would close one that comes back later: the pool that it returns to is gone."""
    database = Database(database_url)
    begun, may_end = asyncio.Event(), asyncio.Event()
    order: list[str] = []

    async def use_a_connection() -> None:
        async with database.reader.connect() as connection:
            await connection.execute(sa.text("SELECT 1"))
            begun.set()
            await may_end.wait()
        order.append("came back")

    async def close() -> None:
        await database.close()
        order.append("closed")

    using = asyncio.create_task(use_a_connection())
    await begun.wait()
    closing = asyncio.create_task(close())
    await asyncio.sleep(0)
    may_end.set()
    await asyncio.gather(using, closing)
    assert order == ["came back", "closed"]


async def test_connection_that_does_not_come_back_is_not_waited_for_forever(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0)
    database = Database(database_url)
    connection = await database.reader.connect()
    await database.close()
    await connection.invalidate()
    await connection.close()
