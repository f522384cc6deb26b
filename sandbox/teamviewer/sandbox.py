"""The simulated TeamViewer: its server, its controls, and the calls it received."""

from collections.abc import Callable
from datetime import datetime

from aiohttp import ClientSession, web
from yarl import URL

from sandbox.clock import utc_now
from sandbox.faults import Faults
from sandbox.server import Server
from sandbox.sms import SmsGateway
from sandbox.teamviewer.access_control import AccessControl
from sandbox.teamviewer.account import AccountEndpoints
from sandbox.teamviewer.grants import Grant, Grants
from sandbox.teamviewer.json_format import Handler, error_middleware, rate_limited, server_error
from sandbox.teamviewer.model import Account, Connection, Session
from sandbox.teamviewer.oauth import OAuthEndpoints
from sandbox.teamviewer.options import Options
from sandbox.teamviewer.reports import ReportEndpoints
from sandbox.teamviewer.service_queue import ServiceQueue
from sandbox.teamviewer.session_pages import SessionPages
from sandbox.teamviewer.sessions import SessionEndpoints
from sandbox.teamviewer.sms_invitations import SmsInvitations

NO_RESPONSE = 0
"""The recorded status of a call whose response never arrived."""


class TeamViewerSandbox:
    """A simulated TeamViewer on loopback.

    Its state survives ``stop``; ``start`` serves it at the same address again. ``calls`` are the received calls with
    their statuses; a call whose response was lost has the status 0. ``phones`` receive the SMS that TeamViewer
    sends itself; without them, it refuses to send any.
    """

    def __init__(
        self,
        *,
        client_id: str = "tv-client",
        client_secret: str = "tv-secret",  # noqa: S107 - opens nothing but this simulation
        redirect_uris: list[str] | None = None,
        port: int = 0,
        now: Callable[[], datetime] = utc_now,
        phones: SmsGateway | None = None,
    ) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self.options = Options()
        self.faults = Faults(
            rate_limited=lambda: rate_limited(self.options.rate_limit_status).to_response(),
            server_error=lambda: server_error().to_response(),
        )
        self.calls: list[tuple[str, int]] = []
        self._queue = ServiceQueue(now, self.options)
        self._invitations = SmsInvitations(self.options, phones)
        self._grants = Grants(now)
        self._access = AccessControl(self._grants, self._queue, self.options)
        self._oauth = OAuthEndpoints(
            self._access,
            self._queue,
            self.options,
            # The client may be changed meanwhile, as by its owner.
            client=lambda: (self.client_id, self.client_secret),
            redirect_uris=list(redirect_uris or ()),
        )
        self._port = port
        self._server: Server | None = None

    async def start(self) -> str:
        """Start serving and return the origin."""
        self._server = Server(self._build_app(), self._port)
        self._queue.origin = await self._server.start()
        self._port = URL(self.origin).port or self._port
        return self.origin

    async def stop(self) -> None:
        """Stop serving and close open connections."""
        if self._server is not None:
            await self._server.stop()
            self._server = None

    def _build_app(self) -> web.Application:
        app = web.Application(middlewares=[self._record_call, self.faults.middleware, error_middleware])
        app.add_routes(self._oauth.build_routes())
        app.add_routes(AccountEndpoints(self._access, self.options).build_routes())
        app.add_routes(self._session_endpoints().build_routes())
        app.add_routes(ReportEndpoints(self._access, self._queue, self.options).build_routes())
        app.add_routes(SessionPages(self._queue).build_routes())
        return app

    def _session_endpoints(self) -> SessionEndpoints:
        return SessionEndpoints(self._access, self._queue, self.options, self._invitations)

    @web.middleware
    async def _record_call(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        operation = request.match_info.route.name or request.path
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            # aiohttp reports unknown paths by exceptions.
            self.calls.append((operation, refusal.status))
            raise
        # A fault may have closed the connection after the handler ran.
        is_lost = request.transport is None or request.transport.is_closing()
        self.calls.append((operation, NO_RESPONSE if is_lost else response.status))
        return response

    def count_calls(self, operation: str) -> int:
        """Count the calls of an operation, with any status."""
        return sum(name == operation for name, _ in self.calls)

    @property
    def origin(self) -> str:
        """The origin of the server."""
        return self._queue.origin

    @property
    def api_url(self) -> str:
        """The base URL of the Web API."""
        return f"{self.origin}/api/v1"

    @property
    def authorize_url(self) -> str:
        """The URL that starts the sign-in in a browser."""
        return f"{self.origin}/oauth2/authorize"

    @property
    def redirect_uris(self) -> list[str]:
        """The registered redirect URIs of the app."""
        return self._oauth.redirect_uris

    @redirect_uris.setter
    def redirect_uris(self, uris: list[str]) -> None:
        self._oauth.redirect_uris = uris

    @property
    def accounts(self) -> dict[str, Account]:
        """The accounts by e-mail address."""
        return self._queue.accounts

    @property
    def sessions(self) -> dict[str, Session]:
        """The sessions by code (with dashes), oldest first."""
        return self._queue.sessions

    @property
    def connections(self) -> list[Connection]:
        """Every connection, running and ended, oldest first."""
        return self._queue.connections

    def add_account(self, email: str, name: str, company_name: str = "Example Ltd.") -> Account:
        """Add an account that can sign in."""
        return self._queue.add_account(email, name, company_name)

    def open_session(self, email: str) -> Session:
        """Open a session of an account, without a call. Raises KeyError."""
        return self._queue.open_session(self.accounts[email])

    def issue_tokens(self, email: str) -> tuple[str, str]:
        """Sign an account in without a browser. Return an access token and a refresh token. Raises KeyError."""
        return self._grants.issue_tokens(Grant(self.accounts[email]), self.options.expires_in)

    def join_session(self, code: str, device: str = "LAPTOP-ANN") -> None:
        """Join a session as its requester, and wait there. Raises KeyError, and ValueError if it is over."""
        self._queue.join_session(self.sessions[code], device)

    def connect_session(self, code: str, device: str = "LAPTOP-ANN") -> None:
        """Connect a requester, who joins first if needed, and the supporter. Raises KeyError, ValueError."""
        if not self.sessions[code].online:
            self.join_session(code, device)
        self._queue.connect_session(self.sessions[code])

    def rate_session(self, code: str, rating: int, comment: str) -> None:
        """Give feedback as the requester of a session's last connection. Raises KeyError, IndexError."""
        of_session = [one for one in self.connections if one.session is self.sessions[code]]
        of_session[-1].feedback = {"session_rating": rating, "user_comment": comment}

    def leave_session(self, code: str) -> None:
        """Leave a session as its requester: the connection ends, the code stays open. Raises KeyError."""
        self._queue.leave_session(self.sessions[code])

    def close_session(self, code: str) -> None:
        """Close a session, as TeamViewer's own client can. Raises KeyError.

        Whether that ends a running connection is an option.
        """
        self._queue.close_session(self.sessions[code])

    @property
    def issued_tokens(self) -> list[str]:
        """Every access and refresh token issued so far."""
        return self._grants.issued

    def is_signed_in(self, email: str) -> bool:
        """Return whether an account has allowed the app to work with it, and has not taken that back."""
        return self._grants.is_granted(email)

    def expire_access_tokens(self) -> None:
        """Expire every issued access token. Refresh tokens stay valid."""
        self._grants.expire_access_tokens()

    def revoke_tokens(self, email: str) -> None:
        """Revoke every token of an account, as its owner can at TeamViewer."""
        self._grants.revoke_tokens(email)

    async def approve_sign_in(self, authorize_url: str, email: str) -> str:
        """Sign in as ``email`` and press Allow, by HTTP. Return the redirect URL. Raises ValueError."""
        return await self._submit_decision(authorize_url, decision="allow", account=email)

    async def deny_sign_in(self, authorize_url: str) -> str:
        """Press Deny on the consent page, by HTTP. Return the redirect URL. Raises ValueError."""
        return await self._submit_decision(authorize_url, decision="deny")

    async def _submit_decision(self, authorize_url: str, **choice: str) -> str:
        url = URL(authorize_url)
        async with ClientSession() as browser:
            async with browser.get(url) as shown:
                if not shown.ok:
                    raise ValueError(f"the sign-in page answered {shown.status}")
            form = {**url.query, **choice}
            async with browser.post(url.with_query(None), data=form, allow_redirects=False) as sent:
                if "Location" not in sent.headers:
                    raise ValueError(f"the decision was answered {sent.status}")
                return sent.headers["Location"]
