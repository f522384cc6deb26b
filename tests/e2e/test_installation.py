"""Adding the app to workspaces: the bot is a process of its own, the workspaces and the browser are simulated."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from support.bot import BotProcess, settings_for
from support.forgeries import Forger, send_all
from support.installing import TRUSTED, Place, hire_technicians, open_install_pages
from support.slack_user import SlackUser, card_of, until
from support.teams_user import TeamsUser

from sandbox.environment import Environment
from sandbox.faults import Fault
from sandbox.slack import oauth_methods
from sandbox.slack.model import GridField
from sandbox.slack.state import GRID_FIELDS


async def works_in(slack_user: SlackUser) -> None:
    """A technician authorizes and creates a session, whose card comes to stand in their channel."""
    await slack_user.authorize()
    number = slack_user.new_request()
    await slack_user.type(f"create {number}")
    await until(lambda: slack_user.sessions(number))
    await until(lambda: card_of(slack_user, number, slack_user.sessions(number)[0].code))


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder: Path = tmp_path_factory.mktemp("installed")
    environment = Environment()
    await environment.start()
    hire_technicians(environment)
    settings = settings_for(
        environment,
        f"sqlite:///{folder}/tvbot.db",
        TVBOT_SLACK_CLIENT_ID=environment.slack.client_id,
        TVBOT_SLACK_CLIENT_SECRET=environment.slack.client_secret,
        TVBOT_SLACK_WORKSPACES=",".join(TRUSTED),
    )
    del settings["TVBOT_SLACK_BOT_TOKEN"]
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, folder / "log", "serve")
    await bot.start()
    place = Place(environment, settings["TVBOT_PUBLIC_URL"], bot, settings["TVBOT_DATABASE_URL"])
    yield place
    code = await bot.stop()
    await environment.stop()
    assert code == 0
    _no_token_was_said(place, (folder / "tvbot.db").read_bytes())


def _no_token_was_said(place: Place, database: bytes) -> None:
    said = place.bot.log().encode() + database
    assert place.environment.slack.client_secret.encode() not in said
    for token in (b"xoxb-", b"xoxe-", b"xoxe."):
        assert token not in said


async def test_each_workspace_works_with_its_own_token_and_people(place: Place) -> None:
    """Two workspaces add the app; in both a technician gets as far as a session's card."""
    slack_users = []
    for _ in range(2):
        team, slack_user = place.new_team()
        page = await place.install(team)
        assert page.status == 200
        assert f"The app is now in {place.environment.slack.state.teams[team].name}" in page.text
        slack_users.append(slack_user)
    await asyncio.gather(*(works_in(slack_user) for slack_user in slack_users))
    for slack_user in slack_users:
        asked = [
            call
            for call in place.environment.slack.calls
            if call.args.get("user") == slack_user.technician.user
        ]
        assert asked
        assert all(call.ok for call in asked), "another workspace's token would not know them"


async def test_person_who_adds_the_app_is_greeted(place: Place) -> None:
    """A direct message says what the bot is, and the two words to begin with."""
    team, slack_user = place.new_team()
    await place.install(team)
    greeting = await place.until_greeted(slack_user.technician)
    assert "TeamViewer" in greeting
    assert "/tv auth" in greeting
    assert "/tv help" in greeting


async def test_a_greeting_that_fails_fails_nothing_else(place: Place) -> None:
    """Slack refuses to open the conversation; the page says that the app is installed, and it is."""
    team, slack_user = place.new_team()
    slack = place.environment.slack
    slack.faults.plan("conversations.open", Fault.RATE_LIMIT)
    assert (await place.install(team)).status == 200
    await until(lambda: "the greeting was not sent" in place.bot.log())
    await slack_user.type("list")
    await until(lambda: "no open session" in slack_user.seen().lower())
    assert slack.dm_messages(slack_user.technician.user) == []


@pytest.mark.parametrize("cookie", ["missing", "another browser’s"])
async def test_a_link_from_another_browser_installs_nothing(place: Place, cookie: str) -> None:
    """A person who is lured into following somebody else's link back adds nothing."""
    team, _slack_user = place.new_team()
    before = place.exchanges()
    async with place.browser() as attacker, place.browser() as victim:
        back = await attacker.decide(team)
        if cookie != "missing":
            await victim.decide(team)
        assert (await victim.go(back)).status == 400
    assert place.exchanges() == before


