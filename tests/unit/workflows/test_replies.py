"""Replies of a job to the person who sent the command."""

import pytest
from support.bot_in_memory import ANA, REFUSED, BotInMemory, actor_of

from bot.commands import Auth
from bot.errors import Rejected
from bot.i18n import Text
from bot.model.ids import CommandKey, SessionId
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Button, Tone
from bot.workflows.replies import problem_view

VIEW = Message(Text("Done."), buttons=[Button(Text("Connect"), Auth())])


async def test_command_is_answered_where_it_came_from(bot: BotInMemory) -> None:
    key = await bot.store_command()
    await bot.workflows.services.replies.answer_command(key, VIEW)
    (answer,) = bot.answers
    assert (answer.to.actor, answer.to.channel, answer.view) == (actor_of(ANA), "C1", VIEW)


async def test_answer_is_in_the_language_of_the_sender_or_else_of_the_installation() -> None:
    bot = BotInMemory(language="fr")
    await bot.start()
    account = actor_of(ANA)
    key = await bot.store_command()
    await bot.workflows.services.replies.answer_command(key, VIEW)
    async with bot.unit_of_work.write() as tx:
        await tx.people.store_profile(replace(bot.slack.profiles[account], locale="fr"), bot.clock())
    await bot.workflows.services.replies.answer_command(key, VIEW)
    bot.clock.move(days=1)
    async with bot.unit_of_work.write() as tx:
        await tx.people.purge(bot.clock(), limit=10)
    await bot.workflows.services.replies.answer_command(key, VIEW)
    assert [one.reader.language for one in bot.answers] == ["en", "fr", "fr"]


async def test_answer_has_no_buttons_while_the_widget_is_off_for_messages(bot: BotInMemory) -> None:
    await bot.switch(hidden=Location.MESSAGE)
    await bot.workflows.services.replies.answer_command(await bot.store_command(), VIEW)
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert answer.view.buttons == ()


async def test_command_that_is_no_longer_stored_is_not_answered(bot: BotInMemory) -> None:
    await bot.workflows.services.replies.answer_command(CommandKey("none"), VIEW)
    await bot.workflows.services.replies.answer_creator(SessionId("none"), VIEW)
    assert bot.answers == []


async def test_answer_that_the_platform_refuses_is_raised(bot: BotInMemory) -> None:
    bot.slack.fail_once("send_answer", REFUSED)
    with pytest.raises(Rejected):
        await bot.workflows.services.replies.answer_command(await bot.store_command(), VIEW)


async def test_answer_on_a_platform_that_is_no_longer_set_up_is_refused(bot: BotInMemory) -> None:
    key = await bot.store_command()
    del bot.services.chats[Platform.SLACK]
    with pytest.raises(Rejected):
        await bot.workflows.services.replies.answer_command(key, VIEW)


def test_problem_is_shown_as_one() -> None:
    assert problem_view(Text("It broke.")).tone is Tone.PROBLEM
