"""The simulated ServiceDesk Plus: its two servers, their controls, and the calls they received."""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from typing import TypeVar

from aiohttp import web
from yarl import URL

from sandbox.change_notifier import ChangeNotifier
from sandbox.clock import utc_now
from sandbox.faults import Faults
from sandbox.mail import Mailbox
from sandbox.server import Server
from sandbox.servicedesk import payloads
from sandbox.servicedesk.access_control import AccessControl
from sandbox.servicedesk.accounts_server import AccountsServer
from sandbox.servicedesk.directory import DirectoryEndpoints
from sandbox.servicedesk.json_format import (
    Handler,
    Payload,
    build_html_page,
    error_middleware,
    server_error,
    throttled,
)
from sandbox.servicedesk.model import ConversationEntry, Request, Worklog
from sandbox.servicedesk.notes import NoteEndpoints
from sandbox.servicedesk.notifications import NotificationEndpoints
from sandbox.servicedesk.records import Records, find_status
from sandbox.servicedesk.request_page import RequestPage
from sandbox.servicedesk.requests import RequestEndpoints
from sandbox.servicedesk.tenant import Tenant
from sandbox.servicedesk.worklogs import WorklogEndpoints

NO_RESPONSE = 0
"""The recorded status of a call whose response never arrived."""

_PREFIX = "/{app:(app/[^/]+/)?}api/v3"

T = TypeVar("T")