async def test_a_guessed_state_with_its_cookie_installs_nothing(place: Place) -> None:
    """A cookie can be planted: the state must be one that the bot gave out."""
    before = place.exchanges()
    async with place.browser() as browser:
        back = f"{place.bot_url}/slack/oauth_redirect?code=1.a&state=guessed"
        planted = {"Cookie": "tvbot-slack-install=guessed"}
        async with browser.session.get(back, headers=planted) as answer:
            assert answer.status == 400
    assert place.exchanges() == before


async def test_opening_the_page_stores_nothing(place: Place) -> None:
    """Anybody can open it as often as they like."""
    async with place.browser() as browser, place.database() as connection:
        before = await _count_states(connection)
        for _ in range(20):
            async with browser.session.get(f"{place.bot_url}/slack/install", allow_redirects=False) as answer:
                assert answer.status == 302
        assert await _count_states(connection) == before


async def _count_states(connection: AsyncConnection) -> int:
    return int((await connection.execute(sa.text("SELECT count(*) FROM states"))).scalar_one())


async def test_a_link_back_works_once(place: Place) -> None:
    """Following it again, cookie and all, is refused before Slack is asked."""
    team, _slack_user = place.new_team()
    async with place.browser() as browser:
        back = await browser.decide(team)
        cookies = {one.key: one.value for one in browser.session.cookie_jar}
        assert (await browser.go(back)).status == 200
        before = place.exchanges()
        browser.session.cookie_jar.update_cookies(cookies)
        again = await browser.go(back)
    assert again.status == 400
    assert "used already" in again.text
    assert place.exchanges() == before


async def test_400_forged_and_broken_installations_are_refused(place: Place) -> None:
    """Nobody adds the app by them, nothing is stored, and none breaks the bot."""
    team, slack_user = place.new_team()
    await place.install(team)
    states = await open_install_pages(place.bot_url, 12)
    async with place.database() as connection:
        before = await _count_states(connection), await _count_installations(connection)
    forger = Forger(3, slack_user, TeamsUser.of_slack_user(slack_user), "1", states=states)
    outcome = await send_all(place.bot_url, forger.draw_installs(400))
    assert outcome.wrong == [], "\n".join(sorted(set(outcome.wrong)))
    async with place.database() as connection:
        assert (await _count_states(connection), await _count_installations(connection)) == before
    assert "request failed" not in place.bot.log()


async def _count_installations(connection: AsyncConnection) -> int:
    return int((await connection.execute(sa.text("SELECT count(*) FROM installations"))).scalar_one())


async def test_cancelling_is_no_error_and_changes_nothing(place: Place) -> None:
    """The page says so."""
    team, _slack_user = place.new_team()
    before = place.exchanges()
    async with place.browser() as browser:
        page = await browser.go(await browser.decide(team, "cancel"))
    assert page.status == 200
    assert "Nothing was changed" in page.text
    assert place.exchanges() == before


async def test_slack_not_confirming_is_said(place: Place) -> None:
    """The exchange fails; nothing is installed, and starting again works."""
    team, slack_user = place.new_team()
    place.environment.slack.faults.plan("oauth.v2.access", Fault.RATE_LIMIT)
    page = await place.install(team)
    assert page.status == 502
    assert "Start again" in page.text
    assert (await place.install(team)).status == 200
    await place.until_greeted(slack_user.technician)


async def test_workspace_without_the_app_reads_what_to_do(place: Place) -> None:
    """The command exists, the installation does not: an answer for the sender's eyes, within Slack's time."""
    _team, slack_user = place.new_team()
    outcome = await slack_user.type("help")
    assert outcome.error == ""
    assert "install" in "".join(one.text for one in outcome.ephemerals)


async def test_foreign_workspace_cannot_become_technician_here(place: Place) -> None:
    """Somebody founds a workspace and gives a technician's address to an account there. It gets nothing from the bot.

    Its page refuses the installation, the token is revoked, and the audit trail names it. Nobody's profile is read there.
    """
    slack = place.environment.slack
    _team, victim = place.new_team()
    foreign = slack.add_team("T0FOREIGN", "Elsewhere", "elsewhere")
    twin = place.environment.add_chat_user("Ada Min", victim.technician.email, team=foreign, is_admin=True)
    attacker = SlackUser(place.environment, twin, slack.add_channel("elsewhere", [twin.user], team=foreign))
    page = await place.install(foreign)
    assert page.status == 403
    assert "add T0FOREIGN to TVBOT_SLACK_WORKSPACES" in page.text
    await until(lambda: slack.state.tokens.valid_tokens_of(foreign) == [])
    await until(lambda: "removed from a workspace that is not trusted" in place.bot.log())
    asked = slack.count_calls("users.info")
    for text in ("auth", "status", "admin disable", "admin audit", f"enter {victim.new_request()}"):
        outcome = await attacker.type(text)
        assert "not installed in this workspace" in "".join(one.text for one in outcome.ephemerals)
    await slack.send_event("app_home_opened", user=twin.user, tab="home", team=foreign)
    assert slack.count_calls("users.info") == asked
    assert slack.home_tab(twin.user) is None
    assert slack.dm_messages(twin.user) == []


