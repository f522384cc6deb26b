"""Whoever may not see something in Teams does not see it: strangers, forged requests, other people's cards."""

import json
import time

import pytest
from support.bot import RunningBot
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

from sandbox.environment import Person
from sandbox.teamviewer.model import Session


@pytest.fixture
async def teams(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A connected technician in Teams."""
    teams = TeamsUser.of_slack_user(slack_user)
    await teams.authorize()
    return teams


OTHER_TENANT = "00000000-0000-4000-8000-00000000ffff"


def secrets_of(session: Session) -> tuple[str, ...]:
    """What only the creator may ever be shown."""
    return (session.supporter_link, "Connected since", "LAPTOP-OF-A-REQUESTER")


async def test_a_strangers_refresh_and_press_never_yield_the_creators_view(teams: TeamsUser) -> None:
    """A guest, another tenant's member, a colleague and another technician try everything that the card's creator can."""
    number, session = await teams.create()
    teams.environment.teamviewer.options.running_reported = True
    teams.environment.teamviewer.connect_session(session.code, "LAPTOP-OF-A-REQUESTER")
    card = await until(lambda: teams.card(number, "LAPTOP-OF-A-REQUESTER"))
    teams_tenant = teams.environment.teams
    for who in (
        teams_tenant.add_person("Gil Guest", "gil@elsewhere.test", role="guest"),
        teams_tenant.add_person("Nora Nobody", "nora@example.test"),
        teams.slack_user.new_technician().teams,
    ):
        teams.channel.members.append(who)
        await teams_tenant.refresh_card(who, card, "manual")
        for title in ("Enter", "Reinvite", "Copy link", "End it"):
            if title in teams_tenant.button_titles(who, card):
                await teams_tenant.press_button(who, card, title)
        own = teams_tenant.button_titles(teams.technician.teams, card)
        assert "Enter" in own
        forged = {
            "action": {"type": "Action.Execute", "verb": "tv", "data": see(session, teams)},
            "trigger": "manual",
        }
        await teams_tenant.send_invoke(who, teams.channel, "adaptiveCard/action", forged, message=card)
        for secret in secrets_of(session):
            assert secret not in teams_tenant.visible_to(who, include_history=True)
    assert session.state == "open"


def see(session: Session, teams: TeamsUser) -> dict[str, str]:
    """What the refresh of the creator's card sends, which everybody in the channel could read."""
    (message,) = [one for one in teams.channel.messages if session.code in json.dumps(one.cards)]
    found: dict[str, str] = message.cards[0]["refresh"]["action"]["data"]
    return found


@pytest.mark.parametrize(
    "forgery",
    [
        {"exp": 1},
        {"aud": "somebody-else"},
        {"iss": "https://evil.test"},
        {"serviceurl": "https://evil.test/"},
        {"kid": "unknown"},
        {"alg": "none"},
    ],
)
async def test_forged_tokens_are_refused(teams: TeamsUser, forgery: dict[str, object]) -> None:
    """401 with an empty body, and nothing is done."""
    teams_tenant = teams.environment.teams
    activity = teams_tenant.build_activity(teams.technician.teams, teams.personal, text="logout")
    answer = await teams_tenant.post_activity(activity, teams_tenant.sign(activity, **forgery))
    assert (answer.status, answer.body) == (401, None)
    answer = await teams_tenant.post_activity(activity, None)
    assert (answer.status, answer.body) == (401, None)
    assert "You are disconnected" not in teams.seen()


async def test_a_rotated_key_is_accepted_on_its_first_use(teams: TeamsUser) -> None:
    """Microsoft's keys change without a word."""
    teams.environment.teams.rotate_keys()
    started = time.monotonic()
    delivery = await teams.say("help", where=teams.personal)
    assert delivery.status == 202, time.monotonic() - started
    await teams.reads("What you can type")


async def test_another_tenant_is_refused(teams: TeamsUser) -> None:
    """A member of another organization who shares a channel reads the reason. A request of another tenant is refused."""
    teams_tenant = teams.environment.teams
    stranger = teams_tenant.add_person("Xavier", teams.technician.email, tenant=OTHER_TENANT)
    teams.channel.members.append(stranger)
    await teams_tenant.post_message(stranger, teams.channel, "list")
    await until(lambda: "You belong to another organization" in teams_tenant.visible_to(stranger))
    activity = teams_tenant.build_activity(teams.technician.teams, teams.personal, text="logout")
    activity["channelData"]["tenant"]["id"] = OTHER_TENANT
    assert (await teams_tenant.post_activity(activity, teams_tenant.sign(activity))).status == 401


async def test_guests_and_colleagues_read_what_is_missing(teams: TeamsUser) -> None:
    """In their own words, and nothing else is revealed."""
    guest = teams.environment.teams.add_person("Gil Guest", teams.technician.email, role="guest")
    teams.channel.members.append(guest)
    await teams.environment.teams.post_message(guest, teams.channel, "list")
    await until(lambda: "Guests cannot run sessions" in teams.environment.teams.visible_to(guest))
    nobody: Person = teams.join(teams.slack_user.new_colleague())
    await teams.say("list", by=nobody)
    await teams.reads("is not a technician", by=nobody)
