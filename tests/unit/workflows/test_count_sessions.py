"""Count the sessions that are over, in batches."""

import pytest
from support.bot_in_memory import BotInMemory

from bot.jobs import Sweep
from bot.model.daily_sums import Figure
from bot.workflows import count_sessions as counting


async def test_round_of_the_sweep_counts_an_ended_session(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.end(session.id)
    await bot.run_job(Sweep(up_seconds=0))
    day = session.created_at.date()
    async with bot.unit_of_work.read() as tx:
        assert (await tx.daily_sums.totals(day, day))[Figure.SESSIONS] == {"remote/nobody": 1}
        assert await tx.daily_sums.uncounted(limit=5) == []


async def test_sessions_beyond_one_batch_are_counted_in_the_same_round(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "BATCH", 2)
    for _number in range(3):
        await bot.end((await bot.open_session(another=True)).id)
    day = bot.clock().date()
    await counting.count_sessions(bot.unit_of_work)
    async with bot.unit_of_work.read() as tx:
        assert sum((await tx.daily_sums.totals(day, day))[Figure.TECHNICIAN].values()) == 3
