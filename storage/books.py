"""The unit of work: one transaction, with every repository in it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ids import OrgId
from bot.store import Job
from bot.troubles import store_is_away
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
from storage.row import Shelf
from storage.vault import Vault

log = structlog.get_logger("storage")

Enqueue = Callable[[AsyncConnection, Job], Awaitable[None]]
"""Puts a job into the engine's queue inside the given transaction."""


class SqlTransaction:
    """One transaction. Repositories share its connection, organisation and vault."""

    def __init__(self, shelf: Shelf, enqueue: Enqueue) -> None:
        self._shelf = shelf
        self._enqueue = enqueue
        self.sessions = SessionRows(shelf)
        self.notices = NoticeRows(shelf)
        self.cards = CardRows(shelf)
        self.commands = CommandRows(shelf)
        self.people = PeopleRows(shelf)
        self.connections = ConnectionRows(shelf)
        self.revocations = RevocationRows(shelf)
        self.tokens = TokenRows(shelf)
        self.switches = SwitchRows(shelf)
        self.states = StateRows(shelf)
        self.audit = AuditRows(shelf)
        self.homes = HomeRows(shelf)
        self.installations = InstallationRows(shelf)
        self.teams = TeamsRows(shelf)

    async def enqueue(self, job: Job) -> None:
        """Let a job start when this transaction commits."""
        await self._enqueue(self._shelf.connection, job)


class SqlBooks:
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
            yield SqlTransaction(Shelf(connection, self._org_id, self._vault), self._enqueue)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTransaction]:
        """Open a transaction that only reads."""
        async with _told(), self._database.reader.connect() as connection:
            yield SqlTransaction(Shelf(connection, self._org_id, self._vault), self._enqueue)


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """Tell a database that is away or busy as an outside system that is: what is durable is tried again."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        log.warning("the database does not answer", error=type(error.__cause__ or error).__name__)
        raise store_is_away() from None
