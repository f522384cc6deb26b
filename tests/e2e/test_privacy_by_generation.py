"""Whatever people do in whichever order: a session's secrets are seen by its creator alone, and by nobody in a channel.

The log, at its most talkative level, has neither secrets nor people in it.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import pytest
import structlog
from support.bot import RunningBot
from support.entering import open_way_in
from support.generation import play_all
from support.logging_to import captured_log, chatty_libraries
from support.slack_user_group import SlackScene
from support.teams_user_group import TeamsScene
from support.user_group import SINCE, SUBJECT, Scene, as_text, device_of, web_client_of

from bot.model.ids import EnterToken, derive_session_id
from bot.model.invitation import Invitation
from bot.model.plan import Plan, PlanState
from bot.model.session import Session
from sandbox.environment import Environment, Person

pytestmark = pytest.mark.long

REQUESTER = "Ann Lee"
_MARK = "the log is read from here on"
_STATUS = "200"
"""What is shown in Teams comes with the status of its answer. The request of this number cannot be told from it."""
_ENTER = re.compile(r"/enter/([\w-]+)")
_SIGN_IN = re.compile(r"/oauth/teamviewer/start\?state=([\w-]+)")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Return what the bot logs at the level ``debug``, while every library logs all that it can."""
    with captured_log("debug", "json") as written, chatty_libraries():
        structlog.get_logger("bot").debug(_MARK)
        yield written


@dataclass
class Sightings:
    """What the right people did see: without any of it, that the others saw nothing would prove nothing. And the log."""

    log: io.StringIO
    links: int = 0
    web_clients: int = 0
    devices: int = 0
    details: int = 0
    subjects: int = 0
    invitations: int = 0
    sign_ins: set[str] = field(default_factory=set)
    invited: dict[str, str] = field(default_factory=dict)
    """Whose each way in of an invitation is, or was: the address of its technician by its token."""
    open_ways: int = 0
    closed_ways: int = 0
    transfers: int = 0
    together: int = 0
    """How often a session was seen that had changed hands, was renewed, had an invited colleague and a requester in chat."""
    planned: int = 0
    moved: int = 0
    cancelled: int = 0
    begun: int = 0
    begun_beside_a_transfer: int = 0
    """How often a planned session was seen that began while a colleague had taken over another one for its request."""
    holders: dict[str, set[str]] = field(default_factory=dict)
    """Who had each session at some time, by its code. They may remember what they saw then."""


async def look(scene: Scene, sightings: Sightings) -> None:
    """Compare what everybody sees or could see before with what is whose. Nobody may be named in the log."""
    kept, remote = await scene.kept(), scene.remote()
    sightings.transfers += sum(len(one.handovers) for one in kept)
    for session in remote:
        sightings.holders.setdefault(session.code, {session.owner.email}).add(scene.holder_of(session))
    _nothing_in_the_log(sightings.log.getvalue(), scene, remote, kept)
    invitations = await scene.invitations()
    sightings.together += sum(_has_all(one, invitations) for one in kept)
    sightings.invited |= {one.token: one.technician for one in invitations}
    _planned_are_their_own(await scene.plans(), kept, sightings)
    sign_ins = []
    for person in scene.people:
        seen = scene.seen_by(person)
        _nobody_elses_secrets(as_text(seen), person, remote, scene, sightings)
        _ways_in_are_their_own(as_text(seen), person, sightings)
        _live_details_are_the_creators(scene, seen, person, remote, sightings)
        for found in scene.postable(seen):
            _nothing_for_everybody(as_text(found), remote, kept)
        sign_ins.append(set(_SIGN_IN.findall(as_text(seen))))
    assert not any(one & other for one, other in combinations(sign_ins, 2)), (
        "a sign-in address is seen by two"
    )
    sightings.sign_ins |= set().union(*sign_ins)
    everybodys = as_text(scene.shown_to_everybody())
    _nothing_for_everybody(everybodys, remote, kept)
    sightings.subjects += SUBJECT in everybodys
    await _ways_in_are_closed_in_time(scene, remote, invitations, sightings)
    assert not any(token in everybodys for token in sightings.invited), "a way in stands before everybody"
    assert not any(token in sightings.log.getvalue() for token in sightings.invited)
    for person in scene.strangers:
        _nothing_for_strangers(scene, person, remote, kept)
    for requester, number in zip(scene.requesters, scene.requests, strict=True):
        _only_the_way_to_join_now(scene, requester, number, remote, kept, sightings)


