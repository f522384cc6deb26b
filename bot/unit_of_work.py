"""The stored data as the product sees it, as Protocols: repositories, and the transaction that holds them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.authorizations import Connections, Revocations, TokenStore
from bot.commands import CommandRequest
from bot.i18n import Text
from bot.jobs import Job
from bot.model.audit import AuditEntry, AuditHead, AuditRecord
from bot.model.card import Audience, Card, PostAttempt
from bot.model.chat_invitation import ChatInvitation
from bot.model.daily_sums import Figure, SumKey
from bot.model.delivery import DeliverySource
from bot.model.effect import Effect
from bot.model.ids import CommandKey, Email, EnterToken, JoinToken, NoticeId, RequestNumber, SessionId
from bot.model.invitation import Invitation
from bot.model.limitation import KnownLimitation, Limitation
from bot.model.membership import Membership
from bot.model.notice import Notice, NoticeState
from bot.model.policy import NumberedRule, Origin, PastSession, Rule
from bot.model.sender import Sender
from bot.model.session import Kind, Session, SessionSummary
from bot.model.session_record import SessionRecord
from bot.model.switches import Switches
from bot.model.technician import Actor, Directory, KnownUser, Platform, Profile
from bot.model.technician_status import TechnicianStatus
from bot.ports import ReturnAddress
from bot.renewals import Renewals
from bot.transfers import Transfers


class Sessions(Protocol):
    async def open(self, session: Session, command_key: CommandKey, *, another: bool) -> Session:
        """Store a new session, unless one is open for its request, technician and kind.

        Returns the open session: the new one where it was stored. Raises NotConfirmed.
        """

    async def get(self, session_id: SessionId) -> Session | None: ...

    async def lock(self, session_id: SessionId) -> Session | None:
        """Return a session, and keep other transactions from changing or locking it until this one ends."""

    async def by_join_token(self, token: JoinToken) -> Session | None: ...

    async def save(self, session: Session, *, known_version: int) -> bool:
        """Store a changed session. False where its stored version is no longer ``known_version``."""

    async def mark_attempted(self, session_id: SessionId, account: str, at: datetime) -> bool:
        """Store that TeamViewer is about to be asked, and with which account. True where it was asked before."""

    async def unmark_attempted(self, session_id: SessionId) -> None:
        """Store that TeamViewer was certainly not asked. A session that is no longer being created stays as it is."""

    async def mark_reminded(self, now: datetime, *, before: datetime) -> Sequence[SessionId]:
        """Mark the open sessions whose link expires by ``before`` as reminded. Returns the newly marked ones."""

    async def forget_reminder(self, session_id: SessionId) -> None:
        """Let a session be reminded of once more: it has a new expiry."""

    async def move_to_technician(self, session: Session, command_key: CommandKey) -> None:
        """Store what belongs to the technician who a session was handed over to, after ``save``.

        ``command_key`` is the command that answers go to from now on. The slot of the former technician is free again. The
        new one's is taken, unless they have a session for the request already.
        """

    async def set_close_after(self, session_id: SessionId, at: datetime | None) -> None:
        """Store when TeamViewer is to be asked to close a session that is over here. None: nothing is open there."""

    async def due_to_close(self, now: datetime) -> Sequence[Session]:
        """List the sessions that TeamViewer is to be asked to close by now."""

    async def newest_created(self, technician: Email, *, since: datetime, limit: int) -> Sequence[datetime]:
        """List when the stored sessions of a technician were created: the ``limit`` newest after ``since``, newest first."""

    async def has_created(self, technician: Email) -> bool:
        """Return whether a stored session of a technician was created at TeamViewer."""

    async def has_to_close(self, technician: Email, account: str) -> bool:
        """Return whether a session of a technician has still to be closed in one TeamViewer account."""

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete sessions that were created before that, are over and counted, with their notices and cards, at most ``limit``.

        Returns whether there may be more.
        """

    async def delete(self, session_id: SessionId) -> None:
        """Delete a session that was never created at TeamViewer."""

    async def command_key(self, session_id: SessionId) -> CommandKey | None:
        """Return the key of the command that created a session."""

    async def open_of_request(self, number: RequestNumber) -> Sequence[Session]: ...

    async def open_of_technician(self, technician: Email, *, limit: int | None = None) -> Sequence[Session]:
        """List the open sessions of a technician, newest first: all, or the ``limit`` newest."""

    async def summaries_of_open(
        self, technician: Email, *, limit: int, skipped: int = 0
    ) -> Sequence[SessionSummary]:
        """List open sessions of a technician, newest first: ``limit`` of them after the ``skipped`` first ones."""

    async def open_called(self, reference: str) -> Sequence[Session]:
        """List the open sessions that ``reference`` names (``Session.is_called``), newest first."""

    async def open_about(self, reference: str) -> Sequence[Session]:
        """List the open sessions of a request, by its long id or its display number, newest first."""

    async def open_page(self, *, after: SessionId | None, limit: int) -> Sequence[Session]:
        """List open sessions in the order of their ids: the first ones after ``after``."""

    async def summaries_of_over(self, technician: Email, *, limit: int) -> Sequence[SessionSummary]:
        """List the newest sessions of a technician that are not open any more."""

    async def over_but_online(self, since: datetime) -> Sequence[Session]:
        """List the sessions that ended at or after ``since`` while TeamViewer still shows the requester there."""

    async def history(
        self,
        *,
        number: RequestNumber | None = None,
        technician: Email | None = None,
        limit: int,
        page: int = 1,
        after: SessionId | None = None,
    ) -> Sequence[Session]:
        """List sessions, newest first: those older than ``after``, or else a page of ``limit - 1`` sessions and one more."""


