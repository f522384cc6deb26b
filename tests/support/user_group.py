"""A group of users on either platform: their requests and sessions, and how a test waits for the effects of a step."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from hypothesis import strategies as st
from support.bot import RunningBot
from support.slack_user import SlackUser
from support.teams_user import plain

from bot.model.ids import PlanId, RequestNumber, email
from bot.model.invitation import Invitation
from bot.model.plan import Plan
from bot.model.session import Session
from bot.model.switches import Switches
from bot.values import replace
from sandbox.environment import Person

SDADMIN, GUEST, COLLEAGUE = 2, 3, 4
SINCE = "Connected since"
SUBJECT = "Payroll of the board"
TRANSFERS = ("transfer {N} {T}", "transfer {N} --accept", "transfer {N} --decline", "transfer {N} --withdraw")
NUMBERED = (
    *(
        f"{word} {{N}}"
        for word in ("create", "pilot", "show", "enter", "link", "reinvite", "renew", "end", "history")
    ),
    *TRANSFERS,
    "outage {N}",
)
PLANNING = ("create {N} --at tomorrow 9:00", "move {N} --at in 3 days", "cancel {N}", "start {N}")
INVITING = ("invite {N} {T}", "invite {N} {T}", "uninvite {N}", "uninvite {N} {T}", "leave {N}")
BARE = ("auth", "list", "history mine", "status", "help", "logout", "notify on", "notify off")
ON_SOMEBODY = (
    "admin grant {T}",
    "admin revoke {T}",
    "end {C}",
    "enter {C}",
    "link {C}",
    "renew {C}",
    "invite {C} {T}",
    "transfer {C} {T}",
)
ADMIN = (
    "admin",
    "admin status",
    "admin disable",
    "admin enable",
    "admin widget off message",
    "admin widget on",
    "admin admins",
    "admin audit",
    "admin connections",
)


@dataclass(frozen=True)
class SharedStep:
    """A step that is the same in both chats: somebody types ``words`` in a place, or an ``event`` happens."""

    who: int = 0
    place: int = 0
    words: str = ""
    request: int = 0
    event: str = ""


PLANS_AND_TRANSFERS = (
    # A planned session is moved, its time comes, and it is renewed. Others are started by a word, cancelled, and wait.
    SharedStep(1, 0, "create {N} --at tomorrow 9:00", 1),
    SharedStep(2, 1, "move {N} --at in 3 days", 1),
    SharedStep(1, 1, "move {N} --at in 3 days", 1),
    SharedStep(event="begins"),
    SharedStep(1, 2, "end {N}", 1),
    SharedStep(0, 0, "create {N} --at tomorrow 9:00", 1),
    SharedStep(2, 0, "cancel {N}", 1),
    SharedStep(1, 0, "create {N} --at tomorrow 9:00", 1),
    SharedStep(0, 0, "start {N}", 1),
    SharedStep(0, 0, "create {N} --at tomorrow 9:00", 1),
    # All of it with one session: an invited colleague takes it over, renews it, and invites another one.
    SharedStep(0, 0, "create {N}", 1),
    SharedStep(0, 0, "invite {N} {T}", 1),
    SharedStep(0, 0, "transfer {N} {T}", 1),
    SharedStep(1, 0, "transfer {N} --accept", 1),
    SharedStep(1, 2, "show {N}", 1),
    SharedStep(1, 0, "renew {N}", 1),
    # Its former technician planned one before: its time comes while a colleague has this one.
    SharedStep(event="begins"),
    SharedStep(1, 0, "invite {N} {T}", 1),
)
"""Sessions that are planned, and one that is handed over. A privacy proof must see all of it together."""


class Scene(Protocol):
    """A user group in one chat. Hypothesis draws its ``steps``; ``first`` uses each part of the chat at least once."""

    steps: ClassVar[st.SearchStrategy[Any]]
    first: ClassVar[list[Any]]
    sequences: ClassVar[int]
    people: list[Person]
    requests: list[str]
    typed: dict[str, set[str]]
    requesters: list[Person]

    @classmethod
    async def new(cls, environment: Any, bot: RunningBot) -> "Scene":
        """Add the people and requests. The first two technicians each have a session for the first request."""

    async def do(self, step: Any) -> None:
        """Take one step, and wait for what follows from it."""

    async def go_home(self) -> None:
        """Close what is open, and leave the switches as they were."""

    @property
    def strangers(self) -> list[Person]:
        """Those who may know nothing of a request, except what technicians show to everybody."""

    def remote(self) -> list[Any]:
        """Return TeamViewer's sessions for the requests."""

    def holder_of(self, session: Any) -> str:
        """Return the address of the account that a TeamViewer session is assigned to."""

    async def kept(self) -> list[Session]:
        """Return the bot's sessions for the requests."""

    async def invitations(self) -> list[Invitation]:
        """Return the bot's invitations to sessions for the requests."""

    async def plans(self) -> list[Plan]:
        """Return the bot's planned sessions for the requests, also those that were started or cancelled."""

    def address(self, path: str) -> str:
        """Return the address of one of the bot's pages."""

    def seen_by(self, person: Person) -> Any:
        """Return everything that a person sees or could see before, as JSON."""

    def seen_now_by(self, person: Person) -> Any:
        """Return everything that a person sees now, as JSON."""

    def shown_to_everybody(self) -> Any:
        """Return what everybody in the shared conversations sees or could see before."""

    def shown_alone_to(self, person: Person) -> Any:
        """Return what a person sees or could see before, and others do not."""

    def live_details(self, seen: Any) -> Iterator[str]:
        """Return the texts that say since when the requester of one session is connected."""

    def postable(self, seen: Any) -> Iterator[Any]:
        """Return what the person who sees it may post, so that everybody sees it."""


