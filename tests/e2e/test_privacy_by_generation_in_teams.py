"""Whatever people do in Teams in whichever order: a session's secrets are seen by its creator alone."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import pytest
from support.bot import RunningBot
from support.generation import play_all
from support.reading import walk
from support.teams_user import plain
from support.teams_user_group import COLLEAGUE, Step, TeamsScene, steps
from support.user_group import GUEST, SUBJECT, device_of

from bot.model.session import Session
from sandbox.environment import Environment, Person

pytestmark = pytest.mark.long

SEQUENCES = 5
_EACH_SURFACE_ONCE = [
    Step(event="joins"),
    Step(2, 0, "show {N}"),
    Step(1, 2, "show {N}"),
    Step(1, 2, event="home"),
    Step(0, 0, "enter {N}"),
    Step(1, 1, "link {N}"),
    Step(0, 1, "auth"),
    Step(2, 0, "admin connections"),
    Step(2, 0, event="paste"),
    Step(0, 1, event="query", which=1),
    Step(3, 0, event="refresh"),
    Step(2, 1, event="forge"),
    Step(2, 0, event="forge", which=1),
    Step(4, 2, event="forge a message", which=2),
    Step(3, 2, event="query", which=1),
    Step(4, 0, event="look for", which=1),
    Step(3, 1, event="window", which=1),
    Step(2, 0, "admin widget off message"),
    Step(0, 0, "enter {N}"),
    Step(0, 1, "show {N}"),
    Step(2, 1, "list"),
]
_SIGN_IN = re.compile(r"/oauth/teamviewer/start\?state=([\w-]+)")
_SINCE = "Connected since"


@dataclass
class Sightings:
    """What the right people did see: without any of it, that the others saw nothing would prove nothing."""

    links: int = 0
    devices: int = 0
    subjects: int = 0
    sign_ins: set[str] = field(default_factory=set)


async def look(scene: TeamsScene, sightings: Sightings) -> None:
    """Hold what everybody could ever see against what is whose."""
    kept, remote = await scene.kept(), scene.remote()
    sign_ins = []
    for person in scene.people:
        seen = scene.slack_user.environment.teams.visible_to(person.teams, include_history=True)
        _nobody_elses_secrets(plain(seen), person, remote, sightings)
        _live_details_are_the_creators(json.loads(seen), person, remote)
        _nothing_to_be_posted(json.loads(seen), remote, kept)
        sign_ins.append(set(_SIGN_IN.findall(plain(seen))))
    assert not any(one & other for one, other in combinations(sign_ins, 2)), (
        "a sign-in address is seen by two"
    )
    sightings.sign_ins |= set().union(*sign_ins)
    _nothing_for_everybody(said(_everybodys(scene)), remote, kept)
    sightings.subjects += SUBJECT in said(_everybodys(scene))
    for person in (scene.people[GUEST], scene.people[COLLEAGUE]):
        _nothing_for_strangers(scene, person, remote, kept)


def said(seen: Any) -> str:
    return plain(json.dumps(seen, ensure_ascii=False))


def _nobody_elses_secrets(seen: str, person: Person, sessions: list[Any], sightings: Sightings) -> None:
    for session in sessions:
        if session.owner.email == person.email:
            sightings.links += session.supporter_link in seen
            sightings.devices += device_of(session) in seen
            continue
        assert session.supporter_token not in seen, f"{person.email} sees a way into another's session"
        assert device_of(session) not in seen, f"{person.email} sees another's connection"


def _live_details_are_the_creators(seen: Any, person: Person, sessions: list[Any]) -> None:
    """The facts of a session say whose it is by its code; in plain words, the whole card has to name one of one's own."""
    mine = [one.code for one in sessions if one.owner.email == person.email]
    for one in walk(seen):
        text = said(one)
        if one.get("type") == "FactSet" and _SINCE in text:
            assert any(code in text for code in mine), f"{person.email} sees since when another is connected"
        # A TeamViewer account's own line says since when it is connected, too: it names no code.
        if one.get("type") == "AdaptiveCard" and f'"{_SINCE}' in text and "Code s" in text:
            assert any(code in text for code in mine), f"{person.email} sees since when another is connected"


