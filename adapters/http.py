"""The one place that imports the HTTP client, so that its maintained continuation is a one-line change."""

from collections.abc import Awaitable, Callable

import httpx
from httpx import AsyncBaseTransport, AsyncClient, Response

__all__ = ["AsyncBaseTransport", "AsyncClient", "NoResponse", "Response", "new_http_client", "send"]

TIMEOUT_SECONDS = 20.0


class NoResponse(Exception):
    """No answer came. ``may_have_arrived`` is false only where the request surely never left."""

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
    """Return a pooled client that follows no redirect. ``timeout`` is in seconds, for each phase of a call.

    ``gate`` is asked before every request leaves; what it raises comes out of the call, and nothing leaves.
    """

    async def ask_gate(_request: httpx.Request) -> None:
        if gate is not None:
            await gate()

    return httpx.AsyncClient(
        event_hooks={"request": [ask_gate]},
        timeout=httpx.Timeout(timeout, connect=min(timeout, 5.0)),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        follow_redirects=False,
        transport=transport,
        headers={"User-Agent": "tvbot"},
    )


async def send(client: AsyncClient, method: str, url: str, **options: object) -> Response:
    """Send a request once and return its answer, whatever its status.

    ``options`` are the client's own (``params``, ``json``, ``data``, ``headers``). Raises NoResponse.
    """
    try:
        return await client.request(method, url, **options)  # type: ignore[arg-type]  # the client's own keywords
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise NoResponse(type(error).__name__, may_have_arrived=False) from error
    except httpx.RequestError as error:
        raise NoResponse(type(error).__name__, may_have_arrived=True) from error
