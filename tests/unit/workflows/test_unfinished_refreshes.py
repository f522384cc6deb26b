"""A token refresh whose process died in the middle is finished by the next round, before anybody needs the connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from support.bot_in_memory import ANA, AWAY, BotInMemory, actor_of
from support.memory.unit_of_work import MemoryTransaction

from adapters.token_sources import TokenSources
from bot.errors import NotAuthorized, Unavailable, database_unavailable
from bot.i18n import Text
from bot.jobs import Sweep
from bot.model.connection import Connection
from bot.model.secret import Secret
from bot.tokens import LEASE
from bot.views.pages import Message

USED = NotAuthorized(Text("It was used before."))
OLD = Secret("old-access-u1")


class Processes:
    """Processes on one database. Each has token sources of its own."""

    def __init__(self, bot: BotInMemory) -> None:
        self._bot = bot
        self._killed: list[asyncio.Task[Secret]] = []

    async def kill_in_a_refresh(self, connection: Connection) -> None:
        """Let a process refresh the tokens of a connection, and kill it before it has the answer."""
        has_left = asyncio.Event()

        async def die() -> None:
            has_left.set()
            await asyncio.Event().wait()

        self._bot.teamviewer.before_return["refresh"] = die
        source = TokenSources(self._bot.unit_of_work, self._bot.teamviewer, self._bot.clock)
        self._killed.append(asyncio.create_task(source(connection).renew(OLD)))
        await has_left.wait()

    def start_next(self) -> None:
        """Start the next process."""
        source = TokenSources(self._bot.unit_of_work, self._bot.teamviewer, self._bot.clock)
        self._bot.workflows.services.remote._token_source = source

    async def bury(self) -> None:
        """End the tasks that stand for killed processes, when the test is over."""
        for task in self._killed:
            task.cancel()
        await asyncio.gather(*self._killed, return_exceptions=True)


@pytest.fixture
async def processes(bot: BotInMemory) -> AsyncIterator[Processes]:
    processes = Processes(bot)
    yield processes
    await processes.bury()


def messages(bot: BotInMemory) -> list[Message]:
    """Return the private messages in Slack."""
    views = [bot.slack.messages[place] for place in bot.slack.private]
    return [view for view in views if isinstance(view, Message)]


async def next_round(bot: BotInMemory) -> None:
    await bot.run_job(Sweep(up_seconds=0))
    await bot.run_jobs()


async def test_refresh_token_that_works_once_more_saves_the_connection(
    bot: BotInMemory, processes: Processes
) -> None:
    (connection,) = await bot.connections()
    await processes.kill_in_a_refresh(connection)
    processes.start_next()
    bot.clock.move(seconds=LEASE.total_seconds() + 1)
    await next_round(bot)
    (saved,) = await bot.connections()
    assert (saved.is_active, saved.is_alive) == (True, True)
    assert bot.teamviewer.calls.count("refresh") == 2
    await next_round(bot)
    assert bot.teamviewer.calls.count("refresh") == 2
    assert messages(bot) == []


async def test_refresh_token_that_was_used_up_ends_the_connection_and_its_technician_is_told(
    bot: BotInMemory, processes: Processes
) -> None:
    (connection,) = await bot.connections()
    await processes.kill_in_a_refresh(connection)
    processes.start_next()
    bot.clock.move(seconds=LEASE.total_seconds() + 1)
    bot.teamviewer.fail_once("refresh", USED)
    await next_round(bot)
    (lost,) = await bot.connections()
    assert (lost.is_active, lost.is_alive) == (False, False)
    (message,) = messages(bot)
    assert "no longer accepts your connection" in str(message.text)
    assert list(bot.slack.private.values()) == [actor_of(ANA)]
    await next_round(bot)
    assert bot.teamviewer.calls.count("refresh") == 2
    assert len(messages(bot)) == 1


async def test_refresh_that_may_still_be_under_way_is_left_alone(
    bot: BotInMemory, processes: Processes
) -> None:
    (connection,) = await bot.connections()
    await processes.kill_in_a_refresh(connection)
    processes.start_next()
    await next_round(bot)
    assert bot.teamviewer.calls.count("refresh") == 1


async def test_unfinished_refresh_is_tried_in_each_round_while_teamviewer_is_away(
    bot: BotInMemory, processes: Processes
) -> None:
    (connection,) = await bot.connections()
    await processes.kill_in_a_refresh(connection)
    processes.start_next()
    bot.clock.move(seconds=LEASE.total_seconds() + 1)
    bot.teamviewer.fail_once("refresh", AWAY)
    await next_round(bot)
    assert (await bot.connections())[0].is_active
    bot.clock.move(seconds=1)
    bot.teamviewer.fail_once("refresh", USED)
    await next_round(bot)
    assert not (await bot.connections())[0].is_active
    assert len(messages(bot)) == 1


async def test_unfinished_refresh_waits_for_as_long_as_teamviewer_asks(
    bot: BotInMemory, processes: Processes
) -> None:
    (connection,) = await bot.connections()
    await processes.kill_in_a_refresh(connection)
    processes.start_next()
    bot.clock.move(seconds=LEASE.total_seconds() + 1)
    bot.teamviewer.fail_once("refresh", Unavailable(Text("Too many calls."), retry_after=7200))
    await next_round(bot)
    bot.clock.move(seconds=7199)
    await next_round(bot)
    assert bot.teamviewer.calls.count("refresh") == 2
    bot.clock.move(seconds=1)
    await next_round(bot)
    assert bot.teamviewer.calls.count("refresh") == 3


async def test_refresh_whose_answer_was_lost_is_finished_by_the_next_round(bot: BotInMemory) -> None:
    """The process lives, but it does not know either whether the refresh token is used up."""
    (connection,) = await bot.connections()
    source = TokenSources(bot.unit_of_work, bot.teamviewer, bot.clock)
    bot.workflows.services.remote._token_source = source

    async def lose_the_answer() -> None:
        raise AWAY

    bot.teamviewer.before_return["refresh"] = lose_the_answer
    with pytest.raises(Unavailable):
        await source(connection).renew(OLD)
    bot.clock.move(seconds=1)
    await next_round(bot)
    assert bot.teamviewer.calls.count("refresh") == 2
    assert (await bot.connections())[0].is_alive


async def test_refresh_that_never_left_needs_no_finish(bot: BotInMemory) -> None:
    """The process was stopped before, so the refresh token is certainly good."""
    (connection,) = await bot.connections()
    source = TokenSources(bot.unit_of_work, bot.teamviewer, bot.clock)
    bot.workflows.services.remote._token_source = source
    bot.teamviewer.fail_once("refresh", asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await source(connection).renew(OLD)
    bot.clock.move(seconds=1)
    await next_round(bot)
    assert bot.teamviewer.calls.count("refresh") == 1


async def test_refreshes_are_left_alone_while_the_integration_is_off(
    bot: BotInMemory, processes: Processes
) -> None:
    (connection,) = await bot.connections()
    await processes.kill_in_a_refresh(connection)
    processes.start_next()
    await bot.switch(integration=False)
    bot.clock.move(seconds=LEASE.total_seconds() + 1)
    await next_round(bot)
    assert bot.teamviewer.calls.count("refresh") == 1


async def test_refreshed_tokens_are_stored_as_soon_as_the_database_is_back(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old refresh token is used up, so the authorization would be lost with the new one."""
    monkeypatch.setattr("bot.outage.PAUSES_SECONDS", (0.0,) * 3)
    (connection,) = await bot.connections()
    write, failures = bot.unit_of_work.write, iter([database_unavailable(), database_unavailable()])

    def write_or_fail() -> AbstractAsyncContextManager[MemoryTransaction]:
        if "refresh" in bot.teamviewer.calls and (failure := next(failures, None)) is not None:
            raise failure
        return write()

    monkeypatch.setattr(bot.unit_of_work, "write", write_or_fail)
    new = await TokenSources(bot.unit_of_work, bot.teamviewer, bot.clock)(connection).renew(OLD)
    assert next(failures, None) is None, "storing failed twice"
    async with bot.unit_of_work.read() as tx:
        stored = await tx.tokens.read(connection.token_name)
    assert stored is not None
    assert (stored.access, stored.is_being_refreshed) == (new, False)


async def test_refreshed_tokens_are_stored_although_the_process_stops(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop comes between the answer and the storing of the new tokens."""
    (connection,) = await bot.connections()
    write = bot.unit_of_work.write
    refresh: asyncio.Task[Secret]

    @asynccontextmanager
    async def write_while_stopping() -> AsyncIterator[MemoryTransaction]:
        if "refresh" in bot.teamviewer.calls:
            refresh.cancel()
            await asyncio.sleep(0)
        async with write() as tx:
            yield tx

    monkeypatch.setattr(bot.unit_of_work, "write", write_while_stopping)
    source = TokenSources(bot.unit_of_work, bot.teamviewer, bot.clock)(connection)
    refresh = asyncio.create_task(source.renew(OLD))
    with pytest.raises(asyncio.CancelledError):
        await refresh
    async with bot.unit_of_work.read() as tx:
        stored = await tx.tokens.read(connection.token_name)
    assert stored is not None
    assert stored.access not in {None, OLD}
    assert not stored.is_being_refreshed
