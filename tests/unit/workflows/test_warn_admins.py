"""Tell the SDAdmins what the bot noticed by itself."""

import pytest
from support.bot_in_memory import ADA, ANA, AWAY, REFUSED, BotInMemory, actor_of

from bot.i18n import ChannelRef, Text
from bot.jobs import WarnAdmin, WarnAdmins, WarnInChannel
from bot.model.technician import Actor, Platform
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Tone

TEXT = Text("ServiceDesk Plus refuses replies.")
WARNING = WarnAdmins("limitation", TEXT.to_json())


@pytest.fixture
async def channel_bot() -> BotInMemory:
    """An installation with an admin channel in Slack."""
    bot = BotInMemory(admin_channels={"C9": ChannelRef("C9")})
    bot.slack.tenants["C9"] = ["T1"]
    await bot.start()
    return bot


def told(bot: BotInMemory) -> list[Actor]:
    """Return who got a private message."""
    return [actor for chat in (bot.slack, bot.teams) for actor in chat.private.values()]


async def test_warning_is_posted_in_the_admin_channel(channel_bot: BotInMemory) -> None:
    await channel_bot.finish_job(WARNING)
    assert list(channel_bot.slack.messages.values()) == [Message(TEXT, Tone.PROBLEM)]
    assert told(channel_bot) == []


async def test_end_of_a_problem_is_shown_as_good(channel_bot: BotInMemory) -> None:
    await channel_bot.finish_job(replace(WARNING, is_problem=False))
    assert list(channel_bot.slack.messages.values()) == [Message(TEXT, Tone.GOOD)]


async def test_warning_without_an_admin_channel_goes_to_each_admin_once(bot: BotInMemory) -> None:
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(ANA.email)
    await bot.finish_job(WARNING)
    assert sorted(told(bot), key=str) == sorted([actor_of(ADA), actor_of(ANA)], key=str)


async def test_warning_goes_to_the_admins_where_no_channel_takes_it(channel_bot: BotInMemory) -> None:
    channel_bot.slack.closed_channels.add("C9")
    await channel_bot.finish_job(WARNING)
    assert told(channel_bot) == [actor_of(ADA)]


async def test_channel_of_a_chat_that_is_away_is_warned_later(channel_bot: BotInMemory) -> None:
    channel_bot.slack.fail_once("post", AWAY)
    await channel_bot.run_job(WARNING)
    (queued,) = channel_bot.unit_of_work.take_jobs()
    assert queued.job == WarnInChannel(Platform.SLACK, "C9", WARNING)
    await channel_bot.run_job(queued.job)
    assert (list(channel_bot.slack.messages), told(channel_bot)) == ([], [])
    await channel_bot.run_jobs()
    assert list(channel_bot.slack.messages.values()) == [Message(TEXT, Tone.PROBLEM)]


async def test_admin_is_warned_in_the_other_chat_while_the_first_is_away(bot: BotInMemory) -> None:
    bot.slack.fail_once("post_private", AWAY)
    await bot.finish_job(WARNING)
    assert told(bot) == [actor_of(ADA, Platform.TEAMS)]


async def test_admin_is_warned_later_while_every_chat_is_away(bot: BotInMemory) -> None:
    bot.slack.fail_once("post_private", AWAY)
    bot.teams.fail_once("post_private", AWAY)
    await bot.run_job(WarnAdmin(ADA.email, WARNING))
    assert told(bot) == []
    await bot.run_jobs()
    assert told(bot) == [actor_of(ADA)]


async def test_two_channels_that_refuse_a_warning_lead_to_one_private_message(bot: BotInMemory) -> None:
    for channel in ("C8", "C9"):
        bot.slack.fail_once("post", REFUSED)
        await bot.run_job(WarnInChannel(Platform.SLACK, channel, WARNING))
    await bot.run_jobs()
    assert told(bot) == [actor_of(ADA)]


async def test_admin_who_cannot_be_reached_in_one_chat_is_told_in_the_other(bot: BotInMemory) -> None:
    bot.slack.fail_once("post_private", REFUSED)
    await bot.finish_job(WARNING)
    assert told(bot) == [actor_of(ADA, Platform.TEAMS)]


async def test_deactivated_account_is_not_written_to(bot: BotInMemory) -> None:
    profile = bot.slack.profiles[actor_of(ADA)]
    async with bot.unit_of_work.write() as tx:
        await tx.people.store_profile(replace(profile, is_deactivated=True), bot.clock())
    await bot.finish_job(WARNING)
    assert told(bot) == [actor_of(ADA, Platform.TEAMS)]


async def test_warning_that_no_chat_takes_ends_without_a_fault(bot: BotInMemory) -> None:
    bot.slack.fail_once("post_private", REFUSED)
    bot.teams.fail_once("post_private", REFUSED)
    await bot.finish_job(WARNING)
    assert told(bot) == []


async def test_warning_without_a_known_admin_is_sent_to_nobody() -> None:
    bot = BotInMemory(admins=frozenset())
    await bot.start()
    await bot.finish_job(WARNING)
    assert told(bot) == []
