"""kill -9 between the post of a card and its record: in Slack there is one card, and everywhere one that follows."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.killed_posts import LONG, KilledPost, kill_while_posting
from support.slack_user import SlackUser, until

from sandbox.environment import Environment

pytestmark = pytest.mark.long

Make = Callable[..., BotProcess]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/tvbot.db"
    url: str = request.getfixturevalue("postgresql_url")
    return url


async def _kill(user: ChatUser, database_url: str, folder: Path, make: Make) -> Sequence[KilledPost]:
    """Kill a bot while ten cards are posted, and let it finish."""
    settings = settings_for(user.environment, database_url, TVBOT_DEAD_AFTER_SECONDS="3")
    user.environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = make(settings, folder / "log", "serve")
    await bot.start()
    await user.authorize()
    posts = await kill_while_posting(bot, user, "killed")
    if isinstance(user, InTeams):
        assert min(one.cards for one in posts) == 2
        await _open_channels(posts)
    # What is under way is finished first, so a further card would be there by then.
    assert await bot.stop() == 0
    assert "Traceback" not in bot.log()
    return posts


async def _open_channels(posts: Sequence[KilledPost]) -> None:
    """Let the technician look at each channel. The client names the message that the bot does not know."""
    for one in posts:
        assert isinstance(one.user, InTeams)
        await one.user.open_channel()
    await until(lambda: [one.cards for one in posts] == [1] * len(posts), timeout=LONG)


async def test_no_kill_leaves_a_session_without_a_card_or_with_two(
    own_environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
    database_url: str,
    tmp_path: Path,
    bot_process: Make,
) -> None:
    """Teams shows no bot what it has posted, so there is a second card there, until somebody looks at the first one.

    Nobody's client shows the channels while the cards are posted: this is the worst case.
    """
    own_environment.teams.auto_refresh = False
    user = chat(SlackUser.new(own_environment))
    posts = await _kill(user, database_url, tmp_path, bot_process)
    assert [one.cards for one in posts] == [1] * len(posts)


async def test_without_the_scopes_each_session_in_slack_has_a_card_that_follows_it(
    own_environment: Environment, tmp_path: Path, bot_process: Make
) -> None:
    """An installation that was not approved again. Nothing fails, and the log says what cannot be known."""
    token = own_environment.slack.token_of()
    assert token is not None
    token.scopes -= {f"{kind}:history" for kind in ("channels", "groups", "im", "mpim")}
    user = InSlack(SlackUser.new(own_environment))
    posts = await _kill(user, f"sqlite:///{tmp_path}/tvbot.db", tmp_path, bot_process)
    assert min(one.cards for one in posts) == 2
    assert (tmp_path / "log").read_text().count("card may be posted twice") >= len(posts)
