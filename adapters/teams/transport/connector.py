"""Client of the Bot Connector's REST API: messages, cards, conversations and members of Teams."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import structlog
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
)
from yarl import URL

from adapters.calls import CheckCall, allow_every_call, measure_calls, trace_calls
from adapters.loopback import is_loopback
from adapters.outside_calls import System
from adapters.proxies import proxy_is_set
from adapters.teams.transport.api_response import (
    RETRYABLE,
    ApiResponse,
    TeamsRejected,
    no_response,
    read_response,
)
from adapters.teams.transport.bot_token import BotToken
from bot.errors import BotError, Rejected
from bot.i18n import _
from bot.model.secret import Secret

TIMEOUT_SECONDS = 15.0
"""Time limit for one attempt, in seconds: waiting for a connection, sending, and reading the whole response."""
MEMBERS_PER_PAGE = 500
"""The most that Teams returns (Teams, get the roster in pages)."""
MAX_ATTEMPTS = 4
FIRST_DELAY_SECONDS = 2.0
MAX_TOTAL_DELAY_SECONDS = 20.0
"""Time limit for all delays between the attempts of one call. Beyond it the call fails, and the caller's job retries it."""
CONNECT_SECONDS = 5.0
ACQUIRE_CONNECTION_SECONDS = 10.0
"""Time limit for a free connection. After this timeout the call was not sent, so a retry is safe."""
MAX_CONNECTIONS_PER_HOST = 50
"""If one Bot Connector host hangs, requests to other hosts, for keys and tokens, still get a connection."""
log = structlog.get_logger("teams")

Payload = Mapping[str, Any]


def new_http_session(check_call: CheckCall = allow_every_call) -> ClientSession:
    """Return the HTTP session that all calls to Microsoft share. Call it inside a running loop."""
    return ClientSession(
        connector=TCPConnector(limit=0, limit_per_host=MAX_CONNECTIONS_PER_HOST),
        timeout=ClientTimeout(
            total=TIMEOUT_SECONDS, connect=ACQUIRE_CONNECTION_SECONDS, sock_connect=CONNECT_SECONDS
        ),
        cookie_jar=DummyCookieJar(),
        trace_configs=[trace_calls(check_call), measure_calls(System.TEAMS)],
        headers={"User-Agent": "tvbot", "Accept": "application/json"},
        trust_env=proxy_is_set(),
    )


