"""A unit of work in memory, for fast tests of rules. It passes the same contract tests as the SQL one."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from support.memory.announcements import MemoryAnnouncements
from support.memory.audit import MemoryAuditLog
from support.memory.cards import MemoryCards
from support.memory.chat_invitations import MemoryChatInvitations
from support.memory.commands import MemoryCommands
from support.memory.connections import MemoryConnections
from support.memory.daily_sums import MemoryDailySums
from support.memory.data import Data, QueuedJob
from support.memory.deliveries import MemoryDeliveries
from support.memory.homes import MemoryHomes
from support.memory.invitations import MemoryInvitations
from support.memory.limitations import MemoryLimitations
from support.memory.memberships import MemoryMemberships
from support.memory.notices import MemoryNotices
from support.memory.open_work import MemoryOpenWork
from support.memory.outages import MemoryOutages
from support.memory.people import MemoryPeople
from support.memory.plans import MemoryPlans
from support.memory.policy import MemoryPolicy
from support.memory.renewals import MemoryRenewals
from support.memory.revocations import MemoryRevocations
from support.memory.rounds import MemoryRounds
from support.memory.session_records import MemorySessionRecords
from support.memory.sessions import MemorySessions
from support.memory.shown_sessions import MemoryShownSessions
from support.memory.states import MemoryStates
from support.memory.switches import MemorySwitchBoard
from support.memory.tokens import MemoryTokens
from support.memory.transfers import MemoryTransfers

from bot.jobs import Job
from bot.values import replace

T = TypeVar("T")
_is_open: ContextVar[bool] = ContextVar("_is_open", default=False)


def is_in_transaction() -> bool:
    """Whether the running code holds a transaction open."""
    return _is_open.get()


class MemoryTransaction:
    """One transaction over every repository."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self.sessions = MemorySessions(data)
        self.outages = MemoryOutages(data)
        self.renewals = MemoryRenewals(data)
        self.transfers = MemoryTransfers(data)
        self.plans = MemoryPlans(data)
        self.notices = MemoryNotices(data)
        self.chat_invitations = MemoryChatInvitations(data)
        self.shown_sessions = MemoryShownSessions(data)
        self.open_work = MemoryOpenWork(data)
        self.session_records = MemorySessionRecords(data)
        self.cards = MemoryCards(data)
        self.invitations = MemoryInvitations(data)
        self.commands = MemoryCommands(data)
        self.people = MemoryPeople(data)
        self.connections = MemoryConnections(data)
        self.revocations = MemoryRevocations(data)
        self.tokens = MemoryTokens(data)
        self.rounds = MemoryRounds(data)
        self.deliveries = MemoryDeliveries(data)
        self.announcements = MemoryAnnouncements(data)
        self.switches = MemorySwitchBoard(data)
        self.states = MemoryStates(data)
        self.audit = MemoryAuditLog(data)
        self.limitations = MemoryLimitations(data)
        self.homes = MemoryHomes(data)
        self.memberships = MemoryMemberships(data)
        self.policy = MemoryPolicy(data)
        self.daily_sums = MemoryDailySums(data)

    def end_with_next_statement(self) -> None:
        """Do nothing: a commit in memory takes no message."""

    async def run_together(self, works: Sequence[Coroutine[Any, Any, Any]]) -> Sequence[Any]:
        try:
            return [await work for work in works]
        finally:
            for work in works:
                work.close()

    async def end_and_read(self, read: Coroutine[Any, Any, T]) -> T:
        return await read

    async def enqueue(self, job: Job, *, key: str, delay_seconds: int = 0) -> None:
        # As the engine does: a job whose key was ever used is not enqueued again.
        if key not in self._data.job_keys:
            self._data.job_keys.add(key)
            self._data.jobs[key] = QueuedJob(job, key, delay_seconds)


class MemoryUnitOfWork:
    """Opens transactions on data in memory, one writer at a time. ``jobs`` are those that were committed."""

    def __init__(self) -> None:
        self._data = Data()
        self._writer = asyncio.Lock()

    @property
    def jobs(self) -> list[QueuedJob]:
        """Return the jobs that were enqueued so far, the oldest first."""
        return list(self._data.jobs.values())

    def take_jobs(self) -> list[QueuedJob]:
        """Return the jobs that were enqueued so far, and empty the queue."""
        jobs = self.jobs
        self._data = replace(self._data, jobs={}, queued_refreshes=set())
        return jobs

    @asynccontextmanager
    async def write(self) -> AsyncIterator[MemoryTransaction]:
        """Open a transaction that commits at its end and rolls back on an error."""
        async with self._writer:
            data = self._data.copy()
            opened = _is_open.set(True)
            try:
                yield MemoryTransaction(data)
            finally:
                _is_open.reset(opened)
            self._data = data

    @asynccontextmanager
    async def read(self) -> AsyncIterator[MemoryTransaction]:
        """Open a transaction that only reads."""
        opened = _is_open.set(True)
        try:
            # A commit replaces the data, so what a reader holds never changes.
            yield MemoryTransaction(self._data)
        finally:
            _is_open.reset(opened)
