"""A simulated SMS gateway that takes what Apprise posts to a ``json://`` address."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from aiohttp import web
from yarl import URL

from sandbox.faults import Faults
from sandbox.mail import HOST, Bell
from sandbox.server import Server

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_KNOWN_VERSION = "1.0"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sms:
    """A text that reached a phone. ``to`` is the number in E.164."""

    to: str
    text: str
    received_at: datetime


class SmsGateway:
    """A gateway on loopback. Faults strike the operation ``sms.send``."""

    def __init__(self, port: int = 0) -> None:
        self.messages: list[Sms] = []
        self.faults = Faults(
            rate_limited=lambda: _refusal(429, "too many messages"),
            server_error=lambda: _refusal(500, "the gateway is out of order"),
        )
        self._bell = Bell()
        self._port = port
        self._server: Server | None = None

    async def start(self) -> str:
        """Start listening and return ``url``; after a stop, the same one."""
        app = web.Application(middlewares=[self.faults.middleware])
        app.router.add_post("/sms/{to}", self._send, name="sms.send")
        self._server = Server(app, self._port)
        self._port = URL(await self._server.start()).port or self._port
        return self.url

    async def stop(self) -> None:
        """Stop listening. The messages stay."""
        if self._server is not None:
            await self._server.stop()
            self._server = None

    @property
    def url(self) -> str:
        """The gateway as an Apprise URL, ``{to}`` standing where the number goes."""
        return f"json://{HOST}:{self._port}/sms/{{to}}"

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10) -> T:  # noqa: ASYNC109 - all sandboxes say so
        """Wait until the predicate gives something, looking whenever a text comes. Raises TimeoutError."""
        return await self._bell.wait_for(predicate, timeout)

    async def _send(self, request: web.Request) -> web.Response:
        number = request.match_info["to"]
        if not _E164.fullmatch(number):
            return _refusal(400, "not a phone number in E.164")
        text = _text(await request.json() if request.content_type == "application/json" else None)
        if text is None:
            return _refusal(400, "not a message")
        self.messages.append(Sms(number, text, datetime.now(UTC)))
        self._bell.ring()
        return web.json_response({"status": "queued"})


def _text(body: object) -> str | None:
    """Read a body as Apprise's ``custom_json`` plugin writes it: a title goes before the message."""
    if not isinstance(body, dict) or body.get("version") != _KNOWN_VERSION:
        return None
    title, message = body.get("title"), body.get("message")
    if not isinstance(message, str) or not message:
        return None
    return f"{title}\n{message}" if title else message


def _refusal(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)
