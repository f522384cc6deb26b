"""Commands about oneself: help, the connection to TeamViewer, one's notifications."""

from typing import ClassVar

from bot.values import value_class


@value_class
class Help:
    """List the commands, or explain one (``word``)."""

    tag: ClassVar[str] = "help"
    only_reads: ClassVar[bool] = True

    word: str | None = None


@value_class
class Hello:
    """Greet the bot. Its answer says how to begin."""

    tag: ClassVar[str] = "hello"
    only_reads: ClassVar[bool] = True


@value_class
class Auth:
    """Connect a TeamViewer account."""

    tag: ClassVar[str] = "auth"
    only_reads: ClassVar[bool] = False


@value_class
class ConnectAccount:
    """Connect the TeamViewer account of a sign-in whose e-mail address is not the sender's (a button in chat)."""

    tag: ClassVar[str] = "connect-account"
    only_reads: ClassVar[bool] = False

    connection: str


@value_class
class Logout:
    """Disconnect every TeamViewer account. Unless ``sure``, the bot asks first where sessions are open."""

    tag: ClassVar[str] = "logout"
    only_reads: ClassVar[bool] = False

    sure: bool = False


@value_class
class Notify:
    """Choose whether to be notified when the requester of one's session is there. None shows what is chosen."""

    tag: ClassVar[str] = "notify"
    only_reads: ClassVar[bool] = False

    on: bool | None = None


@value_class
class ConfirmAccount:
    """Confirm that an account belongs to the technician of its e-mail address. ``user`` is the platform's id of it."""

    tag: ClassVar[str] = "admin-confirm"
    only_reads: ClassVar[bool] = False

    user: str


@value_class
class ShowConnections:
    """Show the sender's TeamViewer connections."""

    tag: ClassVar[str] = "admin-connections"
    only_reads: ClassVar[bool] = False


@value_class
class ReuseConnection:
    """Make one of the sender's earlier TeamViewer connections the active one."""

    tag: ClassVar[str] = "admin-reuse"
    only_reads: ClassVar[bool] = False

    connection: str
