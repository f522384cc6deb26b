"""The gate before every API call: whose token it is, what it may do, how often it came."""

from collections import defaultdict
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.teamviewer.grants import AccessToken, Grants
from sandbox.teamviewer.json_format import ApiError, rate_limited
from sandbox.teamviewer.model import Account
from sandbox.teamviewer.options import Options
from sandbox.teamviewer.service_queue import ServiceQueue

WINDOW = timedelta(hours=1)


class AccessControl:
    """Checks the bearer token, the permission and the rate of a call."""

    def __init__(self, grants: Grants, queue: ServiceQueue, options: Options) -> None:
        self.grants = grants
        self._queue = queue
        self._options = options
        self._visits: dict[tuple[str, str], list[datetime]] = defaultdict(list)

    def bearer(self, request: web.Request) -> AccessToken | None:
        """Return the request's token, if it is one that was issued and not revoked."""
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        return self.grants.access(text) if scheme.lower() == "bearer" else None

    def token(self, request: web.Request) -> AccessToken:
        """Return the request's live token. Raises ApiError (401)."""
        token = self.bearer(request)
        if token is None:
            raise ApiError(401, "invalid_token", "The access token is missing, invalid or revoked.")
        if self.grants.is_expired(token):
            raise ApiError(401, "token_expired", "The access token is expired.")
        return token

    def admit(self, request: web.Request, *any_of: str) -> Account:
        """Return the caller, who needs one of these permissions. Raises ApiError.

        A missing permission is answered ``invalid_token``, as seen in production traffic.
        """
        token = self.token(request)
        self._count(token.text, request.match_info.route.name or "")
        if not self._options.scopes.intersection(any_of):
            raise ApiError(401, "invalid_token", f"The token lacks the permission {any_of[0]}.")
        return token.grant.account

    def _count(self, token: str, operation: str) -> None:
        limit = self._options.rate_limits.get(operation)
        if limit is None:
            return
        start = self._queue.now() - WINDOW
        visits = self._visits[token, operation] = [
            one for one in self._visits[token, operation] if one > start
        ]
        if len(visits) >= limit:
            raise rate_limited(self._options.rate_limit_status)
        visits.append(self._queue.now())
