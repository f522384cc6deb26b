"""Socket Mode: the bot opens a websocket, and Slack sends requests in envelopes."""

import asyncio
import secrets

from aiohttp import WSMsgType, web

from sandbox.slack.model import APP_ID, Json
from sandbox.slack.state import SlackState

CONNECTION_SECONDS = 30


class SocketMode:
    """The open websockets. Each envelope goes to the newest one."""

    def __init__(self, state: SlackState) -> None:
        self._state = state
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._pending: dict[str, asyncio.Future[Json | None]] = {}
        self.longest_series_of_pings = 0
        """How many pings were answered on the websocket that had the most."""

    def add_routes(self, app: web.Application) -> None:
        """Add the route to the application."""
        app.router.add_get("/link/", self._accept_socket, name="link")

    def create_socket_url(self) -> str:
        """Return a URL that opens one websocket, once."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        origin = self._state.origin.replace("http", "ws", 1)
        return f"{origin}/link/?ticket={ticket}&app_id={APP_ID}"

    @property
    def connections(self) -> int:
        """The number of open websockets."""
        return len(self._sockets)

    async def send_envelope(
        self, kind: str, payload: Json, *, accepts_payload: bool, headers: Json
    ) -> Json | None:
        """Send an envelope and return the payload of its acknowledgement. The caller sets the time limit."""
        envelope_id = secrets.token_hex(16)
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "accepts_response_payload": accepts_payload,
            "payload": payload,
            **headers,
        }
        acknowledgement: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._pending[envelope_id] = acknowledgement
        try:
            # Slack may choose any open socket. The newest one is the one that a reconnecting client expects.
            await self._sockets[-1].send_json(envelope)
            return await acknowledgement
        finally:
            del self._pending[envelope_id]

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every bot to reconnect, and close its websocket."""
        for socket in list(self._sockets):
            await socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
            )
            await socket.close()

    async def close_all(self) -> None:
        """Close every websocket without a ``disconnect`` message."""
        for socket in list(self._sockets):
            await socket.close()

    async def _accept_socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401)
        # A URL opens one socket only, as Slack's does.
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self._sockets.append(socket)
        self._state.changes.notify()
        try:
            await self._run_socket(socket)
        finally:
            self._sockets.remove(socket)
            self._state.changes.notify()
        return socket

    async def _run_socket(self, socket: web.WebSocketResponse) -> None:
        debug_info = {"host": "sandbox", "approximate_connection_time": CONNECTION_SECONDS}
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": self.connections,
                "debug_info": debug_info,
                "connection_info": {"app_id": APP_ID},
            }
        )
        pings = 0
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                self._resolve_acknowledgement(frame.json())
            elif frame.type is WSMsgType.PING:
                await socket.pong(frame.data)
                pings += 1
                self.longest_series_of_pings = max(self.longest_series_of_pings, pings)
                self._state.changes.notify()

    def _resolve_acknowledgement(self, acknowledgement: Json) -> None:
        waiting = self._pending.get(str(acknowledgement.get("envelope_id")))
        if waiting is not None and not waiting.done():
            waiting.set_result(acknowledgement.get("payload"))
