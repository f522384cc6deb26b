"""Everything a person can ask for, as data: one command for each kind of request, whatever platform it came from.

Each command says whether it ``only_reads``. Such a command runs in a transaction that cannot write: it stores nothing and
enqueues no job, and when a platform delivers it again it reads again.
"""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import ClassVar

from bot.codec import TaggedCodec
from bot.model.ids import (
    CommandKey,
    Email,
    EncodedCommand,
    NoticeId,
    RequestNumber,
    SessionId,
    TransferId,
    request_number,
)
from bot.model.report import Period
from bot.model.sanitize import sanitize
from bot.model.secret import Secret
from bot.model.session import Kind
from bot.model.switches import Location
from bot.model.technician import Actor

LAST_PAGE = 10**9
"""Highest page of a list: more sessions than there will be, and an offset that every database accepts."""
MOST_AT_ONCE = 10
"""Most requests in one ``create``."""


@dataclass(frozen=True, slots=True)
class Help:
    """List the commands, or explain one (``word``)."""

    tag: ClassVar[str] = "help"
    only_reads: ClassVar[bool] = True

    word: str | None = None


@dataclass(frozen=True, slots=True)
class Hello:
    """Greet the bot. Its answer says how to begin."""

    tag: ClassVar[str] = "hello"
    only_reads: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Auth:
    """Connect a TeamViewer account."""

    tag: ClassVar[str] = "auth"
    only_reads: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class ConnectAccount:
    """Connect the TeamViewer account of a sign-in whose e-mail address is not the sender's (a button in chat)."""

    tag: ClassVar[str] = "connect-account"
    only_reads: ClassVar[bool] = False

    connection: str


@dataclass(frozen=True, slots=True)
class Logout:
    """Disconnect every TeamViewer account. Unless ``sure``, the bot asks first where sessions are open."""

    tag: ClassVar[str] = "logout"
    only_reads: ClassVar[bool] = False

    sure: bool = False


@dataclass(frozen=True, slots=True)
class Create:
    """Create a session for a request.

    ``another``: even if one is open already (the button that a second ``create`` offers). ``in_chat``: the requester is
    invited in a chat too, where the settings allow it.
    """

    tag: ClassVar[str] = "create"
    only_reads: ClassVar[bool] = False

    number: RequestNumber
    kind: Kind = Kind.REMOTE
    note: str = ""
    another: bool = False
    in_chat: bool = True


