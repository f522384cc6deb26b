"""Planned faults of a simulated system: slow, rate limited, broken, or disconnected in the middle of a response."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Fault(StrEnum):
    """A kind of failure."""

    SLOW = "slow"
    """Wait before the request is handled."""
    RATE_LIMIT = "rate_limit"
    SERVER_ERROR = "server_error"
    DROP = "drop"
    """Close the connection before the request is handled."""
    DROP_AFTER_COMMIT = "drop_after_commit"
    """Handle the request, then close the connection without a response."""
    HANG_AFTER_COMMIT = "hang_after_commit"
    """Handle the request, then give no response until the caller has gone, or for ``seconds``."""
    HTML = "html"
    """Respond with an HTML page in the place of JSON, as a proxy or a captive portal does."""


@dataclass(slots=True)
class PlannedFault:
    """A fault for the next ``times`` requests of an operation. None: until the faults are cleared."""

    operation: str
    fault: Fault
    times: int | None = 1
    seconds: float = 0.0


class Faults:
    """The planned faults of one simulated system. An operation is the name of a route; ``*`` matches all."""

    def __init__(
        self,
        *,
        rate_limited: Callable[[], web.Response],
        server_error: Callable[[], web.Response],
    ) -> None:
        self._rate_limited = rate_limited
        self._server_error = server_error
        self._planned: list[PlannedFault] = []
        self.injected: list[tuple[str, Fault]] = []

    def plan(self, operation: str, fault: Fault, *, times: int | None = 1, seconds: float = 0.0) -> None:
        """Inject a fault into the next ``times`` requests of an operation."""
        self._planned.append(PlannedFault(operation, fault, times, seconds))

    def clear(self) -> None:
        """Remove every planned fault."""
        self._planned.clear()

    def _take_next(self, operation: str) -> PlannedFault | None:
        for planned in self._planned:
            if planned.operation in {operation, "*"}:
                if planned.times is not None:
                    planned.times -= 1
                    if planned.times <= 0:
                        self._planned.remove(planned)
                self.injected.append((operation, planned.fault))
                return planned
        return None

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Inject the next planned fault into this request."""
        operation = request.match_info.route.name or request.path
        planned = self._take_next(operation)
        if planned is None:
            return await handler(request)
        if planned.fault is Fault.SLOW:
            await asyncio.sleep(planned.seconds)
        if planned.fault in {Fault.SLOW, Fault.DROP_AFTER_COMMIT, Fault.HANG_AFTER_COMMIT}:
            response = await handler(request)
            if planned.fault is Fault.HANG_AFTER_COMMIT:
                await _wait_until_caller_is_gone(request, planned.seconds)
            return response if planned.fault is Fault.SLOW else _close_connection(request)
        return self._build_failure_response(planned.fault, request)

    def _build_failure_response(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        match fault:
            case Fault.RATE_LIMIT:
                return self._rate_limited()
            case Fault.SERVER_ERROR:
                return self._server_error()
            case Fault.HTML:
                page = "<html><body><h1>Please sign in</h1></body></html>"
                return web.Response(text=page, content_type="text/html")
            case _:
                return _close_connection(request)


async def _wait_until_caller_is_gone(request: web.Request, seconds: float) -> None:
    end = asyncio.get_running_loop().time() + seconds

    def is_over() -> bool:
        is_gone = request.transport is None or request.transport.is_closing()
        return is_gone or asyncio.get_running_loop().time() >= end

    while not is_over():  # noqa: ASYNC110 - the server tells no handler that its client has gone
        await asyncio.sleep(0.02)


def _close_connection(request: web.Request) -> web.StreamResponse:
    # Abort instead of close: the client must see a broken connection, not an empty response.
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # aiohttp needs a response; the client never receives it
