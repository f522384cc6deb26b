"""The figures of a month come once in each channel for administration, in both chats, with two processes or after a kill."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault

pytestmark = pytest.mark.long

LONG = 200
"""Seconds that several starts of a process may take on a busy machine."""
HANG_SECONDS = 100
TITLE = "Sessions from"


class AdminRooms:
    """An SDAdmin in the channel for administration of each chat, and the settings of a bot that posts there."""

    def __init__(self, environment: Environment, database_url: str) -> None:
        user = SlackUser.new(environment)
        self.slack = InSlack(user).in_new_channel("Admins")
        self.teams = InTeams(user).in_new_channel("Admins")
        self.environment = environment
        self.settings = settings_for(
            environment,
            database_url,
            TVBOT_ADMINS=user.technician.email,
            TVBOT_ADMIN_CHANNELS=f"{self.slack.channel},{self.teams.channel}",
            TVBOT_DEAD_AFTER_SECONDS="3",
        )
        environment.set_bot_url(self.settings["TVBOT_PUBLIC_URL"])
        # Without a pool, so that no connection is left open.
        url = database_url.replace("postgresql:", "postgresql+psycopg:")
        self._engine = sa.create_engine(url, poolclass=sa.NullPool)

    @property
    def both(self) -> tuple[ChatUser, ChatUser]:
        return self.slack, self.teams

    async def install(self) -> None:
        """Add the app to the team, as its owner does, and wait for the bot's greeting."""
        await self.environment.teams.install_app(
            self.teams.teams.channel, self.slack.slack_user.technician.teams
        )
        # The greeting of the new team must not take the fault that the report gets.
        await until(self.teams.bot_messages, timeout=LONG)

    def reported_month(self) -> str | None:
        with self._engine.connect() as connection:
            month: str | None = connection.scalar(sa.text("SELECT reported_month FROM rounds"))
            return month

    def count_processes(self) -> int:
        """Return how many processes work on the database."""
        with self._engine.connect() as connection:
            return int(connection.scalar(sa.text("SELECT count(*) FROM replicas")) or 0)

    async def let_a_month_end(self) -> None:
        """Let the last report be one of long ago, once the first round has stored from when on there are reports."""
        await until(self.reported_month, timeout=LONG)
        with self._engine.begin() as connection:
            connection.execute(sa.text("UPDATE rounds SET reported_month = '2020-01-01'"))

    def reports(self, room: ChatUser) -> list[str]:
        return [one for one in room.bot_messages() if TITLE in one]


async def test_two_processes_post_one_report_in_each_channel(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    postgresql_url: str,
) -> None:
    rooms = AdminRooms(own_environment, postgresql_url)
    processes = [bot_process(rooms.settings, tmp_path / command, command) for command in ("serve", "worker")]
    for process in processes:
        await process.start()
    await rooms.install()
    await until(lambda: rooms.count_processes() == len(processes), timeout=LONG)
    await rooms.let_a_month_end()
    for room in rooms.both:
        await until(rooms.reports, room, timeout=LONG)
    # What is under way is finished first, so a second report would be there by then.
    for process in processes:
        assert await process.stop() == 0
        assert "Traceback" not in process.log()
    assert [len(rooms.reports(room)) for room in rooms.both] == [1, 1]
    assert rooms.reported_month() != "2020-01-01"
    seen = "".join(room.channel_text() for room in rooms.both)
    assert "/report/" not in seen, "the page is for an SDAdmin alone"


@pytest.mark.parametrize("chat", [InSlack, InTeams], ids=["slack", "teams"])
async def test_report_is_not_posted_again_after_a_kill(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    database_url: str,
    chat: type[ChatUser],
) -> None:
    """The post has arrived, and its answer has not, when the process is killed. The other chat gets its own.

    Teams shows a bot none of its messages, so there a second post is possible after this kill.
    """
    rooms = AdminRooms(own_environment, database_url)
    bot = bot_process(rooms.settings, tmp_path / "log", "serve")
    await bot.start()
    await rooms.install()
    system, call = (
        (own_environment.slack, "chat.postMessage")
        if chat is InSlack
        else (own_environment.teams, "activities.send")
    )
    await until(rooms.reported_month, timeout=LONG)
    system.faults.plan(call, Fault.HANG_AFTER_COMMIT, seconds=HANG_SECONDS)
    before = len(system.faults.injected)
    await rooms.let_a_month_end()
    await until(lambda: len(system.faults.injected) > before, timeout=LONG)
    await bot.kill()
    system.faults.clear()
    await bot.start()
    for room in rooms.both:
        await until(rooms.reports, room, timeout=LONG)
    assert await bot.stop() == 0
    assert len(rooms.reports(rooms.slack)) == 1
    assert 1 <= len(rooms.reports(rooms.teams)) <= (2 if chat is InTeams else 1)
