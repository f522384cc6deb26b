"""Call Slack's Web API and response URLs, and turn their errors into the product's."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
)
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.calls import CheckCall, allow_every_call, trace_calls
from adapters.loopback import is_loopback
from adapters.outside_calls import CallResult, System, measured_call, result_of_status
from adapters.proxies import proxy_is_set
from adapters.retry_after import parse_retry_after
from bot.errors import BotError, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import _
from bot.model.secret import Secret
from bot.pauses import LeftAlone, read_steady_clock

TIMEOUT_SECONDS = 10.0
_PASSING = {
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "ratelimited",
    "rate_limited",
}
_RATE_LIMITED = {"ratelimited", "rate_limited"}
_UNREADABLE = "unreadable_answer"
"""Stands for the code of an answer that is not Slack's, but perhaps a proxy's page."""
_NOT_DONE = {"service_unavailable", "ratelimited", "rate_limited"}
"""Errors before anything was done. Of others, Slack says that some of it may have succeeded (``internal_error``)."""
log = structlog.get_logger("slack")


class SlackRejected(Rejected):
    """Slack refused a call. ``code`` is its error code (``not_in_channel``)."""

    def __init__(self, code: str) -> None:
        super().__init__(_("Slack refused it ({code}).", code=code))
        self.code = code


def new_session(check_call: CheckCall = allow_every_call) -> ClientSession:
    """Return the HTTP session that every call to Slack shares. Call this inside a running event loop."""
    return ClientSession(
        timeout=ClientTimeout(total=TIMEOUT_SECONDS),
        trace_configs=[trace_calls(check_call)],
        trust_env=proxy_is_set(),
    )


class SlackWebApi:
    """The Web API of one or many workspaces, over one shared session."""

    def __init__(
        self, session: ClientSession, base_url: str, token_of: Callable[[str], Awaitable[Secret]]
    ) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/") + "/"
        self._token_of = token_of
        self._left_alone = LeftAlone(read_steady_clock)

    async def call(self, tenant: str, method: str, **arguments: Any) -> dict[str, Any]:
        """Call a method for a workspace. Raises Unavailable (try again) and SlackRejected."""
        return await self._call_when_allowed(tenant, method, arguments, creates=False)

    async def create(self, tenant: str, method: str, **arguments: Any) -> dict[str, Any]:
        """Call a method that a repeat would carry out twice. Raises OutcomeUnknown where it may have been carried out.

        Raises Unavailable only where it was certainly not, and SlackRejected.
        """
        return await self._call_when_allowed(tenant, method, arguments, creates=True)

    async def _call_when_allowed(
        self, tenant: str, method: str, arguments: dict[str, Any], *, creates: bool
    ) -> dict[str, Any]:
        """Call a method, unless Slack has limited it: then no call leaves before the time that Slack named."""
        limit = _limit_of(tenant, method, arguments)
        if seconds := self._left_alone.remaining(limit):
            raise _unavailable(seconds)
        token = await self._token_of(tenant)
        with self._left_alone.asking(limit):
            return await self._call(token, method, arguments, creates=creates)

    async def call_with(self, token: Secret | None, method: str, **arguments: Any) -> dict[str, Any]:
        """Call a method with a token, or (``oauth.v2.access``) with none."""
        return await self._call(token, method, arguments, creates=False)

    async def read_scopes(self, token: Secret) -> frozenset[str] | None:
        """Return the scopes of a token, which the head of every answer lists. None: the answer does not list them.

        Raises Unavailable, and SlackRejected for a token that Slack does not accept.
        """
        answer = await self._request(token, "auth.test", {}, creates=False)
        listed = {name.lower(): value for name, value in answer.headers.items()}.get("x-oauth-scopes")
        if not isinstance(listed, str):
            return None
        return frozenset(scope.strip() for scope in listed.split(",") if scope.strip())

    async def _call(
        self, token: Secret | None, method: str, arguments: dict[str, Any], *, creates: bool
    ) -> dict[str, Any]:
        answer = await self._request(token, method, arguments, creates=creates)
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    async def _request(
        self, token: Secret | None, method: str, arguments: dict[str, Any], *, creates: bool
    ) -> AsyncSlackResponse:
        client = AsyncWebClient(
            token=token.reveal() if token else None,
            base_url=self._base_url,
            session=self._session,
            retry_handlers=[],
        )
        # Slack's library would take the proxy without a look at NO_PROXY. The session looks at both.
        client.proxy = None
        try:
            with measured_call(System.SLACK, method) as call:
                try:
                    answer: AsyncSlackResponse = await client.api_call(
                        method, **_encode_arguments(method, arguments)
                    )
                except SlackApiError as error:
                    call.result = _result_of(error)
                    raise
        except SlackApiError as error:
            raise _to_bot_error(error, method, creates=creates) from None
        except (ClientError, TimeoutError, ValueError) as error:
            log.warning("slack unavailable", method=method, error=type(error).__name__)
            never_sent = isinstance(error, ClientConnectorError | ConnectionTimeoutError)
            raise (_not_confirmed() if creates and not never_sent else _unavailable()) from None
        return answer

    async def post_to(self, address: Secret, payload: dict[str, Any]) -> bool:
        """Post to a ``response_url``. False if it is used up. Raises Unavailable."""
        url = address.reveal()
        parts = urlsplit(url)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            return False
        try:
            with measured_call(System.SLACK, "response_url") as call:
                answer = await self._session.post(url, json=payload)
                call.result = result_of_status(answer.status)
            async with answer:
                if answer.status in {429, 500, 502, 503, 504}:
                    raise _unavailable(_retry_after(answer.headers.get("Retry-After")))
                return answer.status == 200 and _is_ok(await answer.text())  # noqa: PLR2004 - an HTTP status
        except (ClientError, TimeoutError):
            raise _unavailable() from None


def _limit_of(tenant: str, method: str, arguments: dict[str, Any]) -> str:
    """Return the name of the limit that a call counts towards.

    Slack counts the calls of each method in each workspace, but messages in each channel (Slack: rate limits).
    """
    channel = arguments.get("channel", "") if method == "chat.postMessage" else ""
    return f"{tenant}/{method}/{channel}"


def _is_ok(body: str) -> bool:
    return '"ok":false' not in body.replace(" ", "")


def _encode_arguments(method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in arguments.items() if value is not None}
    # Slack's reference of chat.getPermalink names no JSON.
    if method.startswith(("chat.", "views.")) and method != "chat.getPermalink":
        return {"json": given}
    return (
        {"data": given} if method.startswith(("oauth.", "auth.", "conversations.open")) else {"params": given}
    )


def _status_and_code(error: SlackApiError) -> tuple[int, str]:
    """Return the HTTP status and Slack's code of an error."""
    status = getattr(error.response, "status_code", 200)
    try:
        code = error.response["error"]
    except (KeyError, TypeError, AttributeError, ValueError):
        code = None
    return status, code if isinstance(code, str) else _UNREADABLE


