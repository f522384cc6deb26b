"""The context of a command."""

from support.bot_in_memory import ANA, BotInMemory

from bot.commands import Status
from bot.jobs import RefreshHomes


async def test_job_is_enqueued_once_for_a_command(bot: BotInMemory) -> None:
    for _delivery in range(2):
        async with bot.context(Status(), key="k1") as context:
            await context.enqueue(RefreshHomes(ANA.email))
    (queued,) = bot.queue
    assert (queued.job, queued.key) == (RefreshHomes(ANA.email), "refresh_homes:k1")
