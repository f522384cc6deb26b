"""A request that is not HTTP costs one line of the log at most, and that line quotes nothing of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from support.logging_to import captured_log

from adapters.web.server import WebServer, new_application

QUOTED = "hunter2"
MALFORMED = [
    f"GET / HTTP/1.1\r\nno colon {QUOTED}\r\n\r\n",
    f"GET /{QUOTED} HTTP/9.9\r\n\r\n",
    f"{QUOTED}\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: a\r\n{QUOTED * 2000}: a\r\n\r\n",
    f"GET /{QUOTED * 3000} HTTP/1.1\r\n\r\n",
    f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {QUOTED}\r\n\r\n",
    f"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{QUOTED}\r\n",
    f"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {QUOTED}\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]


@pytest.fixture
async def port() -> AsyncIterator[int]:
    server = WebServer(new_application(), "127.0.0.1", 0)
    await server.start()
    yield server.port
    await server.stop()


@pytest.mark.parametrize("sent", MALFORMED, ids=range(len(MALFORMED)))
async def test_malformed_request_costs_one_line_at_most(sent: str, port: int) -> None:
    with captured_log("debug", "console") as log:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent.encode("latin-1"))
        writer.write_eof()
        # The server closes the connection after its answer.
        await reader.read()
        writer.close()
    assert len(log.getvalue().splitlines()) <= 1, log.getvalue()
    assert QUOTED not in log.getvalue()