class Notices(Protocol):
    async def add(self, notice: Notice) -> None: ...

    async def get(self, notice_id: NoticeId) -> Notice | None: ...

    async def save(self, notice: Notice, *, known_state: NoticeState) -> bool:
        """Store a changed notice. False where its state is no longer ``known_state``."""

    async def mark_attempted(self, notice_id: NoticeId, at: datetime) -> bool:
        """Store that a notice is about to be sent. True where an earlier attempt may have sent it."""

    async def mark_pending_as_unsure(self, problem: Text) -> None:
        """Store of every notice whose outcome is not known that it may have been sent."""

    async def of_session(self, session_id: SessionId) -> Sequence[Notice]:
        """List a session's notices, oldest first."""


class ChatInvitations(Protocol):
    """The invitations of requesters in a chat."""

    async def add(self, invitation: ChatInvitation) -> None:
        """Store a new invitation. One that is stored already stays as it is."""

    async def get(self, notice: NoticeId) -> ChatInvitation | None: ...

    async def mark_attempted(self, notice: NoticeId, at: datetime) -> bool:
        """Store that an invitation is about to be sent. True where an earlier attempt may have sent it."""

    async def unmark_attempted(self, notice: NoticeId) -> None:
        """Store that an invitation was certainly not sent."""

    async def store_place(self, invitation: ChatInvitation) -> None:
        """Store where the message of an invitation is, and what it shows."""

    async def of_session(self, session_id: SessionId) -> Sequence[ChatInvitation]: ...


