"""A unit of work in memory, for fast tests of rules. It passes the same contract tests as the SQL one."""

import asyncio
import copy
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from bot.authorizations import StoredTokens
from bot.commands import CommandRequest
from bot.jobs import Job
from bot.model.audit import START, AuditEntry, AuditHead, AuditRecord
from bot.model.card import Card
from bot.model.connection import Account, Connection, Tokens
from bot.model.ids import CommandKey, Email, JoinToken, NoticeId, RequestNumber, SessionId
from bot.model.notice import Notice, NoticeState
from bot.model.session import Session, State
from bot.model.switches import Switches
from bot.model.technician import Actor, Directory, KnownUser, Profile
from bot.ports import ReturnAddress


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job as it was enqueued."""

    job: Job
    key: str
    delay_seconds: int


@dataclass
class _StoredSession:
    session: Session
    command_key: CommandKey
    slot: str | None
    attempted_at: datetime | None = None
    reminded_at: datetime | None = None


@dataclass
class _StoredCommand:
    request: CommandRequest
    received_at: datetime
    answer: str | None = None
    heard_at: datetime | None = None


@dataclass
class _StoredConnection:
    connection: Connection
    revoke_after: datetime | None


@dataclass
class _StoredTokens:
    tokens: StoredTokens = field(default_factory=lambda: StoredTokens(None, None, None))
    lease_owner: str | None = None
    lease_until: datetime | None = None


@dataclass
class _Data:
    """Everything that is stored. A transaction works on a copy, which replaces the original at the commit."""

    sessions: dict[SessionId, _StoredSession] = field(default_factory=dict)
    notices: dict[NoticeId, Notice] = field(default_factory=dict)
    cards: list[Card] = field(default_factory=list)
    commands: dict[str, _StoredCommand] = field(default_factory=dict)
    profiles: dict[Actor, tuple[Profile, datetime]] = field(default_factory=dict)
    directory: Directory | None = None
    admins: set[Email] = field(default_factory=set)
    connections: dict[str, _StoredConnection] = field(default_factory=dict)
    tokens: dict[str, _StoredTokens] = field(default_factory=dict)
    switches: Switches = field(default_factory=Switches)
    states: dict[str, tuple[str, str, datetime]] = field(default_factory=dict)
    audit: list[AuditRecord] = field(default_factory=list)
    audit_head: AuditHead | None = None
    homes: list[Actor] = field(default_factory=list)
    jobs: dict[str, QueuedJob] = field(default_factory=dict)

    def copy(self) -> "_Data":
        """Return a copy that can be changed. Values are shared: they are frozen, except those of this module."""
        copied = {
            one.name: copy.copy(getattr(self, one.name))
            for one in fields(self)  # the containers, one level deep
        }
        data = _Data(**copied)
        for stored in (data.sessions, data.commands, data.connections, data.tokens):
            _copy_values(stored)
        return data


def _copy_values(stored: dict[Any, Any]) -> None:
    for key, value in stored.items():
        stored[key] = copy.copy(value)


class MemorySessions:
    """The sessions of one transaction."""

    def __init__(self, data: _Data) -> None:
        self._data = data

    async def open(self, session: Session, command_key: CommandKey, *, another: bool) -> Session:
        slot = None if another else f"{session.number}:{session.technician}:{session.kind}"
        stored = self._data.sessions.get(session.id)
        if stored is not None:
            return stored.session
        for other in self._data.sessions.values():
            if slot is not None and other.slot == slot:
                return other.session
        self._data.sessions[session.id] = _StoredSession(session, command_key, slot)
        return session

    async def get(self, session_id: SessionId) -> Session | None:
        stored = self._data.sessions.get(session_id)
        return stored.session if stored else None

    async def by_join_token(self, token: JoinToken) -> Session | None:
        return next((one for one in self._newest_first() if one.join_token == token), None)

    async def save(self, session: Session, *, known_version: int) -> bool:
        stored = self._data.sessions.get(session.id)
        if stored is None or stored.session.version != known_version:
            return False
        stored.session = session
        if not session.state.is_open:
            stored.slot = None
        return True

    async def mark_attempted(self, session_id: SessionId, account: str, at: datetime) -> bool:
        stored = self._data.sessions[session_id]
        if stored.attempted_at is not None:
            return True
        stored.attempted_at = at
        stored.session = replace(stored.session, account=account)
        return False

    async def mark_reminded(self, now: datetime, *, before: datetime) -> Sequence[SessionId]:
        due = [
            stored
            for stored in self._data.sessions.values()
            if stored.session.state in {State.WAITING, State.CONNECTED}
            and stored.reminded_at is None
            and stored.session.valid_until is not None
            and stored.session.valid_until <= before
        ]
        for stored in due:
            stored.reminded_at = now
        return [stored.session.id for stored in due]

    async def purge(self, before: datetime) -> None:
        for session in list(self._newest_first()):
            if not session.state.is_open and session.created_at < before:
                await self.delete(session.id)

    async def delete(self, session_id: SessionId) -> None:
        self._data.sessions.pop(session_id, None)
        self._data.cards = [card for card in self._data.cards if card.session_id != session_id]
        for notice in [one for one in self._data.notices.values() if one.session_id == session_id]:
            del self._data.notices[notice.id]

    async def command_key(self, session_id: SessionId) -> CommandKey | None:
        stored = self._data.sessions.get(session_id)
        return stored.command_key if stored else None

    async def open_of_request(self, number: RequestNumber) -> Sequence[Session]:
        return [one for one in await self.all_open() if one.number == number]

    async def open_of_technician(self, technician: Email) -> Sequence[Session]:
        return [one for one in await self.all_open() if one.technician == technician]

    async def all_open(self) -> Sequence[Session]:
        return [one for one in self._newest_first() if one.state.is_open]

    async def history(
        self,
        *,
        number: RequestNumber | None = None,
        technician: Email | None = None,
        limit: int,
        page: int = 1,
        after: SessionId | None = None,
    ) -> Sequence[Session]:
        wanted = [
            one
            for one in self._newest_first()
            if number in {None, one.number} and technician in {None, one.technician}
        ]
        if after is None:
            first = (page - 1) * (limit - 1)
            return wanted[first : first + limit]
        last = await self.get(after)
        if last is None:
            return []
        older = [one for one in wanted if (one.created_at, one.id) < (last.created_at, last.id)]
        return older[:limit]

    def _newest_first(self) -> list[Session]:
        sessions = [stored.session for stored in self._data.sessions.values()]
        return sorted(sessions, key=lambda one: (one.created_at, one.id), reverse=True)


class MemoryNotices:
    """The notices of one transaction."""

    def __init__(self, data: _Data) -> None:
        self._data = data

    async def add(self, notice: Notice) -> None:
        self._data.notices.setdefault(notice.id, notice)

    async def get(self, notice_id: NoticeId) -> Notice | None:
        return self._data.notices.get(notice_id)

    async def save(self, notice: Notice, *, known_state: NoticeState) -> bool:
        stored = self._data.notices.get(notice.id)
        if stored is None or stored.state is not known_state:
            return False
        self._data.notices[notice.id] = notice
        return True

    async def mark_attempted(self, notice_id: NoticeId, at: datetime) -> bool:
        stored = self._data.notices[notice_id]
        if stored.attempted_at is not None:
            return True
        self._data.notices[notice_id] = replace(stored, attempted_at=at)
        return False

    async def of_session(self, session_id: SessionId) -> Sequence[Notice]:
        notices = [one for one in self._data.notices.values() if one.session_id == session_id]
        return sorted(notices, key=lambda one: (one.created_at, one.id))


class MemoryCards:
    """The cards of one transaction."""

    def __init__(self, data: _Data) -> None:
        self._data = data

    async def add(self, card: Card) -> None:
        if _address(card) not in map(_address, self._data.cards):
            self._data.cards.append(card)

    async def of_session(self, session_id: SessionId) -> Sequence[Card]:
        return [card for card in self._data.cards if card.session_id == session_id]

    async def delete(self, card: Card) -> None:
        self._data.cards = [one for one in self._data.cards if _address(one) != _address(card)]


def _address(card: Card) -> tuple[str, ...]:
    return (card.platform, card.tenant, card.channel, card.message)


class MemoryCommands:
    """The commands of one transaction."""

    def __init__(self, data: _Data) -> None:
        self._data = data

    async def add(self, command_request: CommandRequest, at: datetime) -> bool:
        if command_request.key in self._data.commands:
            return False
        self._data.commands[command_request.key] = _StoredCommand(command_request, at)
        return True

    async def store_answer(self, key: str, answer: str) -> None:
        if key in self._data.commands:
            self._data.commands[key].answer = answer

    async def stored_answer(self, key: str) -> str | None:
        stored = self._data.commands.get(key)
        return stored.answer if stored else None

    async def mark_as_run(self, key: str, at: datetime) -> bool:
        stored = self._data.commands.get(key)
        if stored is None or stored.heard_at is not None:
            return False
        stored.heard_at = at
        return True

    async def return_address(self, key: str) -> ReturnAddress | None:
        stored = self._data.commands.get(key)
        if stored is None:
            return None
        request = stored.request
        place = request.place
        return ReturnAddress(request.actor, place.channel, place.is_private, request.return_address)

    async def purge(self, before: datetime) -> None:
        for key in [key for key, stored in self._data.commands.items() if stored.received_at < before]:
            del self._data.commands[key]


class MemoryPeople:
    """The people of one transaction."""

    def __init__(self, data: _Data) -> None:
        self._data = data

    async def profile(self, actor: Actor) -> tuple[Profile, datetime] | None:
        return self._data.profiles.get(actor)

    async def store_profile(self, profile: Profile, at: datetime) -> None:
        self._data.profiles[profile.actor] = (profile, at)

    async def profiles_of(self, technician: Email) -> Sequence[Profile]:
        return [one for one, _read_at in self._data.profiles.values() if one.email == technician]

    async def known_user(self, actor: Actor) -> KnownUser | None:
        stored = self._data.profiles.get(actor)
        if stored is None:
            return None
        profile, read_at = stored
        listed_as = await self.technician_name(profile.email) if profile.email else None
        is_granted = profile.email in self._data.admins
        return KnownUser(profile, read_at, await self.directory_read_at(), listed_as, is_granted)

    async def directory_read_at(self) -> datetime | None:
        return self._data.directory.read_at if self._data.directory else None

    async def technician_name(self, email: Email) -> str | None:
        return self._data.directory.technicians.get(email) if self._data.directory else None

    async def store_directory(self, directory: Directory) -> None:
        self._data.directory = directory

    async def granted_admins(self) -> frozenset[Email]:
        return frozenset(self._data.admins)

    async def grant_admin(self, technician: Email) -> bool:
        is_new = technician not in self._data.admins
        self._data.admins.add(technician)
        return is_new

    async def revoke_admin(self, technician: Email) -> bool:
        was_admin = technician in self._data.admins
        self._data.admins.discard(technician)
        return was_admin

    async def purge(self, before: datetime) -> None:
        old = [actor for actor, (_profile, read_at) in self._data.profiles.items() if read_at < before]
        for actor in old:
            del self._data.profiles[actor]


class MemoryConnections:
    """The connections in use, of one transaction."""

    def __init__(self, data: _Data) -> None:
        self._data = data

    async def connect(self, technician: Email, account: Account, tokens: Tokens, at: datetime) -> Connection:
        return await self._begin(await self.hold(technician, account, tokens, at, at), at)

    async def hold(
        self, technician: Email, account: Account, tokens: Tokens, at: datetime, until: datetime
    ) -> Connection:
        connection = Connection(secrets.token_hex(16), technician, account, at, None, is_active=False)
        self._data.connections[connection.id] = _StoredConnection(connection, until)
        stored = StoredTokens(tokens.access, tokens.refresh, at + timedelta(seconds=tokens.expires_in))
        await MemoryTokens(self._data).store(connection.token_name, stored)
        return connection

    async def accept(self, connection_id: str, now: datetime) -> Connection | None:
        held = self._data.connections.get(connection_id)
        if held is None or held.revoke_after is None or held.revoke_after <= now:
            return None
        return await self._begin(held.connection, now)

    async def _begin(self, held: Connection, now: datetime) -> Connection:
        self._rest_all(held.technician)
        for earlier in await self.of_technician(held.technician):
            if earlier.account.user_id == held.account.user_id:
                await MemoryRevocations(self._data).give_up(earlier, now)
        begun = replace(held, is_active=True, connected_at=now)
        self._data.connections[held.id] = _StoredConnection(begun, None)
        return begun

    async def active(self, technician: Email) -> Connection | None:
        return next((one for one in await self.of_technician(technician) if one.is_active), None)

    async def get(self, connection_id: str) -> Connection | None:
        return next((one for one in self._in_use() if one.id == connection_id), None)

    async def of_account(self, technician: Email, account_id: str) -> Connection | None:
        theirs = await self.of_technician(technician)
        return next((one for one in theirs if one.account.user_id == account_id), None)

    async def of_technician(self, technician: Email) -> Sequence[Connection]:
        theirs = [one for one in self._in_use() if one.technician == technician]
        return sorted(theirs, key=lambda one: one.connected_at, reverse=True)

    async def unused(self, before: datetime) -> Sequence[Connection]:
        known = {profile.email for profile, _read_at in self._data.profiles.values()}
        return [
            one
            for one in self._in_use()
            if (one.last_used_at or one.connected_at) < before and one.technician not in known
        ]

    async def activate(self, connection: Connection) -> None:
        self._rest_all(connection.technician)
        self._change(connection.id, is_active=True)

    async def deactivate(self, connection: Connection) -> None:
        self._change(connection.id, is_active=False)

    async def touch(self, connection: Connection, at: datetime) -> None:
        stored = self._data.connections[connection.id]
        stored.connection = replace(stored.connection, last_used_at=at)

    def _rest_all(self, technician: Email) -> None:
        for stored in self._data.connections.values():
            if stored.connection.technician == technician:
                stored.connection = replace(stored.connection, is_active=False)

    def _change(self, connection_id: str, *, is_active: bool) -> None:
        stored = self._data.connections.get(connection_id)
        if stored is not None and stored.revoke_after is None:
            stored.connection = replace(stored.connection, is_active=is_active)

    def _in_use(self) -> Iterable[Connection]:
        for stored in self._data.connections.values():
            if stored.revoke_after is None:
                yield _with_liveness(stored.connection, self._data)


def _with_liveness(connection: Connection, data: _Data) -> Connection:
    stored = data.tokens.get(connection.token_name)
    is_alive = stored is not None and stored.tokens.access is not None
    return replace(connection, is_alive=is_alive)


class MemoryRevocations:
    """The connections that were given up, of one transaction."""

    def __init__(self, data: _Data) -> None:
        self._data = data

    async def give_up(self, connection: Connection, look_after: datetime) -> None:
        if not connection.is_alive:
            await self.delete(connection)
            return
        resting = replace(self._data.connections[connection.id].connection, is_active=False)
        self._data.connections[connection.id] = _StoredConnection(resting, look_after)

    async def get(self, connection_id: str) -> Connection | None:
        stored = self._data.connections.get(connection_id)
        if stored is None or stored.revoke_after is None:
            return None
        return _with_liveness(stored.connection, self._data)

    async def due(self, now: datetime) -> Sequence[Connection]:
        due = [
            (stored.revoke_after, stored.connection)
            for stored in self._data.connections.values()
            if stored.revoke_after is not None and stored.revoke_after <= now
        ]
        due.sort(key=lambda one: one[0])
        return [_with_liveness(connection, self._data) for _revoke_after, connection in due]

    async def postpone(self, connection: Connection, until: datetime) -> None:
        stored = self._data.connections.get(connection.id)
        if stored is not None and stored.revoke_after is not None:
            stored.revoke_after = until

    async def delete(self, connection: Connection) -> None:
        self._data.connections.pop(connection.id, None)
        self._data.tokens.pop(connection.token_name, None)


class MemoryTokens:
    """The tokens of one transaction."""

    def __init__(self, data: _Data) -> None:
        self._data = data

    async def read(self, name: str) -> StoredTokens | None:
        stored = self._data.tokens.get(name)
        return stored.tokens if stored else None

    async def lease(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        stored = self._data.tokens.setdefault(name, _StoredTokens())
        if stored.lease_until is not None and stored.lease_until >= now:
            return False
        stored.lease_owner, stored.lease_until = owner, until
        return True

    async def store_and_release(self, name: str, owner: str, tokens: StoredTokens) -> bool:
        stored = self._data.tokens.get(name)
        if stored is None or stored.lease_owner != owner:
            return False
        self._data.tokens[name] = _StoredTokens(tokens)
        return True

    async def extend(self, name: str, owner: str, until: datetime) -> bool:
        stored = self._data.tokens.get(name)
        if stored is None or stored.lease_owner != owner:
            return False
        stored.lease_until = until
        return True

    async def release(self, name: str, owner: str) -> None:
        stored = self._data.tokens.get(name)
        if stored is not None and stored.lease_owner == owner:
            stored.lease_owner = stored.lease_until = None

    async def store(self, name: str, kept: StoredTokens) -> None:
        self._data.tokens[name] = _StoredTokens(kept)


class MemorySwitchBoard:
    """The switches of one transaction."""

    def __init__(self, data: _Data) -> None:
        self._data = data

    async def read(self) -> Switches:
        return self._data.switches

    async def lock(self) -> Switches:
        return self._data.switches

    async def write(self, switches: Switches) -> None:
        self._data.switches = switches


class MemoryStates:
    """The one-time grants of one transaction."""

    def __init__(self, data: _Data) -> None:
        self._data = data

    async def put(self, state: str, purpose: str, payload: str, expires_at: datetime) -> None:
        self._data.states.setdefault(state, (purpose, payload, expires_at))

    async def peek(self, state: str, purpose: str, now: datetime) -> str | None:
        stored = self._data.states.get(state)
        if stored is None or stored[0] != purpose or stored[2] <= now:
            return None
        return stored[1]

    async def consume(self, state: str, purpose: str, now: datetime) -> str | None:
        payload = await self.peek(state, purpose, now)
        stored = self._data.states.get(state)
        if stored is not None and stored[0] == purpose:
            del self._data.states[state]
        return payload

    async def purge(self, before: datetime) -> None:
        for state in [state for state, stored in self._data.states.items() if stored[2] < before]:
            del self._data.states[state]


class MemoryAuditLog:
    """The audit log of one transaction. It has no signature key, so its head is what was appended last."""

    def __init__(self, data: _Data) -> None:
        self._data = data

    async def append(self, entry: AuditEntry) -> None:
        last = self._data.audit[-1] if self._data.audit else None
        number, previous = (last.number + 1, last.digest) if last else (1, START)
        self._data.audit.append(AuditRecord.after(number, previous, entry))
        await self.sign()

    async def latest(self, limit: int) -> Sequence[AuditRecord]:
        return self._data.audit[::-1][:limit]

    async def all(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[AuditRecord]:
        return [
            record
            for record in self._data.audit
            if (since is None or record.entry.at >= since) and (until is None or record.entry.at < until)
        ]

    async def lock(self) -> None:
        """Do nothing: there is one transaction at a time."""

    async def head(self) -> AuditHead | None:
        return self._data.audit_head

    async def sign(self) -> None:
        last = self._data.audit[-1] if self._data.audit else None
        self._data.audit_head = AuditHead(last.number, last.digest) if last else None


class MemoryHomes:
    """The opened homes of one transaction."""

    def __init__(self, data: _Data) -> None:
        self._data = data

    async def add(self, actor: Actor) -> None:
        if actor not in self._data.homes:
            self._data.homes.append(actor)

    async def purge(self) -> None:
        self._data.homes = [actor for actor in self._data.homes if actor in self._data.profiles]

    async def of_technician(self, technician: Email) -> Sequence[Actor]:
        profiles = self._data.profiles
        return [
            actor
            for actor in self._data.homes
            if actor in profiles and profiles[actor][0].email == technician
        ]

    async def all(self) -> Sequence[Actor]:
        return list(self._data.homes)


class MemoryTransaction:
    """One transaction over every repository."""

    def __init__(self, data: _Data) -> None:
        self._data = data
        self.sessions = MemorySessions(data)
        self.notices = MemoryNotices(data)
        self.cards = MemoryCards(data)
        self.commands = MemoryCommands(data)
        self.people = MemoryPeople(data)
        self.connections = MemoryConnections(data)
        self.revocations = MemoryRevocations(data)
        self.tokens = MemoryTokens(data)
        self.switches = MemorySwitchBoard(data)
        self.states = MemoryStates(data)
        self.audit = MemoryAuditLog(data)
        self.homes = MemoryHomes(data)

    async def enqueue(self, job: Job, *, key: str, delay_seconds: int = 0) -> None:
        self._data.jobs.setdefault(key, QueuedJob(job, key, delay_seconds))


class MemoryUnitOfWork:
    """Opens transactions on data in memory, one writer at a time. ``jobs`` are those that were committed."""

    def __init__(self) -> None:
        self._data = _Data()
        self._writer = asyncio.Lock()

    @property
    def jobs(self) -> list[QueuedJob]:
        """Return the jobs that were enqueued so far, the oldest first."""
        return list(self._data.jobs.values())

    def take_jobs(self) -> list[QueuedJob]:
        """Return the jobs that were enqueued so far, and empty the queue. Their keys may be used again."""
        jobs = self.jobs
        self._data = replace(self._data, jobs={})
        return jobs

    @asynccontextmanager
    async def write(self) -> AsyncIterator[MemoryTransaction]:
        """Open a transaction that commits at its end and rolls back on an error."""
        async with self._writer:
            data = self._data.copy()
            yield MemoryTransaction(data)
            self._data = data

    @asynccontextmanager
    async def read(self) -> AsyncIterator[MemoryTransaction]:
        """Open a transaction that only reads."""
        # A commit replaces the data, so what a reader holds never changes.
        yield MemoryTransaction(self._data)
