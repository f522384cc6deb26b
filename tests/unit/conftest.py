"""What unit tests of the product's rules share: one installation over fakes, in memory."""

import pytest
from support.bot_in_memory import BotInMemory


@pytest.fixture
async def bot() -> BotInMemory:
    """An installation with three technicians and an open request."""
    bot = BotInMemory()
    await bot.start()
    return bot
