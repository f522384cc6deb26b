"""The product over fakes and memory, with the people, requests and moves that unit tests start from."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from support.fakes.chat import Answer, FakeChat
from support.fakes.services import Fakes, build_services
from support.memory.data import QueuedJob

from bot.commands import Command, CommandRequest, Create, Place, Status
from bot.errors import OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text
from bot.jobs import Job
from bot.model.audit import Action, AuditEntry
from bot.model.card import Card
from bot.model.connection import Account, Connection, Tokens
from bot.model.ids import CommandKey, Email, NoticeId, RequestId, RequestNumber, SessionId
from bot.model.notice import Notice
from bot.model.request import Request, Requester
from bot.model.secret import Secret
from bot.model.session import Kind, Session
from bot.model.switches import Location, Switches
from bot.model.technician import Actor, Directory, Platform, Profile, Technician
from bot.ports import Posted, ReturnAddress, Steps, TokenSource
from bot.use_cases.context import CommandContext
from bot.use_cases.dispatch import dispatch_command
from bot.values import replace
from bot.views.pages import View
from bot.views.plain import hidden_card
from bot.views.session import make_session_card
from bot.workflows.dispatch import Workflows

ANA = Technician(Email("ana@example.com"), "Ana")
BEN = Technician(Email("ben@example.com"), "Ben")
ADA = Technician(Email("ada@example.com"), "Ada", is_admin=True)
CHANNEL = Place("C1")
PRIVATE = Place("D1", is_private=True)
REQUEST = Request(
    id=RequestId("900000000000000101"),
    number=RequestNumber("101"),
    subject="Printer is on fire",
    status="Open",
    is_closed=False,
    requester=Requester("Rita", "rita@example.com", Secret("+33612345678")),
    url="https://desk.example/requests/900000000000000101",
)
N = REQUEST.number
AWAY = Unavailable(Text("It is away."))
REFUSED = Rejected(Text("It said no."))
LOST = OutcomeUnknown(Text("No answer came."))
_RUNAWAY = 200


def actor_of(technician: Technician, platform: Platform = Platform.SLACK) -> Actor:
    """Return the chat account of a technician."""
    return Actor(platform, "T1", f"U{technician.name.upper()}")


IN_CHANNEL = ReturnAddress(actor_of(ANA), CHANNEL.channel, is_private=False, url=None)
"""Where answers to a command in the channel go."""


class BotInMemory:
    """One installation. Every technician is known and on the list; Ana has TeamViewer connected."""

    def __init__(
        self, token_source: Callable[[Connection], TokenSource] | None = None, **settings: object
    ) -> None:
        self.fakes = Fakes()
        self.clock = self.fakes.clock
        self.unit_of_work = self.fakes.unit_of_work
        self.teamviewer = self.fakes.teamviewer
        self.servicedesk = self.fakes.servicedesk
        self.mailer = self.fakes.mailer
        self.texter = self.fakes.texter
        self.slack = self.fakes.slack
        self.teams = self.fakes.teams
        self.doctor = self.fakes.doctor
        self.steps = self.fakes.steps
        self.services = build_services(self.fakes, token_source=token_source, **settings)
        self.workflows = Workflows(self.services)
        self._keys = itertools.count(1)

    # People and what they have connected

    async def start(self) -> None:
        """Store the people, the request, and Ana's connection."""
        self.servicedesk.add_request(REQUEST)
        for technician in (ANA, BEN, ADA):
            self.servicedesk.names[technician.email] = technician.name
            for platform, chat in ((Platform.SLACK, self.slack), (Platform.TEAMS, self.teams)):
                account = actor_of(technician, platform)
                chat.profiles[account] = Profile(account, technician.name, technician.email)
        async with self.unit_of_work.write() as tx:
            names = {Email(address): name for address, name in self.servicedesk.names.items()}
            await tx.people.store_directory(Directory(names, self.clock()))
            for chat in (self.slack, self.teams):
                for profile in chat.profiles.values():
                    await tx.people.store_profile(profile, self.clock())
        await self.connect(ANA)

    async def connect(self, technician: Technician, account_id: str = "u1") -> Connection:
        """Connect a TeamViewer account."""
        account = Account(account_id, f"{technician.name} {account_id}", technician.email)
        tokens = Tokens(Secret(f"old-access-{account_id}"), Secret(f"old-refresh-{account_id}"), 86400)
        async with self.unit_of_work.write() as tx:
            return await tx.connections.connect(technician.email, account, tokens, self.clock())

    async def open_home(self, technician: Technician, platform: Platform = Platform.SLACK) -> Actor:
        """Store that a technician has opened their home."""
        account = actor_of(technician, platform)
        async with self.unit_of_work.write() as tx:
            await tx.homes.add(account)
        return account

    async def switch(
        self, *, integration: bool = True, widget: bool = True, hidden: Location | None = None
    ) -> None:
        """Set the switches, without the jobs that an SDAdmin's command enqueues."""
        locations = frozenset(one for one in Location if one is not hidden)
        async with self.unit_of_work.write() as tx:
            await tx.switches.write(Switches(integration, widget, locations))

    # Commands and jobs

    @asynccontextmanager
    async def context(
        self,
        command: Command,
        by: Technician = ANA,
        place: Place = CHANNEL,
        platform: Platform = Platform.SLACK,
        key: str = "",
    ) -> AsyncIterator[CommandContext]:
        """Open the transaction of one command. It rolls back where the command raises."""
        key = key or f"command-{next(self._keys)}"
        command_request = CommandRequest(CommandKey(key), actor_of(by, platform), place, command)
        async with self.unit_of_work.write() as tx:
            await tx.commands.add(command_request, self.clock())
            switches = await tx.switches.read()
            yield CommandContext(by, command_request, switches, tx, self.services.installation, self.clock())

    async def send(
        self,
        command: Command,
        by: Technician = ANA,
        place: Place = CHANNEL,
        platform: Platform = Platform.SLACK,
        key: str = "",
    ) -> View:
        """Run the use case of a command. Raises BotError where it refuses."""
        async with self.context(command, by, place, platform, key) as context:
            return await dispatch_command(command, context)

    async def store_command(self, command: Command | None = None, by: Technician = ANA) -> CommandKey:
        """Store a command, so that a job can answer it."""
        async with self.context(command or Status(), by) as context:
            return context.command_request.key

    async def run_job(self, job: Job, steps: Steps | None = None, *, key: str = "") -> None:
        """Run one job to its end. ``key``: the one under which it was enqueued, else a new one."""
        self.steps.job_key = key or f"job-{next(self._keys)}"
        await self.workflows.run_job(job, steps or self.steps)

    async def finish_job(self, job: Job) -> None:
        """Run one job, then every job that is enqueued by then."""
        await self.run_job(job)
        await self.run_jobs()

    async def run_jobs(self) -> list[Job]:
        """Run every job that is enqueued, and those that they enqueue. A delay counts as over."""
        done: list[Job] = []
        while queued := self.unit_of_work.take_jobs():
            for one in queued:
                await self.run_job(one.job, key=one.key)
                done.append(one.job)
                assert len(done) < _RUNAWAY, "jobs enqueue jobs without an end"
        return done

    @property
    def jobs(self) -> list[Job]:
        """Return the jobs that are enqueued."""
        return [one.job for one in self.unit_of_work.jobs]

    @property
    def queue(self) -> list[QueuedJob]:
        """Return the jobs that are enqueued, with their keys and delays."""
        return self.unit_of_work.jobs

    # Sessions

    async def accept_session(
        self,
        kind: Kind = Kind.REMOTE,
        by: Technician = ANA,
        place: Place = CHANNEL,
        platform: Platform = Platform.SLACK,
        *,
        another: bool = False,
        note: str = "",
    ) -> Session:
        """Accept a new session. Its job is enqueued and has not run."""
        known = {one.id for one in await self.sessions()}
        await self.send(Create(N, kind, note, another), by, place, platform)
        return next(one for one in await self.sessions() if one.id not in known)

    async def open_session(
        self,
        kind: Kind = Kind.REMOTE,
        by: Technician = ANA,
        place: Place = CHANNEL,
        platform: Platform = Platform.SLACK,
        *,
        another: bool = False,
    ) -> Session:
        """Create a session, and run every job."""
        accepted = await self.accept_session(kind, by, place, platform, another=another)
        await self.run_jobs()
        return await self.session(accepted.id)

    async def session(self, session_id: SessionId) -> Session:
        async with self.unit_of_work.read() as tx:
            session = await tx.sessions.get(session_id)
        assert session is not None, "the session is not stored"
        return session

    async def sessions(self) -> list[Session]:
        async with self.unit_of_work.read() as tx:
            return list(await tx.sessions.history(limit=100))

    async def change(self, session_id: SessionId, move: Callable[[Session], Session]) -> None:
        """Change a session, with the refresh of its cards: as another job does."""
        await self.workflows.services.sessions.change(session_id, move)

    async def end(self, session_id: SessionId) -> None:
        """End a session here, as another job does."""
        await self.change(session_id, lambda session: session.ended(self.clock(), "Ben"))

    async def set_expiry(self, session_id: SessionId, after: timedelta) -> None:
        """Set when the link of a session expires."""
        at = self.clock() + after
        await self.change(session_id, lambda one: replace(one, valid_until=at, version=one.version + 1))

    async def notices(self, session_id: SessionId) -> list[Notice]:
        async with self.unit_of_work.read() as tx:
            return list(await tx.notices.of_session(session_id))

    async def notice(self, notice: NoticeId) -> Notice:
        async with self.unit_of_work.read() as tx:
            found = await tx.notices.get(notice)
        assert found is not None, "the notice is not stored"
        return found

    async def cards(self, session_id: SessionId) -> list[Card]:
        async with self.unit_of_work.read() as tx:
            return list(await tx.cards.of_session(session_id))

    def shown(self, card: Card) -> View:
        """Return what a card's message shows now."""
        chat: FakeChat = self.slack if card.platform is Platform.SLACK else self.teams
        return chat.messages[Posted(card.channel, card.message)]

    # What was recorded

    async def connections(self, technician: Technician = ANA) -> list[Connection]:
        async with self.unit_of_work.read() as tx:
            return list(await tx.connections.of_technician(technician.email))

    async def audited(self) -> list[AuditEntry]:
        async with self.unit_of_work.read() as tx:
            return [record.entry for record in await tx.audit.all()]

    async def actions(self) -> list[Action]:
        return [entry.action for entry in await self.audited()]

    @property
    def answers(self) -> list[Answer]:
        """Return the later answers of both platforms."""
        return [*self.slack.answers, *self.teams.answers]


async def expect_current_cards(bot: BotInMemory, session_id: SessionId) -> None:
    """Expect that every card of a session shows its state as it is now."""
    session, notices = await bot.session(session_id), await bot.notices(session_id)
    async with bot.unit_of_work.read() as tx:
        switches = await tx.switches.read()
    places = await bot.cards(session_id)
    assert places
    for place in places:
        current = make_session_card(session, notices, place.audience, is_on=switches.integration)
        is_hidden = switches.integration and switches.hides(Location.MESSAGE)
        assert bot.shown(place) == (hidden_card(current) if is_hidden else current)
