"""How a call goes over the wire, and is repeated once with a new token where the old one is refused."""

from collections.abc import Mapping
from typing import Any

import structlog

from adapters.http import AsyncClient, NoResponse, send
from adapters.teamviewer.api_response import Answer, read
from adapters.teamviewer.errors import lacks_permission, trouble, unanswered
from bot.model.secret import Secret
from bot.ports import TokenSource

log = structlog.get_logger("teamviewer")


class Wire:
    """Calls TeamViewer. ``creates``: a repeat of the call would do its work a second time."""

    def __init__(self, http: AsyncClient, api_url: str) -> None:
        self._http = http
        self._api_url = api_url.rstrip("/")

    async def ask(
        self,
        method: str,
        path: str,
        token: Secret | None = None,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        creates: bool = False,
    ) -> Answer:
        """Call once, and return the answer where it accepts or refuses. Raises Unavailable, OutcomeUnknown."""
        url = self._api_url + path
        try:
            response = await send(
                self._http, method, url, params=params, json=body, data=form, headers=_headers(token)
            )
        except NoResponse as error:
            log.warning("unanswered", method=method, path=path, reason=str(error))
            # The cause holds the request, and the request holds the token.
            raise unanswered(error, creates=creates) from None
        answer = read(response, token)
        problem = trouble(answer, creates=creates)
        if problem is not None or answer.is_refusal:
            _note(method, path, answer)
        if problem is not None:
            raise problem
        return answer

    async def call(
        self,
        source: TokenSource,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        creates: bool = False,
    ) -> Answer:
        """Call in a technician's name. Raises NotAuthorized and what ``ask`` raises."""
        token = await source.token()
        answer = await self.ask(method, path, token, params=params, body=body, creates=creates)
        if answer.refuses_token:
            token = await source.renew(token)
            answer = await self.ask(method, path, token, params=params, body=body, creates=creates)
        return permitted(answer)


def permitted(answer: Answer) -> Answer:
    """Return an answer unless it refuses the token. Raises NotAuthorized."""
    if answer.refuses_token or (answer.is_refusal and answer.error == "invalid_permission"):
        raise lacks_permission()
    return answer


def _headers(token: Secret | None) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token.reveal()}"
    return headers


def _note(method: str, path: str, answer: Answer) -> None:
    """Log the parts of a failure that name nobody; its free text may."""
    payload = answer.payload or {}
    log.warning(
        "failed",
        method=method,
        path=path,
        status=answer.status,
        error=answer.error,
        error_code=str(payload.get("error_code", ""))[:40],
        error_signature=str(payload.get("error_signature", ""))[:40],
    )
