"""Limits on connections: deadlines for slow senders, and a cap that keeps room for senders who proved who they are.

aiohttp has one timeout, for idle connections. It closes no request whose head or body never ends, and limits no number.
"""

import asyncio
from collections import OrderedDict
from typing import Any, Literal, get_args

import structlog
from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError
from prometheus_client import Counter

from adapters.throttled_log import ThrottledLog
from bot.values import value_class

Reason = Literal["slow head", "slow body", "no room"]

CLOSED = Counter(
    "tvbot_closed_connections_total", "Connections that the bot closed before they were answered.", ["reason"]
)
for _reason in get_args(Reason):
    # So that Prometheus sees the first one as a step from 0 to 1.
    CLOSED.labels(_reason)
_LINGERING_SECONDS = 2.0
"""How long the rest of a refused body is read and dropped, so that its sender still reads the answer."""


@value_class
class ConnectionLimits:
    """How long a sender may take, and how many may be connected. Both numbers together stay below 1024 open files, for systems that allow no more.

    Attributes:
        head_seconds: From the connection, or the first byte of a later request, to the end of the head.
        body_seconds: From the end of the head to the end of the body.
        idle_seconds: Between two requests. Longer than the 60 seconds of most proxies, which would else send a request
            into a closed connection.
        strangers: Connections on which no sender has proved yet who they are.
        trusted: Connections on which one has, by a signature, a token or a secret.
    """

    head_seconds: float = 10.0
    body_seconds: float = 20.0
    idle_seconds: float = 90.0
    strangers: int = 400
    trusted: int = 200


class ConnectionPool:
    """The open connections. The oldest stranger makes room for the next one, so a new sender always gets in."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self.log = ThrottledLog(structlog.get_logger("web"))
        self._strangers: OrderedDict[LimitedConnection, None] = OrderedDict()
        self._trusted: OrderedDict[LimitedConnection, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._strangers) + len(self._trusted)

    def add(self, connection: "LimitedConnection") -> None:
        """Add a new connection. Without room, close the oldest that waits for its sender, else the oldest."""
        if len(self._strangers) >= self.limits.strangers:
            oldest = next(iter(self._strangers))
            chosen = next((one for one in self._strangers if one.waits_for_sender), oldest)
            self.discard(chosen)
            chosen.close_because("no room")
        self._strangers[connection] = None

    def trust(self, connection: "LimitedConnection") -> None:
        """Keep a connection whose sender proved who they are. The one that proved it longest ago is a stranger again."""
        if connection not in self._strangers and connection not in self._trusted:
            return
        self._strangers.pop(connection, None)
        self._trusted[connection] = None
        self._trusted.move_to_end(connection)
        if len(self._trusted) > self.limits.trusted:
            demoted, _none = self._trusted.popitem(last=False)
            self.add(demoted)

    def discard(self, connection: "LimitedConnection") -> None:
        """Forget a connection that is closed."""
        self._strangers.pop(connection, None)
        self._trusted.pop(connection, None)


class LimitedConnection(web.RequestHandler):
    """One connection: aiohttp's protocol with deadlines. It uses aiohttp's queue of parsed requests, which has no public name."""

    __slots__ = ("_body", "_body_deadline", "_head_deadline", "_pool")

    def __init__(self, server: web.Server, pool: ConnectionPool, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # None: no access log, as for AppRunner
            keepalive_timeout=pool.limits.idle_seconds,
            lingering_time=_LINGERING_SECONDS,
        )
        self._pool = pool
        self._body: StreamReader | None = None
        self._head_deadline: asyncio.TimerHandle | None = None
        self._body_deadline: asyncio.TimerHandle | None = None

    @property
    def waits_for_sender(self) -> bool:
        """Whether the next step is the sender's: no request is being answered, or its body is not complete."""
        return not self._request_in_progress or self._body_deadline is not None

    def trust(self) -> None:
        """Record that the sender proved who they are."""
        self._pool.trust(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the deadline for the first head."""
        super().connection_made(transport)
        self._pool.add(self)
        self._await_head()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Stop the deadlines."""
        self._pool.discard(self)
        self._stop_deadlines()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, and set the deadline for what is missing."""
        before = self._request_count
        super().data_received(data)
        if self._request_count != before and self._messages:
            self._await_body(self._messages[-1][1])
        elif self._body is not None:
            if self._body.is_eof():
                self._stop_deadlines()
        elif self._head_deadline is None and not self._request_in_progress:
            self._await_head()

    def close_because(self, reason: Reason) -> None:
        """Close the connection. A request whose body never came is not answered: its sender does not wait for that."""
        self._stop_deadlines()
        CLOSED.labels(reason).inc()
        self._pool.log.info("connection closed", reason=reason)
        if reason == "slow head" and self.transport is not None:
            self.transport.write(
                b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            )
        self.force_close()

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Log a malformed request without its traceback, which says nothing and would fill the disk."""
        if isinstance(kw.get("exc_info"), HttpProcessingError):
            self._pool.log.info("malformed request", error=type(kw["exc_info"]).__name__)
        else:
            super().log_exception(*args, **kw)

    def _await_head(self) -> None:
        self._head_deadline = self._loop.call_later(
            self._pool.limits.head_seconds, self.close_because, "slow head"
        )

    def _await_body(self, body: StreamReader) -> None:
        self._stop_deadlines()
        if body.is_eof():
            return
        self._body = body
        self._body_deadline = self._loop.call_later(
            self._pool.limits.body_seconds, self.close_because, "slow body"
        )

    def _stop_deadlines(self) -> None:
        for deadline in (self._head_deadline, self._body_deadline):
            if deadline is not None:
                deadline.cancel()
        self._body = self._head_deadline = self._body_deadline = None


def trust_connection(request: web.Request) -> None:
    """Record that the sender of a request proved who they are, by a signature, a token or a secret."""
    connection = request.protocol
    if isinstance(connection, LimitedConnection):
        connection.trust()
