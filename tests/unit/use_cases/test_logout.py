"""Disconnect all TeamViewer accounts of a technician."""

from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, BEN, BotInMemory

from bot.authorizations import REVOKE_RETRY_AFTER
from bot.commands import Logout
from bot.errors import NotFound
from bot.jobs import RefreshHomes, RevokeConnections
from bot.model.audit import Action
from bot.views.pages import Message
from bot.views.parts import Button, Tone
from bot.views.plain import in_plain_text


async def test_every_connection_is_given_up_audited_and_revoked(bot: BotInMemory) -> None:
    await bot.connect(ANA, "u2")
    ids = {one.id for one in await bot.connections()}
    view = await bot.send(Logout(), key="k1")
    assert await bot.connections() == []
    assert await bot.actions() == [Action.DISCONNECTED, Action.DISCONNECTED]
    queued, homes = bot.queue
    assert isinstance(queued.job, RevokeConnections)
    assert set(queued.job.connections) == ids
    assert queued.key == "revoke_connections:k1"
    assert homes.job == RefreshHomes(ANA.email)
    assert isinstance(view, Message)
    assert (view.tone, view.is_personal) == (Tone.GOOD, True)


async def test_logout_without_a_connection_is_refused(bot: BotInMemory) -> None:
    with pytest.raises(NotFound):
        await bot.send(Logout(), by=BEN)


async def test_logout_leaves_connections_of_others(bot: BotInMemory) -> None:
    await bot.connect(BEN, "u2")
    await bot.send(Logout())
    assert len(await bot.connections(BEN)) == 1


async def test_logout_with_the_integration_off_leaves_the_revocation_to_the_sweep(bot: BotInMemory) -> None:
    await bot.switch(integration=False)
    view = await bot.send(Logout())
    job, _homes = bot.jobs
    assert isinstance(job, RevokeConnections)
    assert job.connections == ()
    async with bot.unit_of_work.read() as tx:
        assert len(await tx.revocations.due(bot.clock())) == 1
    assert isinstance(view, Message)
    assert len(view.details) == 2


async def test_sweep_waits_for_the_job_that_revokes(bot: BotInMemory) -> None:
    await bot.send(Logout())
    async with bot.unit_of_work.read() as tx:
        assert await tx.revocations.due(bot.clock()) == []
        assert len(await tx.revocations.due(bot.clock() + REVOKE_RETRY_AFTER + timedelta(seconds=1))) == 1


async def test_with_an_open_session_it_asks_first_and_changes_nothing(bot: BotInMemory) -> None:
    await bot.open_session()
    view = await bot.send(Logout())
    assert isinstance(view, Message)
    assert [button.command for button in view.buttons if isinstance(button, Button)] == [Logout(sure=True)]
    assert view.is_personal
    assert len(await bot.connections()) == 1
    await bot.send(Logout(sure=True))
    assert await bot.connections() == []


async def test_question_in_words_says_what_to_type(bot: BotInMemory) -> None:
    """While the widget is off there is no button to press."""
    await bot.open_session()
    view = in_plain_text(await bot.send(Logout()))
    assert isinstance(view, Message)
    assert "`/tv logout --sure`" in str(view.details[-1])
