"""The client of TeamViewer's Web API. It implements the port and delegates each call to the part of its topic."""

from collections.abc import Sequence
from datetime import datetime

from adapters.http import HttpClient
from adapters.teamviewer.api import TeamViewerApi
from adapters.teamviewer.assignments import AssignmentCalls
from adapters.teamviewer.oauth import App, NoteApp, OAuthCalls
from adapters.teamviewer.reports import ReportCalls
from adapters.teamviewer.sessions import SessionCalls
from adapters.teamviewer.sms import SmsCalls
from bot.model.connection import Account, Tokens
from bot.model.ids import SessionCode
from bot.model.secret import Secret
from bot.model.session import RemoteSession
from bot.ports import (
    AssignedSession,
    ConnectionReport,
    NewRemoteSession,
    OpenSession,
    SessionStatus,
    TokenSource,
)


class TeamViewerClient:
    """Implements the port ``TeamViewer``, whose Protocol says what each call raises.

    ``api_url`` ends in ``/api/v1``; ``group`` is the name of the group that sessions are created in. ``note_app`` is
    called with whether TeamViewer has just accepted the bot's app.
    """

    def __init__(
        self,
        http: HttpClient,
        *,
        api_url: str,
        authorize_url: str,
        client_id: str,
        client_secret: Secret,
        redirect_uri: str,
        group: str,
        uses_pkce: bool = False,
        note_app: NoteApp | None = None,
    ) -> None:
        api = TeamViewerApi(http, api_url)
        self._oauth = OAuthCalls(
            api, App(authorize_url, client_id, client_secret, redirect_uri, uses_pkce), note_app
        )
        self._sessions = SessionCalls(api, group)
        self._assignments = AssignmentCalls(api)
        self._sms = SmsCalls(api)
        self._reports = ReportCalls(api)

    def authorize_url(self, state: str, verifier: Secret) -> str:
        """Return the address at which a technician signs in with the browser."""
        return self._oauth.make_authorize_url(state, verifier)

    async def exchange(self, code: str, verifier: Secret) -> Tokens:
        """Exchange an authorization code for tokens."""
        return await self._oauth.exchange_code(code, verifier)

    async def refresh(self, refresh_token: Secret) -> Tokens:
        """Exchange a refresh token for new tokens. It can be used once. Raises NotAuthorized if it is no longer valid."""
        return await self._oauth.refresh_tokens(refresh_token)

    async def revoke(self, access_token: Secret) -> None:
        """Revoke an access token and its refresh token. A token that is invalid already is no error."""
        await self._oauth.revoke_tokens(access_token)

    async def account(self, access_token: Secret) -> Account:
        """Return the account that a token belongs to."""
        return await self._oauth.fetch_account(access_token)

    async def create_session(self, token: TokenSource, new: NewRemoteSession) -> RemoteSession:
        """Create a session. After OutcomeUnknown it may exist, so call ``find_session`` before another attempt.

        A link is empty if the session was created but TeamViewer does not return the link.
        """
        return await self._sessions.create_remote_session(token, new)

    async def find_session(self, token: TokenSource, key: str) -> RemoteSession | None:
        """Find the open session whose ``custom_api`` is ``key``."""
        return await self._sessions.find_by_key(token, key)

    async def open_sessions(self, token: TokenSource) -> Sequence[OpenSession]:
        """List every open session of the account, page by page."""
        return await self._sessions.list_open_sessions(token)

    async def session_status(self, token: TokenSource, code: SessionCode) -> SessionStatus:
        """Return the status of a session. An unknown session is not open, and nobody is there."""
        return await self._sessions.read_status(token, code)

    async def assigned_session(self, token: TokenSource, code: SessionCode) -> AssignedSession | None:
        """Read a session with its links and the account that it is assigned to. None if this account may not read it."""
        return await self._assignments.read_assigned_session(token, code)

    async def assign_session(self, token: TokenSource, code: SessionCode, user_id: str) -> None:
        """Assign a session to another account. A repeat is harmless. Raises Rejected if TeamViewer refuses that."""
        await self._assignments.assign_session(token, code, user_id)

    async def send_sms(self, token: TokenSource, code: SessionCode, number: Secret, language: str) -> None:
        """Let TeamViewer send a session's link by SMS, once. Raises OutcomeUnknown if it may have been sent."""
        await self._sms.send_invitation(token, code, number, language)

    async def close_session(self, token: TokenSource, code: SessionCode) -> None:
        """Close a session. A session that is unknown or closed already is no error."""
        await self._sessions.close_remote_session(token, code)

    async def connection_reports(
        self, token: TokenSource, *, since: datetime, code: SessionCode | None = None
    ) -> Sequence[ConnectionReport]:
        """List the connections that began at or after ``since``, of one session code or of all."""
        return await self._reports.list_reports(token, since, code)
