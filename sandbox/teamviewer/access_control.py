"""Check every API call before it is handled: bearer token, permission and rate limit."""

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
    """Authorizes API calls."""

    def __init__(self, grants: Grants, queue: ServiceQueue, options: Options) -> None:
        self.grants = grants
        self._queue = queue
        self._options = options
        self._recent_calls: dict[tuple[str, str], list[datetime]] = defaultdict(list)

    def find_bearer_token(self, request: web.Request) -> AccessToken | None:
        """Return the token of a request. Return None if it is unknown or revoked."""
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        return self.grants.find_access_token(text) if scheme.lower() == "bearer" else None

    def require_token(self, request: web.Request) -> AccessToken:
        """Return the valid token of a request. Raises ApiError (401)."""
        token = self.find_bearer_token(request)
        if token is None:
            raise ApiError(401, "invalid_token", "The access token is missing, invalid or revoked.")
        if self.grants.is_expired(token):
            raise ApiError(401, "token_expired", "The access token is expired.")
        return token

    def authorize(self, request: web.Request, *any_of: str) -> Account:
        """Return the account of a caller who has one of these permissions. Raises ApiError.

        A missing permission is answered with ``invalid_token``, as seen in production traffic.
        """
        token = self.require_token(request)
        # Calls without the permission count, too.
        self._check_rate(token.text, request.match_info.route.name or "")
        if not self._options.scopes.intersection(any_of):
            raise ApiError(401, "invalid_token", f"The token lacks the permission {any_of[0]}.")
        return token.grant.account

    def _check_rate(self, token: str, operation: str) -> None:
        limit = self._options.rate_limits.get(operation)
        if limit is None:
            return
        start = self._queue.now() - WINDOW
        recent = self._recent_calls[token, operation] = [
            one for one in self._recent_calls[token, operation] if one > start
        ]
        if len(recent) >= limit:
            raise rate_limited(self._options.rate_limit_status)
        recent.append(self._queue.now())
