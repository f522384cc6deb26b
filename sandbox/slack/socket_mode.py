"""Socket Mode: the bot calls Slack, and everything comes in envelopes over a websocket."""

import asyncio
import secrets
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.slack.model import APP_ID, Json
from sandbox.slack.state import SlackState

LINK_SECONDS = 30


class SocketMode:
    """The websockets that bots hold open. Each envelope goes to one of them."""

    def __init__(self, world: SlackState) -> None:
        self._world = world
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._unanswered: dict[str, asyncio.Future[Any]] = {}

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/link/", self._connect, name="link")

    def open_link(self) -> str:
        """Return an address that opens one websocket."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        origin = self._world.origin.replace("http", "ws", 1)
        return f"{origin}/link/?ticket={ticket}&app_id={APP_ID}"

    @property
    def connections(self) -> int:
        """How many websockets are open."""
        return len(self._sockets)

    async def send(self, kind: str, payload: Json, *, accepts_payload: bool, headers: Json) -> Any:
        """Send an envelope, and return the payload of its acknowledgement. Waits as long as it takes."""
        envelope_id = secrets.token_hex(16)
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "accepts_response_payload": accepts_payload,
            "payload": payload,
            **headers,
        }
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._unanswered[envelope_id] = answer
        try:
            await self._sockets[-1].send_json(envelope)
            return await answer
        finally:
            del self._unanswered[envelope_id]

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every bot to connect anew, and close its websocket."""
        for socket in list(self._sockets):
            await socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
            )
            await socket.close()

    async def close(self) -> None:
        """Close every websocket without a word."""
        for socket in list(self._sockets):
            await socket.close()

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        self._world.changes.touch()
        try:
            await self._talk(socket)
        finally:
            self._sockets.remove(socket)
            self._world.changes.touch()
        return socket

    async def _talk(self, socket: web.WebSocketResponse) -> None:
        info = {"host": "sandbox", "approximate_connection_time": LINK_SECONDS}
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": self.connections,
                "debug_info": info,
                "connection_info": {"app_id": APP_ID},
            }
        )
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                self._take_answer(frame.json())

    def _take_answer(self, answer: Json) -> None:
        waiting = self._unanswered.get(str(answer.get("envelope_id")))
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload"))