def _has_all(session: Session, invitations: list[Invitation]) -> bool:
    has_invited = any(one.is_open and one.session_id == session.id for one in invitations)
    return bool(session.handovers) and session.renewed_at is not None and session.in_chat and has_invited


def _nobody_elses_secrets(
    seen: str, person: Person, sessions: list[Any], scene: Scene, sightings: Sightings
) -> None:
    """A way in that works now is seen by who has the session now. Who had it before does not."""
    for session in sessions:
        if scene.holder_of(session) == person.email:
            sightings.links += session.supporter_link in seen
            sightings.web_clients += web_client_of(session) in seen
            sightings.devices += device_of(session) in seen
            continue
        assert session.supporter_token not in seen, f"{person.email} sees a way into another's session"
        if person.email in sightings.holders[session.code]:
            continue
        assert web_client_of(session) not in seen, f"{person.email} sees a way into another's session"
        assert device_of(session) not in seen, f"{person.email} sees another's connection"


def _planned_are_their_own(plans: list[Plan], kept: list[Session], sightings: Sightings) -> None:
    """A planned session begins once, when it is no longer planned, and for the technician who planned it."""
    sessions = {one.id: one for one in kept}
    for plan in plans:
        session = sessions.get(derive_session_id(f"plan:{plan.id}"))
        sightings.planned += plan.is_planned
        sightings.moved += plan.is_planned and plan.sequence > 0
        sightings.cancelled += plan.state is PlanState.CANCELLED
        if session is None:
            continue
        assert plan.state is PlanState.STARTED, "a session began that is still planned, or was cancelled"
        first = session.handovers[0].former if session.handovers else session.technician
        assert first == plan.technician, "a session began for somebody who had not planned it"
        sightings.begun += 1
        sightings.begun_beside_a_transfer += any(one.handovers for one in kept if one.number == plan.number)


def _ways_in_are_their_own(seen: str, person: Person, sightings: Sightings) -> None:
    for token in _ENTER.findall(seen):
        assert sightings.invited[token] == person.email, f"{person.email} sees another's way in"


async def _ways_in_are_closed_in_time(
    scene: Scene, sessions: list[Any], invitations: list[Invitation], sightings: Sightings
) -> None:
    """Whatever messages are left: a way in opens only what is open, to who is invited now, and shows no link."""
    current = {one.token: one for one in invitations if one.is_open}
    codes = {one.id: one.code for one in await scene.kept()}
    is_open = {one.code: one.state == "open" for one in sessions}
    for token in sightings.invited:
        page = await open_way_in(scene.address(f"/enter/{token}"))
        assert not any(one.supporter_token in page.text for one in sessions)
        if page.status == 200:
            sightings.open_ways += 1
            code = codes[current[EnterToken(token)].session_id]
            assert code is not None
            assert is_open[code], "a way in opens a session that is over"
        else:
            sightings.closed_ways += 1
            assert page.status == 410


def _live_details_are_the_creators(
    scene: Scene, seen: Any, person: Person, sessions: list[Any], sightings: Sightings
) -> None:
    """What says since when a requester is connected has the code of a session that the person has, or had."""
    mine = [one.code for one in sessions if person.email in sightings.holders[one.code]]
    for text in scene.live_details(seen):
        assert any(code in text for code in mine), f"{person.email} sees since when another is connected"
        sightings.details += 1


def _nothing_for_everybody(seen: str, sessions: list[Any], kept: list[Session]) -> None:
    for session in sessions:
        for way_in in (session.supporter_token, web_client_of(session)):
            assert way_in not in seen, "a way into a session stands before everybody"
        assert session.end_customer_link not in seen, "a requester's link stands before everybody"
        assert device_of(session) not in seen, "a connection stands before everybody"
    for session in kept:
        assert session.join_token not in seen, "a requester's page stands before everybody"
    assert SINCE not in seen
    assert not _SIGN_IN.search(seen), "a sign-in address stands before everybody"


