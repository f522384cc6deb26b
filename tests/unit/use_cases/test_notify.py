"""Choose whether to be notified when the requester is there."""

from support.bot_in_memory import ANA, BEN, BotInMemory

from bot.commands import Notify, Status
from bot.jobs import RefreshHomes
from bot.model.technician import Platform
from bot.views.pages import Message, StatusPage
from bot.views.parts import Button


async def wants_pings(bot: BotInMemory) -> bool:
    async with bot.unit_of_work.read() as tx:
        return await tx.people.wants_pings(ANA.email)


async def test_technician_is_notified_until_they_choose_otherwise(bot: BotInMemory) -> None:
    assert await wants_pings(bot)
    assert isinstance(await bot.send(Notify(on=False)), Message)
    assert not await wants_pings(bot)
    await bot.send(Notify(on=True))
    assert await wants_pings(bot)


async def test_choice_is_shown_in_every_chat_of_the_technician_and_in_nobody_elses(bot: BotInMemory) -> None:
    await bot.send(Notify(on=False), platform=Platform.SLACK)
    for by, wanted in ((ANA, False), (BEN, True)):
        view = await bot.send(Status(), by=by, platform=Platform.TEAMS)
        assert isinstance(view, StatusPage)
        assert view.wants_pings is wanted
        commands = [one.command for one in view.buttons if isinstance(one, Button)]
        assert Notify(on=not wanted) in commands


async def test_homes_follow_the_choice(bot: BotInMemory) -> None:
    await bot.send(Notify(on=False))
    assert bot.jobs == [RefreshHomes(ANA.email)]


async def test_choice_can_be_made_while_the_integration_is_off(bot: BotInMemory) -> None:
    await bot.switch(integration=False)
    await bot.send(Notify(on=False))
    assert not await wants_pings(bot)


async def test_word_alone_shows_the_choice_and_a_button_for_the_other(bot: BotInMemory) -> None:
    view = await bot.send(Notify())
    assert isinstance(view, Message)
    assert [one.command for one in view.buttons if isinstance(one, Button)] == [Notify(on=False)]
    assert await wants_pings(bot)
    assert bot.jobs == []
