"""Send signed activities over bare sockets to a server of Teams, and measure their cost."""

import asyncio
import json
import time
from typing import Any


class Server:
    """A server under load. Requests go over bare sockets, because a full client would be measured as well."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def cpu(self) -> float:
        """Return the seconds of processor time it has used so far."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(b"GET /cpu HTTP/1.1\r\nHost: bot\r\n\r\n")
        _status, body = await read_answer(reader)
        writer.close()
        return float(body)

    async def load(self, requests: list[bytes], connections: int, *, holds: bytes = b"") -> float:
        """Send the requests, one after another on each connection. Return the seconds it took.

        Raises RuntimeError where one is not answered as it should be: with success, and ``holds`` in the answer.
        """
        left = iter(requests)

        async def connection() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            for request in left:
                writer.write(request)
                status, body = await read_answer(reader)
                if status not in {200, 201, 202} or holds not in body:
                    raise RuntimeError(f"answered {status}: {body[:200]!r}")
            writer.close()

        started = time.perf_counter()
        await asyncio.gather(*(connection() for _number in range(connections)))
        return time.perf_counter() - started


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one answer: its status and its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
    return int(head[9:12]), await reader.readexactly(length)


def request(activity: dict[str, Any], token: str) -> bytes:
    """Encode an activity as Teams sends it."""
    body = json.dumps(activity).encode()
    head = (
        "POST /api/messages HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
