"""A whole bot beside a whole town, in this process, over real HTTP. Each test brings people and requests of its own."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.bot import RunningBot, running_bot, settings_for
from support.demo_page import chromium, running_demo
from support.desk import Desk

from sandbox.environment import Environment


@pytest.fixture(scope="session")
async def town() -> AsyncIterator[Environment]:
    """Every outside system, once for all tests."""
    town = Environment()
    await town.start()
    yield town
    await town.stop()


@pytest.fixture(scope="session", autouse=True)
def _new_people_at_once() -> Iterator[None]:
    """Each test brings new technicians: the list of them is not believed for long about strangers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.freshness.DIRECTORY_FRESH_FOR_UNLISTED", timedelta(0))
        yield


@pytest.fixture(scope="session")
async def bot(town: Environment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningBot]:
    """The bot, on SQLite, once for all tests: the engine is one a process."""
    folder = tmp_path_factory.mktemp("bot")
    async with running_bot(settings_for(town, f"sqlite:///{folder}/tvbot.db"), town) as bot:
        yield bot


@pytest.fixture(autouse=True)
async def _nothing_left_to_watch(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """End what a test leaves open: the bot would go on watching it, every second, for all tests that follow."""
    yield
    bot = request.getfixturevalue("bot") if "bot" in request.fixturenames else None
    if bot is not None:
        async with bot.unit_of_work.write() as tx:
            for one in await tx.sessions.all_open():
                await tx.sessions.save(one.ended(bot.services.clock(), by=None), known_version=one.version)


@pytest.fixture
def desk(town: Environment, bot: RunningBot) -> Desk:
    """A technician who has not yet authorized, in a channel with the bot."""
    return Desk.new(town)


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine pause briefly between tries, so that a test of retries takes moments."""
    monkeypatch.setattr("adapters.engine.steps.FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr("adapters.engine.steps.LONGEST_PAUSE_SECONDS", 0.05)


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[str]:
    """The demo as a user starts it."""
    async with running_demo(tmp_path) as url:
        yield url


@pytest.fixture
async def browser():
    """A headless Chromium."""
    async with chromium() as browser:
        yield browser
