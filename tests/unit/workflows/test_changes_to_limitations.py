"""Changes of a limitation while another process works on it are not lost."""

from datetime import timedelta

from support.bot_in_memory import BotInMemory

from bot.i18n import Text
from bot.model.limitation import Limitation
from bot.unit_of_work import UnitOfWork
from bot.workflows.limitations import LimitationMonitor


async def test_limitation_found_again_while_the_old_one_is_cleared_stays(bot: BotInMemory) -> None:
    """One process read it before another one stored the next refusal."""
    monitor = LimitationMonitor(bot.unit_of_work, bot.clock)
    await monitor.record(Limitation.REPLIES, Text("It said no."), retry_after=timedelta(hours=1))
    async with bot.unit_of_work.read() as tx:
        old = await tx.limitations.get(Limitation.REPLIES)
    assert old is not None
    bot.clock.move(hours=2)
    await monitor.record(Limitation.REPLIES, Text("It said no again."), retry_after=timedelta(hours=1))
    unit_of_work: UnitOfWork = bot.unit_of_work
    async with unit_of_work.write() as tx:
        assert not await tx.limitations.delete(old)
    assert await monitor.find_current(Limitation.REPLIES) is not None
