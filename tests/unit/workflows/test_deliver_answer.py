"""Deliver an answer that did not arrive at the first try."""

from support.bot_in_memory import IN_CHANNEL, BotInMemory

from bot.i18n import Text
from bot.jobs import DeliverAnswer
from bot.model.ids import CommandKey
from bot.model.technician import Platform
from bot.views.pages import Message
from bot.views.parts import Reader

VIEW = Message(Text("Done."))


async def test_stored_answer_is_delivered(bot: BotInMemory) -> None:
    key = await bot.store_command()
    async with bot.unit_of_work.write() as tx:
        await tx.commands.store_answer(key, bot.slack.dump_answer(IN_CHANNEL, VIEW, Reader()))
    await bot.run_job(DeliverAnswer(Platform.SLACK, key))
    assert [one.view for one in bot.answers] == [VIEW]


async def test_command_without_a_stored_answer_is_not_answered(bot: BotInMemory) -> None:
    await bot.run_job(DeliverAnswer(Platform.SLACK, await bot.store_command()))
    await bot.run_job(DeliverAnswer(Platform.SLACK, CommandKey("none")))
    assert bot.answers == []
