"""The HTTP client. No other module imports httpx, so that replacing it is a change of this file."""

import asyncio
import ssl
import sys
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

import httpx
from httpx import AsyncBaseTransport, AsyncClient, Response

from adapters.calls import CheckCall, allow_every_call, begin_call, let_call_leave

__all__ = [
    "AsyncBaseTransport",
    "AsyncClient",
    "NoResponse",
    "Response",
    "new_http_client",
    "prepare_http",
    "send_request",
]

TIMEOUT_SECONDS = 20.0
"""Time limit for each phase of a call: connect, write, read, and wait for a free connection."""
LONGEST_CONNECT_SECONDS = 5.0
_HEAD_LEAVES = ".send_request_headers.started"
_BODY_LEAVES = ".send_request_body.started"
"""The ends of the names, after the version of HTTP, of the events with which httpcore reports that it is about to write."""


if find_spec("sniffio") is None:
    # httpcore tries to import this in each call, and Python would search every folder for it: it remembers no failure.
    # None is how one tells it (https://docs.python.org/3/reference/import.html#the-module-cache).
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # typeshed knows modules only


class NoResponse(Exception):
    """No response came. ``may_have_arrived`` is False only if the request certainly never left this machine."""

    def __init__(self, reason: str, *, may_have_arrived: bool) -> None:
        super().__init__(reason)
        self.may_have_arrived = may_have_arrived


class _CheckedClient(httpx.AsyncClient):
    """A client that calls ``gate`` right before a request leaves, when there is a free connection for it.

    httpx's own event hook is called before the wait for a connection, which may last as long as others' calls.
    """

    def __init__(
        self,
        *,
        gate: Callable[[], Awaitable[None]] | None,
        check_call: CheckCall,
        connections: int,
        wait: float,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._gate = gate
        self._check_call = check_call
        self._free_connections = asyncio.Semaphore(connections)
        self._wait = wait

    async def send(self, request: httpx.Request, **options: Any) -> Response:
        """Wait for a connection, call the gate, send the request, and read its response to the end."""
        try:
            async with asyncio.timeout(self._wait):
                await self._free_connections.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("no free connection", request=request) from None
        try:
            if self._gate is not None:
                await self._gate()
            begin_call(self._check_call, request.method)
            # Nobody can act on a head whose body has not come. A process may be paused between the two.
            leaves = _BODY_LEAVES if _has_body(request) else _HEAD_LEAVES

            async def leave(event: str, _info: object) -> None:
                if event.endswith(leaves):
                    let_call_leave(self._check_call, request.method)

            request.extensions["trace"] = leave
            return await super().send(request, **options)
        finally:
            self._free_connections.release()


def _has_body(request: httpx.Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


@cache
def _tls_context() -> ssl.SSLContext:
    """Return the TLS context of every client. To make one takes 30 ms and a megabyte, because it reads the list of authorities."""
    return httpx.create_ssl_context()


def prepare_http() -> None:
    """Load now what the first client would load, so that it is there before the bot starts, and once for two processes."""
    httpx.AsyncHTTPTransport(verify=_tls_context())


def new_http_client(
    *,
    timeout: float = TIMEOUT_SECONDS,
    connections: int = 20,
    transport: AsyncBaseTransport | None = None,
    gate: Callable[[], Awaitable[None]] | None = None,
    check_call: CheckCall = allow_every_call,
) -> AsyncClient:
    """Return a client with a connection pool that follows no redirects. ``timeout`` is in seconds, for each phase.

    ``gate`` is called when there is a free connection for a request, ``check_call`` also once more before the request
    leaves. If one raises, the request is not sent and the call raises the same.
    """
    return _CheckedClient(
        gate=gate,
        check_call=check_call,
        connections=connections,
        wait=timeout,
        timeout=httpx.Timeout(timeout, connect=min(timeout, LONGEST_CONNECT_SECONDS)),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        # A redirect could send a token to another host.
        follow_redirects=False,
        transport=transport,
        verify=_tls_context(),
        headers={"User-Agent": "tvbot"},
    )


async def send_request(client: AsyncClient, method: str, url: str, **options: object) -> Response:
    """Send a request once, and return the response whatever its status. Raises NoResponse.

    ``options`` are those of the client: ``params``, ``json``, ``data`` and ``headers``.
    """
    try:
        return await client.request(method, url, **options)  # type: ignore[arg-type]  # the client's own keywords
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise NoResponse(type(error).__name__, may_have_arrived=False) from error
    except httpx.RequestError as error:
        raise NoResponse(type(error).__name__, may_have_arrived=True) from error
