"""Whoever may not see something in Teams does not see it: strangers, forged requests, other people's cards."""

import json
import time

import pytest
from support.bot import RunningBot
from support.desk import Desk, until
from support.teams_desk import TeamsDesk

from sandbox.environment import Person
from sandbox.teamviewer.model import Session


@pytest.fixture
async def teams(desk: Desk, bot: RunningBot) -> TeamsDesk:
    """A connected technician in Teams."""
    teams = TeamsDesk.beside(desk)
    await teams.authorize()
    return teams


OTHER_TENANT = "00000000-0000-4000-8000-00000000ffff"


def secrets_of(session: Session) -> tuple[str, ...]:
    """What only the creator may ever be shown."""
    return (session.supporter_link, "Connected since", "LAPTOP-OF-A-REQUESTER")


async def test_a_strangers_refresh_and_press_never_yield_the_creators_view(teams: TeamsDesk) -> None:
    """A guest, another tenant's member, a colleague and another technician try everything that the card's creator can."""
    number, session = await teams.create()
    teams.town.teamviewer.options.running_reported = True
    teams.town.teamviewer.join_session(session.code, "LAPTOP-OF-A-REQUESTER")
    card = await until(lambda: teams.card(number, "LAPTOP-OF-A-REQUESTER"))
    office = teams.town.teams
    for who in (
        office.add_person("Gil Guest", "gil@elsewhere.test", role="guest"),
        office.add_person("Nora Nobody", "nora@example.test"),
        teams.desk.new_technician().teams,
    ):
        teams.channel.members.append(who)
        await office.refresh_card(who, card, "manual")
        for title in ("Enter", "Reinvite", "Copy link", "End it"):
            if title in office.button_titles(who, card):
                await office.press_button(who, card, title)
        own = office.button_titles(teams.technician.teams, card)
        assert "Enter" in own
        forged = {
            "action": {"type": "Action.Execute", "verb": "tv", "data": see(session, teams)},
            "trigger": "manual",
        }
        await office.send_invoke(who, teams.channel, "adaptiveCard/action", forged, message=card)
        for secret in secrets_of(session):
            assert secret not in office.visible_to(who, include_history=True)
    assert session.state == "open"


def see(session: Session, teams: TeamsDesk) -> dict[str, str]:
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
async def test_forged_tokens_are_refused(teams: TeamsDesk, forgery: dict[str, object]) -> None:
    """401 with an empty body, and nothing is done."""
    office = teams.town.teams
    activity = office.build_activity(teams.technician.teams, teams.personal, text="logout")
    answer = await office.post_activity(activity, office.sign(activity, **forgery))
    assert (answer.status, answer.body) == (401, None)
    answer = await office.post_activity(activity, None)
    assert (answer.status, answer.body) == (401, None)
    assert "You are disconnected" not in teams.seen()


async def test_a_rotated_key_is_accepted_on_its_first_use(teams: TeamsDesk) -> None:
    """Microsoft's keys change without a word."""
    teams.town.teams.rotate_keys()
    started = time.monotonic()
    delivery = await teams.say("help", where=teams.personal)
    assert delivery.status == 202, time.monotonic() - started
    await teams.reads("What you can type")


async def test_another_tenant_is_refused(teams: TeamsDesk) -> None:
    """A member of another organization who shares a channel is told so; a request of another tenant is not heard at all."""
    office = teams.town.teams
    stranger = office.add_person("Xavier", teams.technician.email, tenant=OTHER_TENANT)
    teams.channel.members.append(stranger)
    await office.post_message(stranger, teams.channel, "list")
    await until(lambda: "You belong to another organization" in office.visible_to(stranger))
    activity = office.build_activity(teams.technician.teams, teams.personal, text="logout")
    activity["channelData"]["tenant"]["id"] = OTHER_TENANT
    assert (await office.post_activity(activity, office.sign(activity))).status == 401


async def test_guests_and_colleagues_are_told_what_is_missing(teams: TeamsDesk) -> None:
    """In their own words, and nothing else is revealed."""
    guest = teams.town.teams.add_person("Gil Guest", teams.technician.email, role="guest")
    teams.channel.members.append(guest)
    await teams.town.teams.post_message(guest, teams.channel, "list")
    await until(lambda: "Guests cannot run sessions" in teams.town.teams.visible_to(guest))
    nobody: Person = teams.join(teams.desk.new_colleague())
    await teams.say("list", by=nobody)
    await teams.reads("is not a technician", by=nobody)
