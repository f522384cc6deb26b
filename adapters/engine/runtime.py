"""The engine in this process: it runs jobs from the queues, and enqueues the regular sweep."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import structlog
from dbos import DBOS
from dbos._sys_db import SystemDatabase
from prometheus_client import Histogram

from adapters.engine.claimer import AT_ONCE, Claimer
from adapters.engine.early_ends import EarlyEnds
from adapters.engine.fences import config, executor_id, join_log
from adapters.engine.outcomes import Outcomes
from adapters.engine.queue import IN_ORDER, WORKFLOW
from adapters.engine.replicas import DEAD_AFTER_SECONDS, Lease, Replicas
from adapters.engine.running_jobs import RunningJobs
from adapters.engine.steps import DurableSteps
from adapters.engine.stranded_jobs import StrandedJobs
from adapters.engine.wake import Waker
from adapters.traces import job_span
from bot.jobs import Sweep, decode_job
from bot.services import Services
from bot.workflows.dispatch import Workflows
from storage.database import Database
from storage.kept_connections import ping_idle_connections

QUEUE_POLL_SECONDS = 0.25
_KEEP_FINISHED = timedelta(days=1)
_CLEANUP_SECONDS = 600
_LAST_JOBS_SECONDS = 5
"""How long a stop waits after that for jobs that were cancelled, or that the engine took at the last moment."""
JOBS = Histogram(
    "tvbot_job_seconds",
    "Duration of jobs, from the moment a worker takes one to its end.",
    ["kind"],
    buckets=(0.1, 0.5, 1, 5, 20, 60, 300),
)
log = structlog.get_logger("engine")

_running: "Engine | None" = None


def _leave_as_they_are(arguments: Sequence[Any], named: Mapping[str, Any]) -> tuple[Any, Any]:
    """Take the arguments of a job as they were stored. As shipped the engine compares them with the type hints of the function each time."""
    return arguments, named


@DBOS.workflow(name=WORKFLOW, validate_args=_leave_as_they_are)
async def _run_encoded_job(encoded: str, trace: str | None = None) -> None:
    """Run one job, as a part of the trace that it was enqueued in. There is one engine in a process, so the workflow finds it here."""
    if _running is None:
        raise RuntimeError("a job was started before the engine was")
    await _running.run_job(encoded, trace)


class Engine:
    """Runs jobs. Every ``sweep_seconds`` it enqueues a sweep, once for all processes on one database."""

    def __init__(
        self,
        database: Database,
        *,
        sweep_seconds: int,
        queue_poll_seconds: float = QUEUE_POLL_SECONDS,
        dead_after: float = DEAD_AFTER_SECONDS,
    ) -> None:
        self._database = database
        self._sweep_seconds = sweep_seconds
        self._queue_poll_seconds = queue_poll_seconds
        self._id = executor_id(database)
        self._lease = Lease(dead_after) if not database.is_sqlite else None
        self.running_jobs = RunningJobs(self._lease.is_held if self._lease is not None else lambda: True)
        self._replicas = (
            Replicas(database, self._id, self._lease, self.running_jobs, dead_after=dead_after)
            if self._lease is not None
            else None
        )
        self._outcomes = Outcomes(database)
        self._stranded_jobs = StrandedJobs(self._id)
        self._services: Services | None = None
        self._workflows: Workflows | None = None
        self._rounds: asyncio.Task[None] | None = None
        self._waker: Waker | None = None
        self._claimer: Claimer | None = None
        self._early_ends: EarlyEnds | None = None
        self._started_at = 0.0
        self._cleaned_up_at = 0.0

    async def start(self, services: Services) -> None:
        """Start to run jobs. On SQLite, jobs that were interrupted are resumed first."""
        global _running  # noqa: PLW0603 - the engine's own registry is global as well
        join_log()
        self._services = services
        self._workflows = Workflows(services)
        _running = self
        self._started_at = time.monotonic()
        if self._replicas is not None:
            await self._replicas.start()
        engine = DBOS(config=config(self._database, self._id))
        # The claimer looks for the jobs of the other queue.
        DBOS.listen_queues([IN_ORDER])
        DBOS.launch()
        system: SystemDatabase = engine._sys_db  # noqa: SLF001 - it has no public name
        if not self._database.is_sqlite:
            ping_idle_connections(system.engine)
        self._early_ends = EarlyEnds(system)
        self._claimer = Claimer(engine, self._id, poll_seconds=self._queue_poll_seconds)
        self._claimer.start()
        self._waker = Waker(engine)
        await self._register_queue()
        self._rounds = asyncio.create_task(self._enqueue_sweeps_forever())

    async def _register_queue(self) -> None:
        await DBOS.register_queue_async(
            IN_ORDER,
            partition_concurrency=1,
            worker_concurrency=AT_ONCE,
            polling_interval_sec=self._queue_poll_seconds,
            on_conflict="always_update",
        )

    def wake(self) -> None:
        """Look for new jobs now: somebody else has enqueued one."""
        if self._claimer is not None:
            self._claimer.wake()
        if self._waker is not None:
            self._waker.wake()

    def begin_stop(self) -> None:
        """Begin no step and no call any more."""
        self.running_jobs.begin_stop()

    async def stop(self, seconds: float) -> None:
        """Finish the calls that are under way, for ``seconds`` at most, and leave the rest to the next process."""
        global _running  # noqa: PLW0603 - see start
        if _running is not self:
            return  # It was never started. An engine that runs in this process belongs to another bot.
        if self._waker is not None:
            self._waker.stop()
        if self._claimer is not None:
            await self._claimer.stop()
        if self._rounds is not None:
            self._rounds.cancel()
            with suppress(asyncio.CancelledError):
                await self._rounds
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as thread:
            # At once the engine takes no more jobs. It ends its threads when no job runs, since a step that lost them would
            # take that for its outcome.
            longest = ceil(seconds) + _LAST_JOBS_SECONDS
            destroyed = loop.run_in_executor(
                thread, lambda: DBOS.destroy(workflow_completion_timeout_sec=longest)
            )
            await self.running_jobs.stop(seconds)
            await destroyed
        # The engine replaced the loop's executor with its own, which it has just shut down.
        loop.set_default_executor(ThreadPoolExecutor(4))
        if self._early_ends is not None:
            await self._early_ends.close()
        if self._replicas is not None:
            await self._replicas.stop()
        _running = None

    def wrong(self) -> str | None:
        """Return what is wrong with the worker, or None."""
        is_running = self._rounds is not None and not self._rounds.done()
        looks_for_jobs = self._claimer is not None and self._claimer.runs
        return None if is_running and looks_for_jobs else "the worker is not running"

    async def run_job(self, encoded: str, trace: str | None = None) -> None:
        """Run one job to its end, as a part of ``trace``. A job that this version does not know is left to another one."""
        if self._workflows is None:
            raise RuntimeError("the engine was not started")
        try:
            job = decode_job(encoded)
        except ValueError:
            await self._hold_unknown_job()
            return
        with (
            structlog.contextvars.bound_contextvars(job=job.tag),
            self._stranded_jobs.running(DBOS.workflow_id or ""),
            self.running_jobs.job(DBOS.workflow_id or ""),
            # A sweep has no steps, and its calls must not be cut short either.
            self.running_jobs.step() if isinstance(job, Sweep) else nullcontext(),
            JOBS.labels(job.tag).time(),
            job_span(job.tag, trace),
        ):
            steps = DurableSteps(self.running_jobs, self._outcomes, is_first_run=self._is_first_run())
            await self._workflows.run_job(job, steps)
            if self._early_ends is not None:
                await self._early_ends.store(DBOS.workflow_id or "")

    def _is_first_run(self) -> bool:
        """Whether nothing of the running job is stored. False where that is not known."""
        return self._claimer is not None and self._claimer.has_no_outcomes(DBOS.workflow_id or "")

    async def _hold_unknown_job(self) -> None:
        """Wait for the stop of this process: another version has enqueued the job, and one that knows it resumes it.

        An error would be stored as the outcome of the job, and the job would be lost. During a rolling upgrade both
        versions take jobs from the same queues.
        """
        log.warning("a job of another version waits until this process stops")
        key = DBOS.workflow_id or ""
        with self._stranded_jobs.running(key), self.running_jobs.job(key):
            await asyncio.Event().wait()

    async def _enqueue_sweeps_forever(self) -> None:
        while True:
            # All processes wake up at the same moments, and the first one begins the round.
            await asyncio.sleep(self._sweep_seconds - time.time() % self._sweep_seconds)
            try:
                await self._enqueue_sweep()
                await self._stranded_jobs.resume_all()
                await self._delete_finished_jobs()
            except Exception as error:  # noqa: BLE001 - one failed round must not end the others
                log.warning("a round failed", error=type(error).__name__)

    async def _enqueue_sweep(self) -> None:
        if self._services is None:
            return
        up_seconds = int(time.monotonic() - self._started_at)
        org_id = self._services.installation.org_id
        async with self._services.unit_of_work.write() as tx:
            # The number is counted in the database. One made of the time would come again after the clock is set back.
            number = await tx.rounds.begin(datetime.now(UTC), timedelta(seconds=self._sweep_seconds))
            if number is not None:
                await tx.enqueue(Sweep(up_seconds), key=f"sweep:{org_id}:{number}")

    async def _delete_finished_jobs(self) -> None:
        """Delete finished jobs. The engine would keep them permanently, and the bot's own tables hold the results."""
        if time.monotonic() - self._cleaned_up_at < _CLEANUP_SECONDS:
            return
        self._cleaned_up_at = time.monotonic()
        before = (datetime.now(UTC) - _KEEP_FINISHED).isoformat()
        finished = await DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            end_time=before,
            limit=500,
            load_input=False,
            load_output=False,
        )
        if finished:
            await self._outcomes.delete(one.workflow_id for one in finished)
            await DBOS.delete_workflows_async([one.workflow_id for one in finished])
