"""Post an SDAdmin's change in the admin channels."""

import pytest
from support.bot_in_memory import ADA, AWAY, REFUSED, BotInMemory

from bot.commands import SwitchWidget
from bot.i18n import ChannelRef, Text
from bot.jobs import AnnounceChange
from bot.model.ids import CommandKey
from bot.views.pages import Message
from bot.views.parts import Tone
from bot.workflows.chat_retries import TRIES_TO_ANSWER

TEXT = Text("Ada switched the widget off.")
TEAMS_CHANNEL = "19:abc"


@pytest.fixture
async def bot() -> BotInMemory:
    """An installation with two admin channels, one on each platform."""
    bot = BotInMemory(admin_channels={name: ChannelRef(name) for name in ("C9", TEAMS_CHANNEL)})
    await bot.start()
    return bot


async def announce(bot: BotInMemory) -> None:
    key = await bot.store_command(SwitchWidget(on=False), ADA)
    await bot.finish_job(AnnounceChange(TEXT.to_json(), key))


def channels(bot: BotInMemory) -> list[str]:
    """Return the channels in which something was posted."""
    return [place.channel for chat in (bot.slack, bot.teams) for place in chat.messages]


async def test_change_is_posted_in_the_admin_channels_of_both_platforms(bot: BotInMemory) -> None:
    bot.teams.tenants[TEAMS_CHANNEL] = ["T2"]
    await announce(bot)
    assert channels(bot) == ["C9", TEAMS_CHANNEL]
    assert list(bot.slack.messages.values()) == [Message(TEXT)]
    assert bot.answers == []


async def test_channel_is_looked_for_in_every_tenant_that_may_have_it(bot: BotInMemory) -> None:
    bot.teams.tenants[TEAMS_CHANNEL] = ["T2", "T3"]
    bot.teams.fail_once("post", REFUSED)
    await announce(bot)
    assert channels(bot) == ["C9", TEAMS_CHANNEL]


@pytest.mark.parametrize("why", ["closed", "refused"])
async def test_channel_that_cannot_be_reached_is_reported_to_the_admin(bot: BotInMemory, why: str) -> None:
    bot.teams.tenants[TEAMS_CHANNEL] = ["T2"]
    if why == "closed":
        bot.slack.closed_channels.add("C9")
    else:
        bot.slack.fail_once("post", REFUSED)
    await announce(bot)
    assert channels(bot) == [TEAMS_CHANNEL]
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert answer.view.tone is Tone.PROBLEM
    assert "C9" in str(answer.view.text)


async def test_channel_of_a_chat_that_is_away_is_announced_in_later_and_delays_no_other(
    bot: BotInMemory,
) -> None:
    bot.teams.tenants[TEAMS_CHANNEL] = ["T2"]
    bot.slack.fail_once("post", AWAY)
    key = await bot.store_command(SwitchWidget(on=False), ADA)
    await bot.run_job(AnnounceChange(TEXT.to_json(), key))
    for queued in bot.unit_of_work.take_jobs():
        await bot.run_job(queued.job)
    assert channels(bot) == [TEAMS_CHANNEL]
    await bot.run_jobs()
    assert channels(bot) == ["C9", TEAMS_CHANNEL]
    assert bot.answers == []


async def test_channel_that_is_away_for_too_long_is_reported_to_the_admin(bot: BotInMemory) -> None:
    for _try in range(TRIES_TO_ANSWER):
        bot.slack.fail_once("post", AWAY)
    await announce(bot)
    assert "C9" in str([one.view for one in bot.answers])


async def test_channel_that_no_tenant_has_is_reported(bot: BotInMemory) -> None:
    await announce(bot)
    assert channels(bot) == ["C9"]
    assert len(bot.answers) == 1


async def test_channel_of_a_platform_that_is_not_set_up_is_left_out(bot: BotInMemory) -> None:
    bot.services.chats.clear()
    await announce(bot)
    assert (channels(bot), bot.answers) == ([], [])


async def test_change_of_a_command_that_is_no_longer_stored_is_not_announced(bot: BotInMemory) -> None:
    await bot.finish_job(AnnounceChange(TEXT.to_json(), CommandKey("none")))
    assert channels(bot) == []


async def test_nothing_is_posted_without_admin_channels() -> None:
    bot = BotInMemory()
    await bot.start()
    await announce(bot)
    assert (channels(bot), bot.answers) == ([], [])


async def test_announcement_is_in_the_language_of_the_installation() -> None:
    bot = BotInMemory(admin_channels={"C9": ChannelRef("C9")}, language="fr")
    await bot.start()
    await announce(bot)
    assert [one.language for one in bot.slack.readers] == ["fr"]


async def test_change_of_the_operator_is_posted_too(bot: BotInMemory) -> None:
    """It comes from the command line, so there is nobody in a chat to answer."""
    bot.teams.tenants[TEAMS_CHANNEL] = ["T2"]
    bot.slack.tenants["C9"] = ["T1"]
    await bot.finish_job(AnnounceChange(TEXT.to_json(), CommandKey("operator:1")))
    assert channels(bot) == ["C9", TEAMS_CHANNEL]
    assert bot.answers == []
