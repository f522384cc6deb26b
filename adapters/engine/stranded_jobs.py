"""Resume jobs that ended here without an outcome: the database could not store it, for example because its disk was full.

The engine counts such a job as running until the process ends. Nothing else would resume it: on PostgreSQL other processes
adopt the jobs of dead processes only.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import structlog
from dbos import DBOS

LOOK_EVERY_SECONDS = 10.0
LOOKS = 3
"""A job is stranded if it did not run at so many looks in a row. The engine needs a moment to start and to finish a job."""
log = structlog.get_logger("engine")


class StrandedJobs:
    """Knows which jobs run in this process, and finds those of which only the engine believes it."""

    def __init__(self, executor_id: str) -> None:
        self._executor_id = executor_id
        self._running: set[str] = set()
        self._missed: dict[str, int] = {}
        self._looked_at = 0.0

    @contextmanager
    def running(self, key: str) -> Iterator[None]:
        """Count the job with this key as running."""
        self._running.add(key)
        try:
            yield
        finally:
            self._running.discard(key)

    def find(self, pending: Iterable[str]) -> list[str]:
        """Return which of the jobs that the engine counts as running here are stranded. Each call is a look."""
        missed = {key: self._missed.get(key, 0) + 1 for key in pending if key not in self._running}
        stranded = [key for key, looks in missed.items() if looks >= LOOKS]
        self._missed = {key: looks for key, looks in missed.items() if looks < LOOKS}
        return stranded

    async def resume_all(self) -> None:
        """Look, unless the last look was a moment ago, and enqueue the stranded jobs again."""
        if time.monotonic() - self._looked_at < LOOK_EVERY_SECONDS:
            return
        self._looked_at = time.monotonic()
        pending = await DBOS.list_workflows_async(
            status="PENDING", executor_id=self._executor_id, load_input=False, load_output=False
        )
        stranded = self.find(one.workflow_id for one in pending)
        if stranded:
            log.warning("resuming jobs whose outcome could not be stored", jobs=len(stranded))
            await DBOS.resume_workflows_async(stranded)
