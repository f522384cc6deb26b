"""What ``/readyz`` checks of the bot itself: database, schema, keys, and the rounds of the background work."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from adapters.chat_platform import HealthCheck
from adapters.engine.replicas import is_any_alive
from bot.model.ids import OrgId
from bot.ports import Clock
from bot.unit_of_work import UnitOfWork
from storage.canary import probe_database
from storage.database import Database
from storage.errors import WrongKeys
from storage.explain import explain_database_error
from storage.migrate import SchemaState, read_schema_state
from storage.vault import Vault

MISSED_ROUNDS = 3
SLOW_ROUND_SECONDS = 60
"""A round is late after so many missed ones, and so many seconds more: with many sessions a round takes a while."""


def late_after_seconds(sweep_seconds: int) -> int:
    """Return the age from which on the last completed round is late."""
    return MISSED_ROUNDS * sweep_seconds + SLOW_ROUND_SECONDS


class Fitness:
    """Checks one process. ``find_worker_problem`` is None in a process without background work, and without a worker of its own."""

    def __init__(
        self,
        *,
        database: Database,
        vault: Vault,
        org_id: OrgId,
        unit_of_work: UnitOfWork,
        find_worker_problem: Callable[[], str | None] | None,
        sweep_seconds: int,
        dead_after: float,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._org_id = org_id
        self._unit_of_work = unit_of_work
        self._find_worker_problem = find_worker_problem
        self._late_after = late_after_seconds(sweep_seconds)
        self._dead_after = dead_after
        self._clock = clock
        self._started = time.monotonic()
        self._last_completed: datetime | None = None
        self._last_seen = self._started

    def checks(self) -> Mapping[str, HealthCheck]:
        """Return the checks by name. Each returns the problem, or None."""
        return {
            "database": self.find_database_problem,
            "migrations": self.find_schema_problem,
            "worker": self.find_worker_problem,
            "rounds": self.find_late_rounds,
        }

    async def find_database_problem(self) -> str | None:
        """Write to the database, and open the value that was sealed at the first start."""
        try:
            await probe_database(self._database, self._vault, self._org_id)
        except SQLAlchemyError as error:
            return explain_database_error(error)
        except WrongKeys as error:
            return str(error)
        return None

    async def find_schema_problem(self) -> str | None:
        """Look whether this version can work with the schema.

        During a rolling upgrade the schema is that of the next version, and this process must go on until it is replaced.
        """
        state = await read_schema_state(self._database)
        return "the schema is behind: run `tvbot db upgrade`" if state is SchemaState.BEHIND else None

    async def find_worker_problem(self) -> str | None:
        """Look whether this process, its own worker or another one does the background work."""
        if self._find_worker_problem is not None:
            return self._find_worker_problem()
        # On SQLite there is no other process.
        if not self._database.is_sqlite and await is_any_alive(self._database, dead_after=self._dead_after):
            return None
        return "no process does the background work: start `tvbot worker`"

    async def find_late_rounds(self) -> str | None:
        """Look how long ago a round was completed, in any process. After a start the first one has time."""
        late = await self.seconds_since_last_round()
        return f"the last round was completed {int(late)} s ago" if late > self._late_after else None

    async def seconds_since_last_round(self) -> float:
        """Return how long ago a round was completed, in any process, or how long this process runs if that is less."""
        async with self._unit_of_work.read() as tx:
            completed = await tx.rounds.completed_at()
        if completed != self._last_completed:
            self._last_completed, self._last_seen = completed, time.monotonic()
        now = self._clock()
        # A round in the future was completed before the clock was set back. Then the steady clock tells its age.
        by_clock = (
            (now - completed).total_seconds()
            if completed is not None and completed <= now
            else time.monotonic() - self._last_seen
        )
        return min(by_clock, time.monotonic() - self._started)
