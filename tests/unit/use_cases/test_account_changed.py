"""A platform reports that an account has changed."""

from support.bot_in_memory import ANA, BotInMemory, actor_of

from bot.commands import ListOpen
from bot.freshness import is_fresh_enough
from bot.jobs import RereadProfile
from bot.model.technician import KnownUser, Platform
from bot.use_cases.account_changed import expire_account

ACCOUNT = actor_of(ANA)


async def report(bot: BotInMemory, user: str = ACCOUNT.user, event: str = "Ev1") -> None:
    await expire_account(Platform.SLACK, user, bot.unit_of_work, bot.clock(), event=event)


async def known(bot: BotInMemory) -> KnownUser:
    async with bot.unit_of_work.read() as tx:
        known_user = await tx.people.known_user(ACCOUNT)
    assert known_user is not None
    return known_user


async def test_changed_account_waits_until_its_profile_was_read(bot: BotInMemory) -> None:
    """Even a command that only reads, which else accepts a profile of the last day."""
    assert is_fresh_enough(await known(bot), ListOpen(), bot.clock())
    await report(bot)
    assert not is_fresh_enough(await known(bot), ListOpen(), bot.clock())
    assert bot.jobs == [RereadProfile(ACCOUNT)]
    await bot.run_jobs()
    assert is_fresh_enough(await known(bot), ListOpen(), bot.clock())


async def test_report_that_is_delivered_twice_is_handled_once(bot: BotInMemory) -> None:
    await report(bot)
    await report(bot)
    assert bot.jobs == [RereadProfile(ACCOUNT)]


async def test_account_that_the_bot_has_never_met_is_left_alone(bot: BotInMemory) -> None:
    """Platforms report every change of everybody."""
    await report(bot, "UNOBODY")
    assert (bot.jobs, bot.slack.calls) == ([], [])