@dataclass(frozen=True, slots=True)
class CreateSeveral:
    """Create a session for each of several requests: two or more different ones, ``MOST_AT_ONCE`` at most.

    Kind, note, ``another`` and ``in_chat`` are as in ``Create``, and count for each of them.
    """

    tag: ClassVar[str] = "create-several"
    only_reads: ClassVar[bool] = False

    numbers: tuple[RequestNumber, ...]
    kind: Kind = Kind.REMOTE
    note: str = ""
    another: bool = False
    in_chat: bool = True

    def __post_init__(self) -> None:
        if not 1 < len(set(self.numbers)) == len(self.numbers) <= MOST_AT_ONCE:
            raise ValueError("not several different requests")
        # Checked here, because a decoded command may have been changed by a client.
        if any(request_number(one) != one for one in self.numbers):
            raise ValueError("not a request's number")


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Open the form for a new session, with the request filled in if it is known."""

    tag: ClassVar[str] = "form"
    only_reads: ClassVar[bool] = False

    number: RequestNumber | None = None
    kind: Kind = Kind.REMOTE
    note: str = ""


@dataclass(frozen=True, slots=True)
class Show:
    """Show a request and its open sessions."""

    tag: ClassVar[str] = "show"
    only_reads: ClassVar[bool] = False

    number: RequestNumber


class Verb(StrEnum):
    """What is done to an open session."""

    ENTER = "enter"
    REINVITE = "reinvite"
    LINK = "link"
    RENEW = "renew"
    END = "end"


@dataclass(frozen=True, slots=True)
class OnSession:
    """Apply a verb to an open session.

    ``reference`` is the request's number, the session's code without dashes or, from a button, the session's id.
    """

    tag: ClassVar[str] = "on"
    only_reads: ClassVar[bool] = False

    verb: Verb
    reference: str | SessionId


@dataclass(frozen=True, slots=True)
class Transfer:
    """Offer an open session to a colleague. An SDAdmin moves it without an offer.

    ``reference`` is as in ``OnSession``. ``user`` is the platform's id of an account, or an e-mail address.
    """

    tag: ClassVar[str] = "transfer"
    only_reads: ClassVar[bool] = False

    reference: str | SessionId
    user: str


@dataclass(frozen=True, slots=True)
class OpenTransferForm:
    """Open the form in which a colleague is chosen, for a transfer. ``reference`` is as in ``OnSession``."""

    tag: ClassVar[str] = "transfer-form"
    only_reads: ClassVar[bool] = False

    reference: str | SessionId


@dataclass(frozen=True, slots=True)
class WithdrawOffer:
    """Withdraw the offer of a session to a colleague. ``reference`` is as in ``OnSession``."""

    tag: ClassVar[str] = "transfer-withdraw"
    only_reads: ClassVar[bool] = False

    reference: str | SessionId


@dataclass(frozen=True, slots=True)
class AnswerOffer:
    """Accept or decline the offer of a colleague's session.

    ``offer`` is the id of the transfer, from a button, or names the session as in ``OnSession``.
    """

    tag: ClassVar[str] = "transfer-answer"
    only_reads: ClassVar[bool] = False

    offer: str | TransferId
    accepts: bool


@dataclass(frozen=True, slots=True)
class Invite:
    """Let a second technician into an open session.

    ``reference`` is as in ``OnSession``. ``user`` is the platform's id of an account, or an e-mail address.
    """

    tag: ClassVar[str] = "invite"
    only_reads: ClassVar[bool] = False

    reference: str | SessionId
    user: str


@dataclass(frozen=True, slots=True)
class Uninvite:
    """Withdraw an invitation. ``user`` is as in ``Invite``. Empty: the only one there is; the bot asks where there are several."""

    tag: ClassVar[str] = "uninvite"
    only_reads: ClassVar[bool] = False

    reference: str | SessionId
    user: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """Decline an invitation, or leave the session of somebody else. ``reference`` is as in ``OnSession``."""

    tag: ClassVar[str] = "leave"
    only_reads: ClassVar[bool] = False

    reference: str | SessionId


@dataclass(frozen=True, slots=True)
class OpenInviteForm:
    """Open the form in which a colleague is chosen (a button on a session's card)."""

    tag: ClassVar[str] = "invite-form"
    only_reads: ClassVar[bool] = False

    session: SessionId


@dataclass(frozen=True, slots=True)
class Retry:
    """Create a session that could not be created (a button on its card)."""

    tag: ClassVar[str] = "retry"
    only_reads: ClassVar[bool] = False

    session: SessionId


@dataclass(frozen=True, slots=True)
class History:
    """List sessions of a request, of a technician (``of``) or, with neither, of the sender.

    ``page`` counts from 1. The button for older sessions also names the last session shown (``after``), so that sessions
    created meanwhile do not shift the pages.
    """

    tag: ClassVar[str] = "history"
    only_reads: ClassVar[bool] = False

    number: RequestNumber | None = None
    page: int = 1
    of: Email | None = None
    after: SessionId | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.page <= LAST_PAGE:
            raise ValueError("no such page")


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Show a session's card as the sender may see it. Teams sends this by itself when it shows a card to its creator."""

    tag: ClassVar[str] = "see"
    only_reads: ClassVar[bool] = True

    session: SessionId


@dataclass(frozen=True, slots=True)
class ShowHome:
    """Show the sender's overview."""

    tag: ClassVar[str] = "home"
    only_reads: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class ListOpen:
    """List the sender's open sessions. ``page`` counts from 1."""

    tag: ClassVar[str] = "list"
    only_reads: ClassVar[bool] = True

    page: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.page <= LAST_PAGE:
            raise ValueError("no such page")


@dataclass(frozen=True, slots=True)
class Status:
    """Show whether everything is switched on and which account is connected."""

    tag: ClassVar[str] = "status"
    only_reads: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Notify:
    """Choose whether to be notified when the requester of one's session is there. None shows what is chosen."""

    tag: ClassVar[str] = "notify"
    only_reads: ClassVar[bool] = False

    on: bool | None = None


@dataclass(frozen=True, slots=True)
class SendAgain:
    """Send a notice again that failed, or whose outcome is unknown (a button on the session's card)."""

    tag: ClassVar[str] = "again"
    only_reads: ClassVar[bool] = False

    session: SessionId
    notice: NoticeId


@dataclass(frozen=True, slots=True)
class DeclineInvitation:
    """Answer an invitation in a chat with “Not now” (a button of the message that the requester got).

    The only command of somebody who need not be a technician: see ``bot/use_cases/decline.py``.
    """

    tag: ClassVar[str] = "decline"
    only_reads: ClassVar[bool] = False

    notice: NoticeId


@dataclass(frozen=True, slots=True)
class AdminHelp:
    """List the administration commands."""

    tag: ClassVar[str] = "admin"
    only_reads: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class AdminStatus:
    """Show the switches."""

    tag: ClassVar[str] = "admin-status"
    only_reads: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class SwitchIntegration:
    """Switch the integration on or off."""

    tag: ClassVar[str] = "admin-integration"
    only_reads: ClassVar[bool] = False

    on: bool


@dataclass(frozen=True, slots=True)
class SwitchWidget:
    """Switch the widget on or off, as a whole or at one ``location``."""

    tag: ClassVar[str] = "admin-widget"
    only_reads: ClassVar[bool] = False

    on: bool
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class ChangeAdmin:
    """Grant SDAdmin, or revoke it.

    ``user`` is the platform's id of an account, or an e-mail address.
    """

    tag: ClassVar[str] = "admin-grant"
    only_reads: ClassVar[bool] = False

    user: str
    on: bool = True


@dataclass(frozen=True, slots=True)
class ConfirmAccount:
    """Confirm that an account belongs to the technician of its e-mail address. ``user`` is the platform's id of it."""

    tag: ClassVar[str] = "admin-confirm"
    only_reads: ClassVar[bool] = False

    user: str


@dataclass(frozen=True, slots=True)
class ShowReport:
    """Show the figures of a week or a month. It stores a grant for the page of the report."""

    tag: ClassVar[str] = "admin-report"
    only_reads: ClassVar[bool] = False

    period: Period = Period.WEEK


@dataclass(frozen=True, slots=True)
class ShowPolicy:
    """List the rules about which sessions may be created."""

    tag: ClassVar[str] = "admin-policy"
    only_reads: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class OpenPolicyForm:
    """Open the form for a new rule."""

    tag: ClassVar[str] = "admin-policy-form"
    only_reads: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class TryRule:
    """Show which sessions of the last 30 days a rule would have refused. ``words`` are the rule as it is typed."""

    tag: ClassVar[str] = "admin-policy-try"
    only_reads: ClassVar[bool] = True

    words: str


@dataclass(frozen=True, slots=True)
class AddRule:
    """Add a rule. ``words`` are the rule as it is typed."""

    tag: ClassVar[str] = "admin-policy-add"
    only_reads: ClassVar[bool] = False

    words: str


@dataclass(frozen=True, slots=True)
class RemoveRule:
    """Remove the rule with this number."""

    tag: ClassVar[str] = "admin-policy-remove"
    only_reads: ClassVar[bool] = False

    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= LAST_PAGE:
            raise ValueError("no number of a rule")


@dataclass(frozen=True, slots=True)
class ListAdmins:
    """List the SDAdmins."""

    tag: ClassVar[str] = "admin-admins"
    only_reads: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ShowAuditLog:
    """Show the newest ``count`` entries of the audit log."""

    tag: ClassVar[str] = "admin-audit"
    only_reads: ClassVar[bool] = True

    count: int | None = None

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise ValueError("no number of entries")


@dataclass(frozen=True, slots=True)
class RunDoctor:
    """Check everything that the bot depends on."""

    tag: ClassVar[str] = "admin-doctor"
    only_reads: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class ShowConnections:
    """Show the sender's TeamViewer connections."""

    tag: ClassVar[str] = "admin-connections"
    only_reads: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class ReuseConnection:
    """Make one of the sender's earlier TeamViewer connections the active one."""

    tag: ClassVar[str] = "admin-reuse"
    only_reads: ClassVar[bool] = False

    connection: str


AdminCommand = (
    AdminHelp
    | AdminStatus
    | SwitchIntegration
    | SwitchWidget
    | ChangeAdmin
    | ConfirmAccount
    | ShowPolicy
    | OpenPolicyForm
    | TryRule
    | AddRule
    | RemoveRule
    | ListAdmins
    | ShowAuditLog
    | ShowReport
    | RunDoctor
    | ShowConnections
    | ReuseConnection
)
Command = (
    Help
    | Hello
    | Auth
    | ConnectAccount
    | Logout
    | Create
    | CreateSeveral
    | OpenForm
    | Show
    | OnSession
    | Invite
    | Uninvite
    | Leave
    | OpenInviteForm
    | Transfer
    | OpenTransferForm
    | WithdrawOffer
    | AnswerOffer
    | Retry
    | History
    | ShowCard
    | ShowHome
    | ListOpen
    | Status
    | Notify
    | SendAgain
    | DeclineInvitation
    | AdminCommand
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command was sent: a channel or, if ``is_private``, one person's conversation with the bot."""

    channel: str
    is_private: bool = False

    @property
    def room(self) -> str:
        """The channel without the thread (Teams appends it: ``…;messageid=…``)."""
        return self.channel.partition(";")[0]


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """One command as a platform delivered it.

    ``key`` is the same when the platform delivers it again. ``return_address`` is where a later answer can be sent
    (Slack: the ``response_url``).
    """

    key: CommandKey
    actor: Actor
    place: Place
    command: Command
    return_address: Secret | None = None


_CODEC: TaggedCodec[Command] = TaggedCodec(Command)


def encode_command(command: Command) -> EncodedCommand:
    """Return a command as JSON, for a button to carry or a job to run later. It holds no secret."""
    return EncodedCommand(_CODEC.encode(command))


def decode_command(encoded: str) -> Command:
    """Return the command that ``encode_command`` was given.

    Raises ValueError for anything else: the JSON comes back from people's clients, so it may have been changed.
    """
    return _sanitized(_CODEC.decode(encoded))


def _sanitized(command: Command) -> Command:
    texts = {one.name: getattr(command, one.name) for one in fields(command)}
    changed = {name: sanitize(value) for name, value in texts.items() if type(value) is str}
    return replace(command, **changed)  # type: ignore[arg-type]  # mypy asks for the fields that all commands share


def name_of(command: Command) -> str:
    """Return a short name for a kind of command, for logs and for the ids of buttons."""
    return command.verb.value if isinstance(command, OnSession) else command.tag
