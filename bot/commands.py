"""What a person may ask for, as data: a command a word, whichever platform, words or button it came from."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bot.model.ids import CommandKey, Email, EncodedCommand, NoticeId, RequestNumber, SessionId
from bot.model.sanitize import sanitize
from bot.model.secret import Secret
from bot.model.session import Kind
from bot.model.switches import Location
from bot.model.technician import Actor


@dataclass(frozen=True, slots=True)
class Help:
    word: str | None = None


@dataclass(frozen=True, slots=True)
class Auth:
    pass


@dataclass(frozen=True, slots=True)
class Logout:
    pass


@dataclass(frozen=True, slots=True)
class Create:
    """``another``: also where one is open already (the button that a second ``create`` offers)."""

    number: RequestNumber
    kind: Kind = Kind.REMOTE
    note: str = ""
    another: bool = False


@dataclass(frozen=True, slots=True)
class OpenForm:
    """The form of a new session, with the request filled in where it is known."""

    number: RequestNumber | None = None
    kind: Kind = Kind.REMOTE
    note: str = ""


@dataclass(frozen=True, slots=True)
class Show:
    number: RequestNumber


class Verb(StrEnum):
    """What is done to an open session."""

    ENTER = "enter"
    REINVITE = "reinvite"
    LINK = "link"
    END = "end"


@dataclass(frozen=True, slots=True)
class OnSession:
    """A verb for an open session, meant by its request's number, its code (bare of dashes) or, by a button, its id."""

    verb: Verb
    reference: str | SessionId


@dataclass(frozen=True, slots=True)
class Retry:
    """The button of a session that could not be created."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class History:
    """Of a request, of a technician (``of``), or (neither) mine.

    ``page`` counts from 1; the button for older ones goes on after the last session shown (``after``), however many
    there are.
    """

    number: RequestNumber | None = None
    page: int = 1
    of: Email | None = None
    after: SessionId | None = None


@dataclass(frozen=True, slots=True)
class ShowCard:
    """The card of a session as whoever asks may see it: Teams asks by itself where a card stands before its creator."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class ShowHome:
    """The reader's home, pinned below the conversation where a platform has no tab for it."""


@dataclass(frozen=True, slots=True)
class ListOpen:
    pass


@dataclass(frozen=True, slots=True)
class Status:
    pass


@dataclass(frozen=True, slots=True)
class SendAgain:
    """The button of a notice that failed, or of which nobody knows whether it went out."""

    session: SessionId
    notice: NoticeId


@dataclass(frozen=True, slots=True)
class AdminHelp:
    pass


@dataclass(frozen=True, slots=True)
class AdminStatus:
    pass


@dataclass(frozen=True, slots=True)
class SwitchIntegration:
    on: bool


@dataclass(frozen=True, slots=True)
class SwitchWidget:
    """``location`` None: the widget as a whole."""

    on: bool
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class ChangeAdmin:
    """``user`` is the platform's id of an account; where it is taken back, it may be an e-mail address."""

    user: str
    on: bool = True


@dataclass(frozen=True, slots=True)
class ListAdmins:
    pass


@dataclass(frozen=True, slots=True)
class ShowAuditLog:
    count: int | None = None


@dataclass(frozen=True, slots=True)
class ShowConnections:
    pass


@dataclass(frozen=True, slots=True)
class ReuseConnection:
    connection: str


AdminCommand = (
    AdminHelp
    | AdminStatus
    | SwitchIntegration
    | SwitchWidget
    | ChangeAdmin
    | ListAdmins
    | ShowAuditLog
    | ShowConnections
    | ReuseConnection
)
Command = (
    Help
    | Auth
    | Logout
    | Create
    | OpenForm
    | Show
    | OnSession
    | Retry
    | History
    | ShowCard
    | ShowHome
    | ListOpen
    | Status
    | SendAgain
    | AdminCommand
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was said: a channel, or (``is_private``) a conversation of one person with the bot."""

    channel: str
    is_private: bool = False

    @property
    def room(self) -> str:
        """The channel itself, where something was said in one of its threads (Teams: ``…;messageid=…``)."""
        return self.channel.partition(";")[0]


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """One command on its way in. ``key`` is the same when the platform delivers it again.

    ``return_address`` is where an answer can be sent later on (Slack: the ``response_url``).
    """

    key: CommandKey
    actor: Actor
    place: Place
    command: Command
    return_address: Secret | None = None


_KINDS: dict[str, type[Command]] = {
    "help": Help,
    "auth": Auth,
    "logout": Logout,
    "create": Create,
    "form": OpenForm,
    "show": Show,
    "on": OnSession,
    "retry": Retry,
    "history": History,
    "see": ShowCard,
    "home": ShowHome,
    "list": ListOpen,
    "status": Status,
    "again": SendAgain,
    "admin": AdminHelp,
    "admin-status": AdminStatus,
    "admin-integration": SwitchIntegration,
    "admin-widget": SwitchWidget,
    "admin-grant": ChangeAdmin,
    "admin-admins": ListAdmins,
    "admin-audit": ShowAuditLog,
    "admin-connections": ShowConnections,
    "admin-reuse": ReuseConnection,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def write(command: Command) -> EncodedCommand:
    """Write a command down: a button carries it, a job takes it up later. It holds no secret."""
    return EncodedCommand(
        json.dumps(
            {"do": _NAMES[type(command)], **asdict(command)}, separators=(",", ":"), ensure_ascii=False
        )
    )


def read(written: str) -> Command:
    """Read what ``write`` wrote; it comes back through people's hands, so it may be anything. Raises ValueError."""
    try:
        fields: dict[str, Any] = {
            name: sanitize(value) if isinstance(value, str) else value
            for name, value in json.loads(written).items()
        }
        kind = _KINDS[fields.pop("do")]
        if kind in {Create, OpenForm}:
            fields["kind"] = Kind(fields["kind"])
        if kind is OnSession:
            fields["verb"] = Verb(fields["verb"])
        if kind is SwitchWidget and fields["location"] is not None:
            fields["location"] = Location(fields["location"])
        return kind(**fields)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a written command") from error


def name_of(command: Command) -> str:
    """Return a short name for a command's kind, for logs and for the ids of buttons."""
    return command.verb.value if isinstance(command, OnSession) else _NAMES[type(command)]
