"""Durable work as data: one frozen dataclass for each job, and the union of all of them.

A job is enqueued in the transaction that makes it necessary, and its workflow in ``bot/workflows/`` runs later, perhaps
in another process. So a job holds plain values alone, and the workflow reads the rest when it runs.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.codec import TaggedCodec
from bot.i18n import EncodedText
from bot.model.ids import (
    CommandKey,
    ConnectionId,
    Email,
    EncodedCommand,
    NoticeId,
    RequestId,
    RequestNumber,
    SessionId,
)
from bot.model.pasted_link import PastedLink
from bot.model.technician import Actor, Platform


@dataclass(frozen=True, slots=True)
class CreateSession:
    """Create an accepted session at TeamViewer, and notify the people of it."""

    tag: ClassVar[str] = "create_session"
    is_slow: ClassVar[bool] = True
    session: SessionId
    command: CommandKey


@dataclass(frozen=True, slots=True)
class EndSession:
    """Close a session at TeamViewer, then end it here.

    ``by`` is the name shown on the card, ``email`` the name in the audit log. ``command`` is None where nobody asked for
    it in chat: then the session's creator learns of a failure.
    """

    tag: ClassVar[str] = "end_session"
    is_slow: ClassVar[bool] = False
    session: SessionId
    by: str
    email: str
    command: CommandKey | None = None


@dataclass(frozen=True, slots=True)
class RefreshCards:
    """Bring every card of a session, and its creator's home, up to date.

    ``unless_state``: do nothing where the session is still as it was shown (``ShownSession.state``). A card that was
    just posted enqueues this, because a change made before the card was stored did not know of the card.
    """

    tag: ClassVar[str] = "refresh_cards"
    is_slow: ClassVar[bool] = False
    session: SessionId
    unless_state: str = ""


@dataclass(frozen=True, slots=True)
class PostCard:
    """Answer a command with one more card of a session."""

    tag: ClassVar[str] = "post_card"
    is_slow: ClassVar[bool] = False
    session: SessionId
    command: CommandKey


@dataclass(frozen=True, slots=True)
class CloseOrphan:
    """Close what TeamViewer may have opened for a session that is over here."""

    tag: ClassVar[str] = "close_orphan"
    is_slow: ClassVar[bool] = True
    session: SessionId


@dataclass(frozen=True, slots=True)
class ReadReports:
    """Read TeamViewer's connection reports of a session."""

    tag: ClassVar[str] = "read_reports"
    is_slow: ClassVar[bool] = True
    session: SessionId


@dataclass(frozen=True, slots=True)
class RemindOfExpiry:
    """Remind a technician that the link of their session expires soon."""

    tag: ClassVar[str] = "remind_of_expiry"
    is_slow: ClassVar[bool] = False
    session: SessionId


@dataclass(frozen=True, slots=True)
class PingArrival:
    """Notify a session's creator on one platform that the requester is there. ``arrival`` is when that began."""

    tag: ClassVar[str] = "ping_arrival"
    is_slow: ClassVar[bool] = False
    session: SessionId
    arrival: datetime
    platform: Platform


@dataclass(frozen=True, slots=True)
class PingDeparture:
    """Notify a session's creator that the requester left at ``left_at`` without having been helped."""

    tag: ClassVar[str] = "ping_departure"
    is_slow: ClassVar[bool] = True
    session: SessionId
    left_at: datetime


@dataclass(frozen=True, slots=True)
class SendNotice:
    """Send one more notice of an open session, at a technician's request."""

    tag: ClassVar[str] = "send_notice"
    is_slow: ClassVar[bool] = True
    session: SessionId
    notice: NoticeId
    command: CommandKey


@dataclass(frozen=True, slots=True)
class ShowRequest:
    """Look a request up and answer with its panel."""

    tag: ClassVar[str] = "show_request"
    is_slow: ClassVar[bool] = False
    number: RequestNumber
    by: Email
    command: CommandKey


@dataclass(frozen=True, slots=True)
class IdentifyUser:
    """Find out who sent a command, then carry the command out."""

    tag: ClassVar[str] = "identify_user"
    is_slow: ClassVar[bool] = False
    key: CommandKey
    command: EncodedCommand


@dataclass(frozen=True, slots=True)
class DeliverAnswer:
    """Deliver the stored answer to a command once more."""

    tag: ClassVar[str] = "deliver_answer"
    is_slow: ClassVar[bool] = False
    command: CommandKey


