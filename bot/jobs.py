"""Durable work as data: one frozen dataclass for each job, and the union of all of them.

A job is enqueued in the transaction that makes it necessary, and its workflow in ``bot/workflows/`` runs later, perhaps
in another process. So a job holds plain values alone, and the workflow reads the rest when it runs.

A job shows or sends one thing at one place, or works at one outside system. So a place that fails delays nothing else.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from bot.codec import TaggedCodec
from bot.commands import decode_command
from bot.i18n import EncodedText
from bot.model.card import Card
from bot.model.ids import (
    CommandKey,
    ConnectionId,
    Email,
    EncodedCommand,
    NoticeId,
    RenewalId,
    RequestId,
    RequestNumber,
    SessionCode,
    SessionId,
    TransferId,
)
from bot.model.notice import Channel
from bot.model.pasted_link import PastedLink
from bot.model.technician import Actor, Platform
from bot.model.transfer import TransferNews
from bot.views.parts import Tone


class Queue(StrEnum):
    """A queue of jobs. Each has slots of its own in every process: jobs that wait delay only jobs of their own queue."""

    LOCAL = "local"
    """Reads and writes the bot's own tables only."""
    SWEEP = "sweep"
    CREATE = "create"
    END = "end"
    FOLLOW_UP = "follow_up"
    """Work at TeamViewer that nobody waits for."""
    MESSAGE = "message"
    """Private messages that go to whichever of a person's chats takes them."""
    NOTE = "note"
    LOOK_UP = "look_up"
    # This is one queue for each channel: replies, mails and SMS.
    NOTICE = "notice"
    # Each of these is one queue for each chat platform.
    CARD = "card"
    HOME = "home"
    PREVIEW = "preview"
    ANSWER = "answer"
    # This is one queue for each sender. Its jobs run one at a time, in the order in which they were enqueued.
    SENDER = "sender"


@dataclass(frozen=True, slots=True)
class CreateSession:
    """Create an accepted session at TeamViewer, and mail the requester."""

    tag: ClassVar[str] = "create_session"
    queue: ClassVar[Queue] = Queue.CREATE
    session: SessionId
    command: CommandKey


@dataclass(frozen=True, slots=True)
class OfferSession:
    """Find out who is meant by ``user``, then offer them a session, or move it to them if an SDAdmin asked for it.

    ``user`` is the platform's id of an account, or an e-mail address.
    """

    tag: ClassVar[str] = "offer_session"
    queue: ClassVar[Queue] = Queue.LOOK_UP
    platform: Platform
    session: SessionId
    user: str
    by: Email
    by_name: str
    command: CommandKey


@dataclass(frozen=True, slots=True)
class MoveSession:
    """Hand a session over at TeamViewer: assign it to the colleague's account, or replace it by a new one there.

    ``tries`` counts the earlier ones, while TeamViewer was away.
    """

    tag: ClassVar[str] = "move_session"
    queue: ClassVar[Queue] = Queue.CREATE
    transfer: TransferId
    tries: int = 0


@dataclass(frozen=True, slots=True)
class ExpireOffer:
    """End an offer that nobody has answered in time."""

    tag: ClassVar[str] = "expire_offer"
    queue: ClassVar[Queue] = Queue.LOCAL
    transfer: TransferId


@dataclass(frozen=True, slots=True)
class AddTransferNote:
    """Add the note to the request that says who handed the session over to whom."""

    tag: ClassVar[str] = "add_transfer_note"
    queue: ClassVar[Queue] = Queue.NOTE
    transfer: TransferId


@dataclass(frozen=True, slots=True)
class TellOfTransfer:
    """Send one of the people of a transfer a private message about it: the offer, or what came of it."""

    tag: ClassVar[str] = "tell_of_transfer"
    queue: ClassVar[Queue] = Queue.MESSAGE
    transfer: TransferId
    news: TransferNews
    tries: int = 0


@dataclass(frozen=True, slots=True)
class RenewSession:
    """Replace a session's TeamViewer session by a new one.

    ``by`` is the name in the note on the request, ``email`` the name in the audit log.
    """

    tag: ClassVar[str] = "renew_session"
    queue: ClassVar[Queue] = Queue.CREATE
    session: SessionId
    renewal: RenewalId
    by: str
    email: Email
    command: CommandKey


