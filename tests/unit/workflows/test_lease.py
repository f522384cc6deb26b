"""A lease for work that one process does for all processes."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest
from support.bot_in_memory import BotInMemory
from support.memory.unit_of_work import MemoryTransaction

from bot.errors import database_unavailable
from bot.workflows import lease
from bot.workflows.lease import LEASE, leased


async def test_one_process_at_a_time_holds_a_lease(bot: BotInMemory) -> None:
    async with leased("sweep", bot.unit_of_work, bot.clock) as first:
        async with leased("sweep", bot.unit_of_work, bot.clock) as second:
            assert (first, second) == (True, False)
        async with leased("other", bot.unit_of_work, bot.clock) as other:
            assert other
    async with leased("sweep", bot.unit_of_work, bot.clock) as third:
        assert third


async def test_lease_is_released_after_a_fault(bot: BotInMemory) -> None:
    with pytest.raises(ValueError, match="broke"):
        async with leased("sweep", bot.unit_of_work, bot.clock):
            raise ValueError("it broke")
    async with leased("sweep", bot.unit_of_work, bot.clock) as again:
        assert again


async def test_lease_of_a_process_that_died_runs_out(bot: BotInMemory) -> None:
    async with bot.unit_of_work.write() as tx:
        await tx.tokens.lease("sweep", "dead", bot.clock(), bot.clock() + LEASE)
    async with leased("sweep", bot.unit_of_work, bot.clock) as is_mine:
        assert not is_mine
    bot.clock.move(seconds=LEASE.total_seconds() + 1)
    async with leased("sweep", bot.unit_of_work, bot.clock) as is_mine:
        assert is_mine


async def test_lease_is_renewed_during_long_work(bot: BotInMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "_RENEWALS", float("inf"))  # renew at every turn of the loop
    async with leased("sweep", bot.unit_of_work, bot.clock):
        bot.clock.move(seconds=LEASE.total_seconds() + 1)
        for _turn in range(10):
            await asyncio.sleep(0)
        async with leased("sweep", bot.unit_of_work, bot.clock) as second:
            assert not second


async def test_lease_is_released_as_soon_as_the_database_is_back(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise no round would be made for half a minute."""
    monkeypatch.setattr("bot.outage.PAUSES_SECONDS", (0.0,) * 3)
    write, failures = bot.unit_of_work.write, iter([database_unavailable(), database_unavailable()])

    def write_or_fail() -> AbstractAsyncContextManager[MemoryTransaction]:
        if (failure := next(failures, None)) is not None:
            raise failure
        return write()

    async with leased("sweep", bot.unit_of_work, bot.clock):
        monkeypatch.setattr(bot.unit_of_work, "write", write_or_fail)
    assert next(failures, None) is None, "releasing failed twice"
    async with leased("sweep", bot.unit_of_work, bot.clock) as again:
        assert again


async def test_stop_does_not_wait_for_the_database_to_release_a_lease(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease runs out by itself."""

    def fail() -> AbstractAsyncContextManager[MemoryTransaction]:
        raise database_unavailable()

    async def stop_in_the_middle() -> None:
        async with leased("sweep", bot.unit_of_work, bot.clock):
            monkeypatch.setattr(bot.unit_of_work, "write", fail)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await stop_in_the_middle()
