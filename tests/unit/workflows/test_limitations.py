"""Remember what ServiceDesk Plus refuses, and tell the SDAdmins once."""

from datetime import timedelta

from support.bot_in_memory import BotInMemory

from bot.i18n import Text
from bot.jobs import WarnAdmins
from bot.model.limitation import KnownLimitation, Limitation
from bot.workflows.limitations import LimitationMonitor

HOUR = timedelta(hours=1)
REASON = Text("It said no.")


def monitor(bot: BotInMemory) -> LimitationMonitor:
    return LimitationMonitor(bot.unit_of_work, bot.clock)


async def known(bot: BotInMemory) -> list[KnownLimitation]:
    async with bot.unit_of_work.read() as tx:
        return list(await tx.limitations.all())


def warnings(bot: BotInMemory) -> list[WarnAdmins]:
    return [one for one in bot.jobs if isinstance(one, WarnAdmins)]


async def test_limitation_is_current_until_its_next_try(bot: BotInMemory) -> None:
    await monitor(bot).record(Limitation.REPLIES, REASON, retry_after=HOUR)
    found = await monitor(bot).find_current(Limitation.REPLIES)
    assert found is not None
    assert (found.reason, found.retry_at - found.found_at) == (REASON, HOUR)
    assert await monitor(bot).find_current(Limitation.TECHNICIANS) is None
    bot.clock.move(hours=1)
    assert await monitor(bot).find_current(Limitation.REPLIES) is None
    assert len(await known(bot)) == 1


async def test_limitation_that_is_found_again_is_reported_once(bot: BotInMemory) -> None:
    await monitor(bot).record(Limitation.REPLIES, REASON, retry_after=HOUR)
    (first,) = await known(bot)
    bot.clock.move(hours=2)
    await monitor(bot).record(Limitation.REPLIES, Text("It said no again."), retry_after=HOUR)
    (again,) = await known(bot)
    assert (again.found_at, again.retry_at) == (first.found_at, bot.clock() + HOUR)
    assert str(again.reason) == "It said no again."
    (warning,) = warnings(bot)
    assert warning.is_problem
    assert "It said no." in str(Text.from_json(warning.text))


async def test_end_of_a_limitation_is_reported_once(bot: BotInMemory) -> None:
    await monitor(bot).clear(Limitation.TECHNICIANS)
    assert warnings(bot) == []
    await monitor(bot).record(Limitation.TECHNICIANS, REASON)
    await monitor(bot).clear(Limitation.TECHNICIANS)
    await monitor(bot).clear(Limitation.TECHNICIANS)
    assert [one.is_problem for one in warnings(bot)] == [True, False]
    assert await known(bot) == []


async def test_limitation_that_returns_is_reported_again(bot: BotInMemory) -> None:
    for _time in range(2):
        await monitor(bot).record(Limitation.REPLIES, REASON)
        await monitor(bot).clear(Limitation.REPLIES)
        bot.clock.move(minutes=1)
    assert len(warnings(bot)) == 4
