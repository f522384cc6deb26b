"""Several processes on PostgreSQL: each writes a heartbeat, and one of them adopts the jobs of a dead one."""

import asyncio
from contextlib import suppress

import sqlalchemy as sa
import structlog
from dbos import DBOS

from storage.database import Database
from storage.tables import replicas

BEAT_SECONDS = 5.0
DEAD_AFTER_SECONDS = 30.0
_LOCK = 0x61646F7074  # "adopt": one process at a time adopts
log = structlog.get_logger("engine")


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
        self, database: Database, executor_id: str, *, dead_after: float = DEAD_AFTER_SECONDS
    ) -> None:
        self._database = database
        self._id = executor_id
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
                await self._beat()
                await self._adopt()
            except Exception as error:  # noqa: BLE001 - without a heartbeat the others would adopt jobs that still run here
                log.warning("heartbeat failed", error=type(error).__name__)

    async def _beat(self) -> None:
        # The database's clock, because the clocks of the machines may differ.
        now = sa.func.extract("epoch", sa.func.clock_timestamp())
        async with self._database.writer.begin() as connection:
            touched = await connection.execute(
                sa.update(replicas).where(replicas.c.executor_id == self._id).values(beat_at=now)
            )
            if touched.rowcount == 0:
                await connection.execute(sa.insert(replicas).values(executor_id=self._id, beat_at=now))

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
            await self._resume_work_of_the_dead(living)
            await connection.execute(
                sa.delete(replicas).where(replicas.c.beat_at < now - 100 * self._dead_after)
            )

    async def _resume_work_of_the_dead(self, living: set[str]) -> None:
        pending = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
        orphans = [one.workflow_id for one in pending if one.executor_id not in living]
        if orphans:
            log.warning("adopting the work of a process that died", jobs=len(orphans))
            await DBOS.resume_workflows_async(orphans)