def _nothing_for_strangers(scene: Scene, person: Person, sessions: list[Any], kept: list[Session]) -> None:
    """Besides what technicians showed to everybody: nothing of a request, not even a number that they did not type."""
    seen = as_text(scene.shown_alone_to(person))
    assert SUBJECT not in seen, f"{person.email} reads of a request"
    assert REQUESTER not in seen, f"{person.email} reads of a requester"
    for number in set(scene.requests) - scene.typed.get(person.email, set()) - {_STATUS}:
        assert not re.search(rf"\b{number}\b", seen), f"{person.email} reads of a request"
    for session in sessions:
        assert session.end_customer_link not in seen, f"{person.email} sees a requester's link"
    for session in kept:
        assert session.join_token not in seen, f"{person.email} sees a requester's page"


def _only_the_way_to_join_now(  # noqa: PLR0917 - what is compared
    scene: Scene,
    requester: Person,
    number: str,
    remote: list[Any],
    kept: list[Session],
    sightings: Sightings,
) -> None:
    """A requester never sees a way in but their own join pages, and now only those of sessions that can be joined."""
    ever, now = as_text(scene.seen_by(requester)), as_text(scene.seen_now_by(requester))
    for session in remote:
        for way_in in (session.supporter_token, web_client_of(session), session.end_customer_link):
            assert way_in not in ever, "a requester sees a way in that is not the join page"
        assert device_of(session) not in ever, "a requester sees a connection"
    assert SINCE not in ever
    for session in kept:
        if session.number != number:
            assert session.join_token not in ever, "a requester sees the page of another request"
        elif session.join_token in now:
            assert session.is_usable, "a requester is left a way into a session that is over"
            sightings.invitations += 1


def _nothing_in_the_log(log: str, scene: Scene, sessions: list[Any], kept: list[Session]) -> None:
    assert _MARK in log, "the log was not read"
    _nothing_for_everybody(log, sessions, kept)
    for session in sessions:
        assert session.supporter_link not in log
    for named in (SUBJECT, REQUESTER, *(person.name for person in scene.people)):
        assert named not in log, f"the log names {named}"
    for number in scene.requests:
        assert f"ann{number}@" not in log, "the log has a requester's address"


async def play(
    taken: list[Any], chat: type[Scene], environment: Environment, bot: RunningBot, sightings: Sightings
) -> None:
    """Play one sequence from the start, looking at all screens after each step; leave the switches as they were."""
    scene = await chat.new(environment, bot)
    try:
        await look(scene, sightings)
        for step in taken:
            await scene.do(step)
            await look(scene, sightings)
    finally:
        await scene.go_home()


# While Hypothesis draws in its thread, the bot and the simulated systems keep running, and some of them use the common random numbers.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@pytest.mark.parametrize("chat", [SlackScene, TeamsScene], ids=["slack", "teams"])
async def test_only_its_creator_sees_a_sessions_secrets(
    chat: type[Scene],
    environment: Environment,
    inviting_bot: RunningBot,
    monkeypatch: pytest.MonkeyPatch,
    log: io.StringIO,
) -> None:
    """Three technicians, one of them an SDAdmin, a guest, a colleague and two requesters do what Hypothesis draws."""
    monkeypatch.setattr(environment.teams, "limits", False)  # other tests prove that the bot keeps to them
    sightings = Sightings(log)
    await play_all(
        lambda taken: play(taken, chat, environment, inviting_bot, sightings),
        chat.steps,
        first=chat.first,
        sequences=chat.sequences,
        monkeypatch=monkeypatch,
    )
    assert sightings.links, "the creators never saw a way in"
    assert sightings.web_clients, "the creators never saw the way in by the browser"
    assert sightings.devices, "the creators never saw their connection"
    assert sightings.details, "the creators never saw since when they were connected"
    assert sightings.subjects, "nobody ever saw a card"
    assert sightings.transfers, "no session ever changed hands"
    assert sightings.together, "no session ever changed hands, was renewed and had an invited colleague"
    assert sightings.planned, "nobody ever planned a session"
    assert sightings.moved, "no planned session was ever moved"
    assert sightings.cancelled, "no planned session was ever cancelled"
    assert sightings.begun, "no planned session ever began"
    assert sightings.begun_beside_a_transfer, (
        "no planned session ever began beside one that had changed hands"
    )
    assert sightings.sign_ins, "nobody was ever led to a sign-in"
    assert sightings.open_ways, "nobody was ever invited"
    assert sightings.closed_ways, "no way in was ever closed"
    assert sightings.invitations, "no requester was ever invited in chat"
