"""The client of TeamViewer's Web API: what the product asks for, handed to the part that knows how."""

from collections.abc import Sequence
from datetime import datetime

from adapters.http import AsyncClient
from adapters.teamviewer.oauth import App, OAuth
from adapters.teamviewer.reports import Reports
from adapters.teamviewer.sessions import Sessions
from adapters.teamviewer.wire import Wire
from bot.model.connection import Account, Tokens
from bot.model.ids import SessionCode
from bot.model.secret import Secret
from bot.model.session import RemoteSession
from bot.ports import ConnectionReport, NewRemoteSession, OpenSession, TokenSource


class TeamViewerClient:
    """Implements the port ``TeamViewer``, whose Protocol says what each call raises.

    ``api_url`` ends in ``/api/v1``; ``group`` is the name of the group that sessions are created in.
    """

    def __init__(
        self,
        http: AsyncClient,
        *,
        api_url: str,
        authorize_url: str,
        client_id: str,
        client_secret: Secret,
        redirect_uri: str,
        group: str,
    ) -> None:
        wire = Wire(http, api_url)
        self._oauth = OAuth(wire, App(authorize_url, client_id, client_secret, redirect_uri))
        self._sessions = Sessions(wire, group)
        self._reports = Reports(wire)

    def authorize_url(self, state: str) -> str:
        """Return where the technician's browser goes to sign in."""
        return self._oauth.authorize_url(state)

    async def exchange(self, code: str) -> Tokens:
        """Turn an authorization code into tokens."""
        return await self._oauth.exchange(code)

    async def refresh(self, refresh_token: Secret) -> Tokens:
        """Turn a (single use) refresh token into new tokens. Raises NotAuthorized where it is burnt."""
        return await self._oauth.refresh(refresh_token)

    async def revoke(self, access_token: Secret) -> None:
        """Kill an access token and its refresh token. A token that is dead already is no error."""
        await self._oauth.revoke(access_token)

    async def account(self, access_token: Secret) -> Account:
        """Tell whose account a token is."""
        return await self._oauth.account(access_token)

    async def create_session(self, token: TokenSource, new: NewRemoteSession) -> RemoteSession:
        """Create a session. Raises OutcomeUnknown where it may exist: then ``find_session`` before repeating.

        A link is empty where the session was created and TeamViewer will not tell it.
        """
        return await self._sessions.create(token, new)

    async def find_session(self, token: TokenSource, key: str) -> RemoteSession | None:
        """Find the open session whose ``custom_api`` is ``key``."""
        return await self._sessions.find(token, key)

    async def open_sessions(self, token: TokenSource) -> Sequence[OpenSession]:
        """List every open session of the account, page by page."""
        return await self._sessions.all_open(token)

    async def is_open(self, token: TokenSource, code: SessionCode) -> bool:
        """Tell whether one session is open; one that is unknown is not."""
        return await self._sessions.is_open(token, code)

    async def close_session(self, token: TokenSource, code: SessionCode) -> None:
        """Close a session. One that is unknown or closed already is no error."""
        await self._sessions.close(token, code)

    async def connection_reports(
        self, token: TokenSource, *, since: datetime, code: SessionCode | None = None
    ) -> Sequence[ConnectionReport]:
        """List the connections made with session codes since ``since``, of one code or of all."""
        return await self._reports.since(token, since, code)
