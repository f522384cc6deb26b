"""Whatever people do in whichever order: a session's secrets are seen by its creator alone, and by nobody in a channel."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from support.bot import RunningBot
from support.generation import play_all
from support.reading import walk
from support.slack_user_group import SlackScene, Step, steps
from support.user_group import GUEST, SUBJECT, device_of

from bot.model.session import Session
from sandbox.environment import Environment, Person

pytestmark = pytest.mark.long

SEQUENCES = 12


@dataclass
class Sightings:
    """What the right people did see: without any of it, that the others saw nothing would prove nothing."""

    links: int = 0
    devices: int = 0
    subjects: int = 0


async def look(scene: SlackScene, sightings: Sightings) -> None:
    """Hold what everybody could ever see against what is whose."""
    kept = await scene.kept()
    for person in scene.people:
        seen = scene.slack_user.environment.slack.visible_to(person.user, include_history=True)
        _nobody_elses_secrets(seen, person, scene.remote(), sightings)
        _nothing_in_channels(seen, scene.remote(), kept)
        _live_details_are_the_creators(seen, person, scene.remote())
    guest = scene.slack_user.environment.slack.visible_to(scene.people[GUEST].user, include_history=True)
    sightings.subjects += SUBJECT in said(guest["channels"])
    _nothing_for_guests(guest, scene.remote(), kept)


def said(seen: Any) -> str:
    return json.dumps(seen, ensure_ascii=False)


def _nobody_elses_secrets(seen: Any, person: Person, sessions: list[Any], sightings: Sightings) -> None:
    everything = said(seen)
    for session in sessions:
        if session.owner.email == person.email:
            sightings.links += session.supporter_link in everything
            sightings.devices += device_of(session) in everything
            continue
        assert session.supporter_token not in everything, f"{person.email} sees a way into another's session"
        assert device_of(session) not in everything, f"{person.email} sees another's connection"


def _live_details_are_the_creators(seen: Any, person: Person, sessions: list[Any]) -> None:
    mine = [one.code for one in sessions if one.owner.email == person.email]
    for text in _texts(seen):
        # A TeamViewer account's own line says since when it is connected, too: it names no code.
        if "Connected since" in text and "Code " in text:
            assert any(code in text for code in mine), f"{person.email} sees since when another is connected"


def _nothing_in_channels(seen: Any, sessions: list[Any], kept: list[Session]) -> None:
    channels = said([seen["channels"], seen["unfurls"]])
    for session in sessions:
        assert session.end_customer_link not in channels, "a requester's link stands in a channel"
    for session in kept:
        assert session.join_token not in channels, "a requester's page stands in a channel"
    assert "Connected since" not in channels


def _nothing_for_guests(seen: Any, sessions: list[Any], kept: list[Session]) -> None:
    assert SUBJECT not in said({**seen, "channels": {}, "unfurls": []}), "a guest is told of a request"
    for session in sessions:
        assert session.end_customer_link not in said(seen), "a guest sees a requester's link"
    for session in kept:
        assert session.join_token not in said(seen), "a guest sees a requester's page"


def _texts(seen: Any) -> Iterator[str]:
    return (one["text"] for one in walk(seen) if isinstance(one.get("text"), str))


async def play(taken: list[Step], environment: Any, bot: RunningBot, sightings: Sightings) -> None:
    """Play one sequence from the start, looking at all screens after each step; leave the switches as they were."""
    scene = await SlackScene.new(environment, bot)
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
    """Three technicians, one of them an SDAdmin, and a guest do what Hypothesis draws."""
    sightings = Sightings()
    await play_all(
        lambda taken: play(taken, environment, bot, sightings),
        steps,
        first=[
            Step(press=0, event="joins"),
            Step(2, 0, "show {N}"),
            Step(1, 2, "show {N}"),
            Step(1, event="home"),
        ],
        sequences=SEQUENCES,
        monkeypatch=monkeypatch,
    )
    assert sightings.links, "the creators never saw a way in"
    assert sightings.devices, "the creators never saw their connection"
    assert sightings.subjects, "the guest never saw a card"