def _everybodys(scene: TeamsScene) -> list[Any]:
    """Everything that is or was visible to everybody in the shared conversations."""
    return [
        [message.text, message.cards, message.past_contents, message.activity_json.get("summary")]
        for place in scene.places
        for message in place.messages
    ]


def _nothing_for_everybody(seen: str, sessions: list[Any], kept: list[Session]) -> None:
    for session in sessions:
        assert session.supporter_token not in seen, "a way into a session stands before everybody"
        assert session.end_customer_link not in seen, "a requester's link stands before everybody"
        assert device_of(session) not in seen, "a connection stands before everybody"
    for session in kept:
        assert session.join_token not in seen, "a requester's page stands before everybody"
    assert _SINCE not in seen
    assert not _SIGN_IN.search(seen), "a sign-in address stands before everybody"


def _nothing_to_be_posted(seen: Any, sessions: list[Any], kept: list[Session]) -> None:
    """What the message extension finds, its finder may post."""
    for one in walk(seen):
        if "attachmentLayout" in one:
            _nothing_for_everybody(said(one), sessions, kept)


def _nothing_for_strangers(
    scene: TeamsScene, person: Person, sessions: list[Any], kept: list[Session]
) -> None:
    """Beside what technicians showed to everybody: nothing of a request, not even a number that they did not type."""
    seen = said(list(_theirs_alone(scene, person)))
    assert SUBJECT not in seen, f"{person.email} is told of a request"
    assert "Ann Lee" not in seen, f"{person.email} is told of a requester"
    for number in set(scene.requests) - scene.typed.get(person.email, set()):
        assert not re.search(rf"\b{number}\b", seen), f"{person.email} is told of a request"
    for session in sessions:
        assert session.end_customer_link not in seen, f"{person.email} sees a requester's link"
    for session in kept:
        assert session.join_token not in seen, f"{person.email} sees a requester's page"


def _theirs_alone(scene: TeamsScene, person: Person) -> Iterator[Any]:
    teams_tenant, mri = scene.slack_user.environment.teams, person.teams.mri
    for message in teams_tenant.personal_chat(person.teams).messages:
        if message.sender == "bot":
            yield [message.text, message.cards, message.past_contents, message.activity_json.get("summary")]
    for place in teams_tenant.state.conversations_of(person.teams):
        for message in place.messages:
            yield [
                message.personal_cards.get(mri),
                [card for whose, card in message.past_personal_cards if whose == mri],
            ]
    yield [
        kept.get(person.teams)
        for kept in (teams_tenant.toasts, teams_tenant.error_messages, teams_tenant.state.shown_results)
    ]


async def play(taken: list[Step], environment: Any, bot: Any, sightings: Sightings) -> None:
    """Play one sequence from the start, looking at all screens after each step; leave the switches as they were."""
    scene = await TeamsScene.new(environment, bot)
    try:
        await look(scene, sightings)
        for step in taken:
            await scene.do(step)
            await look(scene, sightings)
    finally:
        await scene.go_home()


# While Hypothesis draws in its thread, the bot and the simulated systems keep running, and some of them use the common random numbers.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
async def test_only_its_creator_sees_a_sessions_secrets(
    environment: Environment, bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three technicians, one of them an SDAdmin, a guest and a colleague do what Hypothesis draws."""
    monkeypatch.setattr(environment.teams, "limits", False)  # how fast may be written is proved elsewhere
    sightings = Sightings()
    await play_all(
        lambda taken: play(taken, environment, bot, sightings),
        steps,
        first=_EACH_SURFACE_ONCE,
        sequences=SEQUENCES,
        monkeypatch=monkeypatch,
    )
    assert sightings.links, "the creators never saw a way in"
    assert sightings.devices, "the creators never saw their connection"
    assert sightings.subjects, "nobody ever saw a card"
    assert sightings.sign_ins, "nobody was ever led to a sign-in"
