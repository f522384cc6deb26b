"""A whole bot beside a whole town, in this process, over real HTTP. Each test brings people and requests of its own."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.bot import BotProcess, RunningBot, running_bot, settings_for
from support.demo_page import CHROMIUM, FLAGS
from support.desk import Desk
from support.ports import free_port

from sandbox.town import Town


@pytest.fixture(scope="session")
async def town() -> AsyncIterator[Town]:
    """Every outside system, once for all tests."""
    town = Town()
    await town.start()
    yield town
    await town.stop()


@pytest.fixture(scope="session", autouse=True)
def _new_people_at_once() -> Iterator[None]:
    """Each test brings new technicians: the list of them is not believed for long about strangers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.world.FRESH_FOR_STRANGERS", timedelta(0))
        yield


@pytest.fixture(scope="session")
async def bot(town: Town, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningBot]:
    """The bot, on SQLite, once for all tests: the engine is one a process."""
    folder = tmp_path_factory.mktemp("bot")
    async with running_bot(settings_for(town, f"sqlite:///{folder}/tvbot.db"), town) as bot:
        yield bot


@pytest.fixture
def desk(town: Town, bot: RunningBot) -> Desk:
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
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = BotProcess({"TVBOT_PUBLIC_URL": url}, tmp_path / "log", "demo", "--port", str(port))
    await process.start()
    await process.until_ready()
    yield url
    assert await process.stop() == 0
    assert "Traceback" not in process.log(), process.log()


@pytest.fixture
async def browser():
    """A headless Chromium."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()
