"""kill -9 in a token refresh: the old refresh token is tried once, and a technician who lost the connection gets a message."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.teamviewer.grants import Grant
from storage.database import Database
from storage.tables import tokens

pytestmark = pytest.mark.long

LOST = "TeamViewer no longer accepts your connection."


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """An SQLite database: the next process on it is the same bot, started again."""
    return f"sqlite:///{tmp_path}/tvbot.db"


@pytest.fixture
async def process(
    own_environment: Environment, bot_process: Callable[..., BotProcess], database_url: str, tmp_path: Path
) -> BotProcess:
    settings = settings_for(own_environment, database_url)
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    process = bot_process(settings, tmp_path / "log", "serve")
    await process.start()
    return process


async def kill_in_a_refresh(
    process: BotProcess, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let a round refresh the tokens, and kill the bot when TeamViewer has taken the refresh token."""
    grants = environment.teamviewer._grants
    issue_tokens = grants.issue_tokens

    def issue_and_kill(grant: Grant, expires_in: int) -> tuple[str, str]:
        monkeypatch.undo()
        process.kill_now()
        return issue_tokens(grant, expires_in)

    monkeypatch.setattr(grants, "issue_tokens", issue_and_kill)
    environment.teamviewer.expire_access_tokens()
    await process.wait()


async def end_leases(database_url: str) -> None:
    """Let the leases of the dead process end now, and not in half a minute: that of the refresh, and that of its round."""
    database = Database(database_url)
    async with database.writer.begin() as connection:
        ended = await connection.execute(
            sa.update(tokens)
            .where(tokens.c.lease_owner.is_not(None))
            .values(lease_until=datetime.now(UTC) - timedelta(seconds=1))
            .returning(tokens.c.name)
        )
        names = [name.partition("/")[0] for name in ended.scalars()]
    await database.close()
    assert sorted(names) == ["sweep", "teamviewer"]


async def test_technician_whose_connection_is_lost_is_told_before_they_type(
    process: BotProcess,
    own_environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = chat(SlackUser.new(own_environment))
    await user.authorize()
    await user.create()
    await kill_in_a_refresh(process, own_environment, monkeypatch)
    await end_leases(database_url)
    refreshes = own_environment.teamviewer.count_calls("oauth.token")
    await process.start()
    await until(lambda: user.own_chat(LOST))
    (message,) = user.own_chat(LOST)
    assert "Connect TeamViewer" in user.labels(message)
    assert own_environment.teamviewer.count_calls("oauth.token") == refreshes + 1
    assert await process.stop() == 0


async def test_connection_is_kept_where_teamviewer_takes_the_old_token_once_more(
    process: BotProcess,
    own_environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own_environment.teamviewer.options.refresh_token_grace = timedelta(minutes=10)
    user = chat(SlackUser.new(own_environment))
    await user.authorize()
    await user.create()
    await kill_in_a_refresh(process, own_environment, monkeypatch)
    await end_leases(database_url)
    await process.start()
    await user.create(subject="The next one")
    assert user.own_chat(LOST) == []
    assert await process.stop() == 0
