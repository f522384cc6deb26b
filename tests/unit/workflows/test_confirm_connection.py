"""Report in chat how a sign-in at TeamViewer ended."""

from support.bot_in_memory import ANA, AWAY, BotInMemory, actor_of

from bot.commands import Auth
from bot.jobs import AskAboutAccount, ConfirmConnection
from bot.model.ids import ConnectionId, Email
from bot.views.pages import Message
from bot.views.parts import Tone


async def confirm(bot: BotInMemory, connection: str) -> None:
    await bot.run_job(ConfirmConnection(ConnectionId(connection), await bot.store_command(Auth())))


async def test_connection_is_confirmed_and_shown_in_the_home(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    (connection,) = await bot.connections()
    await confirm(bot, connection.id)
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert (answer.view.tone, answer.view.is_personal) == (Tone.GOOD, True)
    assert connection.account.name in str(answer.view.text)
    assert list(bot.slack.homes) == [actor_of(ANA)]


async def test_home_is_refreshed_where_the_confirmation_fails(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    bot.slack.fail_once("send_answer", AWAY)
    (connection,) = await bot.connections()
    await confirm(bot, connection.id)
    assert list(bot.slack.homes) == [actor_of(ANA)]


async def test_connection_that_was_given_up_meanwhile_is_not_confirmed(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    await confirm(bot, "none")
    assert (bot.answers, bot.slack.homes) == ([], {})


async def test_connection_that_another_one_replaced_meanwhile_is_not_called_active(bot: BotInMemory) -> None:
    (connection,) = await bot.connections()
    await bot.connect(ANA, "u2")
    await confirm(bot, connection.id)
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert answer.view.tone is Tone.PLAIN
    assert "with another account now" in str(answer.view.text)


async def test_technician_is_asked_about_an_account_with_another_address(bot: BotInMemory) -> None:
    job = AskAboutAccount(ANA.email, Email("other@example.com"), await bot.store_command(Auth()))
    await bot.run_job(job)
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert (answer.view.tone, answer.view.is_personal) == (Tone.PROBLEM, True)
    assert "other@example.com" in str(answer.view.text)
    assert ANA.email in str(answer.view.text)
