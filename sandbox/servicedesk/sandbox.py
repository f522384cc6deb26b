"""The simulated ServiceDesk Plus as tests and the demo use it: two servers, their controls and what they saw."""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TypeVar

from aiohttp import web
from yarl import URL

from sandbox.faults import Faults
from sandbox.mail import Bell, Mailbox
from sandbox.server import Server
from sandbox.servicedesk import payloads
from sandbox.servicedesk.access_control import AccessControl
from sandbox.servicedesk.accounts_server import AccountsServer
from sandbox.servicedesk.conversations import NoteEndpoints, NotificationEndpoints
from sandbox.servicedesk.json_format import (
    Handler,
    Payload,
    error_middleware,
    html_page,
    server_error,
    throttled,
)
from sandbox.servicedesk.model import ConversationEntry, Request
from sandbox.servicedesk.records import Records, status_named
from sandbox.servicedesk.request_page import RequestPage
from sandbox.servicedesk.requests import DirectoryEndpoints, RequestEndpoints
from sandbox.servicedesk.tenant import Tenant
from sandbox.servicedesk.worklogs import WorklogEndpoints

LOST = 0
"""The status noted for a call whose answer never arrived."""

_PREFIX = "/{app:(app/[^/]+/)?}api/v3"

T = TypeVar("T")


def utc_now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


