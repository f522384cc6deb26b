"""Note when a verified request of each outside system arrived, so that the doctor can say that they do arrive."""

import asyncio
from datetime import datetime, timedelta

import structlog
from aiohttp import web

from adapters.tasks import Tasks
from bot.errors import Unavailable
from bot.model.delivery import DeliverySource
from bot.ports import Clock
from bot.unit_of_work import UnitOfWork

ONE_WRITE_IN = timedelta(minutes=1)
"""For each outside system, each process writes at most once in this time."""
WRITE_AFTER_SECONDS = 1.0
"""The write begins so long after the request, so that no answer waits for it."""
log = structlog.get_logger("web")


class Deliveries:
    """Notes requests in memory, and stores the moment of the last one a little later."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        clock: Clock,
        tasks: Tasks,
        *,
        write_after_seconds: float = WRITE_AFTER_SECONDS,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._tasks = tasks
        self._write_after_seconds = write_after_seconds
        self._noted: dict[DeliverySource, datetime] = {}
        self._has_stopped = False
        self._waiting: dict[DeliverySource, asyncio.TimerHandle] = {}

    def note(self, source: DeliverySource) -> None:
        """Note that a verified request of an outside system has arrived now. It touches no database."""
        now = self._clock()
        noted = self._noted.get(source)
        # A clock that was set back is no reason to wait.
        if self._has_stopped or (noted is not None and noted <= now < noted + ONE_WRITE_IN):
            return
        self._noted[source] = now
        self._waiting[source] = asyncio.get_running_loop().call_later(
            self._write_after_seconds, self._start_write, source, now
        )

    def _start_write(self, source: DeliverySource, at: datetime) -> None:
        self._tasks.start_task(self._write(source, at))

    async def _write(self, source: DeliverySource, at: datetime) -> None:
        try:
            async with self._unit_of_work.write() as tx:
                await tx.deliveries.note(source, at)
        except Unavailable:
            # The next request tries again.
            self._noted.pop(source, None)

    def stop(self) -> None:
        """Forget what has not been written yet, and note nothing more. The database is about to be closed."""
        self._has_stopped = True
        for timer in self._waiting.values():
            timer.cancel()


DELIVERIES = web.AppKey("deliveries", Deliveries)


def note_delivery(request: web.Request, source: DeliverySource) -> None:
    """Note that this request was verified, if the application notes requests."""
    deliveries = request.app.get(DELIVERIES)
    if deliveries is not None:
        deliveries.note(source)
