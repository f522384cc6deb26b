"""What the product keeps, as Protocols: repositories, the transaction that holds them, and the switchboard of jobs."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from bot.authorizations import Connections, Revocations, TokenStore
from bot.commands import CommandRequest
from bot.jobs import Job
from bot.model.audit import AuditEntry, AuditHead, AuditRecord
from bot.model.card import Card
from bot.model.ids import CommandKey, Email, JoinToken, NoticeId, RequestNumber, SessionId
from bot.model.notice import Notice, NoticeState
from bot.model.session import Session
from bot.model.switches import Switches
from bot.model.technician import Actor, Directory, KnownUser, Profile
from bot.ports import ReturnAddress


class Sessions(Protocol):
    async def open(self, session: Session, command_key: CommandKey, *, another: bool) -> Session:
        """Keep a new session, unless one is open for its request, technician and kind.

        Returns the one that stands: the new one where it was kept. Raises NotConfirmed.
        """

    async def get(self, session_id: SessionId) -> Session | None: ...

    async def by_join_token(self, token: JoinToken) -> Session | None: ...

    async def save(self, session: Session, *, known_version: int) -> bool:
        """Keep a changed session. False where somebody else changed it since ``known_version``."""

    async def attempt(self, session_id: SessionId, account: str, at: datetime) -> bool:
        """Note that TeamViewer is about to be asked, in which account. True where it had been asked before."""

    async def remind(self, now: datetime, *, before: datetime) -> Sequence[SessionId]:
        """Note that the technicians of sessions whose link expires by ``before`` are reminded; once each."""

    async def purge(self, before: datetime) -> None:
        """Forget sessions that were over by then, with their notices and cards."""

    async def drop(self, session_id: SessionId) -> None:
        """Forget a session that never came to be (its request does not exist)."""

    async def command_key(self, session_id: SessionId) -> CommandKey | None:
        """Return the key of the command that created it."""

    async def open_of_request(self, number: RequestNumber) -> Sequence[Session]: ...

    async def open_of_technician(self, technician: Email) -> Sequence[Session]: ...

    async def all_open(self) -> Sequence[Session]: ...

    async def history(
        self,
        *,
        number: RequestNumber | None = None,
        technician: Email | None = None,
        limit: int,
        page: int = 1,
        after: SessionId | None = None,
    ) -> Sequence[Session]:
        """List sessions, the newest first: those after a session, else from a page on (its length is ``limit - 1``)."""


class Notices(Protocol):
    async def add(self, notice: Notice) -> None: ...

    async def get(self, notice_id: NoticeId) -> Notice | None: ...

    async def save(self, notice: Notice, *, known_state: NoticeState) -> bool:
        """Store a changed notice. False where its state is no longer ``known_state``."""

    async def attempt(self, notice_id: NoticeId, at: datetime) -> bool:
        """Note that a notice is about to be sent. True where it may have been sent before."""

    async def of_session(self, session_id: SessionId) -> Sequence[Notice]:
        """List a session's notices, the oldest first."""


class Cards(Protocol):
    async def add(self, card: Card) -> None: ...

    async def of_session(self, session_id: SessionId) -> Sequence[Card]: ...

    async def drop(self, card: Card) -> None: ...


class Commands(Protocol):
    async def first(self, command_request: CommandRequest, at: datetime) -> bool:
        """Keep a command. False where its key was seen before."""

    async def answer(self, key: str, answer: str) -> None: ...

    async def answered(self, key: str) -> str | None:
        """Return what was answered to this key, or None where nothing was yet."""

    async def hear(self, key: str, at: datetime) -> bool:
        """Note that a command that had to wait was heard. False where it was heard before."""

    async def return_address(self, key: str) -> ReturnAddress | None: ...

    async def purge(self, before: datetime) -> None: ...


class People(Protocol):
    async def profile(self, actor: Actor) -> tuple[Profile, datetime] | None:
        """Return a profile and when it was read."""

    async def keep_profile(self, profile: Profile, at: datetime) -> None: ...

    async def profiles_of(self, technician: Email) -> Sequence[Profile]: ...

    async def known_user(self, actor: Actor) -> KnownUser | None:
        """Return all that is kept of an account, in one look. None where it was never seen."""

    async def directory_read_at(self) -> datetime | None:
        """Tell when the list of technicians was last read."""

    async def technician_name(self, email: Email) -> str | None:
        """Return a technician's name as listed, or None where nobody of that address is listed."""

    async def keep_directory(self, directory: Directory) -> None: ...

    async def granted_admins(self) -> frozenset[Email]: ...

    async def grant_admin(self, technician: Email) -> bool:
        """Make a technician an SDAdmin. False where they are one already."""

    async def revoke_admin(self, technician: Email) -> bool:
        """Take it back. False where they were none."""

    async def purge(self, before: datetime) -> None:
        """Forget the profiles of whoever was last seen before that."""


class SwitchBoard(Protocol):
    async def read(self) -> Switches: ...

    async def lock(self) -> Switches:
        """Return how they stand, and keep others from moving them until this transaction ends."""

    async def write(self, switches: Switches) -> None: ...


class Homes(Protocol):
    """Who has opened their home, so that it follows what changes."""

    async def opened(self, actor: Actor) -> None: ...

    async def purge(self) -> None:
        """Forget the homes of whoever is no longer known."""

    async def of_technician(self, technician: Email) -> Sequence[Actor]: ...

    async def all(self) -> Sequence[Actor]: ...


class States(Protocol):
    """Grants that are used once: the ``state`` of an OAuth round trip, a confirmation."""

    async def put(self, state: str, purpose: str, payload: str, expires_at: datetime) -> None: ...

    async def peek(self, state: str, purpose: str, now: datetime) -> str | None:
        """Read a grant without using it up."""

    async def consume(self, state: str, purpose: str, now: datetime) -> str | None:
        """Take a grant out, for good. None where there is none, or its time is over."""

    async def purge(self, before: datetime) -> None: ...


class AuditLog(Protocol):
    """The audit trail: only ever appended to."""

    async def append(self, entry: AuditEntry) -> None:
        """Chain an entry to the last one."""

    async def latest(self, limit: int) -> Sequence[AuditRecord]:
        """List the newest entries, the newest first."""

    async def all(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[AuditRecord]:
        """List the trail from its start, or what of it falls into a span of time."""

    async def lock(self) -> None:
        """Keep others from appending until this transaction ends."""

    async def head(self) -> AuditHead | None:
        """Return the newest entry's number and digest as they were signed. None where nothing is, or not by us."""

    async def sign(self) -> None:
        """Sign the trail as it stands, whatever was signed before: an operator's word."""


class Transaction(Protocol):
    """One database transaction over every repository. Its jobs start when it commits, or never."""

    @property
    def sessions(self) -> Sessions: ...

    @property
    def notices(self) -> Notices: ...

    @property
    def cards(self) -> Cards: ...

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
    def switches(self) -> SwitchBoard: ...

    @property
    def states(self) -> States: ...

    @property
    def audit(self) -> AuditLog: ...

    @property
    def homes(self) -> Homes: ...

    async def enqueue(self, job: Job, *, key: str, delay_seconds: int = 0) -> None:
        """Enqueue a job: it starts when this transaction commits, or ``delay_seconds`` later.

        ``key`` is the job's identity: a second job with the same key is not enqueued.
        """


class UnitOfWork(Protocol):
    """Opens transactions."""

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that commits at its end and rolls back on an error."""

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that only reads."""
