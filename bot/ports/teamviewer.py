"""TeamViewer, as the workflows see it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from bot.model.connection import Account, Tokens
from bot.model.ids import SessionCode
from bot.model.secret import Secret
from bot.model.session import Kind, RemoteSession
from bot.model.session_connection import SessionConnection
from bot.values import value_class


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


@value_class
class NewRemoteSession:
    """A session that TeamViewer is asked to create. ``key`` is our session id, carried in ``custom_api``."""

    key: str
    kind: Kind
    description: str
    requester_name: str
    requester_email: str | None
    valid_until: datetime


@value_class
class OpenSession:
    """An open session as TeamViewer lists it."""

    code: SessionCode
    is_online: bool


@value_class
class SessionStatus:
    """What TeamViewer says of one session: whether it can be joined, and whether the requester is there.

    A closed session may still show the requester as there: closing stops new connections only.
    """

    is_open: bool
    is_online: bool


@value_class
class AssignedSession:
    """A session as an account reads it: its links there, whom it is assigned to, and whether it can be joined."""

    remote: RemoteSession
    user_id: str
    is_open: bool


@value_class
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