async def test_an_organisation_serves_each_of_its_workspaces(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One installation for the whole Enterprise organisation; another workspace of it needs none of its own."""
    monkeypatch.setattr(place.environment.slack.state, "installs_org_wide", True)
    team, first = place.new_team(enterprise="E0GRID")
    _other, second = place.new_team(enterprise="E0GRID")
    _stranger, third = place.new_team(enterprise="E0OTHER")
    assert (await place.install(team)).status == 200
    await place.until_greeted(first.technician)
    for slack_user in (first, second):
        await slack_user.type("list")
        await until(lambda slack_user: "no open session" in slack_user.seen().lower(), slack_user)
    refused = await third.type("list")
    assert "install" in "".join(one.text for one in refused.ephemerals)


@pytest.mark.parametrize("names_only_organization", [False, True], ids=["workspace", "organization"])
@pytest.mark.parametrize("fields", [("enterprise_id",), ("enterprise_user",)], ids="+".join)
async def test_colleague_of_another_workspace_is_at_home_in_the_organisation(
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    fields: tuple[GridField, ...],
    *,
    names_only_organization: bool,
) -> None:
    """Slack names the workspace, or the whole organisation, as the place where they typed and pressed."""
    state = place.environment.slack.state
    monkeypatch.setattr(state, "installs_org_wide", True)
    monkeypatch.setattr(state, "grid_fields", fields)
    enterprise = f"E0GRID{GRID_FIELDS.index(fields[0])}{int(names_only_organization)}"
    team, slack_user = place.new_team(enterprise=enterprise)
    other, _colleague = place.new_team(enterprise=enterprise)
    assert (await place.install(team)).status == 200
    monkeypatch.setattr(state, "names_only_organization", names_only_organization)
    state.users[slack_user.technician.user].primary_team = other
    await works_in(slack_user)
    number = slack_user.new_request()
    await slack_user.type(f"show {number}")
    await until(lambda: f"#{number}" in slack_user.seen())


async def test_a_rotating_token_is_refreshed_once_for_everybody(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time is nearly over when ten people come at once: one refresh, and all are served by the new token."""
    slack = place.environment.slack
    team, slack_user = place.new_team()
    people = [slack_user.technician] + [place.new_person(team) for _ in range(9)]
    for one in people[1:]:
        slack.channels[slack_user.channel].members.add(one.user)
    monkeypatch.setattr(slack.state.tokens, "rotation", True)
    with monkeypatch.context() as patch:
        patch.setattr(oauth_methods, "TOKEN_SECONDS", 120)
        await place.install(team)
        await place.until_greeted(slack_user.technician)
    before = place.exchanges()
    for token in slack.state.tokens.valid_tokens_of(team):
        token.is_revoked = True
    await asyncio.gather(*(slack_user.type("list", by=one) for one in people))
    for one in people:
        await until(lambda one: "no open session" in slack_user.seen(one).lower(), one)
    assert place.exchanges() == before + 1


async def test_token_that_cannot_be_refreshed_asks_to_add_the_app_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack revoked the refresh token. People read what to do, and adding the app again helps."""
    slack = place.environment.slack
    team, slack_user = place.new_team()
    monkeypatch.setattr(slack.state.tokens, "rotation", True)
    with monkeypatch.context() as patch:
        patch.setattr(oauth_methods, "TOKEN_SECONDS", 120)
        await place.install(team)
        await place.until_greeted(slack_user.technician)
    slack.state.tokens.revoke_team_tokens(team)
    await slack_user.type("list")
    await until(lambda: "not installed in this workspace" in slack_user.seen())
    before = place.exchanges()
    await slack_user.type("list")
    await until(lambda: slack_user.seen().count("not installed in this workspace") >= 2)
    assert place.exchanges() == before, "a dead token is not tried again and again"
    await place.install(team)
    await slack_user.type("list")
    await until(lambda: "no open session" in slack_user.seen().lower())