class ServiceDeskSandbox(Tenant):
    """A simulated ServiceDesk Plus Cloud and its accounts server, on loopback.

    What it knows outlives ``stop``, and ``start`` serves it at the same addresses again. ``calls`` are the calls
    it had, each with its status; one whose answer was lost has the status 0. Mails go to the ``mailbox``.
    """

    def __init__(
        self,
        *,
        portal: str = "itdesk",
        client_id: str = "1000.CLIENT",
        client_secret: str = "zoho-secret",  # noqa: S107 - opens nothing but this simulation
        refresh_token: str = "1000.refresh.token",  # noqa: S107 - the same
        mailbox: Mailbox | None = None,
        port: int = 0,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(
            portal=portal, client_id=client_id, client_secret=client_secret, refresh_token=refresh_token
        )
        self.calls: list[tuple[str, int]] = []
        self.faults = Faults(rate_limited=self._rate_limited, server_error=lambda: server_error().response())
        self._operation = ContextVar("operation", default="")
        self._bell = Bell()
        self._desk = Records(now, self.address)
        self._accounts = AccountsServer(self, now)
        self._gate = AccessControl(self, self._accounts, now)
        self._mailbox = mailbox
        self._ports = [port, 0]
        self._servers: list[Server] = []

    async def start(self) -> str:
        """Start both servers and return the origin of the API."""
        apps = [self._api(), self._accounts_server()]
        for place, app in enumerate(apps):
            server = Server(app, self._ports[place])
            self._ports[place] = URL(await server.start()).port or 0
            self._servers.append(server)
        return self.api_url

    async def stop(self) -> None:
        """Stop both servers."""
        while self._servers:
            await self._servers.pop().stop()

    def _application(self) -> web.Application:
        return web.Application(middlewares=[self._note, self.faults.middleware, error_middleware])

    def _accounts_server(self) -> web.Application:
        app = self._application()
        self._accounts.add_routes(app)
        return app

    def _api(self) -> web.Application:
        app = self._application()
        RequestPage(self, self._desk).add_routes(app)
        routes = [
            *RequestEndpoints(self._desk).routes(),
            *DirectoryEndpoints(self, self._desk).routes(),
            *NoteEndpoints(self, self._desk).routes(),
            *NotificationEndpoints(self, self._desk, self._mailbox).routes(),
            *WorklogEndpoints(self, self._desk).routes(),
        ]
        for route in routes:
            handler = self._gate.guarded(route.module, route.handler)
            app.router.add_route(route.method, _PREFIX + route.path, handler, name=route.name)
        app.router.add_route("*", _PREFIX + "/{unknown:.*}", self._unknown, name="unknown")
        return app

    async def _unknown(self, _request: web.Request) -> web.Response:
        """Answer a path that the API does not have: a page for people, as seen in production traffic."""
        return html_page(400, "Bad Request")

    @web.middleware
    async def _note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        operation = request.match_info.route.name or request.path
        self._operation.set(operation)
        response = await handler(request)
        is_lost = request.transport is None or request.transport.is_closing()
        self.calls.append((operation, LOST if is_lost else response.status))
        self._bell.ring()
        return response

    def _rate_limited(self) -> web.Response:
        if self._operation.get().startswith("oauth."):
            return self._accounts.denied()
        return throttled(self.throttle_status).response()

    def count(self, operation: str) -> int:
        """Tell how many calls an operation had, whatever came of them."""
        return sum(name == operation for name, _ in self.calls)

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10) -> T:  # noqa: ASYNC109 - all sandboxes say so
        """Wait until the predicate gives something, looking after every call. Raises TimeoutError."""
        return await self._bell.wait_for(predicate, timeout)

    @property
    def api_url(self) -> str:
        """The origin of the API."""
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def web_url(self) -> str:
        """The origin of the pages for people."""
        return self.api_url

    @property
    def accounts_url(self) -> str:
        """The origin of the accounts server."""
        return f"http://127.0.0.1:{self._ports[1]}"

    @property
    def requests(self) -> dict[str, Request]:
        """Number -> request, the oldest first."""
        return self._desk.requests

    @property
    def tokens_given(self) -> list[str]:
        """Every access token that was given out."""
        return self._accounts.tokens_given

    def new_grant_code(self) -> str:
        """Return a grant code to be exchanged for tokens."""
        return self._accounts.new_code()

    def expire_access_tokens(self) -> None:
        """Let every access token that was given out end now."""
        self._accounts.expire_access_tokens()

    def add_technician(self, name: str, email: str) -> Payload:
        """Let somebody be a technician; return them as the API shows them."""
        user = self._desk.user(name, email)
        user.name, user.is_technician = name, True
        return payloads.user(user)

    def remove_technician(self, email: str) -> None:
        """Let somebody be a technician no longer. Raises KeyError."""
        self._desk.users[email.lower()].is_technician = False

    def add_request(
        self,
        display_id: str,
        subject: str,
        requester_name: str,
        requester_email: str,
        *,
        phone: str | None = None,
        mobile: str | None = None,
        status: str = "Open",
        technician: str | None = None,
    ) -> str:
        """Add a request; return its long id. ``technician`` is an address. Raises KeyError, ValueError."""
        requester = self._desk.user(requester_name, requester_email)
        requester.phone, requester.mobile = phone or requester.phone, mobile or requester.mobile
        request = self._desk.add_request(display_id, subject, requester, status_named(status))
        request.technician = self._desk.users[technician.lower()] if technician else None
        return request.id

    def set_status(self, display_id: str, name: str) -> None:
        """Give a request another status. Raises KeyError."""
        request = self.requests[display_id]
        request.status, request.updated = status_named(name), self._desk.now()
        self._bell.ring()

    def request_json(self, display_id: str) -> Payload:
        """Return a request as the API shows it. Raises KeyError."""
        return payloads.request(self.requests[display_id])

    def conversation(self, display_id: str) -> list[ConversationEntry]:
        """Return the notes and mails on a request, the oldest first. Raises KeyError."""
        return list(self.requests[display_id].entries)

    def notes(self, display_id: str) -> list[ConversationEntry]:
        """Return the notes on a request. Raises KeyError."""
        return self.requests[display_id].of_type("NOTES")

    def replies(self, display_id: str) -> list[ConversationEntry]:
        """Return the mails to the requester. Raises KeyError."""
        return self.requests[display_id].of_type("REQREPLY")
