"""Call TeamViewer's Web API. A call whose token is refused is repeated once, with a new token."""

from collections.abc import Mapping
from typing import Any

import structlog

from adapters.http import HttpClient, NoResponse, send_request
from adapters.teamviewer.api_response import ApiResponse, read_response
from adapters.teamviewer.errors import find_failure, missing_permission_error, no_response_error
from bot.model.secret import Secret
from bot.ports import TokenSource

log = structlog.get_logger("teamviewer")


class TeamViewerApi:
    """Sends calls. ``creates``: repeating the call would create something a second time."""

    def __init__(self, http: HttpClient, api_url: str) -> None:
        self._http = http
        self._api_url = api_url.rstrip("/")

    async def call_once(
        self,
        method: str,
        path: str,
        token: Secret | None = None,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        creates: bool = False,
    ) -> ApiResponse:
        """Call once, and return a response that accepts or refuses the call. Raises Unavailable, OutcomeUnknown."""
        options = {"params": params, "json": body, "data": form, "headers": _headers(token)}
        try:
            http_response = await send_request(self._http, method, self._api_url + path, **options)
        except NoResponse as error:
            log.warning("no response", method=method, path=path, reason=str(error))
            # The cause holds the request, and the request holds the token.
            raise no_response_error(error, creates=creates) from None
        response = read_response(http_response, token)
        failure = find_failure(response, creates=creates)
        if failure is not None or response.is_refusal:
            _log_failed_call(method, path, response)
        if failure is not None:
            raise failure
        return response

    async def call_as_technician(
        self,
        source: TokenSource,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        creates: bool = False,
    ) -> ApiResponse:
        """Call with a technician's token. Raises NotAuthorized, and what ``call_once`` raises."""
        token = await source.token()
        response = await self.call_once(method, path, token, params=params, body=body, creates=creates)
        if response.refuses_token:
            token = await source.renew(token)
            response = await self.call_once(method, path, token, params=params, body=body, creates=creates)
        return require_permitted(response)


def require_permitted(response: ApiResponse) -> ApiResponse:
    """Return a response unless it refuses the token. Raises NotAuthorized.

    A refusal that names a licence is returned: to authorize again would not help.
    """
    if response.names_licence:
        return response
    if response.refuses_token or (response.is_refusal and response.error == "invalid_permission"):
        raise missing_permission_error()
    return response


def _headers(token: Secret | None) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token.reveal()}"
    return headers


def _log_failed_call(method: str, path: str, response: ApiResponse) -> None:
    """Log a failure without its free text, which may name a person."""
    payload = response.payload or {}
    log.warning(
        "call failed",
        method=method,
        path=path,
        status=response.status,
        error=response.error,
        error_code=str(payload.get("error_code", ""))[:40],
        error_signature=str(payload.get("error_signature", ""))[:40],
    )
