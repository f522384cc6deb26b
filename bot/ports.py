"""The outside systems as the product sees them, as Protocols. The adapters implement them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.errors import ErrorCode
from bot.i18n import ChannelRef, Text
from bot.model.card import Card
from bot.model.connection import Account, Tokens
from bot.model.finding import Finding
from bot.model.ids import Email, EntryId, RequestId, RequestNumber, SessionCode
from bot.model.pasted_link import PastedLink
from bot.model.request import AssignedRequests, Request
from bot.model.secret import Secret
from bot.model.session import Kind, RemoteSession
from bot.model.session_connection import SessionConnection
from bot.model.technician import Actor, Platform, Profile
from bot.views.chat_invitation import Invitation
from bot.views.home import HomePage
from bot.views.pages import Message, RequestPanel, View
from bot.views.parts import Reader
from bot.views.session import SessionCard

Clock = Callable[[], datetime]
"""Returns the current time in UTC, with its time zone."""


class TokenSource(Protocol):
    """Supplies the access tokens of one connection. All processes together refresh them one at a time."""

    async def token(self) -> Secret:
        """Return a token that has not expired. Raises NotAuthorized, Unavailable."""

    async def renew(self, refused: Secret) -> Secret:
        """Return a newer token than ``refused``. Raises NotAuthorized, Unavailable."""

    async def end(self, revoke: Callable[[Secret], Awaitable[None]]) -> None:
        """Call ``revoke`` with a valid token while no process can refresh it, then delete the stored tokens.

        Raises NotAuthorized where it is dead already, Unavailable, and whatever ``revoke`` raises.
        """


@dataclass(frozen=True, slots=True)
class NewRemoteSession:
    """A session that TeamViewer is asked to create. ``key`` is our session id, carried in ``custom_api``."""

    key: str
    kind: Kind
    description: str
    requester_name: str
    requester_email: str | None
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """An open session as TeamViewer lists it."""

    code: SessionCode
    is_online: bool


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """What TeamViewer says of one session: whether it can be joined, and whether the requester is there.

    A closed session may still show the requester as there: closing stops new connections only.
    """

    is_open: bool
    is_online: bool


@dataclass(frozen=True, slots=True)
class AssignedSession:
    """A session as an account reads it: its links there, whom it is assigned to, and whether it can be joined."""

    remote: RemoteSession
    user_id: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """A record of TeamViewer's connection report, with the code of its session if it has one."""

    code: SessionCode | None
    connection: SessionConnection


class TeamViewer(Protocol):
    """TeamViewer's Web API.

    Every call may raise Unavailable (away, slow, rate-limited), Rejected (it said no) and, where it takes a
    ``TokenSource``, NotAuthorized (the authorization is lost or lacks a permission). A refused access token is
    renewed once, never in a loop.
    """

    def authorize_url(self, state: str, verifier: Secret) -> str:
        """Return the URL at which the technician's browser signs in.

        ``verifier`` proves at the exchange who began (RFC 7636), where TeamViewer checks it.
        """

    async def exchange(self, code: str, verifier: Secret) -> Tokens:
        """Exchange an authorization code for tokens."""

    async def refresh(self, refresh_token: Secret) -> Tokens:
        """Exchange a single-use refresh token for new tokens. Raises NotAuthorized where it was used before."""

    async def revoke(self, access_token: Secret) -> None:
        """Revoke an access token with its refresh token. A token that is invalid already is no error."""

    async def account(self, access_token: Secret) -> Account:
        """Return the account that a token belongs to."""

    async def create_session(self, token: TokenSource, new: NewRemoteSession) -> RemoteSession:
        """Create a session. Raises OutcomeUnknown where it may exist: then ``find_session`` before repeating."""

    async def find_session(self, token: TokenSource, key: str) -> RemoteSession | None:
        """Find the open session whose ``custom_api`` is ``key``."""

    async def open_sessions(self, token: TokenSource) -> Sequence[OpenSession]:
        """List every open session of the account, page by page."""

    async def session_status(self, token: TokenSource, code: SessionCode) -> SessionStatus:
        """Return the status of a session. An unknown session is not open, and nobody is there."""

    async def assigned_session(self, token: TokenSource, code: SessionCode) -> AssignedSession | None:
        """Read a session with its links and the account that it is assigned to. None where this account may not read it."""

    async def assign_session(self, token: TokenSource, code: SessionCode, user_id: str) -> None:
        """Assign a session to another account. A repeat is harmless. Raises Rejected where TeamViewer refuses that."""

    async def send_sms(self, token: TokenSource, code: SessionCode, number: Secret, language: str) -> None:
        """Let TeamViewer send the requester's link of a session by SMS. ``number`` is in E.164.

        Raises OutcomeUnknown where the SMS may have been sent. Whether a repeated call sends a second SMS is not
        known, so never repeat it without a person's request.
        """

    async def close_session(self, token: TokenSource, code: SessionCode) -> None:
        """Close a session. One that is unknown or closed already is no error."""

    async def connection_reports(
        self, token: TokenSource, *, since: datetime, code: SessionCode | None = None
    ) -> Sequence[ConnectionReport]:
        """List the connections made with session codes since ``since``, of one code or of all."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail that goes out as a reply on a request. ``marker`` is a text inside ``html`` that finds the reply again."""

    request_id: RequestId
    request_number: RequestNumber
    to: str
    subject: str
    html: str
    marker: str


