"""The HTTP client for TeamViewer, ServiceDesk Plus and the doctor. No other module knows which library it is made of."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import aiohttp

from adapters.calls import CheckCall, allow_every_call, trace_calls
from adapters.outside_calls import System, measured_call, result_of_status
from adapters.proxies import proxy_is_set
from adapters.tls import tls_context
from bot.values import value_class

TIMEOUT_SECONDS = 20.0
"""Time limit for each phase of a call: connect, read, and wait for a free connection."""
LONGEST_CONNECT_SECONDS = 5.0


class NoResponse(Exception):
    """No response came. ``may_have_arrived`` is False only if the request certainly never left this machine."""

    def __init__(self, reason: str, *, may_have_arrived: bool) -> None:
        super().__init__(reason)
        self.may_have_arrived = may_have_arrived


@value_class
class Response:
    """A response, read to its end. ``host`` is where it came from, with its port. The names in ``headers`` have no case."""

    status_code: int
    headers: Mapping[str, str]
    text: str
    host: str

    @property
    def is_success(self) -> bool:
        """Whether the status is one of success."""
        return HTTPStatus.OK <= self.status_code < HTTPStatus.MULTIPLE_CHOICES


class HttpClient:
    """A client with a connection pool. It follows no redirect, keeps no cookie, and sends every request once.

    ``gate`` is called right before a request leaves, when there is a free connection for it: to wait for one may take as
    long as others' calls. ``on_response`` gets every response. ``system`` is whose calls these are: without it they are not
    measured.
    """

    def __init__(
        self,
        *,
        timeout: float,
        connections: int,
        gate: Callable[[], Awaitable[None]] | None,
        check_call: CheckCall,
        system: System | None,
    ) -> None:
        self._gate = gate
        self._system = system
        self._free_connections = asyncio.Semaphore(connections)
        self._wait = timeout
        self.on_response: Callable[[Response], None] | None = None
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, ssl=tls_context()),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=min(timeout, LONGEST_CONNECT_SECONDS), sock_read=timeout
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "tvbot"},
            trace_configs=[trace_calls(check_call)],
            trust_env=proxy_is_set(),
        )
        # By default a PUT whose connection breaks is sent again, and one of them makes TeamViewer send an SMS.
        self._session._retry_connection = False  # noqa: SLF001 - it has no public name; a test shows that it works

    async def __aenter__(self) -> Self:
        """Return the client, which is closed at the end of the block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the client."""
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def send(self, method: str, url: str, **options: Any) -> Response:
        """Wait for a connection, call the gate, send the request, and read its response to the end. Raises NoResponse."""
        try:
            async with asyncio.timeout(self._wait):
                await self._free_connections.acquire()
        except TimeoutError:
            raise NoResponse("no free connection", may_have_arrived=False) from None
        try:
            if self._gate is not None:
                await self._gate()
            response = await self._send_measured(method, url, options)
        finally:
            self._free_connections.release()
        if self.on_response is not None:
            self.on_response(response)
        return response

    async def _send_measured(self, method: str, url: str, options: dict[str, Any]) -> Response:
        if self._system is None:
            return await self._send(method, url, options)
        with measured_call(self._system, method) as call:
            response = await self._send(method, url, options)
            call.result = result_of_status(response.status_code)
        return response

    async def _send(self, method: str, url: str, options: dict[str, Any]) -> Response:
        try:
            # A redirect could send a token to another host.
            async with self._session.request(method, url, allow_redirects=False, **options) as answer:
                body = await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise NoResponse(type(error).__name__, may_have_arrived=False) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NoResponse(type(error).__name__, may_have_arrived=True) from error
        text = body.decode(answer.get_encoding(), errors="replace")
        return Response(answer.status, answer.headers, text, answer.url.authority)


def new_http_client(
    *,
    timeout: float = TIMEOUT_SECONDS,
    connections: int = 20,
    gate: Callable[[], Awaitable[None]] | None = None,
    check_call: CheckCall = allow_every_call,
    system: System | None = None,
) -> HttpClient:
    """Return a client, in a running event loop. ``timeout`` is in seconds, for each phase.

    ``gate`` is called when there is a free connection for a request, ``check_call`` also once more before the request
    leaves. If one raises, the request is not sent and the call raises the same. Calls to a ``system`` are measured.
    """
    return HttpClient(
        timeout=timeout, connections=connections, gate=gate, check_call=check_call, system=system
    )


async def send_request(client: HttpClient, method: str, url: str, **options: object) -> Response:
    """Send a request once, and return the response whatever its status. Raises NoResponse.

    ``options`` are those of the library: ``params``, ``json``, ``data`` and ``headers``.
    """
    return await client.send(method, url, **options)
