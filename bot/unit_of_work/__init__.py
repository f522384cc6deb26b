"""The stored data as the product sees it, as Protocols: repositories, and the transaction that holds them."""

from collections.abc import Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from bot.authorizations import Connections, Revocations, TokenStore
from bot.jobs import Job
from bot.plans import Plans
from bot.renewals import Renewals
from bot.transfers import Transfers
from bot.unit_of_work.messages import ChatInvitations, Invitations, Notices
from bot.unit_of_work.organisation import Announcements, AuditLog, DailySums, Limitations, Policy, SwitchBoard
from bot.unit_of_work.outages import Outages
from bot.unit_of_work.people import Homes, Memberships, People
from bot.unit_of_work.sessions import Cards, SessionRecords, Sessions, ShownSessions
from bot.unit_of_work.work import Commands, Deliveries, OpenWork, Rounds, States

__all__ = [
    "Announcements",
    "AuditLog",
    "Cards",
    "ChatInvitations",
    "Commands",
    "DailySums",
    "Deliveries",
    "Homes",
    "Invitations",
    "Limitations",
    "Memberships",
    "Notices",
    "OpenWork",
    "Outages",
    "People",
    "Policy",
    "Rounds",
    "SessionRecords",
    "Sessions",
    "ShownSessions",
    "States",
    "SwitchBoard",
    "Transaction",
    "UnitOfWork",
]


T = TypeVar("T")


class Transaction(Protocol):
    """One database transaction over every repository. Its jobs start when it commits, or never."""

    @property
    def sessions(self) -> Sessions: ...

    @property
    def outages(self) -> Outages: ...

    @property
    def renewals(self) -> Renewals: ...

    @property
    def transfers(self) -> Transfers: ...

    @property
    def plans(self) -> Plans: ...

    @property
    def notices(self) -> Notices: ...

    @property
    def chat_invitations(self) -> ChatInvitations: ...

    @property
    def shown_sessions(self) -> ShownSessions: ...

    @property
    def open_work(self) -> OpenWork: ...

    @property
    def session_records(self) -> SessionRecords: ...

    @property
    def cards(self) -> Cards: ...

    @property
    def invitations(self) -> Invitations: ...

    @property
    def commands(self) -> Commands: ...

    @property
    def people(self) -> People: ...

    @property
    def connections(self) -> Connections: ...

    @property
    def revocations(self) -> Revocations: ...

    @property
    def tokens(self) -> TokenStore: ...

    @property
    def rounds(self) -> Rounds: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def announcements(self) -> Announcements: ...

    @property
    def switches(self) -> SwitchBoard: ...

    @property
    def states(self) -> States: ...

    @property
    def audit(self) -> AuditLog: ...

    @property
    def limitations(self) -> Limitations: ...

    @property
    def homes(self) -> Homes: ...

    @property
    def memberships(self) -> Memberships: ...

    @property
    def policy(self) -> Policy: ...

    @property
    def daily_sums(self) -> DailySums: ...

    def end_with_next_statement(self) -> None:
        """Let the commit go out with the next statement, which is the only one or the last one of the transaction."""

    async def run_together(self, works: Sequence[Coroutine[Any, Any, Any]]) -> Sequence[Any]:
        """Await several coroutines that use this transaction, and return their results. ``together`` says the types of these.

        On PostgreSQL their first statements are one message.
        """

    async def end_and_read(self, read: Coroutine[Any, Any, T]) -> T:
        """Commit, and then await one read, which finds what others have committed by then. Nothing may come after it.

        On PostgreSQL both are one message.
        """

    async def enqueue(self, job: Job, *, key: str, delay_seconds: int = 0) -> None:
        """Enqueue a job: it starts when this transaction commits, or ``delay_seconds`` later.

        ``key`` is the job's identity: a second job with the same key is not enqueued.
        """


class UnitOfWork(Protocol):
    """Opens transactions."""

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that is committed at its end, and taken back on an error.

        Those that come at the same time may share one commit. So nothing but the database may be awaited in it: others wait
        for its end.
        """

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that only reads."""