def _result_of(error: SlackApiError) -> CallResult:
    """Return how a call ended. Slack refuses most calls with the HTTP status 200."""
    status, code = _status_and_code(error)
    if code in _RATE_LIMITED:
        return CallResult.RATE_LIMITED
    by_status = result_of_status(status)
    if by_status is CallResult.DONE:
        return CallResult.FAILED if code in _PASSING or code == _UNREADABLE else CallResult.REFUSED
    return by_status


def _to_bot_error(error: SlackApiError, method: str, *, creates: bool) -> BotError:
    status, code = _status_and_code(error)
    headers = getattr(error.response, "headers", {}) or {}
    if status == 429 or status >= 500 or code in _PASSING or code == _UNREADABLE:  # noqa: PLR2004 - HTTP statuses
        if creates and status not in {429, 503} and code not in _NOT_DONE:
            return _not_confirmed()
        return _unavailable(_retry_after(headers.get("Retry-After")))
    log.info("slack refused", method=method, code=code)
    return SlackRejected(code)


def _retry_after(header: str | None) -> float | None:
    return parse_retry_after(header.strip()) if header else None


def _unavailable(retry_after: float | None = None) -> Unavailable:
    return Unavailable(_("Slack does not answer."), retry_after=retry_after)


def _not_confirmed() -> OutcomeUnknown:
    return OutcomeUnknown(_("Slack has not confirmed it: it may have been done."))
