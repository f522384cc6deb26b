"""When the last request of each outside system arrived is stored: seldom, and later than its answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from support.clock import Clock
from support.memory.unit_of_work import MemoryTransaction, MemoryUnitOfWork

from adapters.tasks import Tasks
from adapters.web.deliveries import Deliveries
from bot.errors import Unavailable
from bot.i18n import Text
from bot.model.delivery import DeliverySource

SLACK, TEAMS = DeliverySource.SLACK, DeliverySource.TEAMS


class CountingUnitOfWork(MemoryUnitOfWork):
    """Counts the writes, and refuses them while ``is_away``."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.is_away = False

    @asynccontextmanager
    async def write(self) -> AsyncIterator[MemoryTransaction]:
        self.writes += 1
        if self.is_away:
            raise Unavailable(Text("The database is away."))
        async with super().write() as tx:
            yield tx


@pytest.fixture
def unit_of_work() -> CountingUnitOfWork:
    return CountingUnitOfWork()


@pytest.fixture
def tasks() -> Tasks:
    return Tasks()


@pytest.fixture
def deliveries(unit_of_work: CountingUnitOfWork, clock: Clock, tasks: Tasks) -> Deliveries:
    return Deliveries(unit_of_work, clock, tasks, write_after_seconds=0)


async def stored(unit_of_work: CountingUnitOfWork, tasks: Tasks) -> dict[DeliverySource, datetime]:
    """Return what is stored once every write that is due has been made."""
    due = asyncio.Event()
    asyncio.get_running_loop().call_later(0, due.set)  # after the timers that were set before
    await due.wait()
    await tasks.drain(10)
    async with unit_of_work.read() as tx:
        return dict(await tx.deliveries.last())


async def test_requests_of_one_minute_are_written_once(
    deliveries: Deliveries, unit_of_work: CountingUnitOfWork, clock: Clock, tasks: Tasks
) -> None:
    first = clock()
    for _request in range(5):
        deliveries.note(SLACK)
    assert await stored(unit_of_work, tasks) == {SLACK: first}
    clock.move(seconds=59)
    deliveries.note(SLACK)
    deliveries.note(TEAMS)
    assert await stored(unit_of_work, tasks) == {SLACK: first, TEAMS: clock()}
    assert unit_of_work.writes == 2
    clock.move(seconds=1)
    deliveries.note(SLACK)
    assert (await stored(unit_of_work, tasks))[SLACK] == clock()


async def test_nothing_is_written_before_the_answer(
    deliveries: Deliveries, unit_of_work: CountingUnitOfWork
) -> None:
    deliveries.note(SLACK)
    assert unit_of_work.writes == 0


async def test_next_request_tries_again_after_a_failure(
    deliveries: Deliveries, unit_of_work: CountingUnitOfWork, clock: Clock, tasks: Tasks
) -> None:
    unit_of_work.is_away = True
    deliveries.note(SLACK)
    assert await stored(unit_of_work, tasks) == {}
    unit_of_work.is_away = False
    deliveries.note(SLACK)
    assert await stored(unit_of_work, tasks) == {SLACK: clock()}


async def test_clock_that_is_set_back_stops_no_write(
    deliveries: Deliveries, unit_of_work: CountingUnitOfWork, clock: Clock, tasks: Tasks
) -> None:
    deliveries.note(SLACK)
    await stored(unit_of_work, tasks)
    clock.move(hours=-1)
    deliveries.note(SLACK)
    await stored(unit_of_work, tasks)
    assert unit_of_work.writes == 2


async def test_after_the_stop_nothing_is_written(
    deliveries: Deliveries, unit_of_work: CountingUnitOfWork, tasks: Tasks
) -> None:
    deliveries.note(SLACK)
    deliveries.stop()
    deliveries.note(TEAMS)
    assert await stored(unit_of_work, tasks) == {}
    assert unit_of_work.writes == 0