@dataclass(frozen=True, slots=True)
class ShowHome:
    """Show somebody their home, after finding out who they are. ``as_new_message``: where a home is a message."""

    tag: ClassVar[str] = "show_home"
    is_slow: ClassVar[bool] = False
    actor: Actor
    as_new_message: bool = False


@dataclass(frozen=True, slots=True)
class RefreshHome:
    """Bring one opened home up to date."""

    tag: ClassVar[str] = "refresh_home"
    is_slow: ClassVar[bool] = False
    actor: Actor


@dataclass(frozen=True, slots=True)
class RefreshHomes:
    """Bring a technician's opened homes up to date, or (None) everybody's."""

    tag: ClassVar[str] = "refresh_homes"
    is_slow: ClassVar[bool] = False
    technician: Email | None = None


@dataclass(frozen=True, slots=True)
class ShowPreview:
    """Show a request's panel below a link to it."""

    tag: ClassVar[str] = "show_preview"
    is_slow: ClassVar[bool] = False
    actor: Actor
    request: RequestId
    link: PastedLink


@dataclass(frozen=True, slots=True)
class ConfirmConnection:
    """Say in chat that a technician's sign-in at TeamViewer worked."""

    tag: ClassVar[str] = "confirm_connection"
    is_slow: ClassVar[bool] = False
    connection: ConnectionId
    command: CommandKey


@dataclass(frozen=True, slots=True)
class AskAboutAccount:
    """Say in chat that a sign-in with another e-mail address waits for a confirmation."""

    tag: ClassVar[str] = "ask_about_account"
    is_slow: ClassVar[bool] = False
    technician: Email
    account: str
    command: CommandKey


@dataclass(frozen=True, slots=True)
class RevokeConnections:
    """Revoke at TeamViewer the connections that a technician gave up."""

    tag: ClassVar[str] = "revoke_connections"
    is_slow: ClassVar[bool] = True
    technician: Email
    connections: tuple[ConnectionId, ...]
    command: CommandKey


@dataclass(frozen=True, slots=True)
class ApplyAdminChange:
    """Find out who is meant by ``user``, then grant or revoke the SDAdmin role.

    ``user`` is the platform's id of an account. For a revocation it may be an e-mail address.
    """

    tag: ClassVar[str] = "apply_admin_change"
    is_slow: ClassVar[bool] = False
    user: str
    grants: bool
    by: Email
    by_name: str
    command: CommandKey


@dataclass(frozen=True, slots=True)
class AnnounceChange:
    """Post an SDAdmin's change in every admin channel."""

    tag: ClassVar[str] = "announce_change"
    is_slow: ClassVar[bool] = False
    text: EncodedText
    command: CommandKey


@dataclass(frozen=True, slots=True)
class WarnAdmins:
    """Tell the SDAdmins what the bot noticed by itself. ``is_problem`` is False where a problem is over."""

    tag: ClassVar[str] = "warn_admins"
    is_slow: ClassVar[bool] = False
    text: EncodedText
    is_problem: bool = True


@dataclass(frozen=True, slots=True)
class ReportClosedRequest:
    """Tell a technician that their session ended because its request was closed in ServiceDesk Plus."""

    tag: ClassVar[str] = "report_closed_request"
    is_slow: ClassVar[bool] = False
    session: SessionId


@dataclass(frozen=True, slots=True)
class Sweep:
    """Look after every open session once: poll, expire, remind, rescue, revoke, delete what is too old.

    ``up_seconds`` is the age of the process that enqueued it: right after a start nothing counts as stuck yet.
    """

    tag: ClassVar[str] = "sweep"
    is_slow: ClassVar[bool] = False
    up_seconds: int


Job = (
    CreateSession
    | EndSession
    | RefreshCards
    | PostCard
    | CloseOrphan
    | ReadReports
    | RemindOfExpiry
    | PingArrival
    | PingDeparture
    | SendNotice
    | ShowRequest
    | IdentifyUser
    | DeliverAnswer
    | ShowHome
    | RefreshHome
    | RefreshHomes
    | ShowPreview
    | ConfirmConnection
    | AskAboutAccount
    | RevokeConnections
    | ApplyAdminChange
    | AnnounceChange
    | WarnAdmins
    | ReportClosedRequest
    | Sweep
)
"""Every job. ``bot/workflows/dispatch.py`` has a case for each: the type check fails where one is missing."""

JOB_CODEC: TaggedCodec[Job] = TaggedCodec(Job)
"""The form in which the engine keeps a job."""
