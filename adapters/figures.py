"""The metrics that are read from the database at a fixed pace: sessions, notices, tokens, waiting jobs and rounds."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from prometheus_client import Gauge

from adapters.engine.waiting import WaitingJobs, find_waiting_jobs
from bot.jobs import Queue
from bot.model.ids import OrgId
from bot.model.notice import Channel, NoticeState
from bot.model.session import State
from bot.ports import Clock
from storage.database import Database
from storage.figures import Figures, read_figures

READ_EVERY_SECONDS = 15.0
OPEN_SESSIONS = Gauge("tvbot_open_sessions", "Open sessions by state.", ["state"])
RECENT_SESSIONS = Gauge(
    "tvbot_recent_sessions", "Sessions that were created within the last hour, by state.", ["state"]
)
RECENT_NOTICES = Gauge(
    "tvbot_recent_notices",
    "Notices of the sessions that were created within the last hour, by channel and state.",
    ["channel", "state"],
)
TOKENS = Gauge(
    "tvbot_tokens",
    "OAuth tokens by system and state: valid, ending (within 10 minutes), ended (the next use renews it) or lost.",
    ["system", "state"],
)
WAITING_JOBS = Gauge("tvbot_waiting_jobs", "Jobs that could run and wait for a worker, by queue.", ["queue"])
OLDEST_WAITING = Gauge(
    "tvbot_oldest_waiting_job_seconds",
    "For how long the oldest job of a queue waits; 0 if none waits.",
    ["queue"],
)
ROUND_AGE = Gauge(
    "tvbot_last_round_age_seconds", "Time since a round of checks was completed, in any process."
)
READ_AT = Gauge("tvbot_figures_read_timestamp_seconds", "When the figures of the database were last read.")
TOKEN_SYSTEMS = ("teamviewer", "slack", "servicedesk")
TOKEN_STATES = ("valid", "ending", "ended", "lost")
log = structlog.get_logger("bot")


class DatabaseFigures:
    """Reads the figures in a task, so that a scrape reads nothing. ``round_age`` returns seconds."""

    def __init__(
        self, database: Database, org_id: OrgId, clock: Clock, round_age: Callable[[], Awaitable[float]]
    ) -> None:
        self._database = database
        self._org_id = org_id
        self._clock = clock
        self._round_age = round_age
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = asyncio.Event()

    def start(self) -> None:
        """Start to read the figures."""
        self._task = asyncio.create_task(self._read_forever())

    async def stop(self) -> None:
        """Wait until they are read for the last time, because a reading that is cut off leaves its connection open."""
        self._is_stopping.set()
        if self._task is not None:
            await self._task

    async def read(self) -> None:
        """Read the figures once. Raises whatever the database raises."""
        now = self._clock()
        _show_figures(await read_figures(self._database, self._org_id, now))
        _show_waiting_jobs(await find_waiting_jobs(self._database))
        ROUND_AGE.set(await self._round_age())
        READ_AT.set(now.timestamp())

    async def _read_forever(self) -> None:
        while not self._is_stopping.is_set():
            try:
                await self.read()
            except Exception as error:  # noqa: BLE001 - the database may be back with the next round
                log.warning("the figures of the database cannot be read", error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(READ_EVERY_SECONDS):
                    await self._is_stopping.wait()


def _show_figures(figures: Figures) -> None:
    """Set every gauge, also those of which there is nothing: a series that comes and goes makes no alert."""
    for state in State:
        if state.is_open:
            OPEN_SESSIONS.labels(state.value).set(figures.open_sessions.get(state.value, 0))
        RECENT_SESSIONS.labels(state.value).set(figures.recent_sessions.get(state.value, 0))
    for channel in Channel:
        for fate in NoticeState:
            key = (channel.value, fate.value)
            RECENT_NOTICES.labels(*key).set(figures.recent_notices.get(key, 0))
    for system in TOKEN_SYSTEMS:
        for token_state in TOKEN_STATES:
            TOKENS.labels(system, token_state).set(figures.tokens.get((system, token_state), 0))


def _show_waiting_jobs(waiting: WaitingJobs) -> None:
    for queue in Queue:
        count, seconds = waiting.get(queue.value, (0, 0.0))
        WAITING_JOBS.labels(queue.value).set(count)
        OLDEST_WAITING.labels(queue.value).set(seconds)
