"""Starts bots for tests: in this process, or as real processes that can be killed."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

import aiohttp
import sqlalchemy as sa
from support.hanging import name_tasks_of
from support.ports import free_port

from adapters.bootstrap import Bot
from adapters.engine.fences import jobs_table
from adapters.engine.steps import DurableSteps
from adapters.servicedesk.client import ServiceDeskClient
from adapters.settings import settings_from, vault_keys
from bot.jobs import Sweep
from bot.values import replace
from bot.workflows.dispatch import Workflows
from sandbox.environment import Environment
from storage.database import Database
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key

T = TypeVar("T")
HOOK_SECRET = "hook-secret-51"
BUSY_SECONDS = 180
"""How long a process may take to start or to stop on a busy machine."""
_BUSY = (
    "SELECT count(*) FROM {jobs} WHERE status IN ('ENQUEUED', 'PENDING') AND workflow_uuid NOT LIKE 'sweep:%'"
)


def settings_for(environment: Environment, database_url: str, **more: str) -> dict[str, str]:
    """The settings of a bot for an environment, by their names outside."""
    port = free_port()
    return {
        **environment.bot_settings(),
        "TVBOT_DATABASE_URL": database_url,
        "TVBOT_SECRET_KEYS": new_key(),
        "TVBOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TVBOT_PORT": str(port),
        "TVBOT_POLL_SECONDS": "1",
        **more,
    }


class RunningBot:
    """A bot in this process, on a loop of its own that also runs between tests.

    The test's own loop does not run between tests, but the engine's work must go on. ``database`` and ``unit_of_work``
    are for the test's loop: they have their own connections to the same database.
    """

    def __init__(self, settings: dict[str, str]) -> None:
        self._settings = settings
        self._make_bot()

    def _make_bot(self) -> None:
        settings = self._settings
        self.bot = Bot(settings_from(settings), queue_poll_seconds=0.05, changes_together_seconds=0.01)
        self._loop = asyncio.new_event_loop()
        name_tasks_of(self._loop)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.database = Database(settings["TVBOT_DATABASE_URL"])

    async def start(self) -> None:
        """Start it."""
        self._thread.start()
        await self.run(self.bot.start)
        assert self.bot.services is not None
        vault = Vault([self.bot_key()])
        self.unit_of_work = SqlUnitOfWork(
            self.database, vault, self.bot.services.installation.org_id, self.bot.enqueue
        )
        self.services = replace(self.bot.services, unit_of_work=self.unit_of_work)

    def bot_key(self) -> str:
        """The key that its secrets are sealed under."""
        return vault_keys(self.bot.settings)[0]

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do something on the bot's own loop."""

        async def there() -> T:
            return await work()

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(there(), self._loop))

    async def sweep(self) -> None:
        """Make one round of the sweep now, on the bot's own loop."""
        services = self.bot.services
        assert services is not None
        await self.run(lambda: Workflows(services).run_job(Sweep(up_seconds=0), DurableSteps()))

    async def forget_what_servicedesk_refused(self) -> None:
        """Delete what was stored or learned about refused calls, as after a repair and a restart."""
        async with self.unit_of_work.write() as tx:
            for known in await tx.limitations.all():
                await tx.limitations.delete(known)
        client = self.services.servicedesk
        assert isinstance(client, ServiceDeskClient)
        client._replies._refused_fields = frozenset()
        client._requests.search.forget_refusals()

    async def is_busy(self) -> bool:
        """Whether a job is queued or under way, the watch's rounds aside."""
        busy = sa.text(_BUSY.format(jobs=jobs_table(self.database)))
        async with self.database.reader.connect() as connection:
            return bool((await connection.execute(busy)).scalar())

    async def settle(self) -> None:
        """Wait until no job is queued or under way."""
        async with asyncio.timeout(30):
            while await self.is_busy():
                await asyncio.sleep(0.02)  # the engine's tables tell nobody that they have changed

    @asynccontextmanager
    async def resting(self) -> AsyncIterator[None]:
        """Stop it, and start it again afterwards: the engine is one a process, and another bot is to run in this one."""
        await self.stop()
        yield
        self._make_bot()
        await self.start()

    async def stop(self) -> None:
        """Stop it."""
        await self.database.close()
        await self.run(self.bot.stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join, 5)
        self._loop.close()


@asynccontextmanager
async def running_bot(settings: dict[str, str], environment: Environment) -> AsyncIterator[RunningBot]:
    """Run a bot in this process."""
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = RunningBot(settings)
    await bot.start()
    try:
        yield bot
    finally:
        await bot.stop()


class BotProcess:
    """A bot as a process of its own. What it says is kept in a file, to be searched for secrets.

    ``folder`` is its working directory, whose ``.env`` it reads. ``program`` is a Python that has another tvbot.
    ``url`` is where it listens, if that is not its public address: several stand behind one balancer.
    """

    def __init__(
        self,
        settings: dict[str, str],
        log: Path,
        *arguments: str,
        folder: Path = Path(__file__).parents[2],
        program: str = sys.executable,
        url: str | None = None,
    ) -> None:
        self._settings = settings
        self._url = url
        self._log = log
        self._folder = folder
        self._program = program
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TVBOT_")}
        with self._log.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                self._program,
                "-c",
                "from adapters.cli.main import run; run()",
                *self._arguments,
                env={**clean, **self._settings},
                cwd=self._folder,
                stdout=out,
                stderr=out,
            )
        if self._arguments[0] == "serve":
            await self.until_ready()

    async def until_ready(self) -> None:
        """Wait until it says of itself that it is fit."""
        url = f"{self._url or self._settings['TVBOT_PUBLIC_URL']}/readyz"
        async with aiohttp.ClientSession() as client, asyncio.timeout(BUSY_SECONDS):
            while True:
                assert self._process is not None
                assert self._process.returncode is None, self.log()
                try:
                    async with client.get(url) as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)  # there is no event of another process's listening to wait for

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process, as the system knows it."""
        assert self._process is not None
        return self._process.pid

    def kill_now(self) -> None:
        """Kill it as a power cut would: it does not one thing more."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    async def kill(self) -> None:
        """Kill it as a power cut would, and wait for its end."""
        self.kill_now()
        await self.wait()

    async def clean_up(self) -> None:
        """Kill it if it still runs, for the end of a test that failed."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()

    async def stop(self) -> int:
        """Ask it to stop; returns its exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), BUSY_SECONDS)

    async def wait(self) -> int:
        """Wait until it ends by itself; returns its exit code."""
        assert self._process is not None
        return await self._process.wait()

    def log(self) -> str:
        """Everything that it has said."""
        return self._log.read_text(encoding="utf-8", errors="replace")