@dataclass(frozen=True, slots=True)
class EndSession:
    """Close a session at TeamViewer, then end it here.

    ``by`` is the name shown on the card, ``email`` the name in the audit log. ``command`` is None where nobody asked for
    it in chat: then the session's creator learns of a failure.
    """

    tag: ClassVar[str] = "end_session"
    queue: ClassVar[Queue] = Queue.END
    session: SessionId
    by: str
    email: str
    command: CommandKey | None = None


@dataclass(frozen=True, slots=True)
class RefreshCards:
    """Enqueue the refresh of every card of a session, and of its creator's homes, each as a job of its own."""

    tag: ClassVar[str] = "refresh_cards"
    queue: ClassVar[Queue] = Queue.LOCAL
    session: SessionId


@dataclass(frozen=True, slots=True)
class RefreshAllCards:
    """Enqueue the refresh of the cards of all open sessions, because a switch moved: one batch, then the next.

    ``change`` names the change. ``after`` is the last card of the batch before.
    """

    tag: ClassVar[str] = "refresh_all_cards"
    queue: ClassVar[Queue] = Queue.LOCAL
    change: CommandKey
    after: Card | None = None


@dataclass(frozen=True, slots=True)
class RefreshAllHomes:
    """Enqueue the refresh of everybody's opened home, because a switch moved: one batch, then the next.

    ``change`` names the change. ``after`` is the last account of the batch before.
    """

    tag: ClassVar[str] = "refresh_all_homes"
    queue: ClassVar[Queue] = Queue.LOCAL
    change: CommandKey
    after: Actor | None = None


@dataclass(frozen=True, slots=True)
class RefreshCard:
    """Bring one card up to date. ``tries`` counts the earlier ones, while the chat was away.

    ``unless_state``: do nothing where the session is still as it was shown (``ShownSession.state``). A card that was
    just posted enqueues this, because a change made before the card was stored did not know of the card.
    """

    tag: ClassVar[str] = "refresh_card"
    queue: ClassVar[Queue] = Queue.CARD
    card: Card
    unless_state: str = ""
    tries: int = 0


@dataclass(frozen=True, slots=True)
class PostCard:
    """Post a card of a session where a command was sent.

    ``is_first``: the card of a new session, where its creator asked for it. Any other one answers a command, and replaces
    the earlier cards in that conversation.
    """

    tag: ClassVar[str] = "post_card"
    queue: ClassVar[Queue] = Queue.CARD
    platform: Platform
    session: SessionId
    command: CommandKey
    is_first: bool = False
    tries: int = 0


@dataclass(frozen=True, slots=True)
class InviteColleague:
    """Find out who is meant by ``user``, then let them into a session.

    ``user`` is the platform's id of an account, or an e-mail address. ``by`` is who invites them.
    """

    tag: ClassVar[str] = "invite_colleague"
    queue: ClassVar[Queue] = Queue.LOOK_UP
    platform: Platform
    session: SessionId
    user: str
    by: Email
    by_name: str
    command: CommandKey


@dataclass(frozen=True, slots=True)
class WithdrawInvitation:
    """Find out who is meant by ``user``, the platform's id of an account, then withdraw their invitation."""

    tag: ClassVar[str] = "withdraw_invitation"
    queue: ClassVar[Queue] = Queue.LOOK_UP
    platform: Platform
    session: SessionId
    user: str
    by: Email
    by_name: str
    command: CommandKey


@dataclass(frozen=True, slots=True)
class PostInvitation:
    """Post the card of an invitation in the private conversation of an account.

    ``others`` are further accounts of the same technician, for where this one refuses it. ``command`` is the invitation's
    ``post_key``.
    """

    tag: ClassVar[str] = "post_invitation"
    queue: ClassVar[Queue] = Queue.CARD
    platform: Platform
    actor: Actor
    others: tuple[Actor, ...]
    session: SessionId
    technician: Email
    command: CommandKey
    tries: int = 0


