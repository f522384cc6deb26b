"""Simulated phones, and an SMS gateway that accepts what Apprise posts to a ``json://`` address."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeVar

from aiohttp import BasicAuth, web
from yarl import URL

from sandbox.change_notifier import ChangeNotifier
from sandbox.faults import Faults
from sandbox.server import HOST, Server

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SUPPORTED_VERSION = "1.0"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message that reached a phone. ``to`` is the number in E.164, ``sender`` the system that sent it."""

    to: str
    text: str
    received_at: datetime
    sender: Literal["gateway", "teamviewer"]


class SmsGateway:
    """A gateway on loopback, and the phones that it reaches. Its only operation, for faults, is ``sms.send``.

    With ``credentials``, a user name and a password, it refuses every other sender.
    """

    def __init__(self, port: int = 0) -> None:
        self.messages: list[Sms] = []
        self.credentials: tuple[str, str] | None = None
        self.faults = Faults(
            rate_limited=lambda: _error_response(429, "too many messages"),
            server_error=lambda: _error_response(500, "the gateway is out of order"),
        )
        self._changes = ChangeNotifier("the SMS gateway")
        self._port = port
        self._server: Server | None = None

    async def start(self) -> str:
        """Start listening and return ``url``. A restart uses the same port."""
        app = web.Application(middlewares=[self.faults.middleware])
        app.router.add_post("/sms/{to}", self._send_sms, name="sms.send")
        self._server = Server(app, self._port)
        self._port = URL(await self._server.start()).port or self._port
        return self.url

    async def stop(self) -> None:
        """Stop listening. Keep the received messages."""
        if self._server is not None:
            await self._server.stop()
            self._server = None

    @property
    def url(self) -> str:
        """The gateway as an Apprise URL, with ``{to}`` in the place of the number."""
        return f"json://{HOST}:{self._port}/sms/{{to}}"

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10) -> T:  # noqa: ASYNC109 - same signature in every sandbox
        """Wait until the predicate returns a true value, checking after each message. Raises TimeoutError."""
        return await self._changes.wait_for(predicate, timeout)

    async def _send_sms(self, request: web.Request) -> web.Response:
        if not self._is_allowed(request):
            return _error_response(401, "wrong user or password")
        number = request.match_info["to"]
        if not is_e164(number):
            return _error_response(400, "not a phone number in E.164")
        text = _parse_text(await request.json() if request.content_type == "application/json" else None)
        if text is None:
            return _error_response(400, "not a message")
        self.deliver(number, text, "gateway")
        return web.json_response({"status": "queued"})

    def _is_allowed(self, request: web.Request) -> bool:
        if self.credentials is None:
            return True
        try:
            given = BasicAuth.decode(request.headers.get("Authorization", ""))
        except ValueError:
            return False
        return (given.login, given.password) == self.credentials

    def deliver(self, number: str, text: str, sender: Literal["gateway", "teamviewer"]) -> None:
        """Deliver a text message to a phone. Also for a simulated system that sends SMS without this gateway."""
        self.messages.append(Sms(number, text, datetime.now(UTC), sender))
        self._changes.notify()

    def messages_to(self, number: str) -> list[Sms]:
        """Return the text messages to a number in E.164, oldest first."""
        return [one for one in self.messages if one.to == number]


def is_e164(number: str) -> bool:
    """Return whether a phone number is in E.164."""
    return _E164.fullmatch(number) is not None


def _parse_text(body: object) -> str | None:
    """Return the text of a body in the format of Apprise's ``custom_json`` plugin. A title precedes the message."""
    if not isinstance(body, dict) or body.get("version") != _SUPPORTED_VERSION:
        return None
    title, message = body.get("title"), body.get("message")
    if not isinstance(message, str) or not message:
        return None
    return f"{title}\n{message}" if title else message


def _error_response(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)
