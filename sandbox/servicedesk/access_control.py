"""Check every API call before it is handled: headers, token, rate limit, portal and scope."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.servicedesk.accounts_server import AccountsServer
from sandbox.servicedesk.json_format import (
    ApiError,
    Handler,
    build_html_page,
    missing_scope,
    not_found,
    throttled,
)
from sandbox.servicedesk.tenant import Tenant

ACCEPT = "application/vnd.manageengine.sdp.v3+json"
WINDOW = timedelta(minutes=1)
LOCK = timedelta(minutes=5)
"""How long a path stays locked after its limit was exceeded: seen in production traffic."""

_OPERATIONS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE"}


class AccessControl:
    """Authorizes API calls."""

    def __init__(self, tenant: Tenant, accounts: AccountsServer, now: Callable[[], datetime]) -> None:
        self._tenant = tenant
        self._accounts = accounts
        self._now = now
        self._recent_calls: dict[str, list[datetime]] = defaultdict(list)
        self._locked_until: dict[str, datetime] = {}

    def guard(self, module: str, handler: Handler) -> Handler:
        """Return a handler that authorizes the call before the given handler runs."""

        async def check_and_handle(request: web.Request) -> web.StreamResponse:
            if not _accepts(request):
                return build_html_page(415, "Unsupported Media Type")
            self._check_token(request)
            self._check_rate(request)
            # The portal may be part of the path or be left out. Any other portal is unknown.
            if request.match_info["app"] not in {"", f"app/{self._tenant.portal}/"}:
                raise not_found()
            self._check_scope(request, module)
            self._check_role(request)
            return await handler(request)

        return check_and_handle

    def _check_token(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Zoho-oauthtoken" or not self._accounts.is_valid(token):
            raise ApiError(4022, message="Invalid token")

    def _check_scope(self, request: web.Request, module: str) -> None:
        """Check the scope of the token. Raises ApiError."""
        prefix = f"SDPOnDemand.{module}."
        enough = {f"{prefix}ALL", f"{prefix}{_OPERATIONS[request.method]}"}
        is_unscoped = request.match_info.route.name in self._tenant.unscoped_operations
        if is_unscoped or (module and not enough & self._tenant.scopes):
            raise missing_scope()

    def _check_role(self, request: web.Request) -> None:
        """Check that the role of the API's account allows the call. Raises ApiError."""
        if request.match_info.route.name in self._tenant.forbidden_operations:
            raise ApiError(4002, message="You are not allowed to perform this operation")

    def _check_rate(self, request: web.Request) -> None:
        limit, path, now = self._tenant.throttle, request.path, self._now()
        if limit is None:
            return
        self._recent_calls[path] = [at for at in self._recent_calls[path] if at > now - WINDOW]
        # Refused calls count, so a client that keeps calling stays locked.
        self._recent_calls[path].append(now)
        if len(self._recent_calls[path]) > limit:
            self._locked_until.setdefault(path, now + LOCK)
        if now < self._locked_until.get(path, now):
            raise throttled(self._tenant.throttle_status)
        self._locked_until.pop(path, None)


def _accepts(request: web.Request) -> bool:
    offered = ",".join(request.headers.getall("Accept", []))
    return ACCEPT in (part.partition(";")[0].strip().lower() for part in offered.split(","))
