"""Report in chat how a sign-in at TeamViewer ended."""

from support.bot_in_memory import ANA, AWAY, BotInMemory

from bot.commands import Auth, ConnectAccount
from bot.jobs import AskAboutAccount, ConfirmConnection
from bot.model.ids import ConnectionId, Email
from bot.model.technician import Platform
from bot.views.pages import Message
from bot.views.parts import Button, Tone


async def confirm(bot: BotInMemory, connection: str) -> None:
    key = await bot.store_command(Auth())
    await bot.run_job(ConfirmConnection(Platform.SLACK, ConnectionId(connection), key))


async def test_connection_is_confirmed(bot: BotInMemory) -> None:
    (connection,) = await bot.connections()
    await confirm(bot, connection.id)
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert (answer.view.tone, answer.view.is_personal) == (Tone.GOOD, True)
    assert connection.account.name in str(answer.view.text)


async def test_confirmation_is_sent_later_while_the_chat_is_away(bot: BotInMemory) -> None:
    bot.slack.fail_once("send_answer", AWAY)
    (connection,) = await bot.connections()
    await confirm(bot, connection.id)
    assert bot.answers == []
    await bot.run_jobs()
    assert len(bot.answers) == 1


async def test_connection_that_was_given_up_meanwhile_is_not_confirmed(bot: BotInMemory) -> None:
    await confirm(bot, "none")
    assert bot.answers == []


async def test_connection_that_another_one_replaced_meanwhile_is_not_called_active(bot: BotInMemory) -> None:
    (connection,) = await bot.connections()
    await bot.connect(ANA, "u2")
    await confirm(bot, connection.id)
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert answer.view.tone is Tone.PLAIN
    assert "with another account now" in str(answer.view.text)


async def test_technician_is_asked_about_an_account_with_another_address(bot: BotInMemory) -> None:
    key = await bot.store_command(Auth())
    job = AskAboutAccount(Platform.SLACK, ANA.email, Email("other@example.com"), ConnectionId("c1"), key)
    await bot.run_job(job)
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert (answer.view.tone, answer.view.is_personal) == (Tone.PROBLEM, True)
    assert "other@example.com" in str(answer.view.text)
    assert ANA.email in str(answer.view.text)
    (button,) = answer.view.buttons
    assert isinstance(button, Button)
    assert button.command == ConnectAccount("c1")
