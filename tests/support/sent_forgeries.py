"""Send forged and broken requests, and count how they are answered."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import ClientError, ClientSession
from support.forgery import Forgery

AT_ONCE = 8
_UNKNOWN_INVOKE = 501


@dataclass
class Outcome:
    """What came of many requests: how many had which status, and which ones were not answered as they must be."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, forgery: Forgery, status: int) -> None:
        self.statuses[status] += 1
        # 501 is the Bot Framework's answer to an invoke that a bot does not know.
        is_right = (
            400 <= status < 500 if forgery.is_forged else 200 <= status < 500 or status == _UNKNOWN_INVOKE
        )
        is_closed = status == 0 and bool(forgery.raw)
        if not (is_right or is_closed):
            self.wrong.append(f"{status} for {forgery.kind}")


async def send_all(url: str, forgeries: Iterator[Forgery]) -> Outcome:
    """Send requests, a few at once."""
    outcome = Outcome()
    async with ClientSession() as client:

        async def send_some() -> None:
            for forgery in forgeries:
                outcome.add(forgery, await _send(client, url, forgery))

        await asyncio.gather(*(send_some() for _sender in range(AT_ONCE)))
    return outcome


async def _send(client: ClientSession, url: str, forgery: Forgery) -> int:
    if forgery.raw:
        return await _send_raw(url, forgery.raw)
    try:
        async with client.request(
            forgery.method,
            url + forgery.path,
            data=forgery.body,
            headers=forgery.headers,
            allow_redirects=False,
        ) as answer:
            await answer.read()
            return answer.status
    except ClientError as error:
        raise AssertionError(f"{type(error).__name__} for {forgery.kind}") from error


async def _send_raw(url: str, raw: bytes) -> int:
    """Send bytes that are no request. Return the status of the answer, or 0 where the connection is only closed."""
    host, _colon, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(raw)
        # The bot drops a complete request whose sender has closed already.
        if b"Connection: close" not in raw:
            writer.write_eof()
        line = await reader.readline()
        return int(line.split()[1]) if line else 0
    except ConnectionError:
        return 0
    finally:
        await close(writer)


async def close(writer: asyncio.StreamWriter) -> None:
    """Close a connection to its end: one that is only told to close is a warning when it is collected."""
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
