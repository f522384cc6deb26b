"""Call the API of ServiceDesk Plus. A call whose token is refused is repeated once, with a new token."""

import asyncio
import json
import re
from typing import Any

import structlog

from adapters.http import HttpClient, NoResponse, send_request
from adapters.servicedesk.api_response import ApiResponse, read_response
from adapters.servicedesk.errors import (
    AccessRefused,
    forbidden_error,
    missing_error,
    no_access_error,
    no_response_error,
    partly_done_error,
    rate_limit_error,
    refusal_error,
    server_error,
    unreadable_response_error,
)
from adapters.servicedesk.fields import Payload
from bot.errors import Unavailable
from bot.model.secret import Secret
from bot.ports import TokenSource

CONCURRENT_CALLS = 3
"""The API's limits are unpublished. Few calls at a time stay under them (undocumented, assumed)."""
_ACCEPT = "application/vnd.manageengine.sdp.v3+json"
_IDS = re.compile(r"\d+")
_OPERATIONS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE"}
log = structlog.get_logger("servicedesk")


class ServiceDeskApi:
    """Sends calls. ``base_url`` ends in ``/api/v3``."""

    def __init__(self, http: HttpClient, base_url: str, tokens: TokenSource) -> None:
        self._http = http
        self._base_url = base_url
        self._tokens = tokens
        self._limit = asyncio.Semaphore(CONCURRENT_CALLS)
        self._refused_new_tokens: dict[str, Secret] = {}

    async def get(
        self, path: str, input_data: Payload | None = None, *, is_optional: bool = False
    ) -> ApiResponse:
        """Read. The response accepts or refuses the call. Raises Unavailable, NotAuthorized, AccessRefused.

        ``is_optional``: the bot can do without the answer. Then a refused token is a refusal like any other, because a
        new token would be one of the few that Zoho issues. A refusal is not logged here.
        """
        options = {"params": _encode_input(input_data)} if input_data else {}
        if is_optional:
            return await self._call_once("GET", path, await self._tokens.token(), options, logs_refusal=False)
        return await self._call("GET", path, options)

    async def post(self, path: str, body: Payload) -> ApiResponse:
        """Write. Raises what ``get`` raises, and OutcomeUnknown if the call may have been carried out."""
        return await self._call("POST", path, {"data": _encode_input(body)})

    async def put(self, path: str, body: Payload) -> ApiResponse:
        """Replace fields of what exists. Raises what ``post`` raises. A repeat is harmless."""
        return await self._call("PUT", path, {"data": _encode_input(body)})

    async def _call(self, method: str, path: str, options: dict[str, Any]) -> ApiResponse:
        token = await self._tokens.token()
        response = await self._call_once(method, path, token, options)
        if response.refuses_token:
            # Calls of one kind need one scope, whichever request they are about.
            kind_of_call = f"{method} {_IDS.sub('*', path)}"
            # Zoho issues only ten tokens in ten minutes, so a missing scope must not use them up.
            if self._refused_new_tokens.get(kind_of_call) == token:
                raise _log_missing_scope(method, path)
            token = await self._tokens.renew(token)
            response = await self._call_once(method, path, token, options)
            if response.refuses_token:
                self._refused_new_tokens[kind_of_call] = token
                raise _log_missing_scope(method, path)
        return response

    async def _call_once(
        self, method: str, path: str, token: Secret, options: dict[str, Any], *, logs_refusal: bool = True
    ) -> ApiResponse:
        headers = {"Authorization": f"Zoho-oauthtoken {token.reveal()}", "Accept": _ACCEPT}
        writes = method != "GET"
        url = self._base_url + path
        try:
            async with self._limit:
                http_response = await send_request(self._http, method, url, headers=headers, **options)
        except NoResponse as error:
            log.warning("no response", method=method, path=path, reason=str(error))
            # The cause holds the request, and the request holds the token.
            raise no_response_error(error, writes=writes) from None
        response = read_response(http_response, token)
        if not response.is_success and (logs_refusal or not response.is_refusal):
            codes = sorted(response.codes)
            log.warning("not done", method=method, path=path, status=response.status, codes=codes)
        failure = _find_failure(response, writes=writes)
        if failure is not None:
            raise failure
        return response


def required_scope(method: str, path: str) -> str:
    """Return the scope that a call needs (ServiceDesk Plus Cloud API documentation, OAuth 2.0)."""
    module = path.split("/")[1]
    return f"SDPOnDemand.{module}.{_OPERATIONS[method]}"


def _log_missing_scope(method: str, path: str) -> AccessRefused:
    """Log for the operator which scope is missing, and return the error for it."""
    scope = required_scope(method, path)
    log.warning("access refused", scope=scope)
    return no_access_error(scope)


def _encode_input(value: Payload) -> dict[str, str]:
    """Return the parameter ``input_data`` (ServiceDesk Plus Cloud API documentation, Input Data)."""
    return {"input_data": json.dumps(value, ensure_ascii=False, separators=(",", ":"))}


def _find_failure(response: ApiResponse, *, writes: bool) -> Unavailable | None:
    """Return the error for a response that neither accepts nor refuses the call. None if it does either."""
    if response.is_rate_limited:
        return rate_limit_error(response.retry_after)
    if response.refuses_token:
        return None
    if response.is_server_error:
        return server_error(writes=writes)
    if response.is_partial_success:
        return partly_done_error(writes=writes)
    if response.is_refusal or (response.is_success and (response.has_success_status or not writes)):
        return None
    return unreadable_response_error(writes=writes)


def require_accepted(response: ApiResponse) -> Payload:
    """Return the payload of an accepted call. Raises Rejected."""
    if response.is_forbidden:
        raise forbidden_error()
    if response.is_path_not_found:
        raise missing_error()
    if response.is_refusal:
        raise refusal_error(response.reason)
    return response.payload or {}
