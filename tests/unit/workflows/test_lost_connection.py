"""Tell a technician that TeamViewer no longer accepts their connection."""

from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, AWAY, REFUSED, BotInMemory, actor_of

from adapters.token_sources import TokenSources
from bot.commands import Auth
from bot.errors import NotAuthorized
from bot.i18n import Text
from bot.jobs import ReportLostConnection
from bot.model.connection import Connection
from bot.model.ids import ConnectionId
from bot.model.secret import Secret
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.views.pages import Message
from bot.views.parts import Button


async def lose(bot: BotInMemory, connection: Connection) -> None:
    """Let TeamViewer refuse the refresh token of a connection."""
    bot.teamviewer.fail_once("refresh", NotAuthorized(Text("Lost.")))
    source = TokenSources(bot.unit_of_work, bot.teamviewer, bot.clock)(connection)
    with pytest.raises(NotAuthorized):
        await source.renew(Secret("old-access-u1"))


def reports(bot: BotInMemory) -> list[Message]:
    """Return the private messages about a lost connection."""
    views = [chat.messages[place] for chat in (bot.slack, bot.teams) for place in chat.private]
    return [one for one in views if isinstance(one, Message) and "no longer accepts" in str(one.text)]


async def test_technician_is_told_at_once_with_the_button_to_connect(bot: BotInMemory) -> None:
    (connection,) = await bot.connections()
    await lose(bot, connection)
    assert not (await bot.connections())[0].is_active
    await bot.run_jobs()
    (report,) = reports(bot)
    (button,) = report.buttons
    assert isinstance(button, Button)
    assert button.command == Auth()
    assert list(bot.slack.private.values()) == [actor_of(ANA)]


async def test_loss_that_two_processes_notice_is_reported_once(bot: BotInMemory) -> None:
    (connection,) = await bot.connections()
    async with bot.unit_of_work.read() as tx:
        stored = await tx.tokens.read(connection.token_name)
    await lose(bot, connection)
    assert stored is not None
    async with bot.unit_of_work.write() as tx:
        await tx.tokens.store(connection.token_name, stored)
    await lose(bot, connection)
    await bot.run_jobs()
    assert len(reports(bot)) == 1


async def test_loss_of_an_account_that_is_not_in_use_is_not_reported(bot: BotInMemory) -> None:
    """No session is created with it."""
    (first,) = await bot.connections()
    bot.clock.move(minutes=1)
    await bot.connect(ANA, "u2")
    await lose(bot, first)
    await bot.run_jobs()
    assert reports(bot) == []


async def test_technician_who_connected_again_meanwhile_is_not_told(bot: BotInMemory) -> None:
    (connection,) = await bot.connections()
    await lose(bot, connection)
    await bot.connect(ANA)
    await bot.run_jobs()
    assert reports(bot) == []


async def test_report_about_a_connection_that_is_gone_says_nothing(bot: BotInMemory) -> None:
    await bot.run_job(ReportLostConnection(ConnectionId("gone")))
    assert reports(bot) == []


@pytest.mark.parametrize("error", [REFUSED, AWAY], ids=["refused", "away"])
async def test_report_goes_to_the_other_chat_where_the_first_one_does_not_take_it(
    bot: BotInMemory, error: Exception
) -> None:
    (connection,) = await bot.connections()
    await lose(bot, connection)
    bot.slack.fail_once("post_private", error)
    await bot.run_jobs()
    assert list(bot.teams.private.values()) == [actor_of(ANA, Platform.TEAMS)]
    assert len(reports(bot)) == 1


async def test_report_comes_later_while_every_chat_is_away(bot: BotInMemory) -> None:
    (connection,) = await bot.connections()
    await lose(bot, connection)
    for chat in (bot.slack, bot.teams):
        chat.fail_once("post_private", AWAY)
    await bot.run_jobs()
    assert len(reports(bot)) == 1


async def test_report_that_every_chat_refuses_ends(bot: BotInMemory) -> None:
    (connection,) = await bot.connections()
    await lose(bot, connection)
    for chat in (bot.slack, bot.teams):
        chat.fail_once("post_private", REFUSED)
    await bot.run_jobs()
    assert reports(bot) == []


async def test_report_is_plain_text_with_the_widget_off(bot: BotInMemory) -> None:
    await bot.switch(hidden=Location.MESSAGE)
    (connection,) = await bot.connections()
    await lose(bot, connection)
    await bot.run_jobs()
    (report,) = reports(bot)
    assert list(report.buttons) == []


async def test_home_is_brought_up_to_date(bot: BotInMemory) -> None:
    account = await bot.open_home(ANA)
    (connection,) = await bot.connections()
    await lose(bot, connection)
    await bot.run_jobs()
    assert account in bot.slack.homes


async def test_connection_that_is_refused_after_a_long_time_is_reported_too(bot: BotInMemory) -> None:
    (connection,) = await bot.connections()
    bot.clock.move(seconds=timedelta(days=90).total_seconds())
    await lose(bot, connection)
    await bot.run_jobs()
    assert len(reports(bot)) == 1
