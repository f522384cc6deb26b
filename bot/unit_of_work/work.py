"""What is stored of the work itself: commands, what has arrived, rounds, sign-ins under way."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.commands import CommandRequest
from bot.model.delivery import DeliverySource
from bot.model.effect import Effect
from bot.model.ids import CommandKey, NoticeId, SessionId
from bot.model.notice import Notice
from bot.model.session import Session
from bot.model.switches import Switches
from bot.model.technician import Actor, Platform, Profile
from bot.ports import ReturnAddress
from bot.values import value_class


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


@value_class
class SessionToCreate:
    """A session that was asked for, as it was at one moment. ``origin``: where its command came from, where that is still stored."""

    session: Session
    origin: ReturnAddress | None
    switches: Switches


@value_class
class NoticeToSend:
    """A notice with its session, as they were at one moment."""

    notice: Notice
    session: Session
    switches: Switches


@value_class
class Asked:
    """Where a command came from. ``profile``: its sender's, where that is stored."""

    origin: ReturnAddress
    profile: Profile | None
    switches: Switches


class OpenWork(Protocol):
    """What jobs need to begin, each in one query."""

    async def asked(self, command: CommandKey) -> Asked | None: ...

    async def asked_for(self, session_id: SessionId) -> Asked | None:
        """Return where the command came from that created a session."""

    async def session_to_create(self, session_id: SessionId) -> SessionToCreate | None: ...

    async def notice_to_send(self, notice_id: NoticeId) -> NoticeToSend | None: ...

    async def session_with_notices(
        self, session_id: SessionId
    ) -> tuple[Session, Sequence[Notice]] | None: ...


class Deliveries(Protocol):
    """When the last verified request of each outside system arrived."""

    async def note(self, source: DeliverySource, at: datetime) -> None:
        """Store that a verified request arrived. A later moment that is stored already stays."""

    async def last(self) -> Mapping[DeliverySource, datetime]:
        """Return when the last request of each outside system arrived. One that never called is not in it."""


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
