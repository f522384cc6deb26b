"""How a call goes over the wire, and is repeated once with a new token where the old one is refused."""

import asyncio
import json
import re
from typing import Any

import structlog

from adapters.http import AsyncClient, NoResponse, send
from adapters.servicedesk.api_response import Answer, Payload, read
from adapters.servicedesk.errors import (
    broken,
    forbidden,
    missing,
    no_access,
    partly_done,
    rate_limited,
    refusal,
    unanswered,
    unreadable,
)
from bot.errors import Unavailable
from bot.model.secret import Secret
from bot.ports import TokenSource

CONCURRENT_CALLS = 3
"""Its limits are unpublished; few calls at a time stay under them (undocumented, assumed)."""
_ACCEPT = "application/vnd.manageengine.sdp.v3+json"
_IDS = re.compile(r"\d+")
log = structlog.get_logger("servicedesk")


class Wire:
    """Calls ServiceDesk Plus. ``base_url`` ends in ``/api/v3``."""

    def __init__(self, http: AsyncClient, base_url: str, tokens: TokenSource) -> None:
        self._http = http
        self._base_url = base_url
        self._tokens = tokens
        self._room = asyncio.Semaphore(CONCURRENT_CALLS)
        self._fresh_but_refused: dict[str, Secret] = {}

    async def get(self, path: str, asked: Payload | None = None) -> Answer:
        """Read; the answer accepts or refuses. Raises Unavailable, NotAuthorized."""
        return await self._call("GET", path, {"params": _written(asked)} if asked else {})

    async def post(self, path: str, body: Payload) -> Answer:
        """Write; the answer accepts or refuses. Raises OutcomeUnknown too, where it may have been carried out."""
        return await self._call("POST", path, {"data": _written(body)})

    async def _call(self, method: str, path: str, options: dict[str, Any]) -> Answer:
        token = await self._tokens.token()
        answer = await self._ask(method, path, token, options)
        if answer.refuses_token:
            token = await self._renew(f"{method} {_IDS.sub('*', path)}", token)
            answer = await self._ask(method, path, token, options)
            if answer.refuses_token:
                self._fresh_but_refused[f"{method} {_IDS.sub('*', path)}"] = token
                raise no_access()
        return answer

    async def _renew(self, call: str, refused: Secret) -> Secret:
        """Get a new token, unless a new one has been of no use for this call: Zoho gives only ten in ten minutes."""
        if self._fresh_but_refused.get(call) == refused:
            raise no_access()
        return await self._tokens.renew(refused)

    async def _ask(self, method: str, path: str, token: Secret, options: dict[str, Any]) -> Answer:
        headers = {"Authorization": f"Zoho-oauthtoken {token.reveal()}", "Accept": _ACCEPT}
        writes = method != "GET"
        try:
            async with self._room:
                response = await send(self._http, method, self._base_url + path, headers=headers, **options)
        except NoResponse as error:
            log.warning("unanswered", method=method, path=path, reason=str(error))
            # The cause holds the request, and the request holds the token.
            raise unanswered(error, writes=writes) from None
        answer = read(response, token)
        if not answer.is_done:
            codes = sorted(answer.codes)
            log.warning("not done", method=method, path=path, status=answer.status, codes=codes)
        problem = _trouble(answer, writes=writes)
        if problem is not None:
            raise problem
        return answer


def _written(value: Payload) -> dict[str, str]:
    """Write what goes into ``input_data`` (ServiceDesk Plus Cloud API documentation, Input Data)."""
    return {"input_data": json.dumps(value, ensure_ascii=False, separators=(",", ":"))}


def _trouble(answer: Answer, *, writes: bool) -> Unavailable | None:
    """Tell what is wrong with an answer that neither accepts nor refuses the call."""
    if answer.is_rate_limited:
        return rate_limited(answer.retry_after)
    if answer.refuses_token:
        return None
    if answer.is_broken:
        return broken(writes=writes)
    if answer.is_partly_done:
        return partly_done(writes=writes)
    if answer.is_refusal or (answer.is_done and (answer.is_confirmed or not writes)):
        return None
    return unreadable(writes=writes)


def accepted(answer: Answer) -> Payload:
    """Return what an accepted call brought. Raises Rejected."""
    if answer.is_forbidden:
        raise forbidden()
    if answer.is_missing:
        raise missing()
    if answer.is_refusal:
        raise refusal(answer.reason)
    return answer.payload or {}
