"""A whole installation: the bot's processes, their database, and a proxy on the way to everything outside."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from pathlib import Path

from support import postgres
from support.bot import BotProcess, settings_for
from yarl import URL

from chaos.bot_clock import BotClock
from chaos.disk import SmallDisk, small_disk
from chaos.proxy import HOST, Proxy
from sandbox.environment import Environment
from storage.database import Database

DEAD_AFTER_SECONDS = 3
_TRIES_TO_START = 5
_SMALL_LOG = "-c max_wal_size=64MB -c min_wal_size=32MB"
"""PostgreSQL's log of changes must fit on the small disk."""


class DatabaseKind(StrEnum):
    """Where the bot stores everything."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Installation:
    """The parts of an installation that a disturbance can reach.

    ``folder`` has the logs, one for each process. ``proxies`` are by the name of what is behind them. ``cluster`` is None on SQLite. ``ended`` counts how often a process
    ended although nobody stopped it: it is started again, as a service manager would. ``faults`` are sentences about
    processes that did not stop as they should.
    """

    def __init__(
        self,
        *,
        folder: Path,
        environment: Environment,
        processes: list[BotProcess],
        settings: dict[str, str],
        database_url: str,
        proxies: dict[str, Proxy],
        clock: BotClock,
        disk: SmallDisk,
        cluster: postgres.Cluster | None,
    ) -> None:
        self.folder = folder
        self.environment = environment
        self.processes = processes
        self.settings = settings
        self.database = Database(database_url)
        self.proxies = proxies
        self.clock = clock
        self.disk = disk
        self.cluster = cluster
        self.ended = 0
        self.faults: list[str] = []

    async def stop_process(self, process: BotProcess) -> None:
        """Ask a process to stop, and kill it where it does not."""
        try:
            code = await process.stop()
        except TimeoutError:
            self.faults.append("a process did not stop in time")
            await process.kill()
        else:
            if code != 0:
                self.faults.append(f"a process that was asked to stop ended with the exit code {code}")

    async def start_process(self, process: BotProcess) -> None:
        """Start a process that does not run. One that ends at once is started again. Raises RuntimeError."""
        for _try in range(_TRIES_TO_START):
            try:
                await process.start()
            except AssertionError:
                self.ended += 1
            else:
                return
        raise RuntimeError(f"a process does not start any more: {process.log()[-2000:]}")

    async def restart_ended_processes(self) -> None:
        """Start every process that ended by itself."""
        for process in self.processes:
            if not process.is_running:
                self.ended += 1
                await self.start_process(process)

    async def end_disturbances(self) -> None:
        """Let everything work again that a disturbance may have left broken."""
        systems = self.environment
        for system in (systems.teamviewer, systems.servicedesk, systems.slack, systems.teams, systems.sms):
            system.faults.clear()
        systems.mailbox.slow_seconds, systems.mailbox.drop_after_data = 0.0, False
        for proxy in self.proxies.values():
            proxy.cut()
        self.clock.step_to(0)
        self.disk.free()
        if self.cluster is not None:
            await asyncio.to_thread(self.cluster.start)
        await self.restart_ended_processes()


@asynccontextmanager
async def running_installation(kind: DatabaseKind, folder: Path) -> AsyncIterator[Installation]:
    """Run the outside systems and the bot: one process on SQLite, two on PostgreSQL. ``folder`` gets logs and data."""
    async with AsyncExitStack() as stack:
        environment = Environment()
        await environment.start()
        stack.push_async_callback(environment.stop)
        disk = stack.enter_context(small_disk())
        cluster = None
        if kind is DatabaseKind.POSTGRESQL:
            cluster = stack.enter_context(postgres.running_cluster(disk.folder, _SMALL_LOG))
            database_url = postgres.new_database(cluster.server, "chaos")
        else:
            database_url = f"sqlite:///{disk.folder}/tvbot.db"
        proxies = await _start_proxies(environment, database_url, stack)
        clock = BotClock(folder)
        settings = _through_proxies(
            settings_for(environment, database_url, TVBOT_DEAD_AFTER_SECONDS=str(DEAD_AFTER_SECONDS)), proxies
        )
        environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
        roles = ["serve"] if cluster is None else ["serve", "worker"]
        processes = [BotProcess(settings | clock.environment(), folder / role, role) for role in roles]
        installation = Installation(
            folder=folder,
            environment=environment,
            processes=processes,
            settings=settings,
            database_url=database_url,
            proxies=proxies,
            clock=clock,
            disk=disk,
            cluster=cluster,
        )
        stack.push_async_callback(installation.database.close)
        for process in processes:
            # Whatever ends the run, its processes end with it.
            stack.push_async_callback(process.clean_up)
            await installation.start_process(process)
        yield installation


async def _start_proxies(
    environment: Environment, database_url: str, stack: AsyncExitStack
) -> dict[str, Proxy]:
    servers = {
        "TeamViewer": environment.teamviewer.api_url,
        "ServiceDesk Plus": environment.servicedesk.api_url,
        "Zoho accounts": environment.servicedesk.accounts_url,
        "Slack": environment.slack.api_url,
        "Teams": environment.teams.service_url,
        "mail server": environment.mailbox.url,
        "SMS gateway": environment.sms.url.replace("{to}", ""),
    }
    if database_url.startswith("postgresql"):
        servers["PostgreSQL"] = database_url
    proxies = {}
    for name, url in servers.items():
        port = URL(url).port
        assert port is not None  # each listens on a port of its own
        proxies[name] = Proxy(name, port)
        await proxies[name].start()
        stack.push_async_callback(proxies[name].stop)
    # The bot learns the address of Teams from each activity.
    environment.teams.state.origin = f"http://{HOST}:{proxies['Teams'].port}"
    return proxies


def _through_proxies(settings: dict[str, str], proxies: dict[str, Proxy]) -> dict[str, str]:
    """Return the settings with the proxies' ports in the place of those behind them."""
    ports = {str(proxy.target): str(proxy.port) for proxy in proxies.values()}
    own = settings["TVBOT_PORT"]

    def swap(found: re.Match[str]) -> str:
        return f"{HOST}:{ports.get(found[1], found[1])}"

    swapped = {name: re.sub(rf"{re.escape(HOST)}:(\d+)", swap, value) for name, value in settings.items()}
    return swapped | {"TVBOT_PORT": own}
