"""Sessions at TeamViewer, each reached through the connection of the technician it belongs to."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.errors import NotAuthorized
from bot.i18n import _
from bot.model.connection import Connection
from bot.model.ids import RenewalId, SessionCode, SessionId, TransferId
from bot.model.secret import Secret
from bot.model.session import RemoteSession, Session
from bot.ports import (
    AssignedSession,
    ConnectionReport,
    NewRemoteSession,
    OpenSession,
    SessionStatus,
    TeamViewer,
    TokenSource,
)


class RemoteSessions:
    """TeamViewer's API with the right token for each call. Every method raises what ``TeamViewer`` raises."""

    def __init__(self, teamviewer: TeamViewer, token_source: Callable[[Connection], TokenSource]) -> None:
        self._teamviewer = teamviewer
        self._token_source = token_source

    async def create_session(self, connection: Connection, new: NewRemoteSession) -> RemoteSession:
        """Create a session. Raises OutcomeUnknown where it may exist: then find it before another try."""
        return await self._teamviewer.create_session(self._token_source(connection), new)

    async def find_session(
        self, connection: Connection, key: SessionId | RenewalId | TransferId
    ) -> RemoteSession | None:
        """Find the open session that carries our id: of a session or, where it replaced another one, of a renewal or a transfer."""
        return await self._teamviewer.find_session(self._token_source(connection), key)

    async def close_session(self, connection: Connection, code: SessionCode) -> None:
        """Close a session. One that is closed already, or unknown, is no error."""
        await self._teamviewer.close_session(self._token_source(connection), code)

    async def read_assigned_session(
        self, connection: Connection, code: SessionCode
    ) -> AssignedSession | None:
        """Read a session with the account that it is assigned to. None where the connection's account may not read it."""
        return await self._teamviewer.assigned_session(self._token_source(connection), code)

    async def assign_session(self, connection: Connection, code: SessionCode, user_id: str) -> None:
        """Assign a session to another account. Raises Rejected where TeamViewer refuses that."""
        await self._teamviewer.assign_session(self._token_source(connection), code, user_id)

    async def send_sms(
        self, connection: Connection, code: SessionCode, number: Secret, language: str
    ) -> None:
        """Let TeamViewer send a session's link by SMS. Raises OutcomeUnknown where it may have been sent."""
        await self._teamviewer.send_sms(self._token_source(connection), code, number, language)

    async def list_open_sessions(self, connection: Connection) -> Sequence[OpenSession]:
        """List every open session of an account."""
        return await self._teamviewer.open_sessions(self._token_source(connection))

    async def read_status(self, connection: Connection, code: SessionCode) -> SessionStatus:
        """Return the status of one session, open or closed."""
        return await self._teamviewer.session_status(self._token_source(connection), code)

    async def list_connection_reports(
        self, connection: Connection, *, since: datetime, code: SessionCode | None = None
    ) -> Sequence[ConnectionReport]:
        """List the connections that people made since a moment, with one session code or with any."""
        source = self._token_source(connection)
        return await self._teamviewer.connection_reports(source, since=since, code=code)

    async def renew_tokens(self, connection: Connection, refused: Secret) -> None:
        """Refresh a connection's tokens, unless they are newer than ``refused``. Raises NotAuthorized, Unavailable."""
        await self._token_source(connection).renew(refused)

    async def revoke_connection(self, connection: Connection) -> None:
        """Revoke a connection's tokens. Raises NotAuthorized where TeamViewer no longer accepts them."""
        await self._token_source(connection).end(self._teamviewer.revoke)


def not_connected(session: Session) -> NotAuthorized:
    """Return the error for a session whose account is no longer connected."""
    return NotAuthorized(
        _(
            "{technician} is no longer connected to TeamViewer, so it cannot be closed there.",
            technician=session.technician_name,
        )
    )
