"""Several processes on PostgreSQL: each writes a heartbeat, and one of them adopts the jobs of a dead one."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import sqlalchemy as sa
import structlog
from dbos import DBOS

from adapters.engine.running_jobs import RunningJobs
from storage.database import Database
from storage.tables import replicas

BEAT_SECONDS = 5.0
_LEASE_SHARE = 0.75
"""The rest is time for a call that left at the last moment to arrive before another process looks for its outcome."""
DEAD_AFTER_SECONDS = 30.0
_LOCK = 0x61646F7074  # "adopt": one process at a time adopts
log = structlog.get_logger("engine")


def _seconds_since_boot() -> float:
    """Return seconds that also pass while the machine sleeps, where the system has such a clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Lease:
    """How long this process may run its jobs: for a while after its last heartbeat, and less long than the others wait.

    A process that was paused, or that does not reach the database, runs on without knowing that another one has adopted
    its jobs. So it measures by itself, without the database.
    """

    def __init__(self, dead_after: float, clock: Callable[[], float] = _seconds_since_boot) -> None:
        self._seconds = dead_after * _LEASE_SHARE
        self._clock = clock
        self._ends_at = 0.0

    def is_held(self) -> bool:
        """Whether no other process may have adopted the jobs of this one."""
        return self._clock() < self._ends_at

    def now(self) -> float:
        """Return the time on the lease's clock, in seconds. Read it before the heartbeat is written."""
        return self._clock()

    def extend(self, beat_began_at: float) -> None:
        """Extend the lease after a heartbeat whose writing began at this time."""
        self._ends_at = beat_began_at + self._seconds


async def is_any_alive(database: Database, *, dead_after: float = DEAD_AFTER_SECONDS) -> bool:
    """Return whether a process on this PostgreSQL database does the background work. False in an empty database."""
    now = sa.func.extract("epoch", sa.func.clock_timestamp())
    query = sa.select(sa.literal(1)).where(replicas.c.beat_at > now - dead_after).limit(1)
    async with database.reader.connect() as connection:
        if not await connection.run_sync(lambda it: sa.inspect(it).has_table(replicas.name)):
            return False
        return (await connection.execute(query)).first() is not None


class Replicas:
    """The heartbeat of this process, and the adoption of dead processes' jobs.

    The engine gives work back only to a process of the same name, and names here are never used twice. A process is
    dead when its row was not touched for a while, by the database's clock.
    """

    def __init__(
        self,
        database: Database,
        executor_id: str,
        lease: Lease,
        running_jobs: RunningJobs,
        *,
        dead_after: float = DEAD_AFTER_SECONDS,
    ) -> None:
        self._database = database
        self._id = executor_id
        self._lease = lease
        self._running_jobs = running_jobs
        self._dead_after = dead_after
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Write the first heartbeat before any job is taken, then write one regularly."""
        await self._beat()
        self._task = asyncio.create_task(self._go_on())

    async def stop(self) -> None:
        """Stop the heartbeat and mark this process as dead, so that another one adopts its jobs at once."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        async with self._database.writer.begin() as connection:
            await connection.execute(
                sa.update(replicas).where(replicas.c.executor_id == self._id).values(beat_at=0)
            )

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(min(BEAT_SECONDS, self._dead_after / 3))
            try:
                if not self._lease.is_held():
                    log.warning("this process was away for too long, so its jobs are stopped")
                    self._running_jobs.end_lease()
                await self._beat()
                await self._adopt()
            except Exception as error:  # noqa: BLE001 - without a heartbeat the others would adopt jobs that still run here
                log.warning("heartbeat failed", error=type(error).__name__)

    async def _beat(self) -> None:
        # The database's clock, because the clocks of the machines may differ.
        now = sa.func.extract("epoch", sa.func.clock_timestamp())
        began_at = self._lease.now()
        async with self._database.writer.begin() as connection:
            touched = await connection.execute(
                sa.update(replicas).where(replicas.c.executor_id == self._id).values(beat_at=now)
            )
            if touched.rowcount == 0:
                await connection.execute(sa.insert(replicas).values(executor_id=self._id, beat_at=now))
        self._lease.extend(began_at)

    async def _adopt(self) -> None:
        async with self._database.writer.begin() as connection:
            # One process at a time adopts; the others have nothing to do until the next heartbeat.
            mine = await connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK)))
            if not mine:
                return
            now = sa.func.extract("epoch", sa.func.clock_timestamp())
            living = {
                row.executor_id
                for row in await connection.execute(
                    sa.select(replicas.c.executor_id).where(replicas.c.beat_at > now - self._dead_after)
                )
            }
            # This process lives, even if its last heartbeat was long ago because the database is slow.
            await self._resume_work_of_the_dead(living | {self._id})
            await connection.execute(
                sa.delete(replicas).where(replicas.c.beat_at < now - 100 * self._dead_after)
            )

    async def _resume_work_of_the_dead(self, living: set[str]) -> None:
        left_behind = self._running_jobs.left_behind
        known = set(left_behind)
        pending = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
        orphans = [
            one.workflow_id
            for one in pending
            if one.executor_id not in living
            # A job that has begun here again meanwhile is no longer left behind.
            or (one.executor_id == self._id and one.workflow_id in left_behind)
        ]
        if orphans:
            log.warning("adopting the work of a process that died", jobs=len(orphans))
            await DBOS.resume_workflows_async(orphans)
        left_behind -= known