@dataclass(frozen=True, slots=True)
class PingInvited:
    """Notify an invited technician on one platform that the requester is there. ``arrival`` is when that began."""

    tag: ClassVar[str] = "ping_invited"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    session: SessionId
    technician: Email
    arrival: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class AddInvitationNote:
    """Add the note to the request that says who was invited, and by whom. ``reference`` is the marker in it."""

    tag: ClassVar[str] = "add_invitation_note"
    queue: ClassVar[Queue] = Queue.NOTE
    session: SessionId
    name: str
    by_name: str
    reference: str


@dataclass(frozen=True, slots=True)
class SettlePost:
    """Settle a message with a card that is not stored, and whose place became known by a press or a refresh of it.

    A press tells the ids of the message, and the ``marker`` of the attempt that posted it.
    """

    tag: ClassVar[str] = "settle_post"
    queue: ClassVar[Queue] = Queue.CARD
    platform: Platform
    tenant: str
    channel: str
    message: str
    session: SessionId
    marker: str
    tries: int = 0


@dataclass(frozen=True, slots=True)
class SendSupporterLink:
    """Send the creator of a session the way in, unless a card shows it."""

    tag: ClassVar[str] = "send_supporter_link"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    session: SessionId
    tries: int = 0


@dataclass(frozen=True, slots=True)
class TellCardPlace:
    """Tell the sender of a ``create`` where its first card is, because it is elsewhere than they expect or look."""

    tag: ClassVar[str] = "tell_card_place"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    session: SessionId
    command: CommandKey
    tries: int = 0


@dataclass(frozen=True, slots=True)
class ReadReports:
    """Read TeamViewer's connection reports of a session."""

    tag: ClassVar[str] = "read_reports"
    queue: ClassVar[Queue] = Queue.FOLLOW_UP
    session: SessionId


@dataclass(frozen=True, slots=True)
class WriteRecord:
    """Bring the record of a session that is over up to date, on its request in ServiceDesk Plus."""

    tag: ClassVar[str] = "write_record"
    queue: ClassVar[Queue] = Queue.NOTE
    session: SessionId


@dataclass(frozen=True, slots=True)
class RemindOfExpiry:
    """Remind a technician that the link of their session expires soon."""

    tag: ClassVar[str] = "remind_of_expiry"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    session: SessionId
    tries: int = 0


@dataclass(frozen=True, slots=True)
class PingArrival:
    """Notify a session's creator on one platform that the requester is there. ``arrival`` is when that began."""

    tag: ClassVar[str] = "ping_arrival"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    session: SessionId
    arrival: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class CheckDeparture:
    """Find out whether a requester who left at ``left_at`` was helped, and if not, enqueue the pings that say so."""

    tag: ClassVar[str] = "check_departure"
    queue: ClassVar[Queue] = Queue.FOLLOW_UP
    session: SessionId
    left_at: datetime


@dataclass(frozen=True, slots=True)
class PingDeparture:
    """Notify a session's creator on one platform that the requester left at ``left_at`` without having been helped."""

    tag: ClassVar[str] = "ping_departure"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    session: SessionId
    left_at: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class SendNotice:
    """Send one notice of an open session. With a ``command`` a technician asked for it, and gets the result as an answer."""

    tag: ClassVar[str] = "send_notice"
    queue: ClassVar[Queue] = Queue.NOTICE
    session: SessionId
    notice: NoticeId
    channel: Channel
    command: CommandKey | None = None


@dataclass(frozen=True, slots=True)
class InviteInChat:
    """Find the requester's account on one platform, and send them the invitation there.

    Where they are not found, the same job is enqueued for the next platform. With a ``command`` a technician asked for it, and
    gets the result as an answer.
    """

    tag: ClassVar[str] = "invite_in_chat"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    notice: NoticeId
    command: CommandKey | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class RefreshInvitation:
    """Bring the message of an invitation in a chat up to date: without buttons once the session is over."""

    tag: ClassVar[str] = "refresh_invitation"
    queue: ClassVar[Queue] = Queue.CARD
    platform: Platform
    notice: NoticeId
    tries: int = 0


@dataclass(frozen=True, slots=True)
class PingDecline:
    """Notify a session's creator on one platform that the requester answered “Not now”."""

    tag: ClassVar[str] = "ping_decline"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    notice: NoticeId
    tries: int = 0


