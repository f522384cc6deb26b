"""What the web server's process and its worker say to each other: one line of JSON for each message, over a pair of sockets.

A socket that closes says that the other process has ended.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from typing import Any

LONGEST_MESSAGE = 1024 * 1024
"""In bytes. The longest one holds the worker's metrics, some 40 KB."""
_FULL = 64 * 1024
"""A receiver that lets so many bytes wait is stalled. It needs no further message to be woken."""
Message = Mapping[str, Any]


class Order(StrEnum):
    """What the web server's process tells the worker."""

    BEGIN = "begin"
    """The database is ready: run jobs."""
    WAKE = "wake"
    """A job was enqueued: look now."""
    STOP = "stop"
    """Begin no step any more, and end."""


class Link:
    """One end of the pair. Make it on the event loop that uses it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, end: socket.socket) -> "Link":
        """Return the link over one end of a pair of sockets, which it closes in the end."""
        end.setblocking(False)  # noqa: FBT003 - the socket's own call
        return cls(*await asyncio.open_unix_connection(sock=end, limit=LONGEST_MESSAGE))

    def send(self, message: Message) -> None:
        """Send a message without waiting. It is dropped if the other process has ended or reads no messages."""
        transport = self._writer.transport
        if not transport.is_closing() and transport.get_write_buffer_size() < _FULL:
            self._writer.write(json.dumps(message).encode() + b"\n")

    def order(self, order: Order) -> None:
        """Send an order to the worker."""
        self.send({"order": order.value})

    async def messages(self) -> AsyncIterator[Message]:
        """Yield the messages of the other process, until it has ended."""
        while True:
            try:
                line = await self._reader.readline()
            except ConnectionError:
                return
            if not line.endswith(b"\n"):
                return
            yield json.loads(line)

    def close(self) -> None:
        """Close this end."""
        self._writer.close()
