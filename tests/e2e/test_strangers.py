"""People who may not see or do something: other technicians, colleagues, guests, and people of another organization."""

from functools import partial

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser, expect_answer
from support.in_teams import InTeams
from support.interacting import press_as_is
from support.slack_user import SlackUser, card_of, until

from bot.commands import OnSession, Verb, encode_command
from sandbox.environment import Person
from sandbox.teamviewer.model import Session

OTHER_ORGANIZATION = "You belong to another organization"


@pytest.mark.parametrize(
    ("account", "why"),
    [
        ("new_colleague", "is not a technician"),
        ("new_guest", "Guests cannot run sessions"),
        ("new_outsider", OTHER_ORGANIZATION),
    ],
)
async def test_person_who_is_no_technician_reads_the_reason(
    user: ChatUser, bot: RunningBot, account: str, why: str
) -> None:
    """A refusal says what is missing, and reveals nothing else. Guest and outsider have a technician's address."""
    number = user.slack_user.new_request("Salaries of everyone")
    person: Person = getattr(user, account)()
    await user.type(f"create {number}", by=person)
    await user.reads(why, by=person)
    await bot.settle()
    assert "Salaries" not in user.ever_seen(person)
    assert user.slack_user.sessions(number) == []


@pytest.mark.parametrize(
    ("account", "why"),
    [
        ({"is_ultra_restricted": True}, "Guests"),
        ({"is_stranger": True}, "another organization"),
        ({"deleted": True}, "deactivated"),
        ({"is_bot": True}, "Bots"),
    ],
)
async def test_slack_account_of_another_kind_reads_the_reason(
    slack_user: SlackUser, account: dict[str, bool], why: str
) -> None:
    """Slack has more kinds of accounts than Teams."""
    stranger = slack_user.new_colleague(**account)
    number = slack_user.new_request("Salaries of everyone")
    await slack_user.type(f"create {number}", by=stranger)
    await until(lambda: why in slack_user.seen(stranger))
    assert "Salaries" not in slack_user.seen(stranger)
    assert slack_user.sessions(number) == []


async def test_only_its_creator_enters_and_ends_a_session(connected: ChatUser, bot: RunningBot) -> None:
    """The others press every button of the card and type the commands. They read the reason, and no secret."""
    number, session, secrets = await _connect_requester(connected)
    colleague = connected.new_technician()
    await connected.type("status", by=colleague)
    await connected.reads("You are", by=colleague)
    for person, why in (
        (colleague, "This session belongs to Tom Ray"),
        (connected.new_colleague(), "is not a technician"),
        (connected.new_guest(), "Guests cannot run sessions"),
        (connected.new_outsider(), OTHER_ORGANIZATION),
    ):
        card = connected.card(number)
        for label in ("Enter", "Resend link", "Get link"):
            if label in connected.labels(card, by=person):
                await connected.press(card, label, by=person)
                await bot.settle()
        for attempt in (
            partial(connected.press, connected.card(number), "End", by=person),
            partial(connected.type, f"end {number}", by=person),
            partial(connected.type, f"enter {number}", by=person),
        ):
            await expect_answer(connected, why, attempt, by=person)
        await bot.settle()
        assert not [one for one in secrets if one in connected.ever_seen(person)], why
    assert all(one in connected.ever_seen() for one in secrets)
    assert session.state == "open"


async def _connect_requester(user: ChatUser) -> tuple[str, Session, tuple[str, ...]]:
    """Let the requester of a new session connect. Return what only its creator may see, once the creator sees it."""
    number, session = await user.create()
    device = f"LAPTOP-OF-REQUESTER-{number}"
    user.environment.teamviewer.options.running_reported = True
    user.environment.teamviewer.connect_session(session.code, device)
    await until(lambda: user.card(number, "Connected with"))
    await user.open_home()
    await until(lambda: device in user.home())
    return number, session, (session.supporter_token, "Connected since", device)


async def test_refresh_and_forged_press_in_teams_never_yield_the_creators_view(
    slack_user: SlackUser, bot: RunningBot
) -> None:
    """A card's refresh, which everybody in the channel could read and send, shows the creator's view to its creator."""
    user = InTeams(slack_user)
    await user.authorize()
    number, session, secrets = await _connect_requester(user)
    teams = user.environment.teams
    card = await until(lambda: user.card(number, secrets[-1]))
    for person in (user.new_guest(), user.new_colleague(), user.new_technician(), user.new_outsider()):
        await teams.refresh_card(person.teams, card, "manual")
        forged = {
            "action": {
                "type": "Action.Execute",
                "verb": "tv",
                "data": card.cards[0]["refresh"]["action"]["data"],
            },
            "trigger": "manual",
        }
        await teams.send_invoke(person.teams, user.teams.channel, "adaptiveCard/action", forged, message=card)
        assert "Enter" in user.labels(card)
        assert not [one for one in secrets if one in user.ever_seen(person)], person.teams
    assert session.state == "open"


async def test_press_in_slack_that_names_another_workspace_is_refused(slack_user: SlackUser) -> None:
    """Slack Connect. The sender claims the technician's very account; its workspace is not the token's."""
    number = slack_user.new_request()
    await slack_user.authorize()
    await slack_user.type(f"create {number}")
    await until(lambda: card_of(slack_user, number, "Waiting for"))
    (session,) = slack_user.sessions(number)
    end = {"action_id": "tv:end:0", "value": encode_command(OnSession(Verb.END, number))}
    user = slack_user.technician.user
    for more in (
        {
            "team": {"id": "T0ELSEWHERE", "domain": "elsewhere"},
            "user": {"id": user, "team_id": "T0ELSEWHERE"},
        },
        {"user": {"id": user, "team_id": "T0ELSEWHERE"}},
        {"team": {"id": "T0ELSEWHERE", "domain": "elsewhere"}, "user": {"id": user}},
    ):
        before = slack_user.seen().count(OTHER_ORGANIZATION)
        outcome = await press_as_is(slack_user.environment.slack, user, slack_user.channel, end, **more)
        assert outcome.status == 200
        await until(lambda before: slack_user.seen().count(OTHER_ORGANIZATION) > before, before)
    assert session.state == "open"


async def test_address_in_another_workspace_of_slack_is_never_looked_up(slack_user: SlackUser) -> None:
    """Whoever founds a workspace can give anybody's address to an account there: no profile of it is believed."""
    slack = slack_user.environment.slack
    team = slack.add_team("T0CONNECT", "Connected Firm", "connected")
    twin = slack_user.environment.add_chat_user("Tom Ray", slack_user.technician.email, team=team)
    channel = slack.add_channel("shared", [twin.user], team=team)
    asked = slack.count_calls("users.info")
    await slack_user.type("status", by=twin, channel=channel)
    await until(lambda: OTHER_ORGANIZATION in slack_user.seen(twin))
    await slack.send_event("app_home_opened", user=twin.user, tab="home", team=team)
    assert slack.count_calls("users.info") == asked
    assert slack.home_tab(twin.user) is None
