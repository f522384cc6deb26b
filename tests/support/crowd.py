"""A crowd at work: what people may do, drawn by Hypothesis, and the scene where they do it."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from support.bot import RunningBot
from support.browser import sign_in
from support.desk import Desk
from support.reading import buttons, urls_in

from bot.jobs.sweep import sweep
from bot.jobs.telling import change
from bot.model.ids import bare_code, email
from bot.model.session import Session, State
from sandbox.town import Person

GUEST = 3
SUBJECT = "Payroll of the board"
_BUSY = sa.text(
    "SELECT count(*) FROM workflow_status"
    " WHERE status IN ('ENQUEUED', 'PENDING') AND workflow_uuid NOT LIKE 'sweep:%'"
)
_NUMBERED = ("create", "pilot", "show", "enter", "link", "reinvite", "end", "history")
_BARE = ("auth", "list", "history mine", "status", "help", "logout")
_ADMIN = (
    "",
    "status",
    "disable",
    "enable",
    "widget off message",
    "widget on",
    "admins",
    "audit",
    "connections",
)


@dataclass(frozen=True)
class Step:
    """Somebody types ``words`` (``{N}``: a request's number), or presses the newest button but ``press``.

    ``event``: somebody opens their home or pastes a request's link, or a requester joins or leaves the newest session
    but ``press``. Where all is blank, nothing is done.
    """

    who: int = 0
    place: int = 0
    words: str = ""
    request: int = 0
    press: int | None = None
    event: str = ""


_anybody, _anywhere = st.integers(0, GUEST), st.integers(0, 2)
_typed = st.one_of(
    st.sampled_from([f"{word} {{N}}" for word in _NUMBERED]),
    st.sampled_from([f"{word} {{N}}" for word in _NUMBERED]),
    st.sampled_from(_BARE),
    st.sampled_from([f"admin {word}".strip() for word in _ADMIN]),
    st.sampled_from(["admin grant {T}", "admin revoke {T}", "end {C}", "enter {C}", "link {C}"]),
)
steps = st.one_of(
    st.just(Step()),
    st.builds(Step, _anybody, _anywhere, _typed, st.integers(0, 1)),
    st.builds(Step, _anybody, press=st.integers(0, 30)),
    st.builds(Step, press=st.integers(0, 3), event=st.sampled_from(["joins", "leaves"])),
    st.builds(Step, _anybody, st.integers(0, 1), event=st.sampled_from(["home", "paste"])),
)


@dataclass
class Scene:
    """Three technicians (the last an SDAdmin) and a guest, two channels with all of them, two requests."""

    bot: RunningBot
    desk: Desk
    people: list[Person]
    places: list[str]
    requests: list[str]
    followed: set[str] = field(default_factory=set)
    request_url: str = ""

    @classmethod
    async def new(cls, town: Any, bot: RunningBot) -> "Scene":
        desk = Desk.new(town)
        people = [desk.technician, desk.new_technician(), desk.new_technician()]
        people.append(desk.new_colleague(is_restricted=True))
        users = [one.user for one in people]
        places = [desk.channel, town.slack.add_channel(f"also-{desk.channel.lower()}", users)]
        requests = [desk.new_request(f"{SUBJECT} {place}") for place in "AB"]
        scene = cls(bot, desk, people, places, requests)
        async with bot.books.write() as tx:
            await tx.people.grant_admin(email(people[2].email))
        for person in people[:2]:
            await desk.authorize(person)
            await desk.type(f"create {requests[0]}", by=person)
        await scene.settle()
        scene.followed.update(urls_in([town.slack.ephemerals(user) for user in users]))
        scene.request_url = (await scene.kept())[0].request_url
        return scene

    async def settle(self) -> None:
        """Wait until no job is queued or under way."""
        async with asyncio.timeout(30):
            while await self._is_busy():
                await asyncio.sleep(0.02)  # the engine's tables tell nobody that they have changed

    async def _is_busy(self) -> bool:
        async with self.bot.database.reader.connect() as connection:
            return bool((await connection.execute(_BUSY)).scalar())

    def remote(self) -> list[Any]:
        """The sessions that TeamViewer has for these requests, the newest first."""
        return [one for number in self.requests for one in self.desk.sessions(number)][::-1]

    async def do(self, step: Step) -> None:
        """Take one step, and wait for what follows from it."""
        person = self.people[step.who]
        if step.event in {"joins", "leaves"}:
            await self._at_teamviewer(step)
        elif step.event == "home":
            await self.desk.town.slack.event("app_home_opened", user=person.user)
        elif step.event == "paste":
            place, url = self.places[step.place], self.request_url
            await self.desk.town.slack.event("link_shared", user=person.user, channel=place, urls=[url])
        elif step.press is not None:
            await self._press(person, step.press)
        elif step.words:
            dm = self.desk.town.slack.open_dm(person.user)
            await self.desk.type(self._words(step), by=person, channel=[*self.places, dm][step.place])
        await self.settle()

    def _words(self, step: Step) -> str:
        code = next((one.code for one in self.remote()), "s12-345-678")
        mention = f"<@{self.people[(step.who + 1) % len(self.people)].user}>"
        return step.words.format(N=self.requests[step.request], C=code, T=mention)

    async def _at_teamviewer(self, step: Step) -> None:
        sessions = [one for one in self.remote() if one.state == "open"]
        if not sessions or step.press is None:
            return
        session = sessions[step.press % len(sessions)]
        if step.event == "joins" and not session.online:
            self.desk.town.teamviewer.customer_joins(session.code, device_of(session))
        if step.event == "leaves" and session.online:
            self.desk.town.teamviewer.customer_leaves(session.code)
        await self.bot.run(lambda: sweep({}, self.bot.bot.world, None))
        for one in await self.kept():
            if one.state is State.CONNECTED:
                device = f"LAPTOP-{bare_code(one.code)}"
                await change(self.bot.world, one.id, lambda standing, device=device: _on(device, standing))

    async def kept(self) -> list[Session]:
        """The sessions that the bot keeps for these requests."""
        async with self.bot.books.read() as tx:
            found = [
                await tx.sessions.history(number=one, technician=None, limit=99) for one in self.requests
            ]
        return [session for some in found for session in some]

    async def _press(self, person: Person, place: int) -> None:
        slack = self.desk.town.slack
        mine = [one for one in slack.channels.values() if person.user in one.members]
        messages = [message for channel in mine for message in channel.messages]
        shown: list[Any] = sorted([*messages, *slack.ephemerals(person.user)], key=lambda one: one.ts)
        home = slack.home(person.user)
        shown = [*([home] if home else []), *shown][::-1]
        found = [(one, button) for one in shown for button in buttons(one.blocks)]
        if not found:
            return
        message, button = found[place % len(found)]
        await slack.press(person.user, message, button["action_id"], value=button.get("value"))
        url = button.get("url", "")
        if "/oauth/teamviewer/start" in url and url not in self.followed:
            self.followed.add(url)
            await sign_in(self.desk.town, url, person.email)


def _on(device: str, session: Session) -> Session | None:
    """What TeamViewer's report adds to a session."""
    if session.device == device:
        return None
    return replace(session, device=device, version=session.version + 1)


def device_of(session: Any) -> str:
    """A device of this session alone."""
    return f"LAPTOP-{session.digits}"
