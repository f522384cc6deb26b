"""The HTTP client. No other module imports httpx, so that replacing it is a change of this file."""

from collections.abc import Awaitable, Callable

import httpx
from httpx import AsyncBaseTransport, AsyncClient, Response

__all__ = ["AsyncBaseTransport", "AsyncClient", "NoResponse", "Response", "new_http_client", "send_request"]

TIMEOUT_SECONDS = 20.0
"""Time limit for each phase of a call: connect, write, read, and wait for a free connection."""
LONGEST_CONNECT_SECONDS = 5.0


class NoResponse(Exception):
    """No response came. ``may_have_arrived`` is False only if the request certainly never left this machine."""

    def __init__(self, reason: str, *, may_have_arrived: bool) -> None:
        super().__init__(reason)
        self.may_have_arrived = may_have_arrived


def new_http_client(
    *,
    timeout: float = TIMEOUT_SECONDS,
    connections: int = 20,
    transport: AsyncBaseTransport | None = None,
    gate: Callable[[], Awaitable[None]] | None = None,
) -> AsyncClient:
    """Return a client with a connection pool that follows no redirects. ``timeout`` is in seconds, for each phase.

    ``gate`` is called before every request. If it raises, the request is not sent and the call raises the same.
    """

    async def call_gate(_request: httpx.Request) -> None:
        if gate is not None:
            await gate()

    return httpx.AsyncClient(
        event_hooks={"request": [call_gate]},
        timeout=httpx.Timeout(timeout, connect=min(timeout, LONGEST_CONNECT_SECONDS)),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        # A redirect could send a token to another host.
        follow_redirects=False,
        transport=transport,
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
