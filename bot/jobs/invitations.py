"""Jobs of invitations: of a colleague to a session, and of the requester in chat."""

from datetime import datetime
from typing import ClassVar

from bot.jobs.queues import Queue
from bot.model.ids import (
    CommandKey,
    Email,
    NoticeId,
    SessionId,
)
from bot.model.technician import Actor, Platform
from bot.values import value_class


@value_class
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


@value_class
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


@value_class
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


@value_class
class PingInvited:
    """Notify an invited technician on one platform that the requester is there. ``arrival`` is when that began."""

    tag: ClassVar[str] = "ping_invited"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    session: SessionId
    technician: Email
    arrival: datetime
    tries: int = 0


@value_class
class AddInvitationNote:
    """Add the note to the request that says who was invited, and by whom. ``reference`` is the marker in it."""

    tag: ClassVar[str] = "add_invitation_note"
    queue: ClassVar[Queue] = Queue.NOTE
    session: SessionId
    name: str
    by_name: str
    reference: str


@value_class
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


@value_class
class RefreshInvitation:
    """Bring the message of an invitation in a chat up to date: without buttons once the session is over."""

    tag: ClassVar[str] = "refresh_invitation"
    queue: ClassVar[Queue] = Queue.CARD
    platform: Platform
    notice: NoticeId
    tries: int = 0


@value_class
class PingDecline:
    """Notify a session's creator on one platform that the requester answered “Not now”."""

    tag: ClassVar[str] = "ping_decline"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    notice: NoticeId
    tries: int = 0
