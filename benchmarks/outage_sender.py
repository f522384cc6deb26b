"""Send slash commands for ``outage.py`` in a process of its own, so that the simulated systems delay no measurement.

    python benchmarks/outage_sender.py URL SECRET

Each line of standard input is a JSON object with a ``number`` and a ``body``. It is signed and sent at once. For each, a line of
standard output has the ``number``, the ``status`` (0: no answer), the ``seconds`` that the answer took, and its ``text``.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import time

import aiohttp

CONNECTIONS = 64
PATIENCE = aiohttp.ClientTimeout(total=30)


def _sign(secret: str, body: bytes) -> dict[str, str]:
    """Return the signature headers of a body (Slack's reference of request signing, ``v0``)."""
    at = str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    form = "application/x-www-form-urlencoded"
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}", "Content-Type": form}


async def _send(client: aiohttp.ClientSession, url: str, secret: str, line: bytes) -> None:
    command = json.loads(line)
    body = command["body"].encode()
    status, text = 0, ""
    begun = time.perf_counter()
    try:
        async with client.post(url, data=body, headers=_sign(secret, body)) as response:
            status, text = response.status, await response.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        text = type(error).__name__
    seconds = time.perf_counter() - begun
    answer = {"number": command["number"], "status": status, "seconds": seconds, "text": text}
    print(json.dumps(answer), flush=True)


async def _run(url: str, secret: str) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=PATIENCE) as client,
        asyncio.TaskGroup() as group,
    ):
        while line := await reader.readline():
            group.create_task(_send(client, url, secret, line))


if __name__ == "__main__":
    asyncio.run(_run(*sys.argv[1:]))
