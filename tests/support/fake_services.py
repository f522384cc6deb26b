"""Fakes of every port in ``bot/ports.py``, for fast tests of the product's rules.

A fake records its calls and holds the state of the outside system that it replaces. ``fail_once`` makes a call fail.
``before_return`` runs code while a call is under way: the outside system has acted, and the bot has no answer yet.
"""

# ruff: noqa: ARG002 - a fake has the signature of its port
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from support.clock import Clock
from support.memory_unit_of_work import MemoryUnitOfWork

from bot.errors import BotError, ErrorCode, NotFound, OutcomeUnknown, Rejected
from bot.i18n import Text
from bot.installation import Installation
from bot.model.card import Card
from bot.model.connection import Account, Connection, Tokens
from bot.model.ids import Email, OrgId, RequestId, RequestNumber, SessionCode
from bot.model.pasted_link import PastedLink
from bot.model.request import Request
from bot.model.secret import Secret
from bot.model.session import RemoteSession
from bot.model.technician import Actor, Platform, Profile
from bot.ports import (
    ChatCapabilities,
    ConnectionReport,
    Mail,
    NewRemoteSession,
    OpenSession,
    Posted,
    Reply,
    ReturnAddress,
    StepOutcome,
    TokenSource,
)
from bot.services import Chats, Services
from bot.views.home import HomePage
from bot.views.pages import Message, RequestPanel, View
from bot.views.parts import Reader
from bot.views.session import SessionCard

Hook = Callable[[], Awaitable[None]]
"""Code that a test runs in the middle of something."""
SLACK = ChatCapabilities(
    keeps_answers=False, personalizes_shared_cards=False, has_home_tab=True, opens_forms_in_answers=False
)
TEAMS = ChatCapabilities(
    keeps_answers=True, personalizes_shared_cards=True, has_home_tab=False, opens_forms_in_answers=True
)


class BrokenInside(Exception):
    """A fault in the bot itself, as opposed to an error of an outside system."""


class FakeService:
    """What all fakes have in common."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.before_return: dict[str, Hook] = {}
        self._errors: dict[str, deque[Exception]] = {}

    def fail_once(self, method: str, error: Exception) -> None:
        """Raise an error at the next call of a method. After OutcomeUnknown the outside system has acted all the same."""
        self._errors.setdefault(method, deque()).append(error)

    @asynccontextmanager
    async def _calling(self, method: str) -> AsyncIterator[None]:
        """Record a call around its effect."""
        self.calls.append(method)
        errors = self._errors.get(method)
        error = errors.popleft() if errors else None
        if error is None or isinstance(error, OutcomeUnknown):
            yield
        # A hook runs once, so that it may call the same method without an end.
        hook = self.before_return.pop(method, None)
        if hook is not None:
            await hook()
        if error is not None:
            raise error


class FakeTeamViewer(FakeService):
    """TeamViewer with one account. ``remote`` are the sessions that it created, by our session id."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.owner = Account("u1", "Ana at TeamViewer", Email("ana@example.com"))
        self.created: list[NewRemoteSession] = []
        self.remote: dict[str, RemoteSession] = {}
        self.open_codes: set[SessionCode] = set()
        self.online: set[SessionCode] = set()
        self.unlisted: set[SessionCode] = set()
        self.reports: list[ConnectionReport] = []
        self.revoked: list[str] = []
        self._clock = clock
        self._issued = 0

    def authorize_url(self, state: str) -> str:
        return f"https://login.example/authorize?state={state}"

    def _issue_tokens(self) -> Tokens:
        self._issued += 1
        return Tokens(Secret(f"access-{self._issued}"), Secret(f"refresh-{self._issued}"), 86400)

    async def exchange(self, code: str) -> Tokens:
        tokens = self._issue_tokens()
        async with self._calling("exchange"):
            pass
        return tokens

    async def refresh(self, refresh_token: Secret) -> Tokens:
        tokens = self._issue_tokens()
        async with self._calling("refresh"):
            pass
        return tokens

    async def revoke(self, access_token: Secret) -> None:
        async with self._calling("revoke"):
            self.revoked.append(access_token.reveal())

    async def account(self, access_token: Secret) -> Account:
        owner = self.owner
        async with self._calling("account"):
            pass
        return owner

    async def create_session(self, token: TokenSource, new: NewRemoteSession) -> RemoteSession:
        code = SessionCode(f"s10-000-{len(self.remote) + 1:03}")
        links = Secret(f"https://get.example/{code}"), Secret(f"https://start.example/{code}")
        remote = RemoteSession(code, *links, self._clock() + timedelta(hours=24))
        async with self._calling("create_session"):
            self.created.append(new)
            self.remote[new.key] = remote
            self.open_codes.add(code)
        return remote

    async def find_session(self, token: TokenSource, key: str) -> RemoteSession | None:
        remote = self.remote.get(key)
        found = remote if remote is not None and remote.code in self.open_codes else None
        async with self._calling("find_session"):
            pass
        return found

    async def open_sessions(self, token: TokenSource) -> Sequence[OpenSession]:
        listed = [OpenSession(code, code in self.online) for code in sorted(self.open_codes - self.unlisted)]
        async with self._calling("open_sessions"):
            pass
        return listed

    async def is_open(self, token: TokenSource, code: SessionCode) -> bool:
        is_open = code in self.open_codes
        async with self._calling("is_open"):
            pass
        return is_open

    async def close_session(self, token: TokenSource, code: SessionCode) -> None:
        async with self._calling("close_session"):
            self.open_codes.discard(code)

    async def connection_reports(
        self, token: TokenSource, *, since: datetime, code: SessionCode | None = None
    ) -> Sequence[ConnectionReport]:
        reports = [one for one in self.reports if code in {None, one.code} and one.started_at >= since]
        async with self._calling("connection_reports"):
            pass
        return reports


