"""Revoke at TeamViewer the connections that were given up here."""

import pytest
from support.bot_in_memory import ANA, AWAY, REFUSED, BotInMemory, actor_of

from bot.authorizations import REVOKE_RETRY_AFTER
from bot.commands import Logout
from bot.errors import BotError, NotAllowed, NotAuthorized
from bot.i18n import Text
from bot.jobs import Sweep
from bot.model.connection import Connection
from bot.model.ids import ConnectionId
from bot.views.pages import Message
from bot.views.parts import Tone


async def log_out(bot: BotInMemory) -> Connection:
    (connection,) = await bot.connections()
    await bot.send(Logout(sure=True))
    return connection


async def is_stored(bot: BotInMemory, connection: Connection) -> bool:
    async with bot.unit_of_work.read() as tx:
        return await tx.revocations.get(connection.id) is not None


async def test_connection_is_revoked_and_deleted_without_a_further_answer(bot: BotInMemory) -> None:
    connection = await log_out(bot)
    await bot.run_jobs()
    assert bot.teamviewer.revoked == ["access"]
    assert not await is_stored(bot, connection)
    assert bot.answers == []


async def test_home_shows_at_once_that_the_account_is_disconnected(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    await log_out(bot)
    bot.teamviewer.fail_once("revoke", AWAY)
    await bot.run_jobs()
    home = bot.slack.homes[actor_of(ANA)]
    assert home.status is not None
    assert home.status.connection is None


@pytest.mark.parametrize("error", [AWAY, REFUSED], ids=["away", "refused"])
async def test_connection_that_cannot_be_revoked_waits_for_the_sweep(
    bot: BotInMemory, error: BotError
) -> None:
    connection = await log_out(bot)
    bot.teamviewer.fail_once("revoke", error)
    await bot.run_jobs()
    assert await is_stored(bot, connection)
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert (answer.view.tone, answer.view.is_personal) == (Tone.WAIT, True)
    bot.clock.move(seconds=REVOKE_RETRY_AFTER.total_seconds())
    await bot.run_job(Sweep(up_seconds=0))
    assert not await is_stored(bot, connection)


async def test_tokens_that_teamviewer_no_longer_accepts_count_as_revoked(bot: BotInMemory) -> None:
    connection = await log_out(bot)
    bot.fakes.tokens.fail_once("end", NotAuthorized(Text("Lost.")))
    await bot.run_jobs()
    assert not await is_stored(bot, connection)
    assert bot.answers == []


async def test_connection_is_not_revoked_while_the_integration_is_off(bot: BotInMemory) -> None:
    connection = await log_out(bot)
    await bot.switch(integration=False)
    await bot.run_jobs()
    assert (bot.teamviewer.revoked, await is_stored(bot, connection)) == ([], True)
    assert len(bot.answers) == 1


async def test_connection_that_is_gone_is_not_revoked_again(bot: BotInMemory) -> None:
    connection = await log_out(bot)
    await bot.run_jobs()
    await bot.workflows.services.revoker.revoke(ConnectionId(connection.id))
    assert len(bot.teamviewer.revoked) == 1


async def test_connection_that_fails_in_a_round_is_postponed_and_does_not_stop_the_others(
    bot: BotInMemory,
) -> None:
    await bot.connect(ANA, "u2")
    await bot.send(Logout(sure=True))
    bot.unit_of_work.take_jobs()
    bot.clock.move(seconds=REVOKE_RETRY_AFTER.total_seconds())
    bot.teamviewer.fail_once("revoke", AWAY)
    await bot.workflows.services.revoker.revoke_due()
    async with bot.unit_of_work.read() as tx:
        assert await tx.revocations.due(bot.clock()) == []
        assert len(await tx.revocations.due(bot.clock() + REVOKE_RETRY_AFTER)) == 1
    assert bot.teamviewer.revoked == ["access"]


async def test_connection_stays_due_where_the_integration_was_switched_off(bot: BotInMemory) -> None:
    connection = await log_out(bot)
    bot.clock.move(seconds=REVOKE_RETRY_AFTER.total_seconds())
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await bot.workflows.services.revoker._revoke_or_postpone(connection)
    async with bot.unit_of_work.read() as tx:
        assert len(await tx.revocations.due(bot.clock())) == 1
