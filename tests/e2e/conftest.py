"""The whole bot and every outside system, in this process, over real HTTP. Each test adds its own people and requests."""

import itertools
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser
from support import postgres
from support.bot import HOOK_SECRET, BotProcess, RunningBot, running_bot, settings_for
from support.chat_user import ChatUser
from support.demo_page import chromium, running_demo
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import SlackUser

from bot.model.ids import Email
from bot.model.switches import Switches
from sandbox.environment import Environment

_numbers = itertools.count()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run each variant of a story in one chat now, and in the other chat among the long proofs.

    A story without variants runs in both chats.
    """
    for item in items:
        variants = (
            dict(item.callspec.indices)
            if isinstance(item, pytest.Function) and hasattr(item, "callspec")
            else {}
        )
        chat = variants.pop("chat", None)
        if chat is not None and variants and sum(variants.values()) % 2 != chat:
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
async def environment() -> AsyncIterator[Environment]:
    """Every outside system, once for all tests."""
    environment = Environment()
    await environment.start()
    yield environment
    await environment.stop()


@pytest.fixture
async def own_environment() -> AsyncIterator[Environment]:
    """Every outside system, for this test alone: its bot is set up differently, or killed."""
    environment = Environment()
    await environment.start()
    yield environment
    await environment.stop()


@pytest.fixture
async def bot_process() -> AsyncIterator[Callable[..., BotProcess]]:
    """Makes a bot that runs as a process. A test that fails leaves none running: it would slow all later tests down."""
    made: list[BotProcess] = []

    def make(settings: dict[str, str], log: Path, *arguments: str, **more: Any) -> BotProcess:
        made.append(BotProcess(settings, log, *arguments, **more))
        return made[-1]

    yield make
    for process in made:
        await process.clean_up()


@pytest.fixture
def postgresql_url(postgres_server: str) -> str:
    """An empty database on PostgreSQL, for this test alone."""
    return postgres.new_database(postgres_server, f"for_one_test_{next(_numbers)}")


@pytest.fixture(autouse=True)
def _new_technicians_are_known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test adds technicians, so the list is read again for every account that is not on it."""
    monkeypatch.setattr("bot.freshness.DIRECTORY_FRESH_FOR_UNLISTED", timedelta(0))


@pytest.fixture(scope="session")
async def bot(
    environment: Environment, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningBot]:
    """The bot, on SQLite, once for all tests: the engine is one a process."""
    folder = tmp_path_factory.mktemp("bot")
    settings = settings_for(
        environment,
        f"sqlite:///{folder}/tvbot.db",
        TVBOT_SERVICEDESK_RECORD="worklog",
        TVBOT_SERVICEDESK_HOOK_SECRET=HOOK_SECRET,
    )
    async with running_bot(settings, environment) as bot:
        yield bot


@pytest.fixture
async def shared_bot_rests(bot: RunningBot) -> AsyncIterator[None]:
    """The bot of all tests does not run, so that a test can run one of its own in this process."""
    async with bot.resting():
        yield


@pytest.fixture
async def inviting_bot(
    environment: Environment, bot: RunningBot, database_url: str
) -> AsyncIterator[RunningBot]:
    """A bot that invites requesters in chat, on a database of each kind. The bot of all tests rests meanwhile."""
    settings = settings_for(
        environment,
        database_url,
        TVBOT_SERVICEDESK_RECORD="worklog",
        TVBOT_TELL_REQUESTER_IN_CHAT="true",
    )
    async with bot.resting(), running_bot(settings, environment) as inviting:
        yield inviting
    environment.set_bot_url(bot.bot.settings.public_url or "")


@pytest.fixture(autouse=True)
async def _shared_state_is_restored(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Restore what later tests share: the switches, the planned faults, the sandboxes' options, the open sessions.

    Open sessions are ended because the bot would poll them every second during all later tests.
    """
    yield
    if "bot" not in request.fixturenames:
        return
    bot: RunningBot = request.getfixturevalue("bot")
    environment: Environment = request.getfixturevalue("environment")
    for sandbox in (
        environment.teamviewer,
        environment.servicedesk,
        environment.slack,
        environment.teams,
        environment.sms,
    ):
        sandbox.faults.clear()
    environment.teamviewer.options.reset()
    environment.servicedesk.reset_behaviour()
    environment.mailbox.reset_behaviour()
    environment.servicedesk.forget_issued_tokens()
    await bot.forget_what_servicedesk_refused()
    async with bot.unit_of_work.write() as tx:
        if await tx.switches.lock() != Switches():
            await tx.switches.write(Switches())
        for one in await tx.sessions.open_page(after=None, limit=1000):
            await tx.sessions.save(one.ended(bot.services.clock(), by=None), known=one)
        # The bot would also look at ended sessions in which the requester still is.
        for one in await tx.sessions.over_but_online(datetime.min.replace(tzinfo=UTC)):
            left = one.seen(is_online=False, at=bot.services.clock())
            await tx.sessions.save(left, known=one)


@pytest.fixture
def slack_user(environment: Environment, bot: RunningBot) -> SlackUser:
    """A technician who has not yet authorized, in a channel with the bot."""
    return SlackUser.new(environment)


@pytest.fixture(params=[InSlack, InTeams], ids=["slack", "teams"])
def chat(request: pytest.FixtureRequest) -> Callable[[SlackUser], ChatUser]:
    """The class that drives a technician: once in Slack, once in Teams."""
    chat: Callable[[SlackUser], ChatUser] = request.param
    return chat


@pytest.fixture
def user(slack_user: SlackUser, chat: Callable[[SlackUser], ChatUser]) -> ChatUser:
    """A technician who has not yet authorized, in a channel with the bot: once in Slack, once in Teams."""
    return chat(slack_user)


@pytest.fixture
async def connected(user: ChatUser) -> ChatUser:
    """The same technician, connected to TeamViewer."""
    await user.authorize()
    return user


@pytest.fixture
async def admin(connected: ChatUser, bot: RunningBot) -> ChatUser:
    """The same technician, connected, and an SDAdmin."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(connected.technician.email))
    return connected


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine pause briefly between tries, so that a test of retries takes moments."""
    monkeypatch.setattr("adapters.engine.steps.FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr("adapters.engine.steps.add_jitter", lambda _pause: 0.05)


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[str]:
    """The demo as a user starts it."""
    async with running_demo(tmp_path) as url:
        yield url


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with chromium() as browser:
        yield browser
