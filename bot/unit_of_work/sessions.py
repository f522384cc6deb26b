"""What is stored of sessions: themselves, their cards, their records."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.model.card import Audience, Card, PostAttempt
from bot.model.ids import CommandKey, Email, JoinToken, OutageId, RequestNumber, SessionId
from bot.model.listed_session import ListedSession
from bot.model.session import Session, SessionSummary
from bot.model.session_record import SessionRecord
from bot.model.shown_session import SessionPlaces, ShownSession


class Sessions(Protocol):
    async def open(self, session: Session, command_key: CommandKey, *, another: bool) -> Session:
        """Store a new session, unless one is open for its request, technician and kind.

        Returns the open session: the new one where it was stored. Raises NotConfirmed.
        """

    async def get(self, session_id: SessionId) -> Session | None: ...

    async def lock(self, session_id: SessionId) -> Session | None:
        """Return a session, and keep other transactions from changing or locking it until this one ends."""

    async def hold(self, session_id: SessionId) -> None:
        """Keep other transactions from changing or locking a session until this one ends, from the next statement on."""

    async def by_join_token(self, token: JoinToken) -> Session | None: ...

    async def save(self, session: Session, *, known: Session) -> bool:
        """Store what has changed of a session since it was read as ``known``. False where it was changed meanwhile."""

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

    async def open_of_technician(self, technician: Email) -> Sequence[Session]:
        """List all open sessions of a technician, newest first."""

    async def listed_open(
        self, technician: Email, *, limit: int, skipped: int = 0
    ) -> Sequence[ListedSession]:
        """List open sessions of a technician, newest first: ``limit`` of them after the ``skipped`` first ones."""

    async def summaries_of_outage(self, outage: OutageId) -> Sequence[SessionSummary]:
        """List the sessions of an outage in any state, newest first."""

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


class ShownSessions(Protocol):
    """What a card shows of a session. Each card that is posted or updated reads it before and after its call."""

    async def get(self, session_id: SessionId) -> ShownSession | None:
        """Return a session with everything that a card shows of it. None where it does not exist."""

    async def open_of_request(self, number: RequestNumber) -> Sequence[ShownSession]:
        """List the open sessions of a request, newest first, with everything that their cards show."""

    async def newest_open(self, technician: Email, *, limit: int) -> Sequence[ShownSession]:
        """List the newest open sessions of a technician, with everything that their cards show: at most ``limit``."""

    async def find_places(self, session_id: SessionId) -> SessionPlaces:
        """Return the cards of a session, and which other kinds of places show it."""


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