class Connector:
    """Calls the Bot Connector at the service URL of each conversation. Without ``tokens`` it sends no token.

    Pass only service URLs of verified activities. Every method raises Unavailable (retry later), TeamsRejected, and
    Rejected if the bot's own sign-in fails. A response that Microsoft asks to retry (``RETRYABLE``) is
    retried here. A call without a response is not. The methods that create something (``send_activity``,
    ``reply_to_activity``, ``create_conversation``) then raise OutcomeUnknown, and also for a success that cannot be
    read: the call may have been carried out.
    """

    def __init__(
        self,
        session: ClientSession,
        tokens: BotToken | None,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = session
        self._tokens = tokens
        self._pause = pause

    async def send_activity(self, service_url: str, conversation_id: str, activity: Payload) -> str:
        """Send an activity to a conversation. Return the new activity's id, empty if Teams gives none."""
        return _read_id(
            await self._call("POST", service_url, ("conversations", conversation_id, "activities"), activity)
        )

    async def reply_to_activity(
        self, service_url: str, conversation_id: str, parent_activity_id: str, activity: Payload
    ) -> str:
        """Send an activity as a reply to another. Return the new activity's id, empty if Teams gives none."""
        path = ("conversations", conversation_id, "activities", parent_activity_id)
        return _read_id(await self._call("POST", service_url, path, activity))

    async def update_activity(
        self, service_url: str, conversation_id: str, activity_id: str, activity: Payload
    ) -> str:
        """Replace an activity that the bot sent. Return its id."""
        path = ("conversations", conversation_id, "activities", activity_id)
        return _read_id(await self._call("PUT", service_url, path, activity)) or activity_id

    async def delete_activity(self, service_url: str, conversation_id: str, activity_id: str) -> None:
        """Delete an activity that the bot sent."""
        await self._call("DELETE", service_url, ("conversations", conversation_id, "activities", activity_id))

    async def create_conversation(self, service_url: str, parameters: Payload) -> str:
        """Open a conversation and return its id. For one person, Teams always returns the same conversation."""
        created = _read_id(await self._call("POST", service_url, ("conversations",), parameters))
        if not created:
            raise no_response(writes=True)
        return created

    async def read_member(self, service_url: str, conversation_id: str, user_id: str) -> dict[str, Any]:
        """Return the profile of a member of a conversation."""
        path = ("conversations", conversation_id, "members", user_id)
        return dict(await self._call("GET", service_url, path))

    async def read_members(
        self, service_url: str, conversation_id: str, continuation_token: str = ""
    ) -> dict[str, Any]:
        """Return a page of the members of a conversation, with the token of the next page if there is one."""
        query = {"pageSize": str(MEMBERS_PER_PAGE)}
        if continuation_token:
            query["continuationToken"] = continuation_token
        path = ("conversations", conversation_id, "pagedmembers")
        return dict(await self._call("GET", service_url, path, query=query))

    async def read_team(self, service_url: str, team_id: str) -> dict[str, Any]:
        """Return the details of a team that the bot is in: its ``id`` and ``name``."""
        return dict(await self._call("GET", service_url, ("teams", team_id)))

    async def read_channels(self, service_url: str, team_id: str) -> list[Any]:
        """List the channels of a team that the bot is in, each with an ``id``, a ``name`` and perhaps a ``type``.

        The first channel (General) has the id of the team, and no name, because each client shows it in its own language.
        """
        listed = (await self._call("GET", service_url, ("teams", team_id, "conversations"))).get(
            "conversations"
        )
        return listed if isinstance(listed, list) else []

    async def _call(
        self,
        method: str,
        service_url: str,
        path: tuple[str, ...],
        body: Payload | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> Payload:
        url = _build_url(service_url, path, query)
        encoded = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        response = await self._call_with_retries(method, url, encoded)
        error = response.error(writes=method == "POST")
        if error is None:
            return response.payload or {}
        _log_failure(method, path, response, error)
        raise error

    async def _call_with_retries(self, method: str, url: URL, body: bytes | None) -> ApiResponse:
        """Call until a response is final, or no time is left for another attempt."""
        token = await self._tokens.token() if self._tokens else None
        renewed = False
        total_delay = 0.0
        attempts = 0
        while True:
            response = await self._call_once(method, url, token, body)
            if response.status == HTTPStatus.UNAUTHORIZED and self._tokens and token and not renewed:
                token, renewed = await self._tokens.renew(token), True
                continue
            # A refused token costs no attempt: nothing was carried out.
            attempts += 1
            if response.status not in RETRYABLE or attempts == MAX_ATTEMPTS:
                return response
            delay = _choose_delay(response, attempts)
            total_delay += delay
            if total_delay > MAX_TOTAL_DELAY_SECONDS:
                return response
            await self._pause(delay)

    async def _call_once(
        self, method: str, url: URL, token: Secret | None, body: bytes | None
    ) -> ApiResponse:
        headers = {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if token is not None:
            headers["Authorization"] = f"Bearer {token.reveal()}"
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, allow_redirects=False
            ) as response:
                retry_after = response.headers.get("Retry-After", "")
                return read_response(response.status, retry_after, await response.read())
        except (ClientError, TimeoutError) as error:
            log.warning("teams did not respond", method=method, error=type(error).__name__)
            never_sent = isinstance(error, ClientConnectorError | ConnectionTimeoutError)
            # The cause contains the request, and the request contains the token.
            raise no_response(writes=method == "POST" and not never_sent) from None


def _choose_delay(response: ApiResponse, attempts: int) -> float:
    if response.retry_after is not None:
        return response.retry_after
    return FIRST_DELAY_SECONDS * float(2 ** (attempts - 1)) * (1 + random.random() / 4)  # noqa: S311 - jitter


def _build_url(service_url: str, path: tuple[str, ...], query: Mapping[str, str] | None = None) -> URL:
    """Return the URL of a call. Ids contain ``:``, ``;``, ``@`` and ``/``, so each part is quoted whole."""
    asked = f"?{urlencode(query)}" if query else ""
    return URL(
        f"{_require_service_url(service_url)}/v3/{'/'.join(quote(part, safe='') for part in path)}{asked}",
        encoded=True,
    )


@lru_cache(maxsize=64)
def _require_service_url(service_url: str) -> str:
    try:
        parts = urlsplit(service_url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or (parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host))):
        raise Rejected(_("The conversation has no address that the bot may answer at."))
    return service_url.rstrip("/")


def _read_id(payload: Payload) -> str:
    found = payload.get("id")
    return found if isinstance(found, str) else ""


def _log_failure(method: str, path: tuple[str, ...], response: ApiResponse, error: BotError) -> None:
    """Log the parts of a failure that identify nobody. Paths alternate fixed words and ids; the ids are left out."""
    log.info(
        "teams refused" if isinstance(error, TeamsRejected) else "teams unavailable",
        call=f"{method} {'/'.join(path[::2])}",
        status=response.status,
        code=response.code,
        sub_code=response.sub_code,
        ref=error.ref,
    )