@dataclass(frozen=True, slots=True)
class AddNote:
    """Add the note to the request that says which session was created, and what became of its notices.

    With a ``notice``, the note is about that one alone. ``tries`` counts how often it was still on its way.
    """

    tag: ClassVar[str] = "add_note"
    queue: ClassVar[Queue] = Queue.NOTE
    session: SessionId
    notice: NoticeId | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class AddNoteAtLatest:
    """Add the note about a new session now, if the notices that are still on their way have held it back."""

    tag: ClassVar[str] = "add_note_at_latest"
    queue: ClassVar[Queue] = Queue.NOTE
    session: SessionId


@dataclass(frozen=True, slots=True)
class AddRenewalNote:
    """Add the note to the request that says that a session was renewed ``by`` whom, and which code replaced which."""

    tag: ClassVar[str] = "add_renewal_note"
    queue: ClassVar[Queue] = Queue.NOTE
    session: SessionId
    renewal: RenewalId
    by: str
    former_code: SessionCode
    code: SessionCode
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class ShowRequest:
    """Look a request up and answer with its panel."""

    tag: ClassVar[str] = "show_request"
    queue: ClassVar[Queue] = Queue.LOOK_UP
    platform: Platform
    number: RequestNumber
    by: Email
    command: CommandKey


@dataclass(frozen=True, slots=True)
class IdentifyUser:
    """Find out who sent a command, then carry the command out.

    The commands of one sender are carried out in the order in which they came: ``end`` before the ``create`` after it.
    """

    tag: ClassVar[str] = "identify_user"
    queue: ClassVar[Queue] = Queue.SENDER
    actor: Actor
    key: CommandKey
    command: EncodedCommand


@dataclass(frozen=True, slots=True)
class DeliverAnswer:
    """Deliver the stored answer to a command once more."""

    tag: ClassVar[str] = "deliver_answer"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    command: CommandKey
    tries: int = 0


@dataclass(frozen=True, slots=True)
class SendReply:
    """Answer a command with a message that holds no link. ``offers_sign_in``: with a button that connects TeamViewer."""

    tag: ClassVar[str] = "send_reply"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    command: CommandKey
    text: EncodedText
    tone: Tone
    details: tuple[EncodedText, ...] = ()
    is_personal: bool = False
    offers_sign_in: bool = False
    tries: int = 0


@dataclass(frozen=True, slots=True)
class ShowHome:
    """Show somebody their home, after finding out who they are. ``as_new_message``: where a home is a message."""

    tag: ClassVar[str] = "show_home"
    queue: ClassVar[Queue] = Queue.ANSWER
    actor: Actor
    as_new_message: bool = False
    tries: int = 0


@dataclass(frozen=True, slots=True)
class RefreshHome:
    """Bring one opened home up to date.

    ``requests_older_than``: the age in seconds from which the list of assigned requests is read again before. None: it is
    not read, because so many homes are refreshed at once that ServiceDesk Plus would refuse further calls.
    """

    tag: ClassVar[str] = "refresh_home"
    queue: ClassVar[Queue] = Queue.HOME
    actor: Actor
    tries: int = 0
    requests_older_than: int | None = 600


@dataclass(frozen=True, slots=True)
class RefreshHomes:
    """Enqueue the refresh of a technician's opened homes, each as a job of its own."""

    tag: ClassVar[str] = "refresh_homes"
    queue: ClassVar[Queue] = Queue.LOCAL
    technician: Email


@dataclass(frozen=True, slots=True)
class ShowPreview:
    """Show a request's panel below a link to it."""

    tag: ClassVar[str] = "show_preview"
    queue: ClassVar[Queue] = Queue.PREVIEW
    actor: Actor
    request: RequestId
    link: PastedLink
    tries: int = 0


@dataclass(frozen=True, slots=True)
class ConfirmConnection:
    """Say in chat that a technician's sign-in at TeamViewer worked."""

    tag: ClassVar[str] = "confirm_connection"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    connection: ConnectionId
    command: CommandKey
    tries: int = 0


@dataclass(frozen=True, slots=True)
class AskAboutAccount:
    """Ask a technician in chat to confirm a sign-in with another e-mail address."""

    tag: ClassVar[str] = "ask_about_account"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    technician: Email
    account: str
    connection: ConnectionId
    command: CommandKey
    tries: int = 0