class ServiceDeskSandbox(Tenant):
    """A simulated ServiceDesk Plus Cloud and its accounts server, on loopback.

    The state survives ``stop``; ``start`` serves it at the same addresses again. ``calls`` are the received calls with
    their statuses; a call whose response was lost has the status 0. Mails go to the ``mailbox``.
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
        self.faults = Faults(
            rate_limited=self._build_rate_limit_response, server_error=lambda: server_error().to_response()
        )
        # The response to a planned rate limit differs between the two servers, so it must know the operation.
        self._operation = ContextVar("operation", default="")
        self._changes = ChangeNotifier("ServiceDesk Plus")
        self._records = Records(self, now)
        self._accounts = AccountsServer(self, now)
        self._access = AccessControl(self, self._accounts, now)
        self._mailbox = mailbox
        self._ports = [port, 0]
        self._servers: list[Server] = []

    async def start(self) -> str:
        """Start both servers and return the origin of the API."""
        apps = [self._build_api(), self._build_accounts_server()]
        for index, app in enumerate(apps):
            server = Server(app, self._ports[index])
            self._ports[index] = URL(await server.start()).port or 0
            self._servers.append(server)
        return self.api_url

    async def stop(self) -> None:
        """Stop both servers."""
        while self._servers:
            await self._servers.pop().stop()

    def _build_application(self) -> web.Application:
        return web.Application(middlewares=[self._record_call, self.faults.middleware, error_middleware])

    def _build_accounts_server(self) -> web.Application:
        app = self._build_application()
        self._accounts.add_routes(app)
        return app

    def _build_api(self) -> web.Application:
        app = self._build_application()
        RequestPage(self, self._records).add_routes(app)
        routes = [
            *RequestEndpoints(self, self._records).build_routes(),
            *DirectoryEndpoints(self, self._records).build_routes(),
            *NoteEndpoints(self, self._records, self._mailbox).build_routes(),
            *NotificationEndpoints(self, self._records, self._mailbox).build_routes(),
            *WorklogEndpoints(self, self._records).build_routes(),
        ]
        for route in routes:
            handler = self._access.guard(route.module, route.handler)
            app.router.add_route(route.method, _PREFIX + route.path, handler, name=route.name)
        app.router.add_route("*", _PREFIX + "/{unknown:.*}", self._reject_unknown_path, name="unknown")
        return app

    async def _reject_unknown_path(self, _request: web.Request) -> web.Response:
        """Return an HTML page for a path that the API does not have, as seen in production traffic."""
        return build_html_page(400, "Bad Request")

    @web.middleware
    async def _record_call(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        operation = request.match_info.route.name or request.path
        self._operation.set(operation)
        response = await handler(request)
        # A fault may have closed the connection after the handler ran.
        is_lost = request.transport is None or request.transport.is_closing()
        self.calls.append((operation, NO_RESPONSE if is_lost else response.status))
        self._changes.notify()
        return response

    def _build_rate_limit_response(self) -> web.Response:
        if self._operation.get().startswith("oauth."):
            return self._accounts.build_too_many_requests_response()
        return throttled(self.throttle_status).to_response()

    def count_calls(self, operation: str) -> int:
        """Count the calls of an operation, with any status."""
        return sum(name == operation for name, _ in self.calls)

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10) -> T:  # noqa: ASYNC109 - same signature in every sandbox
        """Wait until the predicate returns a true value, checking after each call. Raises TimeoutError."""
        return await self._changes.wait_for(predicate, timeout)

    @property
    def api_url(self) -> str:
        """The origin of the API."""
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def web_url(self) -> str:
        """The origin of the web pages."""
        return self.api_url

    @property
    def accounts_url(self) -> str:
        """The origin of the accounts server."""
        return f"http://127.0.0.1:{self._ports[1]}"

    @property
    def requests(self) -> dict[str, Request]:
        """The requests by number, oldest first."""
        return self._records.requests

    @property
    def issued_tokens(self) -> list[str]:
        """Every access token issued so far."""
        return self._accounts.issued_tokens

    def new_grant_code(self) -> str:
        """Return a grant code to exchange for tokens."""
        return self._accounts.create_grant_code()

    def forget_issued_tokens(self) -> None:
        """Forget how many access tokens were issued lately, as if the window of Zoho's limit had passed."""
        self._accounts.forget_issued_tokens()

    def expire_access_tokens(self) -> None:
        """Expire every issued access token."""
        self._accounts.expire_access_tokens()

    def add_technician(self, name: str, email: str) -> Payload:
        """Make a user a technician. Return the user in the API's format."""
        user = self._records.get_or_create_user(name, email)
        user.name, user.is_technician = name, True
        return payloads.format_user(user)

    def remove_technician(self, email: str) -> None:
        """Make a user no technician any more. Raises KeyError."""
        self._records.users[email.lower()].is_technician = False

    def add_request(
        self,
        display_id: str,
        subject: str,
        requester_name: str | None,
        requester_email: str | None,
        *,
        phone: str | None = None,
        mobile: str | None = None,
        status: str = "Open",
        technician: str | None = None,
        site: str | None = None,
        group: str | None = None,
    ) -> str:
        """Add a request and return its long id. Raises KeyError, ValueError.

        ``technician`` is an e-mail address. Without ``requester_name`` the request has no requester.
        """
        requester = (
            self._records.get_or_create_user(requester_name, requester_email) if requester_name else None
        )
        if requester is not None:
            requester.phone, requester.mobile = phone or requester.phone, mobile or requester.mobile
        request = self._records.add_request(display_id, subject, requester, find_status(status))
        request.technician = self._records.users[technician.lower()] if technician else None
        request.site, request.group = site, group
        return request.id

    def set_trashed(self, display_id: str, *, is_trashed: bool = True) -> None:
        """Move a request to the trash, or restore it. Raises KeyError."""
        request = self.requests[display_id]
        request.is_trashed, request.updated = is_trashed, self._records.now()
        self._changes.notify()

    def set_status(self, display_id: str, name: str) -> None:
        """Set the status of a request. Raises KeyError."""
        request = self.requests[display_id]
        request.status, request.updated = find_status(name), self._records.now()
        self._changes.notify()

    def request_json(self, display_id: str) -> Payload:
        """Return a request in the API's format. Raises KeyError."""
        return payloads.format_request(self.requests[display_id])

    def conversation(self, display_id: str) -> list[ConversationEntry]:
        """Return the notes and mails on a request, oldest first. Raises KeyError."""
        return list(self.requests[display_id].entries)

    def notes(self, display_id: str) -> list[ConversationEntry]:
        """Return the notes on a request. Raises KeyError."""
        return self.requests[display_id].entries_of_type("NOTES")

    def worklogs(self, display_id: str) -> list[Worklog]:
        """Return the worklogs of a request. Raises KeyError."""
        return list(self.requests[display_id].worklogs)

    def replies(self, display_id: str) -> list[ConversationEntry]:
        """Return the mails to the requester. Raises KeyError."""
        return self.requests[display_id].entries_of_type("REQREPLY")
