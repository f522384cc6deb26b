"""Jobs for SDAdmins, and the rounds that nobody asks for."""

from typing import ClassVar

from bot.i18n import EncodedText
from bot.jobs.queues import Queue
from bot.model.ids import (
    CommandKey,
    ConnectionId,
    Email,
    SessionId,
)
from bot.model.technician import Platform
from bot.values import value_class


@value_class
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


@value_class
class RunChecks:
    """Check everything that the bot depends on, then answer the SDAdmin who asked for it."""

    tag: ClassVar[str] = "run_checks"
    queue: ClassVar[Queue] = Queue.LOOK_UP
    platform: Platform
    command: CommandKey


@value_class
class AnnounceChange:
    """Enqueue the post of an SDAdmin's change in every admin channel, each as a job of its own."""

    tag: ClassVar[str] = "announce_change"
    queue: ClassVar[Queue] = Queue.LOCAL
    text: EncodedText
    command: CommandKey


@value_class
class WarnAdmins:
    """Report to the SDAdmins what the bot noticed by itself: in each admin channel, or to each in private.

    ``about`` names the event; each event is reported once. ``is_problem`` is False where a problem is over.
    """

    tag: ClassVar[str] = "warn_admins"
    queue: ClassVar[Queue] = Queue.LOCAL
    about: str
    text: EncodedText
    is_problem: bool = True


@value_class
class WarnInChannel:
    """Post a warning in one admin channel. Where that is refused, each SDAdmin gets it in private."""

    tag: ClassVar[str] = "warn_in_channel"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    channel: str
    warning: WarnAdmins
    tries: int = 0


@value_class
class WarnAdmin:
    """Send a warning to one SDAdmin in private, in the first of their chats that takes it."""

    tag: ClassVar[str] = "warn_admin"
    queue: ClassVar[Queue] = Queue.MESSAGE
    technician: Email
    warning: WarnAdmins
    tries: int = 0


@value_class
class ReportClosedRequest:
    """Tell a technician that their session ended because its request was closed in ServiceDesk Plus."""

    tag: ClassVar[str] = "report_closed_request"
    queue: ClassVar[Queue] = Queue.MESSAGE
    session: SessionId
    tries: int = 0


@value_class
class ReportLostConnection:
    """Tell a technician that TeamViewer no longer accepts their connection."""

    tag: ClassVar[str] = "report_lost_connection"
    queue: ClassVar[Queue] = Queue.MESSAGE
    connection: ConnectionId
    tries: int = 0


@value_class
class PostReport:
    """Post the figures of a month in one admin channel. ``month`` is the first day of the month after it."""

    tag: ClassVar[str] = "post_report"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    channel: str
    month: str
    tries: int = 0


@value_class
class AnnounceInChannel:
    """Post an SDAdmin's change in one admin channel."""

    tag: ClassVar[str] = "announce_in_channel"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    channel: str
    text: EncodedText
    command: CommandKey
    tries: int = 0


@value_class
class RefreshTechnicians:
    """Read the technician list from ServiceDesk Plus, where the stored one is no longer fresh."""

    tag: ClassVar[str] = "refresh_technicians"
    queue: ClassVar[Queue] = Queue.LOOK_UP


@value_class
class Sweep:
    """Look after every open session once: poll, expire, remind, rescue, close, revoke, delete what is too old.

    ``up_seconds`` is the age of the process that enqueued it: right after a start nothing counts as stuck yet.
    """

    tag: ClassVar[str] = "sweep"
    queue: ClassVar[Queue] = Queue.SWEEP
    up_seconds: int
