"""Speaks the Bot Connector's REST API: messages, cards, conversations and members of Teams."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

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

from adapters.settings import is_loopback
from adapters.teams.answer import PASSING, Answer, TeamsRejected, read, unanswered
from adapters.teams.outbound import BotToken
from bot.errors import BotError, Rejected
from bot.i18n import _
from bot.model.secret import Secret

TIMEOUT_SECONDS = 15.0
"""For one attempt, from connecting to the last byte of the answer."""
TRIES = 4
FIRST_PAUSE_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 20.0
"""For all pauses between the attempts of one call. Whoever has to wait longer is told so instead, and tries later."""
CONNECT_SECONDS = 5.0
POOL_SECONDS = 10.0
"""For a place among the calls under way, and connecting. What had to wait longer was surely not sent."""
SIMULTANEOUS = 50
"""Calls at once to one host: a connector that hangs must not keep keys and tokens waiting, which others serve."""
log = structlog.get_logger("teams")

Payload = Mapping[str, Any]


def new_session() -> ClientSession:
    """Return the one session that every call to Microsoft shares. Call it inside a running loop."""
    return ClientSession(
        connector=TCPConnector(limit=0, limit_per_host=SIMULTANEOUS),
        timeout=ClientTimeout(total=TIMEOUT_SECONDS, connect=POOL_SECONDS, sock_connect=CONNECT_SECONDS),
        cookie_jar=DummyCookieJar(),
        headers={"User-Agent": "tvbot", "Accept": "application/json"},
    )


class Connector:
    """The Bot Connector, at whichever service URL a conversation has. Without ``tokens`` it shows none.

    Service URLs must be ones that came with a checked activity. Every method raises Unavailable (try again later),
    TeamsRejected, and where the bot's own sign-in fails Rejected. Those that write anew (``send``, ``reply``,
    ``create_conversation``) raise OutcomeUnknown where no answer came: they may have been carried out, and are not
    repeated here. What Teams answered with a passing trouble is repeated a few times.
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

    async def send(self, service_url: str, conversation_id: str, activity: Payload) -> str:
        """Send an activity into a conversation; returns its id, empty where Teams gives none."""
        return _id(
            await self._call("POST", service_url, ("conversations", conversation_id, "activities"), activity)
        )

    async def reply(self, service_url: str, conversation_id: str, to_id: str, activity: Payload) -> str:
        """Send an activity in answer to another; returns its id, empty where Teams gives none."""
        path = ("conversations", conversation_id, "activities", to_id)
        return _id(await self._call("POST", service_url, path, activity))

    async def typing(self, service_url: str, conversation_id: str) -> None:
        """Show for some seconds that an answer is being written."""
        await self.send(service_url, conversation_id, {"type": "typing"})

    async def update(
        self, service_url: str, conversation_id: str, activity_id: str, activity: Payload
    ) -> str:
        """Replace an activity that the bot sent; returns its id."""
        path = ("conversations", conversation_id, "activities", activity_id)
        return _id(await self._call("PUT", service_url, path, activity)) or activity_id

    async def delete(self, service_url: str, conversation_id: str, activity_id: str) -> None:
        """Delete an activity that the bot sent."""
        await self._call("DELETE", service_url, ("conversations", conversation_id, "activities", activity_id))

    async def create_conversation(self, service_url: str, parameters: Payload) -> str:
        """Open a conversation (with one person it is always the same one); returns its id."""
        created = _id(await self._call("POST", service_url, ("conversations",), parameters))
        if not created:
            raise unanswered(writes=True)
        return created

    async def member(self, service_url: str, conversation_id: str, user_id: str) -> dict[str, Any]:
        """Ask who a member of a conversation is."""
        path = ("conversations", conversation_id, "members", user_id)
        return dict(await self._call("GET", service_url, path))

    async def _call(
        self, method: str, service_url: str, path: tuple[str, ...], body: Payload | None = None
    ) -> Payload:
        url = _url(service_url, path)
        written = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        answer = await self._answer(method, url, written)
        trouble = answer.trouble(writes=method == "POST")
        if trouble is None:
            return answer.payload or {}
        _note(method, path, answer, trouble)
        raise trouble

    async def _answer(self, method: str, url: URL, body: bytes | None) -> Answer:
        """Ask until an answer is final, or there is no time left for another attempt."""
        token = await self._tokens.token() if self._tokens else None
        renewed = False
        waited = 0.0
        tries = 0
        while True:
            answer = await self._ask(method, url, token, body)
            if answer.status == HTTPStatus.UNAUTHORIZED and self._tokens and token and not renewed:
                token, renewed = await self._tokens.renew(token), True
                continue
            tries += 1
            if answer.status not in PASSING or tries == TRIES:
                return answer
            pause = _pause_seconds(answer, tries)
            waited += pause
            if waited > LONGEST_WAIT_SECONDS:
                return answer
            await self._pause(pause)

    async def _ask(self, method: str, url: URL, token: Secret | None, body: bytes | None) -> Answer:
        headers = {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if token is not None:
            headers["Authorization"] = f"Bearer {token.reveal()}"
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                return read(answer.status, answer.headers.get("Retry-After", ""), await answer.read())
        except (ClientError, TimeoutError) as error:
            log.warning("teams unanswered", method=method, error=type(error).__name__)
            never_sent = isinstance(error, ClientConnectorError | ConnectionTimeoutError)
            # The cause holds the request, and the request holds the token.
            raise unanswered(writes=method == "POST" and not never_sent) from None


def _pause_seconds(answer: Answer, tries: int) -> float:
    if answer.retry_after is not None:
        return answer.retry_after
    return FIRST_PAUSE_SECONDS * float(2 ** (tries - 1)) * (1 + random.random() / 4)  # noqa: S311 - spreads the bots out


def _url(service_url: str, path: tuple[str, ...]) -> URL:
    """Ids hold ``:``, ``;``, ``@`` and ``/``, so each part is quoted whole."""
    return URL(f"{_base(service_url)}/v3/{'/'.join(quote(part, safe='') for part in path)}", encoded=True)


@lru_cache(maxsize=64)
def _base(service_url: str) -> str:
    try:
        parts = urlsplit(service_url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or (parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host))):
        raise Rejected(_("The conversation has no address that the bot may answer at."))
    return service_url.rstrip("/")


def _id(payload: Payload) -> str:
    found = payload.get("id")
    return found if isinstance(found, str) else ""


def _note(method: str, path: tuple[str, ...], answer: Answer, trouble: BotError) -> None:
    """Log the parts of a failure that name nobody."""
    known = isinstance(trouble, TeamsRejected)
    log.info(
        "teams refused" if known else "teams unavailable",
        call=f"{method} {'/'.join(path[::2])}",
        status=answer.status,
        code=answer.code,
        sub_code=answer.sub_code,
        ref=trouble.ref,
    )