@dataclass
class UserGroup:
    """Three technicians (the last an SDAdmin), a guest, a colleague who is no technician, and two requests.

    ``typed`` are the requests that a person named by themselves, by e-mail address. ``requesters`` have an account in the
    chat: that of each request, in the same order.
    """

    bot: RunningBot
    slack_user: SlackUser
    people: list[Person]
    requests: list[str]
    typed: dict[str, set[str]] = field(default_factory=dict, kw_only=True)
    requesters: list[Person] = field(default_factory=list, kw_only=True)
    planned: set[PlanId] = field(default_factory=set, kw_only=True)

    @property
    def strangers(self) -> list[Person]:
        """Those who may know nothing of a request, except what technicians show to everybody."""
        return self.people[GUEST:]

    def type_number(self, who: int, request: int) -> str:
        """Return the number of a request. From now on this person knows it by themselves."""
        number = self.requests[request]
        self.typed.setdefault(self.people[who].email, set()).add(number)
        return number

    async def add_requesters(self) -> None:
        """Add an account in the chat for the requester of each request."""
        environment = self.slack_user.environment
        for number in self.requests:
            person = environment.add_chat_user("Ann Lee", f"ann{number}@example.test")
            await environment.teams.install_app(environment.teams.personal_chat(person.teams), person.teams)
            self.requesters.append(person)
        await self.settle()

    async def begin(self) -> None:
        """Let the SDAdmin be one, and TeamViewer report connections while they run."""
        self.slack_user.environment.teamviewer.options.running_reported = True
        async with self.bot.unit_of_work.write() as tx:
            await tx.people.grant_admin(email(self.people[SDADMIN].email))

    async def go_home(self) -> None:
        """Close what is open, and leave the switches as they were."""
        for session in self.remote():
            self.slack_user.environment.teamviewer.close_session(session.code)
        async with self.bot.unit_of_work.write() as tx:
            await tx.switches.write(Switches())
            await tx.people.revoke_admin(email(self.people[SDADMIN].email))
        async with asyncio.timeout(30):
            # Until the bot has seen it, a way into a session is open. The next group would find it.
            while any(one.state.is_open for one in await self.kept()):
                await self.bot.sweep()
                await asyncio.sleep(0.02)
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing is queued or under way."""
        async with asyncio.timeout(30):
            while await self.is_busy():
                await asyncio.sleep(0.02)  # the engine's tables tell nobody that they have changed

    async def is_busy(self) -> bool:
        """Whether a job is queued or under way."""
        return await self.bot.is_busy()

    def remote(self) -> list[Any]:
        """The sessions that TeamViewer has for these requests, the newest first."""
        return [one for number in self.requests for one in self.slack_user.sessions(number)][::-1]

    def holder_of(self, session: Any) -> str:
        """The address of the account that a TeamViewer session is assigned to."""
        accounts = self.slack_user.environment.teamviewer.accounts.values()
        return next(one.email for one in accounts if one.userid == session.assigned_userid)

    async def kept(self) -> list[Session]:
        """The sessions that the bot keeps for these requests."""
        async with self.bot.unit_of_work.read() as tx:
            found = [
                await tx.sessions.history(number=RequestNumber(one), technician=None, limit=99)
                for one in self.requests
            ]
        return [session for some in found for session in some]

    async def invitations(self) -> list[Invitation]:
        """Return the bot's invitations to the sessions for these requests."""
        kept = await self.kept()
        async with self.bot.unit_of_work.read() as tx:
            found = [await tx.invitations.of_session(session.id) for session in kept]
        return [invitation for some in found for invitation in some]

    async def plans(self) -> list[Plan]:
        """Return the bot's planned sessions for these requests, also those that were started or cancelled."""
        async with self.bot.unit_of_work.read() as tx:
            for number in self.requests:
                self.planned.update(one.id for one in await tx.plans.planned_for(RequestNumber(number)))
            found = [await tx.plans.get(one) for one in self.planned]
        return [one for one in found if one is not None]

    async def begin_planned(self) -> None:
        """Let the time of each planned session come."""
        for plan in await self.plans():
            if plan.is_planned:
                begun = replace(
                    plan, starts_at=self.bot.services.clock(), remind_at=None, version=plan.version + 1
                )
                async with self.bot.unit_of_work.write() as tx:
                    await tx.plans.save(begun, known_version=plan.version)
        async with asyncio.timeout(30):
            # A round of the bot's own may be under way. Then another one does nothing.
            while any(one.is_due(self.bot.services.clock()) for one in await self.plans()):
                await self.bot.sweep()
                await asyncio.sleep(0.02)

    def address(self, path: str) -> str:
        """Return the address of one of the bot's pages."""
        return f"{self.bot.services.installation.public_url}{path}"

    async def requester(self, event: str, place: int) -> None:
        """Let a requester join (``joins``) or leave the newest open session but ``place``."""
        sessions = [one for one in self.remote() if one.state == "open"]
        if not sessions:
            return
        session = sessions[place % len(sessions)]
        if event == "joins" and not session.online:
            self.slack_user.environment.teamviewer.connect_session(session.code, device_of(session))
        if event == "leaves" and session.online:
            self.slack_user.environment.teamviewer.leave_session(session.code)
        await self.bot.sweep()


def web_client_of(session: Any) -> str:
    """A part of a session's link to the web client that no other address contains."""
    return f"sessioncode={session.digits}"


def device_of(session: Any) -> str:
    """A device of this session alone."""
    return f"LAPTOP-{session.digits}"


def as_text(seen: Any) -> str:
    """Return what a person sees as text, as they read it."""
    return plain(json.dumps(seen, ensure_ascii=False))
