"""A scripted ServiceDesk Plus that answers as badly as the real one may."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from multidict import MultiDict

from adapters.servicedesk.client import ServiceDeskClient
from bot.model.ids import RequestId, RequestNumber
from bot.model.secret import Secret
from bot.ports import Reply

ID = RequestId("216826000006437031")


NUMBER = RequestNumber("10452")


BASE = "/app/itdesk/api/v3"


ADD_REPLY = f"POST /requests/{ID}/notifications"


ADD_NOTE = f"POST /requests/{ID}/notes"


NOTES = f"GET /requests/{ID}/notes"


TECHNICIANS = "GET /technicians"


TOKEN = "1000.0f0f0f0f0f.f0f0f0f0f0"


PAGE = "<html><h1>Please sign in</h1></html>"


SUCCESS = {"status_code": 2000, "status": "success"}


REPLY = Reply(ID, NUMBER, "ann@example.test", "Re: [Request ID :##10452##] : VPN", "<p>Réf. m4rk</p>", "m4rk")


Handler = Callable[[web.Request], web.StreamResponse]


def says(status: int, body: Any, **headers: str) -> Handler:
    """Answer with JSON, or with unchanged text."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if isinstance(body, str) else "application/json"
    names = MultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return lambda _request: web.Response(status=status, text=text, content_type=kind, headers=names)


def lists(key: str, *rows: Any, more: bool = False) -> Handler:
    return says(200, {"response_status": [SUCCESS], key: list(rows), "list_info": {"has_more_rows": more}})


def tells(key: str, **entity: Any) -> Handler:
    return says(200, {"response_status": SUCCESS, key: entity})


def refuses(status: int, code: int, **message: Any) -> Handler:
    inner = {"status_code": code, "type": "failed", **message}
    outer = {"status_code": 4000, "status": "failed", "messages": [inner]}
    return says(status, {"response_status": outer})


def hangs_up(request: web.Request) -> web.Response:
    assert request.transport
    request.transport.abort()
    return web.Response()


@dataclass
class FakeTokens:
    """Gives ``TOKEN``, and after each refusal another one."""

    refused: list[str] = field(default_factory=list)

    async def token(self) -> Secret:
        return Secret(f"{TOKEN}{len(self.refused)}")

    async def renew(self, refused: Secret) -> Secret:
        self.refused.append(refused.reveal())
        return await self.token()

    async def end(self, revoke: Callable[[Secret], Awaitable[None]]) -> None:
        """Call ``revoke`` with the token."""
        await revoke(await self.token())


@dataclass
class Asked:
    """A call as it came in."""

    token: str
    accept: str
    kind: str
    input_data: Any


@dataclass
class Script:
    """A server that gives each call its next scripted answer, and keeps what it was asked."""

    client: ServiceDeskClient = field(init=False)
    tokens: FakeTokens = field(default_factory=FakeTokens)
    answers: dict[str, list[Handler]] = field(default_factory=dict)
    asked: dict[str, list[Asked]] = field(default_factory=dict)
    unforeseen: list[str] = field(default_factory=list)

    def on(self, call: str, *answers: Handler) -> None:
        self.answers.setdefault(call, []).extend(answers)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        call = f"{request.method} {request.path.removeprefix(BASE)}"
        given = request.query.get("input_data") or (await request.post()).get("input_data") or "null"
        headers = request.headers
        asked = Asked(
            headers["Authorization"], headers["Accept"], request.content_type, json.loads(str(given))
        )
        self.asked.setdefault(call, []).append(asked)
        if not request.path.startswith(f"{BASE}/") or not self.answers.get(call):
            self.unforeseen.append(call)
            return web.Response(status=501)
        return self.answers[call].pop(0)(request)
