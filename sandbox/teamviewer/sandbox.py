"""The simulated TeamViewer as tests and the demo use it: a server, its controls and what it saw."""

from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import ClientSession, web
from yarl import URL

from sandbox.faults import Faults
from sandbox.server import Server
from sandbox.teamviewer.access_control import AccessControl
from sandbox.teamviewer.account import AccountEndpoints
from sandbox.teamviewer.grants import Grants
from sandbox.teamviewer.json_format import Handler, error_middleware, rate_limited, server_error
from sandbox.teamviewer.model import Account, Connection, Session
from sandbox.teamviewer.oauth import OAuthEndpoints
from sandbox.teamviewer.options import Options
from sandbox.teamviewer.reports import ReportEndpoints
from sandbox.teamviewer.service_queue import ServiceQueue
from sandbox.teamviewer.session_pages import SessionPages
from sandbox.teamviewer.sessions import SessionEndpoints

LOST = 0
"""The status noted for a call whose answer never arrived."""


def utc_now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


class TeamViewerSandbox:
    """A simulated TeamViewer on loopback.

    What it knows outlives ``stop``, and ``start`` serves it at the same address again. ``calls`` are the calls it
    had, each with its status; one whose answer was lost has the status 0.
    """

    def __init__(
        self,
        *,
        client_id: str = "tv-client",
        client_secret: str = "tv-secret",  # noqa: S107 - opens nothing but this simulation
        redirect_uris: list[str] | None = None,
        port: int = 0,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self.options = Options()
        self.faults = Faults(
            rate_limited=lambda: rate_limited(self.options.rate_limit_status).response(),
            server_error=lambda: server_error().response(),
        )
        self.calls: list[tuple[str, int]] = []
        self._queue = ServiceQueue(now)
        self._grants = Grants(now)
        self._gate = AccessControl(self._grants, self._queue, self.options)
        self._sign_in = OAuthEndpoints(
            self._gate,
            self._queue,
            self.options,
            client=(client_id, client_secret),
            redirect_uris=list(redirect_uris or ()),
        )
        self._port = port
        self._server: Server | None = None

    async def start(self) -> str:
        """Start serving and return the origin."""
        self._server = Server(self._app(), self._port)
        self._queue.origin = await self._server.start()
        self._port = URL(self.origin).port or self._port
        return self.origin

    async def stop(self) -> None:
        """Stop serving."""
        if self._server is not None:
            await self._server.stop()
            self._server = None

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._note, self.faults.middleware, error_middleware])
        app.add_routes(self._sign_in.routes())
        app.add_routes(AccountEndpoints(self._gate, self.options).routes())
        app.add_routes(SessionEndpoints(self._gate, self._queue, self.options).routes())
        app.add_routes(ReportEndpoints(self._gate, self._queue, self.options).routes())
        app.add_routes(SessionPages(self._queue).routes())
        return app

    @web.middleware
    async def _note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        operation = request.match_info.route.name or request.path
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            self.calls.append((operation, refusal.status))
            raise
        is_lost = request.transport is None or request.transport.is_closing()
        self.calls.append((operation, LOST if is_lost else response.status))
        return response

    def count(self, operation: str) -> int:
        """Tell how many calls an operation had, whatever came of them."""
        return sum(name == operation for name, _ in self.calls)

    @property
    def origin(self) -> str:
        """Where it is served."""
        return self._queue.origin

    @property
    def api_url(self) -> str:
        """The base address of the Web API."""
        return f"{self.origin}/api/v1"

    @property
    def authorize_url(self) -> str:
        """Where a browser goes to sign in."""
        return f"{self.origin}/oauth2/authorize"

    @property
    def redirect_uris(self) -> list[str]:
        """The addresses registered to return to after signing in."""
        return self._sign_in.redirect_uris

    @redirect_uris.setter
    def redirect_uris(self, uris: list[str]) -> None:
        self._sign_in.redirect_uris = uris

    @property
    def accounts(self) -> dict[str, Account]:
        """E-mail -> account."""
        return self._queue.accounts

    @property
    def sessions(self) -> dict[str, Session]:
        """Code, with its dashes -> session, the oldest first."""
        return self._queue.sessions

    @property
    def connections(self) -> list[Connection]:
        """Every connection, running and ended, the oldest first."""
        return self._queue.connections

    def add_account(self, email: str, name: str, company_name: str = "Example Ltd.") -> Account:
        """Add an account that can sign in."""
        return self._queue.add_account(email, name, company_name)

    def customer_joins(self, code: str, device: str = "LAPTOP-ANN") -> None:
        """Let the requester join: a connection runs. Raises KeyError, and ValueError where it is over."""
        self._queue.join(self.sessions[code], device)

    def customer_leaves(self, code: str) -> None:
        """Let the requester leave: the connection has ended, the code is still open. Raises KeyError."""
        self._queue.leave(self.sessions[code])

    def close(self, code: str) -> None:
        """Close a session as TeamViewer's own client would; a running connection ends. Raises KeyError."""
        self._queue.close(self.sessions[code])

    @property
    def tokens_given(self) -> list[str]:
        """Every access and refresh token that was ever given out."""
        return self._grants.given

    def expire_access_tokens(self) -> None:
        """Let every access token that was given out expire; refresh tokens stay good."""
        self._grants.expire_access_tokens()

    def revoke_everything(self, email: str) -> None:
        """Revoke every token of an account, as its owner can at TeamViewer."""
        self._grants.revoke_everything(email)

    async def approve(self, authorize_url: str, email: str) -> str:
        """Sign in as ``email`` and allow, by real requests; return where the browser is sent. Raises ValueError."""
        return await self._answer(authorize_url, decision="allow", account=email)

    async def deny(self, authorize_url: str) -> str:
        """Press Deny, by real requests; return where the browser is sent. Raises ValueError."""
        return await self._answer(authorize_url, decision="deny")

    async def _answer(self, authorize_url: str, **choice: str) -> str:
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
