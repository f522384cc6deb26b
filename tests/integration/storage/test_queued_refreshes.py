"""Refreshes that wait in the queue: in memory and on each database."""

from bot.unit_of_work import UnitOfWork


async def test_refresh_waits_once_until_it_begins(unit_of_work: UnitOfWork) -> None:
    async with unit_of_work.write() as tx:
        assert await tx.cards.queue_refresh("card/1")
        assert not await tx.cards.queue_refresh("card/1")
    async with unit_of_work.write() as tx:
        assert not await tx.cards.queue_refresh("card/1")
        assert await tx.cards.queue_refresh("card/2")
        await tx.cards.begin_refresh("card/1")
    async with unit_of_work.write() as tx:
        assert await tx.cards.queue_refresh("card/1")
        assert not await tx.cards.queue_refresh("card/2")
