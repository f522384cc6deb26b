"""A TCP proxy on loopback that can leave connections half-open: both ends stay connected, and nothing arrives any more."""

import asyncio
from contextlib import suppress
from enum import StrEnum

HOST = "127.0.0.1"
_CHUNK = 65536


class Silence(StrEnum):
    """Which direction of a half-open connection is silent."""

    BOTH = "both directions"
    ANSWERS = "answers only"
    """The other side gets the request, and the bot never gets the answer."""


class Proxy:
    """Forwards connections to a port on loopback. ``silence`` is None while everything is forwarded."""

    def __init__(self, name: str, target: int) -> None:
        self.name = name
        self.port = 0
        self.silence: Silence | None = None
        self.target = target
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start listening on a free port."""
        self._server = await asyncio.start_server(self._serve_connection, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening, and cut every connection."""
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Cut every connection as a router that forgot them does, and forward new ones again."""
        self.silence = None
        for writer in self._writers:
            writer.transport.abort()

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # it runs in a task of the server's
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            with suppress(OSError):
                await self._connect(reader, writer)
        finally:
            writer.transport.abort()
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_target, to_target = await asyncio.open_connection(HOST, self.target)
        self._writers.add(to_target)
        try:
            both = [
                asyncio.create_task(self._forward(reader, to_target, Silence.BOTH)),
                asyncio.create_task(self._forward(from_target, writer, Silence.BOTH, Silence.ANSWERS)),
            ]
            # The first end that closes closes the other one.
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)
        finally:
            to_target.transport.abort()
            self._writers.discard(to_target)

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *silent: Silence
    ) -> None:
        while chunk := await reader.read(_CHUNK):
            if self.silence in silent:
                continue  # it is lost on the way
            writer.write(chunk)
            await writer.drain()
        # What was written last must leave before the connection is cut.
        writer.close()
        await writer.wait_closed()
