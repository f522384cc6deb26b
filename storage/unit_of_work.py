"""The unit of work: one transaction, with every repository in it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import database_unavailable
from bot.jobs import Job
from bot.model.ids import OrgId
from storage.database import Database
from storage.repositories.audit import AuditRows
from storage.repositories.cards import CardRows
from storage.repositories.commands import CommandRows
from storage.repositories.connections import ConnectionRows
from storage.repositories.homes import HomeRows
from storage.repositories.installations import InstallationRows
from storage.repositories.notices import NoticeRows
from storage.repositories.people import PeopleRows
from storage.repositories.revocations import RevocationRows
from storage.repositories.sessions import SessionRows
from storage.repositories.states import StateRows
from storage.repositories.switches import SwitchRows
from storage.repositories.teams import TeamsRows
from storage.repositories.tokens import TokenRows
from storage.row_context import RowContext
from storage.vault import Vault

log = structlog.get_logger("storage")

Enqueue = Callable[[AsyncConnection, Job, str, int], Awaitable[None]]
"""Enqueues a job, by its key and with a delay in seconds, inside the given transaction."""


class SqlTransaction:
    """One transaction. Repositories share its connection, organisation and vault."""

    def __init__(self, row_context: RowContext, enqueue: Enqueue) -> None:
        self._context = row_context
        self._enqueue = enqueue
        self.sessions = SessionRows(row_context)
        self.notices = NoticeRows(row_context)
        self.cards = CardRows(row_context)
        self.commands = CommandRows(row_context)
        self.people = PeopleRows(row_context)
        self.connections = ConnectionRows(row_context)
        self.revocations = RevocationRows(row_context)
        self.tokens = TokenRows(row_context)
        self.switches = SwitchRows(row_context)
        self.states = StateRows(row_context)
        self.audit = AuditRows(row_context)
        self.homes = HomeRows(row_context)
        self.installations = InstallationRows(row_context)
        self.teams = TeamsRows(row_context)

    async def enqueue(self, job: Job, *, key: str, delay_seconds: int = 0) -> None:
        """Enqueue a job: it starts when this transaction commits, or ``delay_seconds`` later."""
        await self._enqueue(self._context.connection, job, key, delay_seconds)


class SqlUnitOfWork:
    """Opens transactions on a database for one organisation."""

    def __init__(self, database: Database, vault: Vault, org_id: OrgId, enqueue: Enqueue) -> None:
        self._database = database
        self._vault = vault
        self._org_id = org_id
        self._enqueue = enqueue

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlTransaction]:
        """Open a transaction that commits at its end and rolls back on an error."""
        async with _told(), self._database.writer.begin() as connection:
            yield SqlTransaction(RowContext(connection, self._org_id, self._vault), self._enqueue)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTransaction]:
        """Open a transaction that only reads."""
        async with _told(), self._database.reader.connect() as connection:
            yield SqlTransaction(RowContext(connection, self._org_id, self._vault), self._enqueue)


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """Tell a database that is away or busy as an outside system that is: what is durable is tried again."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        log.warning("the database does not answer", error=type(error.__cause__ or error).__name__)
        raise database_unavailable() from None