@dataclass(frozen=True, slots=True)
class TechnicianList:
    """The technicians of ServiceDesk Plus: ``names`` by their e-mail addresses, in lower case.

    ``limitation`` says what is missing where the list had to be read in another way than usual.
    """

    names: Mapping[str, str]
    limitation: Text | None = None


@dataclass(frozen=True, slots=True)
class Worklog:
    """Time that a technician spent on a request. ``description`` contains the marker by which the worklog is found."""

    owner: Email
    owner_name: str
    minutes: int
    description: str


class ServiceDesk(Protocol):
    """ServiceDesk Plus Cloud's API. Every call may raise Unavailable, Rejected and NotAuthorized."""

    async def request(self, number: RequestNumber) -> Request:
        """Look a request up by the number that people see. Raises NotFound."""

    async def request_by_id(self, request_id: RequestId) -> Request:
        """Look a request up by its long id. Raises NotFound."""

    def id_in(self, url: str) -> RequestId | None:
        """Return the long id in a link to a request of this portal; None for any other link."""

    async def search(self, text: str, limit: int = 20) -> Sequence[Request]:
        """Find requests for a picker, open ones first: by number, or by words of the subject or of the requester's name."""

    async def assigned_requests(self, technician: Email) -> AssignedRequests:
        """Return the open requests that are assigned to a technician. It never returns those of somebody else."""

    async def technicians(self) -> TechnicianList:
        """Return every technician."""

    async def reply(self, reply: Reply) -> None:
        """Mail a reply to the requester and record it on the request.

        Raises OutcomeUnknown where it may have been sent (then look with ``has_reply``), Rejected where this reply is
        refused, and NotSupported where the portal refuses every reply.
        """

    async def has_reply(self, request_id: RequestId, marker: str) -> bool:
        """Return whether the request's conversation has a reply that contains ``marker``."""

    async def add_note(self, request_id: RequestId, html: str, *, is_public: bool = False) -> EntryId | None:
        """Add a note. The requester sees it only if it is public. Raises OutcomeUnknown as ``reply`` does.

        Returns None where the response does not name the note: then ``find_note`` finds it.
        """

    async def find_note(self, request_id: RequestId, marker: str) -> EntryId | None:
        """Return the newest note on the request that contains ``marker``."""

    async def edit_note(self, request_id: RequestId, note: EntryId, html: str) -> None:
        """Replace the text of a private note. A repeat is harmless."""

    async def add_worklog(self, request_id: RequestId, worklog: Worklog) -> EntryId | None:
        """Add a worklog. Raises OutcomeUnknown, and returns None, as ``add_note`` does."""

    async def find_worklog(self, request_id: RequestId, marker: str) -> EntryId | None:
        """Return a worklog on the request whose description contains ``marker``."""

    async def edit_worklog(self, request_id: RequestId, entry: EntryId, worklog: Worklog) -> None:
        """Replace the time and the description of a worklog. A repeat is harmless."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail. ``message_id`` is constant for one notice, so that mail systems recognize a repeat."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str


class Mailer(Protocol):
    """Sends mail by SMTP."""

    @property
    def is_configured(self) -> bool:
        """Whether a mail server is set up."""

    async def send(self, mail: Mail) -> None:
        """Send a mail. Raises Unavailable (try again) and Rejected (refused for good)."""


class PhoneNumbers(Protocol):
    """Reads phone numbers as people write them."""

    def mobile_number(self, phone: Secret) -> Secret:
        """Return a mobile number in E.164, for example ``+33612345678``, whatever notation it is written in.

        Raises Rejected where it is not clear which country it belongs to, or where it is not a valid mobile number.
        """


class Texter(Protocol):
    """Sends SMS through a gateway."""

    async def send(self, number: Secret, text: str) -> None:
        """Send an SMS. ``number`` is in E.164.

        Raises Rejected (the gateway said no), OutcomeUnknown (it may have been sent) and Unavailable (it was certainly
        not sent). Never retries.
        """


class Doctor(Protocol):
    """Checks what the bot depends on. A check never changes anything outside."""

    async def examine(self) -> Sequence[Finding]:
        """Make every check, at the same time, and return what each found, in the order of the table. Raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """The result of a step: success, or the problem that ended it and the code of its error.

    ``retry_after`` is in seconds: when the outside system said to come back.
    """

    problem: Text | None = None
    code: ErrorCode | None = None
    retry_after: float | None = None

    def __bool__(self) -> bool:
        return self.problem is None