@dataclass(frozen=True, slots=True)
class RevokeConnections:
    """Revoke at TeamViewer the connections that a technician gave up."""

    tag: ClassVar[str] = "revoke_connections"
    queue: ClassVar[Queue] = Queue.FOLLOW_UP
    connections: tuple[ConnectionId, ...]
    command: CommandKey


@dataclass(frozen=True, slots=True)
class ApplyAdminChange:
    """Find out who is meant by ``user``, then grant or revoke the SDAdmin role.

    ``user`` is the platform's id of an account. For a revocation it may be an e-mail address.
    """

    tag: ClassVar[str] = "apply_admin_change"
    queue: ClassVar[Queue] = Queue.LOOK_UP
    platform: Platform
    user: str
    grants: bool
    by: Email
    by_name: str
    command: CommandKey


@dataclass(frozen=True, slots=True)
class ConfirmAddress:
    """Find out who is meant by ``user``, then let that account work under its e-mail address.

    ``user`` is the platform's id of the account.
    """

    tag: ClassVar[str] = "confirm_address"
    queue: ClassVar[Queue] = Queue.LOOK_UP
    platform: Platform
    user: str
    by: Email
    by_name: str
    command: CommandKey


@dataclass(frozen=True, slots=True)
class RunChecks:
    """Check everything that the bot depends on, then answer the SDAdmin who asked for it."""

    tag: ClassVar[str] = "run_checks"
    queue: ClassVar[Queue] = Queue.LOOK_UP
    platform: Platform
    command: CommandKey


@dataclass(frozen=True, slots=True)
class AnnounceChange:
    """Enqueue the post of an SDAdmin's change in every admin channel, each as a job of its own."""

    tag: ClassVar[str] = "announce_change"
    queue: ClassVar[Queue] = Queue.LOCAL
    text: EncodedText
    command: CommandKey


@dataclass(frozen=True, slots=True)
class WarnAdmins:
    """Enqueue what the SDAdmins are told of what the bot noticed by itself: in each admin channel, or each in private.

    ``about`` names the event; each is told once. ``is_problem`` is False where a problem is over.
    """

    tag: ClassVar[str] = "warn_admins"
    queue: ClassVar[Queue] = Queue.LOCAL
    about: str
    text: EncodedText
    is_problem: bool = True


@dataclass(frozen=True, slots=True)
class WarnInChannel:
    """Post a warning in one admin channel. Where that is refused, each SDAdmin gets it in private."""

    tag: ClassVar[str] = "warn_in_channel"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    channel: str
    warning: WarnAdmins
    tries: int = 0


@dataclass(frozen=True, slots=True)
class WarnAdmin:
    """Send a warning to one SDAdmin in private, in the first of their chats that takes it."""

    tag: ClassVar[str] = "warn_admin"
    queue: ClassVar[Queue] = Queue.MESSAGE
    technician: Email
    warning: WarnAdmins
    tries: int = 0


@dataclass(frozen=True, slots=True)
class ReportClosedRequest:
    """Tell a technician that their session ended because its request was closed in ServiceDesk Plus."""

    tag: ClassVar[str] = "report_closed_request"
    queue: ClassVar[Queue] = Queue.MESSAGE
    session: SessionId
    tries: int = 0


@dataclass(frozen=True, slots=True)
class ReportLostConnection:
    """Tell a technician that TeamViewer no longer accepts their connection."""

    tag: ClassVar[str] = "report_lost_connection"
    queue: ClassVar[Queue] = Queue.MESSAGE
    connection: ConnectionId
    tries: int = 0


@dataclass(frozen=True, slots=True)
class PostReport:
    """Post the figures of a month in one admin channel. ``month`` is the first day of the month after it."""

    tag: ClassVar[str] = "post_report"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    channel: str
    month: str
    tries: int = 0


@dataclass(frozen=True, slots=True)
class AnnounceInChannel:
    """Post an SDAdmin's change in one admin channel."""

    tag: ClassVar[str] = "announce_in_channel"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    channel: str
    text: EncodedText
    command: CommandKey
    tries: int = 0


@dataclass(frozen=True, slots=True)
class RereadProfile:
    """Read the profile of an account that its platform reports as changed, and refresh what shows its links."""

    tag: ClassVar[str] = "reread_profile"
    queue: ClassVar[Queue] = Queue.LOOK_UP
    actor: Actor