class FakeServiceDesk(FakeService):
    """ServiceDesk Plus with some requests and technicians."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: dict[RequestNumber, Request] = {}
        self.names: dict[str, str] = {}
        self.replies: list[Reply] = []
        self.notes: list[tuple[RequestId, str]] = []

    def add_request(self, request: Request) -> None:
        """Add a request, or replace it by its number."""
        self.requests[request.number] = request

    async def request(self, number: RequestNumber) -> Request:
        found = self.requests.get(number)
        async with self._calling("request"):
            pass
        if found is None:
            raise NotFound(Text("No such request."))
        return found

    async def request_by_id(self, request_id: RequestId) -> Request:
        found = next((one for one in self.requests.values() if one.id == request_id), None)
        async with self._calling("request_by_id"):
            pass
        if found is None:
            raise NotFound(Text("No such request."))
        return found

    def id_in(self, url: str) -> RequestId | None:
        return next((one.id for one in self.requests.values() if one.url == url), None)

    async def search(self, text: str, limit: int = 20) -> Sequence[Request]:
        found = [one for one in self.requests.values() if text in one.number or text in one.subject]
        async with self._calling("search"):
            pass
        return found[:limit]

    async def technicians(self) -> dict[str, str]:
        names = dict(self.names)
        async with self._calling("technicians"):
            pass
        return names

    async def reply(self, reply: Reply) -> None:
        async with self._calling("reply"):
            self.replies.append(reply)

    async def has_reply(self, request_id: RequestId, marker: str) -> bool:
        found = any(one.request_id == request_id and marker in one.html for one in self.replies)
        async with self._calling("has_reply"):
            pass
        return found

    async def add_note(self, request_id: RequestId, html: str) -> None:
        async with self._calling("add_note"):
            self.notes.append((request_id, html))

    async def has_note(self, request_id: RequestId, marker: str) -> bool:
        found = any(whose == request_id and marker in html for whose, html in self.notes)
        async with self._calling("has_note"):
            pass
        return found


class FakeMailer(FakeService):
    """A mail server. ``sent`` are the mails that it accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.is_configured = True
        self.sent: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        async with self._calling("send"):
            self.sent.append(mail)