class Steps(Protocol):
    """Runs the steps of a durable job. A finished step never runs again where its outcome was stored."""

    @property
    def job_key(self) -> str:
        """The key under which the job was enqueued. It is the same in every run of the job."""

    async def run_step(
        self,
        name: str,
        call: Callable[[], Awaitable[None]],
        *,
        is_retried: bool = True,
        is_repeatable: bool = False,
    ) -> StepOutcome:
        """Run ``call``, unless it finished in an earlier run of the job. ``call`` stores its own results.

        The success of a step with ``is_repeatable`` is not stored, which costs much less. If the process dies, the step runs
        again, even where later steps have run: it must find that there is nothing to do, or do the same once more without harm.
        A problem is always stored, because it decides how the job goes on. Two steps of a job have different names.

        Unavailable is retried with growing delays for about two minutes, or longer if the outside system asks for it. An
        outside system that asks for more than eight minutes ends the step.
        Any other error ends the step, and where ``is_retried`` is False, Unavailable does too.
        """


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """The address for later answers to a command. ``url`` expires after some minutes."""

    actor: Actor
    channel: str
    is_private: bool
    url: Secret | None
    received_at: datetime | None = None
    """When the command came, where it is stored."""


@dataclass(frozen=True, slots=True)
class Posted:
    """The place of a message that was posted."""

    channel: str
    message: str


@dataclass(frozen=True, slots=True)
class ChatCapabilities:
    """The differences between chat platforms that the product has to know.

    Attributes:
        keeps_answers: An answer stays in the conversation for everybody there, so cards in it must follow the session.
            Elsewhere an answer is visible to its reader alone and disappears when the client reloads.
        personalizes_shared_cards: A card in a channel shows its creator more than it shows others.
        has_home_tab: A person's overview is a tab of the app. Elsewhere it is a message in their personal chat.
        opens_forms_in_answers: An answer can hold a form. Elsewhere a form only opens as the reaction to a press.
    """

    keeps_answers: bool
    personalizes_shared_cards: bool
    has_home_tab: bool
    opens_forms_in_answers: bool


A = TypeVar("A")


class Meter(Protocol):
    """Measures how long people wait, for the operators."""

    def record_first_card(self, platform: Platform, after: timedelta) -> None:
        """Record that the first card of a session was posted, and how long after the command."""


