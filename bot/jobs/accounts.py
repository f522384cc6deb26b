"""Jobs about the chat accounts of people and their connections to TeamViewer."""

from typing import ClassVar

from bot.jobs.queues import Queue
from bot.model.ids import (
    CommandKey,
    ConnectionId,
    Email,
    EncodedCommand,
)
from bot.model.technician import Actor, Platform
from bot.values import value_class


@value_class
class IdentifyUser:
    """Find out who sent a command, then carry the command out.

    The commands of one sender are carried out in the order in which they came: ``end`` before the ``create`` after it.
    """

    tag: ClassVar[str] = "identify_user"
    queue: ClassVar[Queue] = Queue.SENDER
    actor: Actor
    key: CommandKey
    command: EncodedCommand


@value_class
class ConfirmConnection:
    """Say in chat that a technician's sign-in at TeamViewer worked."""

    tag: ClassVar[str] = "confirm_connection"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    connection: ConnectionId
    command: CommandKey
    tries: int = 0


@value_class
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


@value_class
class RevokeConnections:
    """Revoke at TeamViewer the connections that a technician gave up."""

    tag: ClassVar[str] = "revoke_connections"
    queue: ClassVar[Queue] = Queue.FOLLOW_UP
    connections: tuple[ConnectionId, ...]
    command: CommandKey


@value_class
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


@value_class
class RereadProfile:
    """Read the profile of an account that its platform reports as changed, and refresh what shows its links."""

    tag: ClassVar[str] = "reread_profile"
    queue: ClassVar[Queue] = Queue.LOOK_UP
    actor: Actor
