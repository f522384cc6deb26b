"""Changes of a session while the ping of a departure is prepared are not lost."""

from datetime import timedelta

from support.bot_in_memory import BotInMemory

from bot.jobs import CheckDeparture, PingDeparture
from bot.model.session import State


async def departed(bot: BotInMemory) -> CheckDeparture:
    """Let the requester of a new session come and go. Return the ping of the departure, which has not run."""
    session = await bot.open_session()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    await bot.run_jobs()
    bot.slack.replies.clear()
    bot.clock.move(minutes=5)
    await bot.change(session.id, lambda one: one.seen(is_online=False, at=bot.clock()))
    (ping,) = [one.job for one in bot.unit_of_work.take_jobs() if isinstance(one.job, CheckDeparture)]
    return ping


async def finish_departure(bot: BotInMemory, check: CheckDeparture) -> None:
    """Run the check of a departure, and the pings that it enqueues. A later arrival is not announced."""
    await bot.run_job(check)
    for queued in bot.unit_of_work.take_jobs():
        if isinstance(queued.job, PingDeparture):
            await bot.run_job(queued.job)


async def test_requester_who_returns_while_reports_are_read_is_not_reported_as_gone(bot: BotInMemory) -> None:
    ping = await departed(bot)

    async def come_back() -> None:
        at = bot.clock() + timedelta(minutes=10)
        await bot.change(ping.session, lambda one: one.seen(is_online=True, at=at))

    bot.teamviewer.before_return["connection_reports"] = come_back
    await finish_departure(bot, ping)
    assert bot.slack.replies == []
    assert (await bot.session(ping.session)).state is State.PRESENT


async def test_session_that_ends_while_reports_are_read_is_not_pinged(bot: BotInMemory) -> None:
    ping = await departed(bot)
    bot.teamviewer.before_return["connection_reports"] = lambda: bot.end(ping.session)
    await finish_departure(bot, ping)
    assert bot.slack.replies == []


async def test_requester_who_returns_while_the_first_chat_is_notified_is_not_reported_as_gone_in_the_second(
    bot: BotInMemory,
) -> None:
    ping = await departed(bot)
    before = len(bot.teams.private)

    async def come_back() -> None:
        at = bot.clock() + timedelta(minutes=10)
        await bot.change(ping.session, lambda one: one.seen(is_online=True, at=at))

    bot.slack.before_return["reply"] = come_back
    await finish_departure(bot, ping)
    assert len(bot.slack.replies) == 1
    assert len(bot.teams.private) == before
