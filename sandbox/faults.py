"""Switches for what may go wrong outside: a system that is slow, busy, broken or gone in mid-answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Fault(StrEnum):
    """What goes wrong."""

    SLOW = "slow"
    RATE_LIMIT = "rate_limit"
    SERVER_ERROR = "server_error"
    DROP = "drop"
    DROP_AFTER_COMMIT = "drop_after_commit"
    HTML = "html"


@dataclass(slots=True)
class PlannedFault:
    """A fault that will strike an operation ``times`` times (None: until it is cleared)."""

    operation: str
    fault: Fault
    times: int | None = 1
    seconds: float = 0.0


class Faults:
    """The faults planned for one simulated system. An operation is the name of a route, ``*`` is any."""

    def __init__(
        self,
        *,
        rate_limited: Callable[[], web.Response],
        server_error: Callable[[], web.Response],
    ) -> None:
        self._rate_limited = rate_limited
        self._server_error = server_error
        self._planned: list[PlannedFault] = []
        self.struck: list[tuple[str, Fault]] = []

    def plan(self, operation: str, fault: Fault, *, times: int | None = 1, seconds: float = 0.0) -> None:
        """Let ``fault`` strike ``operation`` the next ``times`` times."""
        self._planned.append(PlannedFault(operation, fault, times, seconds))

    def clear(self) -> None:
        """Forget every planned fault."""
        self._planned.clear()

    def _next(self, operation: str) -> PlannedFault | None:
        for planned in self._planned:
            if planned.operation in {operation, "*"}:
                if planned.times is not None:
                    planned.times -= 1
                    if planned.times <= 0:
                        self._planned.remove(planned)
                self.struck.append((operation, planned.fault))
                return planned
        return None

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let the next planned fault strike this request."""
        operation = request.match_info.route.name or request.path
        planned = self._next(operation)
        if planned is None:
            return await handler(request)
        if planned.fault is Fault.SLOW:
            await asyncio.sleep(planned.seconds)
        if planned.fault in {Fault.SLOW, Fault.DROP_AFTER_COMMIT}:
            response = await handler(request)
            return response if planned.fault is Fault.SLOW else _hang_up(request)
        return self._instead(planned.fault, request)

    def _instead(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        """Answer without having done anything."""
        match fault:
            case Fault.RATE_LIMIT:
                return self._rate_limited()
            case Fault.SERVER_ERROR:
                return self._server_error()
            case Fault.HTML:
                page = "<html><body><h1>Please sign in</h1></body></html>"
                return web.Response(text=page, content_type="text/html")
            case _:
                return _hang_up(request)


def _hang_up(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
