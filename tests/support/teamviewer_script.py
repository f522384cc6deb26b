"""A scripted TeamViewer that answers as badly as the real one may."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from aiohttp import web
from multidict import MultiDict

from adapters.teamviewer.client import TeamViewerClient
from bot.model.ids import SessionCode
from bot.model.secret import Secret
from bot.model.session import Kind
from bot.ports import NewRemoteSession, TeamViewer

CODE = SessionCode("s119-457-589")


SUPPORTER_LINK = "https://get.teamviewer.com/v15/s119457589-AbCdEfGhIjKl"


WEB_CLIENT_LINK = (
    "https://login.teamviewer.com/Connect/IndexByol?sessioncode=s119457589&servicequeuetoken=AbCdEfGhIjKl"
)


SESSION = {
    "code": CODE,
    "state": "Open",
    "custom_api": "our-id",
    "end_customer_link": "https://get.teamviewer.com/v15/s119457589",
    "supporter_link": SUPPORTER_LINK,
    "webclient_supporter_link": WEB_CLIENT_LINK,
    "valid_until": "2024-04-17T20:40:38Z",
    "a_field_of_tomorrow": {"unheard": "of"},
}


UNTIL = datetime(2024, 4, 17, 22, 40, 38, 999, tzinfo=timezone(timedelta(hours=2)))


NEW = NewRemoteSession("our-id", Kind.REMOTE, "#7 Printer", "Ann Example", "ann@example.com", UNTIL)


PAGE = "<html><h1>Please sign in</h1></html>"


Handler = Callable[[web.Request], Any]


@dataclass
class Asked:
    """A request as it came in."""

    token: str
    query: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def says(status: int, body: Any = "", **headers: str) -> Handler:
    """Answer with JSON, or with unchanged text."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "application/json" if not isinstance(body, str) else "text/plain"
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: web.Response(
        status=status, text=text, content_type=kind, headers=MultiDict(names)
    )


def refuses(status: int, error: str, description: str = "") -> Handler:
    return says(status, {"error": error, "error_description": description, "error_code": 7})


def hangs_up(request: web.Request) -> web.Response:
    assert request.transport
    request.transport.abort()
    return web.Response()


@dataclass
class Script:
    """A server that gives each call its next scripted answer, and keeps what it was asked."""

    client: TeamViewer = field(init=False)
    pkce_client: TeamViewer = field(init=False)
    answers: dict[str, list[Handler]] = field(default_factory=dict)
    asked: dict[str, list[Asked]] = field(default_factory=dict)
    unforeseen: list[str] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def on(self, call: str, *answers: Handler) -> None:
        self.answers.setdefault(call, []).extend(answers)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        call = f"{request.method} {request.path.removeprefix('/api/v1')}"
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.asked.setdefault(call, []).append(Asked(token, dict(request.query), await request.text()))
        if not self.answers.get(call):
            self.unforeseen.append(call)
            return web.Response(status=501)
        answer = self.answers[call].pop(0)(request)
        response: web.StreamResponse = await answer if asyncio.iscoroutine(answer) else answer
        return response

    async def says_nothing(self, _request: web.Request) -> web.Response:
        await self.over.wait()
        return web.Response()

    def said_everything(self) -> bool:
        return not self.unforeseen and not any(self.answers.values())


VERIFIER = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
"""The verifier of the example in RFC 7636, appendix B."""
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def client_of(http: Any, origin: str, *, uses_pkce: bool = False) -> TeamViewerClient:
    return TeamViewerClient(
        http,
        api_url=f"{origin}/api/v1",
        authorize_url="https://login.teamviewer.com/oauth2/authorize",
        client_id="1-app",
        client_secret=Secret("app-secret"),
        redirect_uri="https://bot.example/oauth/teamviewer/callback",
        group="ServiceDesk Plus",
        uses_pkce=uses_pkce,
    )


class FakeTokens:
    """Gives ``old`` until it is refused, then ``fresh``."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    async def token(self) -> Secret:
        return Secret("old")

    async def renew(self, refused: Secret) -> Secret:
        self.refused.append(refused.reveal())
        return Secret("fresh")

    async def end(self, revoke: Callable[[Secret], Awaitable[None]]) -> None:
        """Call ``revoke`` with the token."""
        await revoke(await self.token())
