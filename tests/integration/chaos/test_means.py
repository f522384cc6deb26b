"""The means of the chaos run do what their disturbances say: a proxy goes silent, a clock steps, files stop growing."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from chaos.bot_clock import BotClock
from chaos.disk import limited_files
from chaos.proxy import HOST, Proxy, Silence

BLOCK = 4096
SHORT = 0.2
LONG = 20


@pytest.fixture
def heard() -> list[bytes]:
    """What the server behind the proxy has received."""
    return []


@pytest.fixture
async def proxy(heard: list[bytes]) -> AsyncIterator[Proxy]:
    """A proxy before a server that sends back what it receives."""
    writers: list[asyncio.StreamWriter] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with suppress(ConnectionResetError):
            while received := await reader.read(100):
                heard.append(received)
                writer.write(received)

    server = await asyncio.start_server(echo, HOST, 0)
    proxy = Proxy("echo", server.sockets[0].getsockname()[1])
    await proxy.start()
    yield proxy
    await proxy.stop()
    server.close()
    for writer in writers:
        writer.close()


async def _send(proxy: Proxy, text: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    writer.write(text)
    return reader, writer


async def test_half_open_connection_is_silent_and_open_until_it_is_cut(
    proxy: Proxy, heard: list[bytes]
) -> None:
    proxy.silence = Silence.BOTH
    reader, writer = await _send(proxy, b"lost")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(100), SHORT)
    proxy.cut()
    assert await asyncio.wait_for(reader.read(100), LONG) == b"", "it is closed"
    writer.close()
    assert heard == []


async def test_lost_answer_means_that_the_request_arrived(proxy: Proxy, heard: list[bytes]) -> None:
    proxy.silence = Silence.ANSWERS
    reader, writer = await _send(proxy, b"arrives")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(100), SHORT)
    assert heard == [b"arrives"]
    writer.close()


async def test_new_connections_work_after_a_cut(proxy: Proxy) -> None:
    proxy.silence = Silence.BOTH
    proxy.cut()
    reader, writer = await _send(proxy, b"hello")
    assert await asyncio.wait_for(reader.read(100), LONG) == b"hello"
    writer.close()


def test_clock_of_a_process_steps_and_its_monotonic_clock_does_not(tmp_path: Path) -> None:
    clock = BotClock(tmp_path)
    if clock.problem:
        pytest.skip(clock.problem)
    clock.step_to(-3600)
    command = [sys.executable, "-c", "import time; print(time.time(), time.monotonic())"]
    printed = subprocess.run(
        command, env=os.environ | clock.environment(), capture_output=True, text=True, check=True
    ).stdout
    real, monotonic = map(float, printed.split())
    assert time.time() - 3600 - LONG < real <= time.time() - 3600
    assert time.monotonic() - LONG < monotonic <= time.monotonic()


def test_files_of_a_process_stop_growing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    grown = tmp_path / "grown"
    with limited_files(os.getpid(), log), pytest.raises(OSError, match="too large"):
        _write_blocks(grown, 100)
    _write_blocks(grown, 100)
    assert grown.stat().st_size == 100 * BLOCK


def _write_blocks(path: Path, count: int) -> None:
    with path.open("wb", buffering=0) as file:
        for _block in range(count):
            file.write(b"x" * BLOCK)