@dataclass(frozen=True, slots=True)
class RefreshTechnicians:
    """Read the technician list from ServiceDesk Plus, where the stored one is no longer fresh."""

    tag: ClassVar[str] = "refresh_technicians"
    queue: ClassVar[Queue] = Queue.LOOK_UP


@dataclass(frozen=True, slots=True)
class Sweep:
    """Look after every open session once: poll, expire, remind, rescue, close, revoke, delete what is too old.

    ``up_seconds`` is the age of the process that enqueued it: right after a start nothing counts as stuck yet.
    """

    tag: ClassVar[str] = "sweep"
    queue: ClassVar[Queue] = Queue.SWEEP
    up_seconds: int


ChatJob = (
    RefreshCard
    | PostCard
    | PostInvitation
    | SettlePost
    | SendSupporterLink
    | TellCardPlace
    | RemindOfExpiry
    | PingArrival
    | PingDeparture
    | PingInvited
    | PingDecline
    | InviteInChat
    | RefreshInvitation
    | DeliverAnswer
    | SendReply
    | ShowHome
    | RefreshHome
    | ShowPreview
    | ConfirmConnection
    | AskAboutAccount
    | AnnounceInChannel
    | PostReport
    | WarnInChannel
    | WarnAdmin
    | ReportClosedRequest
    | ReportLostConnection
    | TellOfTransfer
)
"""The jobs that show something in a chat. While the chat is away they are enqueued again, for later."""

Job = (
    CreateSession
    | RenewSession
    | OfferSession
    | MoveSession
    | ExpireOffer
    | AddTransferNote
    | EndSession
    | RefreshCards
    | RefreshAllCards
    | RefreshAllHomes
    | ReadReports
    | WriteRecord
    | CheckDeparture
    | SendNotice
    | AddNote
    | AddNoteAtLatest
    | AddRenewalNote
    | ShowRequest
    | IdentifyUser
    | RefreshHomes
    | RevokeConnections
    | ApplyAdminChange
    | InviteColleague
    | WithdrawInvitation
    | AddInvitationNote
    | ConfirmAddress
    | RunChecks
    | AnnounceChange
    | WarnAdmins
    | RereadProfile
    | RefreshTechnicians
    | Sweep
    | ChatJob
)
"""Every job. ``bot/workflows/dispatch.py`` has a case for each: the type check fails where one is missing."""


def queue_name(job: Job) -> str:
    """Return the name of a job's queue: its kind, and what it has a queue of its own for."""
    match job:
        case SendNotice():
            return f"{job.queue}/{job.channel}"
        case RefreshCard():
            return f"{job.queue}/{job.card.platform}"
        case ShowHome() | RefreshHome() | ShowPreview() | RereadProfile():
            return f"{job.queue}/{job.actor.platform}"
        case IdentifyUser():
            return f"{job.queue}/{job.actor.platform}/{job.actor.tenant}/{job.actor.user}"
        case (
            PostCard()
            | PostInvitation()
            | SettlePost()
            | SendSupporterLink()
            | TellCardPlace()
            | RemindOfExpiry()
            | PingArrival()
            | PingDeparture()
            | PingInvited()
            | PingDecline()
            | InviteInChat()
            | RefreshInvitation()
            | DeliverAnswer()
            | SendReply()
            | ConfirmConnection()
            | AskAboutAccount()
            | AnnounceInChannel()
            | PostReport()
            | WarnInChannel()
            | ShowRequest()
            | ApplyAdminChange()
            | InviteColleague()
            | WithdrawInvitation()
            | ConfirmAddress()
            | OfferSession()
            | RunChecks()
        ):
            return f"{job.queue}/{job.platform}"
        case _:
            return job.queue


JOB_CODEC: TaggedCodec[Job] = TaggedCodec(Job)
"""The form in which the engine keeps a job."""


def decode_job(encoded: str) -> Job:
    """Return the job that the engine has kept. Raises ValueError for one that only another version knows."""
    job = JOB_CODEC.decode(encoded)
    if isinstance(job, IdentifyUser):
        # The job is known. The command in it may not be.
        decode_command(job.command)
    return job