class FakeTexter(FakeService):
    """An SMS gateway. ``sent`` are the texts that it accepted, by phone number."""

    def __init__(self) -> None:
        super().__init__()
        self.is_configured = True
        self.sent: list[tuple[str, str]] = []

    async def send(self, phone: Secret, text: str) -> None:
        async with self._calling("send"):
            self.sent.append((phone.reveal(), text))


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as its reader got it."""

    to: ReturnAddress
    view: View
    reader: Reader


class FakeChat(FakeService):
    """A chat platform. ``messages``, ``homes`` and ``previews`` hold what each of them shows now."""

    def __init__(self, capabilities: ChatCapabilities, channels: str) -> None:
        super().__init__()
        self.messages: dict[Posted, View] = {}
        self.private: dict[Posted, Actor] = {}
        self.homes: dict[Actor, HomePage] = {}
        self.new_homes: list[HomePage] = []
        self.previews: dict[str, RequestPanel] = {}
        self.answers: list[Answer] = []
        self.profiles: dict[Actor, Profile] = {}
        self.readers: list[Reader] = []
        self.tenants: dict[str, Sequence[str]] = {}
        self.closed_channels: set[str] = set()
        self._capabilities = capabilities
        self._channels = channels
        self._dumped: list[tuple[View, Reader]] = []

    @property
    def capabilities(self) -> ChatCapabilities:
        return self._capabilities

    def is_channel(self, channel: str) -> bool:
        return channel.startswith(self._channels)

    async def tenants_of(self, channel: str) -> Sequence[str]:
        async with self._calling("tenants_of"):
            pass
        return self.tenants.get(channel, ())

    async def profile(self, actor: Actor) -> Profile:
        found = self.profiles.get(actor)
        async with self._calling("profile"):
            pass
        if found is None:
            raise Rejected(Text("No such user."))
        return found

    async def post(self, tenant: str, channel: str, view: View, reader: Reader) -> Posted | None:
        is_closed = channel in self.closed_channels
        place = self._next_place(channel)
        async with self._calling("post"):
            if not is_closed:
                self.messages[place] = view
                self.readers.append(reader)
        return None if is_closed else place

    async def post_private(self, actor: Actor, view: View, reader: Reader) -> Posted:
        place = self._next_place(f"D{actor.user}")
        async with self._calling("post_private"):
            self.messages[place] = view
            self.private[place] = actor
            self.readers.append(reader)
        return place

    def _next_place(self, channel: str) -> Posted:
        return Posted(channel, f"m{len(self.messages) + 1}")

    async def publish_home(
        self, actor: Actor, home: HomePage, reader: Reader, *, as_new_message: bool = False
    ) -> None:
        async with self._calling("publish_home"):
            self.homes[actor] = home
            if as_new_message:
                self.new_homes.append(home)

    async def unfurl(self, tenant: str, link: PastedLink, panel: RequestPanel, reader: Reader) -> None:
        async with self._calling("unfurl"):
            self.previews[link.url] = panel

    async def update_card(self, card: Card, view: SessionCard | Message, reader: Reader) -> bool:
        place = Posted(card.channel, card.message)
        exists = place in self.messages
        async with self._calling("update_card"):
            if exists:
                self.messages[place] = view
        return exists

    async def send_answer(self, to: ReturnAddress, view: View, reader: Reader) -> None:
        async with self._calling("send_answer"):
            self.answers.append(Answer(to, view, reader))

    def dump_answer(self, view: View, reader: Reader) -> str:
        self._dumped.append((view, reader))
        return f"answer {len(self._dumped) - 1}"

    async def deliver_answer(self, to: ReturnAddress, stored: str) -> None:
        view, reader = self._dumped[int(stored.removeprefix("answer "))]
        async with self._calling("deliver_answer"):
            self.answers.append(Answer(to, view, reader))


class FakeTokens(FakeService):
    """A token source whose token never expires."""

    async def token(self) -> Secret:
        async with self._calling("token"):
            pass
        return Secret("access")

    async def renew(self, refused: Secret) -> Secret:
        async with self._calling("renew"):
            pass
        return Secret("newer access")

    async def end(self, revoke: Callable[[Secret], Awaitable[None]]) -> None:
        async with self._calling("end"):
            pass
        await revoke(Secret("access"))


class ImmediateSteps:
    """Runs each step once and retries nothing. ``after`` runs code between a step and the next one."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.after: dict[str, Hook] = {}

    async def run_step(self, name: str, call: Callable[[], Awaitable[None]]) -> StepOutcome:
        self.names.append(name)
        outcome = await self._outcome(call)
        hook = self.after.pop(name, None)
        if hook is not None:
            await hook()
        return outcome

    async def _outcome(self, call: Callable[[], Awaitable[None]]) -> StepOutcome:
        try:
            await call()
        except BotError as error:
            return StepOutcome(error.text, error.error_code)
        except BrokenInside:
            return StepOutcome(Text("Something broke inside the bot."), ErrorCode.INTERNAL)
        return StepOutcome()


