"""Starts bots for tests: in this process, or as real processes that can be killed."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from adapters.bootstrap import Bot
from adapters.settings import exactly
from sandbox.town import Town
from storage.vault import new_key


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_for(town: Town, database_url: str, **more: str) -> dict[str, str]:
    """The settings of a bot for a town, by their names outside."""
    port = free_port()
    return {
        **town.settings(),
        "TVBOT_DATABASE_URL": database_url,
        "TVBOT_SECRET_KEYS": new_key(),
        "TVBOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TVBOT_PORT": str(port),
        "TVBOT_POLL_SECONDS": "1",
        **more,
    }


@asynccontextmanager
async def running_bot(settings: dict[str, str], town: Town) -> AsyncIterator[Bot]:
    """Run a bot in this process."""
    bot = Bot(exactly(settings), queue_poll_seconds=0.02)
    town.serve_bot_at(settings["TVBOT_PUBLIC_URL"])
    await bot.start()
    try:
        yield bot
    finally:
        await bot.stop()


class BotProcess:
    """A bot as a process of its own. What it says is kept in a file, to be searched for secrets."""

    def __init__(self, settings: dict[str, str], log: Path, *arguments: str) -> None:
        self._settings = settings
        self._log = log
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TVBOT_")}
        with self._log.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                "from adapters.cli.main import run; run()",
                *self._arguments,
                env={**clean, **self._settings},
                cwd=Path(__file__).parents[2],
                stdout=out,
                stderr=out,
            )
        if self._arguments[0] == "serve":
            await self.until_ready()

    async def until_ready(self) -> None:
        """Wait until it says of itself that it is fit."""
        url = f"{self._settings['TVBOT_PUBLIC_URL']}/readyz"
        async with aiohttp.ClientSession() as client, asyncio.timeout(30):
            while True:
                assert self._process is not None
                assert self._process.returncode is None, self.log()
                try:
                    async with client.get(url) as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)  # there is no event of another process's listening to wait for

    async def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """Ask it to stop; returns its exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), 40)

    async def wait(self) -> int:
        """Wait until it ends by itself; returns its exit code."""
        assert self._process is not None
        return await self._process.wait()

    def log(self) -> str:
        """Everything that it has said."""
        return self._log.read_text(encoding="utf-8", errors="replace")