class SessionRecords(Protocol):
    """The records of sessions, each with a lease, so that one process at a time writes it to ServiceDesk Plus."""

    async def add(self, record: SessionRecord) -> None:
        """Store a new record. One that is stored already stays as it is."""

    async def get(self, session_id: SessionId) -> SessionRecord | None: ...

    async def save(self, record: SessionRecord) -> None:
        """Store a changed record, which was read in this transaction."""

    async def due(self, now: datetime, *, wanted_since: datetime, limit: int) -> Sequence[SessionRecord]:
        """List the records that are due and were wanted at or after ``wanted_since``, longest due first."""

    async def lease(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take the lease of the session with the id ``name``. False where another owner holds it."""

    async def extend(self, name: str, owner: str, until: datetime) -> bool:
        """Extend a lease. False where it was lost."""

    async def release(self, name: str, owner: str) -> None: ...


class Cards(Protocol):
    async def add(self, card: Card, command: CommandKey) -> None:
        """Store a card that was posted for a command. A message that is stored already stays as it is."""

    async def queue_refresh(self, shown: str) -> bool:
        """Store that a refresh of something that is shown waits in the queue. False where one waits already."""

    async def begin_refresh(self, shown: str) -> None:
        """Store that a refresh does not wait any more. What changes from now on needs another one."""

    async def of_session(self, session_id: SessionId) -> Sequence[Card]: ...

    async def is_any_in_channel(self, platform: Platform, tenant: str) -> bool:
        """Return whether a stored card is in a channel of a tenant, and not in somebody's private conversation."""

    async def of_command(self, session_id: SessionId, command: CommandKey) -> Sequence[Card]:
        """List the cards of a session that were posted for a command."""

    async def add_attempt(self, attempt: PostAttempt) -> PostAttempt:
        """Store an attempt to post a card. Returns the stored one: an earlier one of the same post, where there is one."""

    async def find_attempt(
        self, session_id: SessionId, command: CommandKey, *, is_private: bool
    ) -> PostAttempt | None: ...

    async def find_marked_attempt(self, session_id: SessionId, marker: str) -> PostAttempt | None:
        """Return the attempt whose marker a message carries. None where its card is stored, or there never was one."""

    async def delete_attempt(self, attempt: PostAttempt) -> None: ...

    async def of_open_sessions(self, *, after: Card | None, limit: int) -> Sequence[Card]:
        """List cards of open sessions, session by session: the first ones after ``after``."""

    async def delete(self, card: Card) -> None: ...

    async def change_audience(self, card: Card, audience: Audience) -> Card:
        """Store who sees a card from now on, and return the card."""


class Invitations(Protocol):
    """The invitations of further technicians to sessions. Lock the session before an invitation to it is saved."""

    async def save(self, invitation: Invitation) -> None:
        """Store an invitation, new or changed. There is one for each session and technician."""

    async def of_session(self, session_id: SessionId) -> Sequence[Invitation]:
        """List the invitations to a session in any state, by the address of who is invited."""

    async def by_token(self, token: EnterToken) -> Invitation | None:
        """Return the invitation whose way in has this token."""

    async def open_sessions_of(self, technician: Email, *, limit: int) -> Sequence[Session]:
        """List the open sessions that a technician is invited to, the newest first, at most ``limit``."""


class Commands(Protocol):
    async def add(self, command_request: CommandRequest, at: datetime) -> bool:
        """Store a command. False where a command with its key is stored already."""

    async def store_answer(self, key: str, answer: str) -> None: ...

    async def stored_answer(self, key: str) -> str | None:
        """Return the stored answer to a command. None where there is none yet."""

    async def mark_as_run(self, key: str, at: datetime) -> bool:
        """Mark a command that had to wait as carried out. False where it was marked before."""

    async def record_effect(self, key: str, effect: Effect) -> Effect:
        """Store what a command changed, once, and return what is stored.

        A step that runs again after a crash finds nothing to change any more. The effect of its first run counts.
        """

    async def return_address(self, key: str) -> ReturnAddress | None: ...

    async def origin_of(self, session_id: SessionId) -> ReturnAddress | None:
        """Return where the command came from that created a session. None where that is no longer stored."""

    async def private_sender(self, platform: Platform, tenant: str, channel: str) -> Actor | None:
        """Return whose private conversation a channel is, by the commands that came from it. None where none did."""

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete at most ``limit`` commands that were received before that, and created no session that is still open.

        Returns whether there may be more.
        """


class People(Protocol):
    async def profile(self, actor: Actor) -> tuple[Profile, datetime] | None:
        """Return a stored profile and when it was read."""

    async def store_profile(self, profile: Profile, at: datetime) -> None:
        """Store a profile. A full member who has none yet gets its address to work under, unless another account has it."""

    async def accounts_of(self, platform: Platform, user: str) -> Sequence[Actor]:
        """List the accounts with a stored profile that have this id, one for each tenant in which the bot has met them."""

    async def expire_profile(self, actor: Actor, at: datetime) -> None:
        """Count a stored profile as read at ``at``, so that it is too old for every command. An older one stays as it is."""

    async def confirm_address(self, profile: Profile) -> Effect:
        """Let an account work under the address of its profile, and no other account of its tenant. NOTHING where it does."""

    async def profiles_of(self, technician: Email) -> Sequence[Profile]:
        """List the profiles of the accounts that work under a technician's address."""

    async def profiles_with(self, address: Email) -> Sequence[Profile]:
        """List the profiles that show an address, also those of accounts that may not work under it."""

    async def known_user(self, actor: Actor) -> KnownUser | None:
        """Return everything stored about an account, in one query. None where its profile is not stored."""

    async def sender(self, actor: Actor) -> Sender | None:
        """Return what a command needs of its sender, with the switches, in one query. None where the profile is not stored."""

    async def directory_read_at(self) -> datetime | None:
        """Return when the technician list was last read."""

    async def technician_name(self, email: Email) -> str | None:
        """Return the name on the technician list for an address. None where the address is not on it."""

    async def store_directory(self, directory: Directory) -> None: ...

    async def granted_admins(self) -> frozenset[Email]: ...

    async def grant_admin(self, technician: Email) -> Effect:
        """Grant the SDAdmin role. NOTHING where the technician has it already."""

    async def revoke_admin(self, technician: Email) -> Effect:
        """Revoke the SDAdmin role. NOTHING where the technician did not have it."""

    async def status_of(self, technician: Email) -> TechnicianStatus:
        """Return a technician's connection, their choices and how many of their sessions can be entered, in one query."""

    async def wants_pings(self, technician: Email) -> bool:
        """Return whether a technician is notified when a requester is there. By default they are."""

    async def choose_pings(self, technician: Email, *, wanted: bool) -> Effect: ...

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete the profiles of people who were last seen before that, and the preferences of people without one.

        Deletes at most ``limit`` of each kind. Returns whether there may be more.
        """


class SwitchBoard(Protocol):
    async def read(self) -> Switches: ...

    async def lock(self) -> Switches:
        """Return the switches, and keep other transactions from writing them until this one ends."""

    async def write(self, switches: Switches) -> None: ...


class Policy(Protocol):
    """The rules about which sessions may be created. They are read in each transaction that asks: nothing caches them."""

    async def rules(self) -> Sequence[NumberedRule]:
        """List the rules by their numbers."""

    async def lock(self) -> None:
        """Let other transactions that lock the rules wait until this one ends."""

    async def add(self, rule: Rule) -> NumberedRule:
        """Store a rule under a new number. Lock the rules first."""

    async def remove(self, number: int) -> bool:
        """Remove a rule. False where there is none with this number."""

    async def count_open(self, *, technician: Email | None = None, kind: Kind | None = None) -> int:
        """Count the sessions that can be entered, or will be: of a technician and of a kind, or of any."""

    async def store_origin(self, session_id: SessionId, origin: Origin) -> None:
        """Store where and by whom a session was asked for. One that is stored already stays."""

    async def store_request(self, session_id: SessionId, *, site: str, group: str) -> None:
        """Store the site and the group of a session's request, empty where it has none."""

    async def origin(self, session_id: SessionId) -> Origin | None:
        """Return the origin of a session. None where it was asked for before origins were stored."""

    async def created_since(self, since: datetime, *, limit: int) -> Sequence[PastSession]:
        """List the newest ``limit`` sessions that were created at TeamViewer since then, the newest first."""


class Limitations(Protocol):
    """What ServiceDesk Plus was found to refuse here."""

    async def get(self, limitation: Limitation) -> KnownLimitation | None: ...

    async def all(self) -> Sequence[KnownLimitation]:
        """List the known limitations, by their names."""

    async def store(self, known: KnownLimitation) -> bool:
        """Store a limitation. False where it is known already: then its reason and next try are updated."""

    async def delete(self, known: KnownLimitation) -> bool:
        """Delete a limitation. False where it is not stored, or was found again meanwhile."""


class Homes(Protocol):
    """The people who have opened their home, so that it can be refreshed."""

    async def add(self, actor: Actor) -> None:
        """Store that an account has opened its home. What a home shows is read after this transaction.

        Where it is new, this waits for each session that is being changed, as that change did not know the home.
        """

    async def purge(self, *, limit: int) -> bool:
        """Delete at most ``limit`` homes of people whose profile is no longer stored. Returns whether there may be more."""

    async def has(self, actor: Actor) -> bool:
        """Return whether an account has opened its home."""

    async def of_technician(self, technician: Email) -> Sequence[Actor]: ...

    async def page(self, *, after: Actor | None, limit: int) -> Sequence[Actor]:
        """List people who have opened their home, in a fixed order: the first ones after ``after``."""


class Memberships(Protocol):
    """Where the bot is a member: channels of Slack, and teams of Teams."""

    async def store(self, membership: Membership, at: datetime) -> bool:
        """Store that the bot was added to a place or removed from it. Returns whether that is news.

        Events may come out of order, so one that is older than the stored one changes nothing. An empty name does not replace a
        stored one.
        """

    async def is_member_anywhere(self, platform: Platform, tenant: str) -> bool:
        """Return whether the bot is in any channel or team of a tenant."""

    async def list_current(self, platform: Platform, tenant: str, *, limit: int) -> Sequence[Membership]:
        """List the places of a tenant that the bot is in, the last changed first."""

    async def forget_tenant(self, platform: Platform, tenant: str) -> None:
        """Delete what is stored about the places of a tenant that has removed the bot."""

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete the places that the bot was removed from before ``before``. Returns whether there may be more."""


class Deliveries(Protocol):
    """When the last verified request of each outside system arrived."""

    async def note(self, source: DeliverySource, at: datetime) -> None:
        """Store that a verified request arrived. A later moment that is stored already stays."""

    async def last(self) -> Mapping[DeliverySource, datetime]:
        """Return when the last request of each outside system arrived. One that never called is not in it."""


class Announcements(Protocol):
    """What was announced to the SDAdmins about the bot's secrets, so that it is announced once."""

    async def add(self, about: str, now: datetime) -> bool:
        """Store an announcement. Return False if it is stored already."""

    async def remove(self, about: str) -> bool:
        """Remove an announcement that is no longer true. Return False if there is none."""


class DailySums(Protocol):
    """The daily sums that reports are made of."""

    async def uncounted(self, *, limit: int) -> Sequence[Session]:
        """List sessions that are over and changed since they were counted, at most ``limit``."""

    async def claim(self, session: Session) -> Counter[SumKey] | None:
        """Mark a session as counted, and return what was counted of it so far. None where it has changed meanwhile."""

    async def store_counted(self, session_id: SessionId, counted: Counter[SumKey]) -> None:
        """Store what was counted of a session."""

    async def add(self, changes: Mapping[SumKey, int]) -> None:
        """Add amounts, which may be negative, to the daily sums."""

    async def by_day(self, figure: Figure, first: date, last: date) -> Mapping[date, Mapping[str, int]]:
        """Return the sums of one figure from the first day to the last one, by day and label."""

    async def totals(self, first: date, last: date) -> Mapping[Figure, Mapping[str, int]]:
        """Return the sums from the first day to the last one, by figure and label."""

    async def purge_people(self, before: date, *, limit: int) -> bool:
        """Delete the sums by technician of the days before that, at most ``limit``. Returns whether there may be more."""


class Rounds(Protocol):
    """The rounds of the sweep, counted for all processes."""

    async def begin(self, now: datetime, every: timedelta) -> int | None:
        """Count a new round and return its number. None if one began just now, in this process or another one.

        A round that began much later than ``now`` is no reason to wait: the clock was set back.
        """

    async def complete(self, now: datetime) -> None:
        """Store that a round was completed."""

    async def completed_at(self) -> datetime | None:
        """Return when a round was last completed. None: never."""

    async def reported_month(self) -> str | None:
        """Return the first day of the month in which reports were last posted. None: never."""

    async def store_reported_month(self, month: str) -> None:
        """Store that the reports of a month are posted."""


class States(Protocol):
    """Grants that can be used once, for example the ``state`` of an OAuth round trip."""

    async def put(self, state: str, purpose: str, payload: str, expires_at: datetime) -> None: ...

    async def peek(self, state: str, purpose: str, now: datetime) -> str | None:
        """Return a grant's payload without using the grant. None as in ``consume``."""

    async def consume(self, state: str, purpose: str, now: datetime) -> str | None:
        """Delete a grant and return its payload. None where it does not exist, is for another purpose, or has expired."""

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete at most ``limit`` grants that expired before that. Returns whether there may be more."""


class AuditLog(Protocol):
    """The audit log. It only grows."""

    async def append(self, entry: AuditEntry) -> None:
        """Append an entry, chained to the last one, and sign the new head."""

    async def latest(self, limit: int) -> Sequence[AuditRecord]:
        """List the newest records, newest first."""

    async def all(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[AuditRecord]:
        """List the records from the first one on, or those of a time span."""

    async def lock(self) -> None:
        """Keep other transactions from appending until this one ends."""

    async def head(self) -> AuditHead | None:
        """Return the signed head: the newest record's number and digest. None where no valid signature is stored."""

    async def sign(self) -> None:
        """Sign the log as it ends now, whatever was signed before. Only an operator may decide this."""


class Transaction(Protocol):
    """One database transaction over every repository. Its jobs start when it commits, or never."""

    @property
    def sessions(self) -> Sessions: ...

    @property
    def renewals(self) -> Renewals: ...

    @property
    def transfers(self) -> Transfers: ...

    @property
    def notices(self) -> Notices: ...

    @property
    def chat_invitations(self) -> ChatInvitations: ...

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