class AnswerFormat(Protocol[A]):
    """How a platform renders answers to commands, and how it stores them for when a command is delivered again."""

    def render(self, view: View, reader: Reader) -> A:
        """Render a view as an answer."""

    def dump(self, answer: A) -> str:
        """Return an answer as text, to be stored."""

    def load(self, stored: str) -> A:
        """Return the answer that ``dump`` was given. Raises ValueError for anything else."""


class Chat(Protocol):
    """A chat platform. Every call may raise Unavailable and Rejected."""

    @property
    def capabilities(self) -> ChatCapabilities:
        """Return what this platform can do that others cannot."""

    def is_channel(self, channel: str) -> bool:
        """Whether an id, as settings name it, is a channel of this platform."""

    def needs_card_place(self, to: ReturnAddress) -> bool:
        """Whether the sender of a command has to read where its first card was posted.

        So it is where they read the answers elsewhere, or where the first answer (“Creating…”) would stay as it is.
        """

    def name_place(self, to: ReturnAddress) -> Text | ChannelRef:
        """Return what the sender of a command reads as the name of the channel that its card is for."""

    async def link_to(self, card: Card) -> Secret | None:
        """Return the address that opens a card's message in the chat. None where the chat has none, or does not say it."""

    async def tenants_of(self, channel: str) -> Sequence[str]:
        """List the tenants that may have a channel. Empty where the bot does not know the channel."""

    async def is_shared_outside(self, tenant: str, channel: str) -> bool:
        """Whether people of another organization are in a channel, or are invited to it."""

    async def profile(self, actor: Actor) -> Profile:
        """Read the profile of an account from the platform."""

    async def find_accounts(self, address: Email, tenant: str | None) -> Sequence[Actor]:
        """List the accounts with an e-mail address that the bot can write to, in one tenant or (None) in each trusted one.

        Their profiles say whether they still have it. Raises Unavailable, Rejected.
        """

    async def post(
        self, tenant: str, channel: str, view: View, reader: Reader, *, marker: str = ""
    ) -> Posted | None:
        """Post a view in a channel, visible to everybody there. None where the bot may not post there.

        ``marker`` travels with the message where the platform can hide it there, so that ``find_post`` finds it. Then
        OutcomeUnknown is raised where the message may have been posted.
        """

    async def post_private(self, actor: Actor, view: View, reader: Reader, *, marker: str = "") -> Posted:
        """Send a lasting message to one person alone. ``marker``: as for ``post``."""

    async def find_post(self, tenant: str, channel: str, marker: str, since: datetime) -> Posted | None:
        """Find a message that the bot posted in a channel with ``marker``, at or after ``since``.

        Raises Rejected where the bot may not look, so that it is not known whether there is one.
        """

    async def find_private_post(self, actor: Actor, marker: str, since: datetime) -> Posted | None:
        """Find a message that ``post_private`` sent, as ``find_post`` does."""

    async def reply(self, card: Card, view: Message, reader: Reader) -> bool:
        """Post below a card, in its thread where there are threads. Everybody there sees it.

        Whom the view mentions is notified. False where the bot may not post there, or the person cannot be mentioned.
        """

    async def publish_home(
        self, actor: Actor, home: HomePage, reader: Reader, *, as_new_message: bool = False
    ) -> None:
        """Show a person their home. ``as_new_message``: where the home is a message, send a new one."""

    async def unfurl(self, tenant: str, link: PastedLink, panel: RequestPanel, reader: Reader) -> None:
        """Show a preview below a pasted link. A link that is gone is no error."""

    async def update_card(self, card: Card, view: SessionCard | Message, reader: Reader) -> bool:
        """Update a card. False where its message no longer exists."""

    async def update_invitation(
        self, tenant: str, posted: Posted, view: Invitation | Message, reader: Reader
    ) -> bool:
        """Update the message of an invitation. False where it no longer exists."""

    async def send_answer(self, to: ReturnAddress, view: View, reader: Reader) -> None:
        """Answer a command, so that only its sender sees it."""

    def dump_answer(self, to: ReturnAddress, view: View, reader: Reader) -> str:
        """Render an answer and return it as text, to be stored and delivered later."""

    async def deliver_answer(self, to: ReturnAddress, stored: str) -> None:
        """Deliver what ``dump_answer`` returned."""