class Crash(BaseException):
    """The end of the process. No code of the product catches it."""


class ResumedSteps(ImmediateSteps):
    """Steps that the engine stores. A process dies after one of them has run, and before its outcome is stored."""

    def __init__(self, dies_after: int) -> None:
        super().__init__()
        self._dies_after = dies_after
        self._stored: dict[str, StepOutcome] = {}

    async def run_step(self, name: str, call: Callable[[], Awaitable[None]]) -> StepOutcome:
        if name in self._stored:
            return self._stored[name]
        outcome = await super().run_step(name, call)
        if len(self.names) - 1 == self._dies_after:
            raise Crash
        self._stored[name] = outcome
        return outcome


@dataclass
class Fakes:
    """Every fake of one installation."""

    clock: Clock = field(default_factory=Clock)
    unit_of_work: MemoryUnitOfWork = field(default_factory=MemoryUnitOfWork)
    servicedesk: FakeServiceDesk = field(default_factory=FakeServiceDesk)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    texter: FakeTexter = field(default_factory=FakeTexter)
    slack: FakeChat = field(default_factory=lambda: FakeChat(SLACK, "C"))
    teams: FakeChat = field(default_factory=lambda: FakeChat(TEAMS, "19:"))
    tokens: FakeTokens = field(default_factory=FakeTokens)
    steps: ImmediateSteps = field(default_factory=ImmediateSteps)
    teamviewer: FakeTeamViewer = field(init=False)

    def __post_init__(self) -> None:
        self.teamviewer = FakeTeamViewer(self.clock)


INSTALLATION = Installation(
    org_id=OrgId("itdesk"),
    public_url="https://bot.example",
    language="en",
    retention=timedelta(days=90),
    admins=frozenset({Email("ada@example.com")}),
    admin_channels={},
    sms_is_configured=True,
    capabilities={Platform.SLACK: SLACK, Platform.TEAMS: TEAMS},
)


def build_services(
    fakes: Fakes,
    *,
    token_source: Callable[[Connection], TokenSource] | None = None,
    **settings: object,
) -> Services:
    """Return services made of fakes. ``settings`` replace fields of ``INSTALLATION``."""
    chats: Mapping[Platform, FakeChat] = {Platform.SLACK: fakes.slack, Platform.TEAMS: fakes.teams}
    return Services(
        installation=replace(INSTALLATION, **settings),  # type: ignore[arg-type]  # tests name the fields
        clock=fakes.clock,
        unit_of_work=fakes.unit_of_work,
        teamviewer=fakes.teamviewer,
        servicedesk=fakes.servicedesk,
        mailer=fakes.mailer,
        texter=fakes.texter,
        chats=Chats(chats),
        token_source=token_source or (lambda _connection: fakes.tokens),
    )
