"""The unit of work on SQL: transactions that hold every repository."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, get_type_hints

import structlog
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import database_unavailable
from bot.jobs import Job
from bot.model.ids import OrgId
from storage import kept_statements
from storage.database import Database
from storage.explain import explain_database_error, is_read_only
from storage.group_commit import SharedTransactionLost
from storage.repositories.announcements import SqlAnnouncementRepository
from storage.repositories.audit import SqlAuditRepository
from storage.repositories.cards import SqlCardRepository
from storage.repositories.chat_invitations import SqlChatInvitationRepository
from storage.repositories.commands import SqlCommandRepository
from storage.repositories.connections import SqlConnectionRepository
from storage.repositories.daily_sums import SqlDailySumRepository
from storage.repositories.deliveries import SqlDeliveryRepository
from storage.repositories.homes import SqlHomeRepository
from storage.repositories.installations import SqlInstallationRepository
from storage.repositories.invitations import SqlInvitationRepository
from storage.repositories.limitations import SqlLimitationRepository
from storage.repositories.memberships import SqlMembershipRepository
from storage.repositories.notices import SqlNoticeRepository
from storage.repositories.open_work import SqlOpenWorkRepository
from storage.repositories.outages import SqlOutageRepository
from storage.repositories.people import SqlPeopleRepository
from storage.repositories.plans import SqlPlanRepository
from storage.repositories.policy import SqlPolicyRepository
from storage.repositories.renewals import SqlRenewalRepository
from storage.repositories.revocations import SqlRevocationRepository
from storage.repositories.rounds import SqlRoundRepository
from storage.repositories.session_records import SqlSessionRecordRepository
from storage.repositories.sessions import SqlSessionRepository
from storage.repositories.shown_sessions import SqlShownSessionRepository
from storage.repositories.states import SqlStateRepository
from storage.repositories.switches import SqlSwitchRepository
from storage.repositories.teams import SqlTeamsRepository
from storage.repositories.tokens import SqlTokenRepository
from storage.repositories.transfers import SqlTransferRepository
from storage.row_context import RowContext
from storage.vault import Vault

T = TypeVar("T")
log = structlog.get_logger("storage")

Enqueue = Callable[[AsyncConnection, Job, str, int], Awaitable[None]]
"""Enqueues a job inside the given transaction. The arguments after the job are its key and a delay in seconds."""


def _wake_nobody() -> None:
    """Leave it to the worker to find a job: it looks at a fixed pace."""


class SqlTransaction:
    """One transaction. Its repositories share a connection, an organisation and a vault.

    Each is made when it is first used: most transactions use two or three of them.
    """

    sessions: SqlSessionRepository
    outages: SqlOutageRepository
    renewals: SqlRenewalRepository
    transfers: SqlTransferRepository
    plans: SqlPlanRepository
    notices: SqlNoticeRepository
    chat_invitations: SqlChatInvitationRepository
    shown_sessions: SqlShownSessionRepository
    open_work: SqlOpenWorkRepository
    session_records: SqlSessionRecordRepository
    cards: SqlCardRepository
    invitations: SqlInvitationRepository
    commands: SqlCommandRepository
    people: SqlPeopleRepository
    connections: SqlConnectionRepository
    revocations: SqlRevocationRepository
    tokens: SqlTokenRepository
    rounds: SqlRoundRepository
    deliveries: SqlDeliveryRepository
    announcements: SqlAnnouncementRepository
    switches: SqlSwitchRepository
    states: SqlStateRepository
    audit: SqlAuditRepository
    limitations: SqlLimitationRepository
    homes: SqlHomeRepository
    memberships: SqlMembershipRepository
    daily_sums: SqlDailySumRepository
    policy: SqlPolicyRepository
    installations: SqlInstallationRepository
    teams: SqlTeamsRepository

    def __init__(self, row_context: RowContext, enqueue: Enqueue) -> None:
        self.has_new_job = False
        """Whether a job was enqueued that may start as soon as this transaction commits."""
        self._context = row_context
        self._enqueue = enqueue

    def __getattr__(self, name: str) -> object:
        if name not in REPOSITORIES:
            raise AttributeError(name)
        repository = REPOSITORIES[name](self._context)
        setattr(self, name, repository)
        return repository

    def end_with_next_statement(self) -> None:
        """Let the commit go out with the next statement, which is the only one or the last one of the transaction."""
        kept_statements.commit_with_next(self._context.connection)

    async def run_together(self, works: Sequence[Coroutine[Any, Any, Any]]) -> Sequence[Any]:
        """Await several coroutines that use this transaction. On PostgreSQL their first statements are one message."""
        return await kept_statements.run_together(self._context.connection, works)

    async def end_and_read(self, read: Coroutine[Any, Any, T]) -> T:
        """Commit, and then await one read, which finds what others have committed by then. Nothing may come after it."""
        await kept_statements.commit_before_next(self._context.connection)
        return await read

    async def enqueue(self, job: Job, *, key: str, delay_seconds: int = 0) -> None:
        """Enqueue a job: it starts when this transaction commits, or ``delay_seconds`` later."""
        await self._enqueue(self._context.connection, job, key, delay_seconds)
        self.has_new_job = self.has_new_job or not delay_seconds


REPOSITORIES: Mapping[str, Callable[[RowContext], object]] = get_type_hints(SqlTransaction)
"""The repositories of a transaction, by their names in it."""


class SqlUnitOfWork:
    """Opens transactions on a database for one organisation. ``wake`` is called when a job can start."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        org_id: OrgId,
        enqueue: Enqueue,
        wake: Callable[[], None] = _wake_nobody,
    ) -> None:
        self._database = database
        self._vault = vault
        self._org_id = org_id
        self._enqueue = enqueue
        self._wake = wake

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlTransaction]:
        """Open a transaction that is committed at its end, and taken back on an error. Raises Unavailable.

        Those that come at the same time may share one commit.
        """
        async with _database_errors_as_unavailable(), self._database.begin_shared() as connection:
            tx = SqlTransaction(RowContext(connection, self._org_id, self._vault), self._enqueue)
            yield tx
        if tx.has_new_job:
            self._wake()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTransaction]:
        """Open a transaction that only reads. Raises Unavailable."""
        async with _database_errors_as_unavailable(), self._database.begin_reading() as connection:
            yield SqlTransaction(RowContext(connection, self._org_id, self._vault), self._enqueue)


@asynccontextmanager
async def _database_errors_as_unavailable() -> AsyncIterator[None]:
    """Raise Unavailable if the database is down or busy, as for an outside system: jobs are then retried."""
    try:
        yield
    except SharedTransactionLost:
        log.warning("database cannot be used", problem="another command made it give up the transaction")
        raise database_unavailable() from None
    except (OperationalError, InterfaceError, InternalError, PoolTimeoutError) as error:
        # PostgreSQL's internal errors are faults of a statement, except that a database is read-only.
        if isinstance(error, InternalError) and not is_read_only(error):
            raise
        log.warning("database cannot be used", problem=explain_database_error(error))
        # The cause may quote the statement.
        raise database_unavailable() from None
