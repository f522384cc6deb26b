"""Find the open session that a command is about."""

import pytest
from support.bot_in_memory import BotInMemory

from bot.commands import Status
from bot.errors import NotFound
from bot.use_cases.find_session import none_open, open_session_by_id


async def test_session_that_is_ending_is_found_only_where_that_is_wanted(bot: BotInMemory) -> None:
    session = await bot.open_session()
    at = bot.clock()
    await bot.change(session.id, lambda one: one.ending(at))
    async with bot.context(Status()) as context:
        assert await open_session_by_id(session.id, context, may_be_ending=True)
        with pytest.raises(NotFound):
            await open_session_by_id(session.id, context)


async def test_session_that_is_over_is_not_found(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.end(session.id)
    async with bot.context(Status()) as context:
        with pytest.raises(NotFound):
            await open_session_by_id(session.id, context, may_be_ending=True)
        assert await open_session_by_id("unknown", context) is None


@pytest.mark.parametrize(
    ("reference", "said"), [("s12345678", "has the code s12-345-678"), ("101", "create 101")]
)
async def test_sentence_names_what_was_typed(bot: BotInMemory, reference: str, said: str) -> None:
    async with bot.context(Status()) as context:
        assert said in str(await none_open(reference, context))
