"""End the open sessions of a request that was closed in ServiceDesk Plus."""

from dataclasses import replace

from support.bot_in_memory import REQUEST, BotInMemory

from bot.jobs import EndSession
from bot.model.ids import RequestId
from bot.use_cases.request_closed import BY, end_sessions_of_closed_request


async def close(bot: BotInMemory, request_id: RequestId = REQUEST.id) -> int:
    return await end_sessions_of_closed_request(request_id, bot.unit_of_work, bot.clock())


async def test_every_open_session_of_the_request_is_ended(bot: BotInMemory) -> None:
    first, second = await bot.open_session(), await bot.open_session(another=True)
    assert await close(bot) == 2
    assert {one for one in bot.jobs if isinstance(one, EndSession)} == {
        EndSession(first.id, BY, BY),
        EndSession(second.id, BY, BY),
    }


async def test_sessions_of_other_requests_and_ended_ones_are_left_alone(bot: BotInMemory) -> None:
    session = await bot.open_session()
    assert await close(bot, RequestId("900000000000000999")) == 0
    await bot.change(session.id, lambda one: replace(one.ended(bot.clock(), None)))
    bot.unit_of_work.take_jobs()
    assert await close(bot) == 0
    assert bot.jobs == []


async def test_nothing_is_ended_while_the_integration_is_off(bot: BotInMemory) -> None:
    await bot.open_session()
    await bot.switch(integration=False)
    assert await close(bot) == 0
    assert bot.jobs == []


async def test_repeated_hook_enqueues_a_job_of_its_own(bot: BotInMemory) -> None:
    await bot.open_session()
    await close(bot)
    bot.clock.move(seconds=1)
    await close(bot)
    assert len({one.key for one in bot.queue}) == 2
