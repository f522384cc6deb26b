"""Sessions at TeamViewer, each reached through the connection of its technician."""

from support.bot_in_memory import ANA, BEN, BotInMemory
from support.fakes.tokens import FakeTokens

from bot.model.connection import Connection
from bot.ports import TokenSource
from bot.workflows.remote_sessions import not_connected


async def test_every_call_uses_the_token_of_its_connection() -> None:
    asked: list[str] = []

    def source(connection: Connection) -> TokenSource:
        asked.append(connection.technician)
        return FakeTokens()

    bot = BotInMemory(source)
    await bot.start()
    await bot.connect(BEN, "u2")
    await bot.open_session()
    await bot.open_session(by=BEN)
    assert asked == [ANA.email, BEN.email]


async def test_error_names_whose_account_is_missing(bot: BotInMemory) -> None:
    assert ANA.name in str(not_connected(await bot.accept_session()).text)
