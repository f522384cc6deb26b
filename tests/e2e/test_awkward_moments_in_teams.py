"""What happens in the wrong moment in Teams: repeated deliveries, odd spelling, a blocked bot, a restart, a bare tool."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from support.bot import BotProcess, RunningBot, settings_for
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

from bot.model.ids import RequestNumber
from bot.model.session import State
from sandbox.environment import Environment
from sandbox.teams import TeamsSandbox


@pytest.fixture
async def teams(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A connected technician in Teams."""
    teams = TeamsUser.of_slack_user(slack_user)
    await teams.authorize()
    return teams


async def test_the_mention_is_taken_out_exactly_once(teams: TeamsUser) -> None:
    """The bot's name in a note stays, and so do other people in it."""
    number = teams.slack_user.new_request()
    await teams.say(f"create {number} --note ask TVBot why the printer  &amp; scanner are off")
    card = await until(lambda: teams.card(number, "Waiting for"))
    assert "ask TVBot why the printer & scanner are off" in teams.text(card).replace("&amp;", "&")


async def test_words_in_french_and_answers_in_french(teams: TeamsUser) -> None:
    """A technician whose Teams speaks French types and reads French."""
    teams.technician.teams.locale = "fr-FR"
    number = teams.slack_user.new_request()
    await teams.say(f"créer {number}")
    await until(lambda: teams.card(number, "En attente"))
    await teams.say("aide", where=teams.personal)
    await teams.reads("Commandes")


async def test_answer_is_in_the_thread_and_typing_is_shown_first(teams: TeamsUser) -> None:
    """Where somebody asks, there the answer is."""
    number = teams.slack_user.new_request()
    asked = await teams.say(f"create {number}")
    card = await until(lambda: teams.card(number, "Waiting for"))
    assert card.thread_root == asked.activity["id"]
    assert sum(teams.environment.teams.typing.values()) > 0


async def test_the_buttons_of_old_clients_work(teams: TeamsUser) -> None:
    """Clients that know no Action.Execute send its fallback, as a message."""
    number, session = await teams.create()
    await teams.press(teams.present_card(number), "End it", old_client=True)
    await until(lambda: teams.card(number, "Ended by Tom Ray"))
    assert session.state == "closed"


async def test_what_is_private_is_not_said_where_the_person_cannot_be_reached(teams: TeamsUser) -> None:
    """They have blocked the bot: the channel says so, without the secret, and the card goes on."""
    number, session = await teams.create()
    teams.environment.teams.block_bot(teams.technician.teams)
    await teams.say(f"enter {number}")
    await teams.reads("I cannot write to you in private")
    sends = teams.environment.teams.count_calls("conversations.create")
    await teams.say(f"link {number}")
    await until(lambda: teams.seen().count("I cannot write to you in private") == 2)
    assert teams.environment.teams.count_calls("conversations.create") == sends
    everybody = [str(one.cards) + one.text for one in teams.channel.messages]
    assert session.supporter_link not in "".join(everybody)
    await teams.say(f"end {number}")
    await until(lambda: teams.card(number, "Ended by Tom Ray"))


async def test_a_card_in_a_channel_that_the_bot_was_removed_from_is_forgotten(
    teams: TeamsUser, bot: RunningBot
) -> None:
    """Noted once, and not tried without end."""
    number, session = await teams.create()
    await teams.environment.teams.uninstall_app(teams.channel, teams.technician.teams)
    teams.environment.teamviewer.join_session(session.code)

    async def cards() -> int:
        async with bot.unit_of_work.read() as tx:
            (kept,) = await tx.sessions.open_of_request(RequestNumber(number))
            return len(await tx.cards.of_session(kept.id)) if kept.state is State.PRESENT else 1

    async with asyncio.timeout(20):
        while await cards():
            await asyncio.sleep(0.02)


@pytest.mark.long
async def test_card_in_its_conversation_is_updated_after_a_restart(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
) -> None:
    """The requester joins while the bot is down; afterwards the card says so, in the same place.

    A sweep that was killed holds its lease for half a minute.
    """
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db")
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    process = bot_process(settings, tmp_path / "log", "serve")
    teams = TeamsUser.of_slack_user(SlackUser.new(own_environment))
    await process.start()
    await teams.authorize()
    number, session = await teams.create()
    await process.kill()
    own_environment.teamviewer.join_session(session.code)
    again = bot_process(settings, tmp_path / "log", "serve")
    await again.start()
    await until(lambda: teams.card(number, "is there"), timeout=50)
    assert await again.stop() == 0
    assert session.supporter_link not in again.log()


@pytest.fixture
async def bare_environment() -> AsyncIterator[Environment]:
    """An environment whose Teams is a tool on this machine: it shows no credentials, and asks for none."""
    environment = Environment()
    environment.teams = TeamsSandbox(anonymous=True)
    await environment.start()
    yield environment
    await environment.stop()


@pytest.mark.long
async def test_any_bot_framework_client_on_loopback_can_talk_to_it(
    bare_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
) -> None:
    """With no credentials on either side: install, create, press, update. Refused where HOST is not loopback."""
    settings = settings_for(
        bare_environment, f"sqlite:///{tmp_path}/tvbot.db", TVBOT_TEAMS_ALLOW_ANONYMOUS="1"
    )
    for name in ("APP_ID", "APP_PASSWORD", "TENANT_ID", "OPENID_URL", "TOKEN_URL"):
        del settings[f"TVBOT_TEAMS_{name}"]
    bare_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    process = bot_process(settings, tmp_path / "log", "serve")
    await process.start()
    teams = TeamsUser.of_slack_user(SlackUser.new(bare_environment))
    await bare_environment.teams.install_app(teams.personal, teams.technician.teams)
    await until(lambda: any(one.cards for one in teams.personal.messages))
    await teams.authorize()
    number, session = await teams.create()
    await teams.press(teams.present_card(number), "End it")
    await until(lambda: teams.card(number, "Ended by Tom Ray"))
    assert session.state == "closed"
    assert await process.stop() == 0
    refused = bot_process({**settings, "TVBOT_HOST": "0.0.0.0"}, tmp_path / "refused", "serve")
    with pytest.raises(AssertionError):
        await refused.start()
    assert "TVBOT_TEAMS_ALLOW_ANONYMOUS" in refused.log()
